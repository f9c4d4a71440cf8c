"""What a person sets for themselves: zone, language, looks, keys, API keys, sessions, password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from signoff.domain.account import Session
from signoff.domain.errors import AccountInvalid
from signoff.domain.permission import scopes_of
from signoff.domain.person import Role, Scope, as_actor
from signoff.domain.preferences import KEYS, Preferences, Theme
from signoff.services import people
from signoff.services.core import Core
from signoff.services.preferences import choose
from signoff.store.database import Tx
from signoff.web.auth import CoreDep, SessionDep
from signoff.web.pages.browsers import browser_words
from signoff.web.pages.common import FormDep, FormSessionDep, page, stop_state
from signoff.web.pages.people import ROLES
from signoff.web.pages.reading import LANGUAGES, has_words, language_name, zone_called, zones
from signoff.web.pages.translate import N_, gettext, known

router = APIRouter()
EXPIRIES = {"30": N_("30 days"), "90": N_("90 days"), "365": N_("a year"), "": N_("never")}
# Whoever holds a key sees what they may see themselves; `fields:read` is for keys of services.
SCOPES = {
    Scope.RUNS_START: N_("Start runs"),
    Scope.REVIEWS_READ: N_("Read reviews"),
    Scope.REVIEWS_VOTE: N_("Decide reviews in your name"),
    Scope.REVIEWS_WITHDRAW: N_("Withdraw reviews"),
    Scope.EFFECTS_READ: N_("Read effects"),
    Scope.EFFECTS_SETTLE: N_("Settle effects of unknown outcome"),
    Scope.AUDIT_READ: N_("Read the audit trail"),
    Scope.ADMIN: N_("Everything, and stop the workspace"),
}
_WAYS = {"": N_("password"), "password": N_("password"), people.LINK: N_("link")}
THEMES = {Theme.SYSTEM: N_("As the device is set"), Theme.LIGHT: N_("Light"), Theme.DARK: N_("Dark")}


@router.get("/settings")
def settings_page(request: Request, core: CoreDep, session: SessionDep, saved: str = "") -> Response:
    """Everything that one can set."""
    return _show(request, core, session, saved=saved[:20])


@router.post("/settings")
def save(request: Request, core: CoreDep, session: FormSessionDep, form: FormDep) -> Response:
    """Zone, language, looks and keys, all of one form."""
    zone, language = form.get("zone", ""), form.get("language", "")
    chosen = Preferences(
        zone=zone if zone_called(zone) else "",
        language=language if language in LANGUAGES else "",
        theme=Theme(form["theme"]) if form.get("theme") in set(Theme) else Theme.SYSTEM,
        has_keys="has_keys" in form,
        keys={
            key.name: letter
            for key in KEYS
            if (letter := form.get(f"key_{key.name}", key.usual).strip().lower()) != key.usual
        },
    )
    return _changed(request, core, session, form, "pages", lambda tx: choose(tx, session.person, chosen))


@router.post("/settings/password")
def password(request: Request, core: CoreDep, session: FormSessionDep, form: FormDep) -> Response:
    """A new password; every other session ends."""

    def change(tx: Tx) -> None:
        people.change_own_password(tx, session, form.get("old_password", ""), form.get("password", ""))

    return _changed(request, core, session, form, "password", change)


@router.post("/settings/sessions")
def sessions(request: Request, core: CoreDep, session: FormSessionDep, form: FormDep) -> Response:
    """End another session, or all others."""

    def end(tx: Tx) -> None:
        wanted = form.get("session", "")
        if wanted:
            people.end_own_session(tx, session.person, wanted)
        else:
            people.end_other_sessions(tx, session)

    return _changed(request, core, session, form, "sessions", end)


@router.post("/settings/keys")
def add_key(request: Request, core: CoreDep, session: FormSessionDep, form: FormDep) -> Response:
    """A new key of one's own; the answer shows its secret, this once."""
    days = form.get("expires", "")
    try:
        with core.database.begin(session.person.workspace) as tx:
            _, secret = people.add_key(
                tx,
                name=form.get("name", ""),
                scopes=[scope for scope in Scope if f"scope_{scope.value}" in form],
                person=session.person,
                lasts=timedelta(days=int(days)) if days in EXPIRIES and days else None,
                actor=as_actor(session.person),
            )
    except AccountInvalid as error:
        return _show(request, core, session, form=form, error=error)
    return _show(request, core, session, secret=secret)


@router.post("/settings/keys/revoke")
def revoke_key(request: Request, core: CoreDep, session: FormSessionDep, form: FormDep) -> Response:
    """Make a key of one's own worthless."""
    return _changed(
        request, core, session, form, "keys",
        lambda tx: people.revoke_own_key(tx, session.person, form.get("key", "")),
    )  # fmt: skip


def _changed(
    request: Request,
    core: Core,
    session: Session,
    form: Mapping[str, str],
    section: str,
    act: Callable[[Tx], None],
) -> Response:
    """Do it and show the page anew; what does not hold up is said beside its field."""
    try:
        with core.database.begin(session.person.workspace) as tx:
            act(tx)
    except AccountInvalid as error:
        return _show(request, core, session, form=form, error=error)
    return RedirectResponse(f"/settings?saved={section}#{section}", 303)


def _way(how: str) -> str:
    """What somebody signed in by: a password, a link, or what the identity provider is called."""
    return gettext(_WAYS[how]) if how in _WAYS else how


def _languages() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Languages by code and name: first those with words, then those of which dates and numbers are."""
    named = [(code, language_name(code)) for code in LANGUAGES]
    return [one for one in named if has_words(one[0])], [one for one in named if not has_words(one[0])]


def _show(
    request: Request,
    core: Core,
    session: Session,
    *,
    saved: str = "",
    form: Mapping[str, str] | None = None,
    error: AccountInvalid | None = None,
    secret: str = "",
) -> Response:
    person, chosen = session.person, session.preferences
    with core.database.read(person.workspace) as tx:
        own_keys = [key for key in people.keys(tx) if key.person_id == person.id and key.is_good(tx.now)]
        open_sessions = people.sessions_of(tx, person)
        has_password, stopped = people.has_password(tx, person), stop_state(tx)
    typed = form or {}
    return page(
        request,
        "settings.html",
        session=session,
        stopped=stopped,
        status=422 if error else 200,
        chosen=chosen,
        role_words=[gettext(ROLES[role][0]) for role in Role if role in person.roles] or [gettext("No role")],
        zones=zones(),
        languages=_languages(),
        themes=[(theme.value, gettext(word)) for theme, word in THEMES.items()],
        keys=[
            (key, known(key.does), typed.get(f"key_{key.name}", chosen.keys.get(key.name, key.usual)))
            for key in KEYS
        ],
        typed=typed,
        fault_field=error.field if error else "",
        fault=known(error.data["reason"]) if error else "",
        saved=saved,
        secret=secret,
        own_keys=own_keys,
        scopes=[(scope, gettext(SCOPES[scope])) for scope in SCOPES if scope in scopes_of(person.roles)],
        expiries=[(days, gettext(word)) for days, word in EXPIRIES.items()],
        sessions=[(one, browser_words(one.agent), _way(one.how)) for one in open_sessions],
        has_password=has_password,
        old_is_asked=has_password and session.how != people.LINK,
    )
