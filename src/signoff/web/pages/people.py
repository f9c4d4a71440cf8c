"""People and groups, for whoever manages them: every change stands in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from signoff.domain.account import Session
from signoff.domain.errors import AccountInvalid, LastAdmin
from signoff.domain.ids import PersonId
from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import Person, Role, as_actor
from signoff.services import people
from signoff.services.core import Core
from signoff.store.database import Tx
from signoff.web.api.params import Id
from signoff.web.auth import CoreDep, SettingsDep, allowed
from signoff.web.pages import refusals
from signoff.web.pages.common import FormDep, FormSessionDep, page, stop_state
from signoff.web.pages.translate import N_, gettext, known

router = APIRouter(dependencies=[Depends(allowed(Permission.MANAGE_PEOPLE))])
ManagerDep = Annotated[Session, Depends(allowed(Permission.MANAGE_PEOPLE))]
ROLES = {
    Role.REVIEWER: (N_("Reviewer"), N_("decides reviews")),
    Role.LEAD: (N_("Lead"), N_("decides, sees figures and runs, withdraws, stops the workspace")),
    Role.POLICY_EDITOR: (N_("Policy editor"), N_("changes policies, sees figures and runs; does not decide")),
    Role.AUDITOR: (N_("Auditor"), N_("reads and exports the audit trail; does not decide")),
    Role.ADMIN: (N_("Administrator"), N_("everything, people included")),
}


@dataclass(frozen=True)
class Group:
    """A group with its members and what follows from who they are."""

    name: str
    members: Sequence[Person]
    warning: str


@router.get("/people")
def people_page(request: Request, core: CoreDep, session: ManagerDep) -> Response:
    """Everybody, and the groups."""
    return _list(request, core, session)


@router.post("/people")
def add(request: Request, core: CoreDep, session: FormSessionDep, form: FormDep) -> Response:
    """Add somebody; they come in by a one-time link."""
    try:
        with core.database.begin(session.person.workspace) as tx:
            person = people.add_person(
                tx,
                email=form.get("email", ""),
                name=form.get("name", "") or form.get("email", ""),
                roles=_roles(form) or (Role.REVIEWER,),
                actor=as_actor(session.person),
            )
            if form.get("groups", "").strip():
                people.change_person(tx, person.id, groups=_groups(form), actor=as_actor(session.person))
    except AccountInvalid as error:
        return _list(request, core, session, form=form, error=error)
    return RedirectResponse(f"/people/{person.id}", 303)


@router.get("/people/{person_id}")
def person_page(request: Request, core: CoreDep, session: ManagerDep, person_id: Id) -> Response:
    """One person, and what can be changed about them."""
    return _one(request, core, session, person_id)


@router.post("/people/{person_id}")
def change(
    request: Request, core: CoreDep, session: FormSessionDep, person_id: Id, form: FormDep
) -> Response:
    """Change roles and groups."""

    def act(tx: Tx) -> None:
        people.change_person(
            tx, PersonId(person_id), roles=_roles(form), groups=_groups(form), actor=as_actor(session.person)
        )

    return _changed(request, core, session, person_id, form, act)


@router.post("/people/{person_id}/active")
def switch(
    request: Request, core: CoreDep, session: FormSessionDep, person_id: Id, form: FormDep
) -> Response:
    """Let somebody in or keep them out."""
    active = form.get("active") == "1"

    def act(tx: Tx) -> None:
        people.change_person(tx, PersonId(person_id), active=active, actor=as_actor(session.person))

    return _changed(request, core, session, person_id, form, act)


@router.post("/people/{person_id}/link")
def link(
    request: Request, core: CoreDep, settings: SettingsDep, session: FormSessionDep, person_id: Id
) -> Response:
    """A link that signs the person in once, so that they can set a password; shown this once."""
    with core.database.begin(session.person.workspace) as tx:
        person = people.get_person(tx, PersonId(person_id))
        secret = people.issue_login_link(tx, person, actor=as_actor(session.person))
    address = f"{settings.base_url.rstrip('/')}/sign-in/link?token={secret}&next=/settings%23password"
    return _one(request, core, session, person_id, address=address)


def _changed(
    request: Request,
    core: Core,
    session: Session,
    person_id: str,
    form: Mapping[str, str],
    act: Callable[[Tx], None],
) -> Response:
    try:
        with core.database.begin(session.person.workspace) as tx:
            act(tx)
    except (AccountInvalid, LastAdmin) as error:
        return _one(request, core, session, person_id, form=form, error=error)
    return RedirectResponse(f"/people/{person_id}?saved=1", 303)


def _list(
    request: Request,
    core: Core,
    session: Session,
    *,
    form: Mapping[str, str] | None = None,
    error: AccountInvalid | None = None,
) -> Response:
    with core.database.read(session.person.workspace) as tx:
        everybody, stopped = people.everybody(tx), stop_state(tx)
    return page(
        request,
        "people.html",
        session=session,
        stopped=stopped,
        status=422 if error else 200,
        everybody=sorted(everybody, key=lambda person: (not person.active, person.name.casefold())),
        groups=_grouped(everybody),
        roles=[(role, (gettext(word), gettext(means))) for role, (word, means) in ROLES.items()],
        typed=form or {},
        fault_field=error.field if error else "",
        fault=known(error.data["reason"]) if error else "",
    )


def _one(
    request: Request,
    core: Core,
    session: Session,
    person_id: str,
    *,
    form: Mapping[str, str] | None = None,
    error: AccountInvalid | LastAdmin | None = None,
    address: str = "",
) -> Response:
    with core.database.read(session.person.workspace) as tx:
        person = people.get_person(tx, PersonId(person_id))
        known = sorted({group for one in people.everybody(tx) for group in one.groups})
        open_sessions, has_password = people.sessions_of(tx, person), people.has_password(tx, person)
        stopped = stop_state(tx)
    chosen = person.roles if form is None or "groups" not in form else frozenset(_roles(form))
    return page(
        request,
        "person.html",
        session=session,
        stopped=stopped,
        status=200 if error is None else 422 if isinstance(error, AccountInvalid) else 409,
        person=person,
        roles=[(role, (gettext(word), gettext(means))) for role, (word, means) in ROLES.items()],
        chosen=chosen,
        groups=(form or {}).get("groups", ", ".join(sorted(person.groups))),
        known=known,
        error=refusals.told(error) if error else "",
        address=address,
        saved="saved" in request.query_params,
        sessions=len(open_sessions),
        has_password=has_password,
    )


def _roles(form: Mapping[str, str]) -> list[Role]:
    return [role for role in Role if f"role_{role.value}" in form]


def _groups(form: Mapping[str, str]) -> list[str]:
    return [group.strip() for group in form.get("groups", "").split(",") if group.strip()]


def _grouped(everybody: Sequence[Person]) -> list[Group]:
    names = sorted({group for person in everybody for group in person.groups})
    return [_group(name, [person for person in everybody if name in person.groups]) for name in names]


def _group(name: str, members: Sequence[Person]) -> Group:
    deciding = [p for p in members if p.active and Permission.DECIDE in permissions_of(p.roles)]
    match len(deciding):
        case 0:
            warning = gettext("Nobody in it may decide: what waits for this group alone expires.")
        case 1:
            warning = gettext(
                "Only %(person)s may decide. Under four eyes nobody is left for what "
                "they asked for or edited themselves.",
                person=deciding[0].name,
            )
        case _:
            warning = ""
    return Group(name, sorted(members, key=lambda person: person.name.casefold()), warning)
