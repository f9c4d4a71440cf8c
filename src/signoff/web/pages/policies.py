"""The policies: what a version says, what changed between two, and what one would do with the record."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from signoff.domain.account import Session
from signoff.domain.errors import PolicyInvalid
from signoff.domain.permission import Permission
from signoff.domain.policy import RuleEffect
from signoff.policy.compare import changes
from signoff.services import measure, policies, shadow
from signoff.services.backtest import Backtest, Demands, Happened
from signoff.services.policies import Version
from signoff.store.history import Wanted
from signoff.web.api.params import Id
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep, allowed
from signoff.web.pages import hints, words
from signoff.web.pages.common import page, stop_state
from signoff.web.pages.policy_view import changed_lines, policy_view, text_lines
from signoff.web.pages.translate import N_, gettext

router = APIRouter()
Reader = Annotated[Session, Depends(allowed(Permission.READ_POLICIES))]
Days = Annotated[Literal["7", "30", "90"], Query()]
_NOW = {
    RuleEffect.ALLOW: N_("would pass"),
    RuleEffect.REVIEW: N_("would wait"),
    RuleEffect.DENY: N_("would be denied"),
}

_HAPPENED = {
    Happened.PASSED: N_("passed"),
    Happened.IN_SHADOW: N_("passed in shadow"),
    Happened.DENIED: N_("denied"),
    Happened.APPROVED: N_("approved"),
    Happened.REVISED: N_("approved with edits"),
    Happened.CHANGES_REQUESTED: N_("changes requested"),
    Happened.REJECTED: N_("rejected"),
    Happened.UNDECIDED: N_("not decided"),
}


@router.get("/policies")
def policy_list(request: Request, core: CoreDep, session: Reader) -> Response:
    """Every version that judged something."""
    with core.database.read(session.person.workspace) as tx:
        found = policies.versions(tx, core)
        stopped, now = stop_state(tx), tx.now
    named: dict[str, list[Version]] = {}
    for one in found:
        named.setdefault(one.name, []).append(one)
    ago = {one.hash: words.ago(one.last_at, now) for one in found if one.last_at}
    return page(request, "policies.html", session=session, stopped=stopped, named=named, ago=ago)


@router.get("/policies/{content_hash}")
def policy_version(
    request: Request, core: CoreDep, session: Reader, content_hash: Id, days: Days = "30"
) -> Response:
    """One version in plain words, with its text."""
    with core.database.read(session.person.workspace) as tx:
        found = policies.versions(tx, core)
        this = policies.one_of(found, content_hash)
        source = policies.source(tx, core, this)
        since = measure.period(tx.now, int(days))
        try:
            policy = policies.parsed(source)
            view = policy_view(policy, policies.matches(tx, policy, since))
            fault = ""
        except PolicyInvalid as error:
            view, fault = None, error.message
        shadowed = shadow.volumes(tx, Wanted(since=since, in_shadow=True))
        stopped = stop_state(tx)
    known = set(view.policy.tools) if view else set()
    return page(
        request,
        "policy.html",
        session=session,
        stopped=stopped,
        view=view,
        fault=fault,
        this=this,
        others=_others(found, this),
        lines=text_lines(source),
        shadowed=[volume for volume in shadowed if volume.tool in known],
        days=int(days),
        periods=measure.PERIODS,
    )


@router.get("/policies/{content_hash}/changes")
def policy_changes(
    request: Request, core: CoreDep, session: Reader, content_hash: Id, since: Annotated[Word, Query()] = ""
) -> Response:
    """What changed from one version to another: first what it means, then the text."""
    with core.database.read(session.person.workspace) as tx:
        found = policies.versions(tx, core)
        this = policies.one_of(found, content_hash)
        others = _others(found, this)
        older = found[found.index(this) + 1 :]
        before = next((one for one in (*older, *others) if one in others), this)
        other = policies.one_of(found, since) if since else before
        texts = [policies.source(tx, core, one) for one in (other, this)]
        stopped = stop_state(tx)
    try:
        meaning, fault = changes(*(policies.parsed(text) for text in texts)), ""
    except PolicyInvalid as error:
        meaning, fault = (), error.message
    return page(
        request,
        "policy_changes.html",
        session=session,
        stopped=stopped,
        this=this,
        other=other,
        others=others,
        meaning=meaning,
        fault=fault,
        lines=changed_lines(*texts),
    )


@router.get("/policies/{content_hash}/backtest")
def policy_backtest(
    request: Request,
    core: CoreDep,
    session: Reader,
    content_hash: Id,
    last: Annotated[Literal["100", "500"], Query()] = "100",
) -> Response:
    """What a version would do with the newest calls that people decided; nothing is written."""
    demands = Demands()
    with core.database.read(session.person.workspace) as tx:
        this = policies.one_of(policies.versions(tx, core), content_hash)
        try:
            found, fault = policies.tried(tx, core, this, int(last), demands), ""
        except PolicyInvalid as error:
            found, fault = None, error.message
        stopped = stop_state(tx)
    return page(
        request,
        "policy_backtest.html",
        happened={kind: gettext(word) for kind, word in _HAPPENED.items()},
        session=session,
        stopped=stopped,
        this=this,
        found=found,
        fault=fault,
        table=_table(found) if found else (),
        ways=tuple(map(gettext, _NOW.values())),
        advice=hints.advised(found.advice, demands) if found else "",
        demands=demands,
        last=int(last),
        choices=(100, 500),
    )


def _table(found: Backtest) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """What happened, and how many of each would pass, wait or be denied now."""
    count = {(cell.happened, cell.now): cell.calls for cell in found.cells}
    rows = ((happened, tuple(count.get((happened, now), 0) for now in _NOW)) for happened in Happened)
    return tuple((gettext(_HAPPENED[happened]), counts) for happened, counts in rows if any(counts))


def _others(found: tuple[Version, ...], this: Version) -> list[Version]:
    """The other versions of the same policy, the newest first."""
    return [one for one in found if one.name == this.name and one.hash != this.hash]
