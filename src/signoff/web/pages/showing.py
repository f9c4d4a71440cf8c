"""One review as one person is shown it: everything that the templates of page and card print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from signoff.domain.person import Person
from signoff.services import query
from signoff.services.core import Core
from signoff.services.inbox import next_for
from signoff.web.pages import parts
from signoff.web.pages.common import client_token, read_sources, stop_state
from signoff.web.pages.editing import draft_of, ticked, with_flags_of
from signoff.web.pages.form import with_typed
from signoff.web.pages.looking import seen_looking
from signoff.web.pages.redline import Change
from signoff.web.pages.seen import seen_of
from signoff.web.pages.view import ReviewView, is_moving, review_view
from signoff.web.pages.whereabouts import of_review


@dataclass(frozen=True)
class Conflict:
    """Something came first: what, and what the person had typed."""

    heading: str
    detail: str
    kept: Sequence[tuple[str, str]] = ()
    read: str | None = None
    """Digest of the draft that was read, where another one has taken its place."""
    noted: bool = False
    """Whether their reason was recorded as a comment."""


@dataclass(frozen=True)
class Attempt:
    """A form that was sent and not accepted: all of it is shown again."""

    typed: Mapping[str, str]
    problems: Mapping[str, str]
    """By JSON pointer into the form."""
    errors: Sequence[tuple[str, str]]
    """Element id and message, for the summary at the top."""
    conflict: Conflict | None = None


NO_ATTEMPT = Attempt({}, {}, ())
_TYPED = ("choice", "reason", "answer", "comment")


def showing(
    core: Core, person: Person, review_id: str, *, editing: bool = False, attempt: Attempt = NO_ATTEMPT
) -> dict[str, Any]:
    """What the templates print; after an attempt with what was typed and why it was not accepted.

    Raises:
        NotFound: no such review in the person's workspace.
    """
    with core.database.read(person.workspace) as tx:
        sources = read_sources(tx, core, review_id, person)
        whereabouts = of_review(tx, sources.file.review, sources.tool, person)
        view = review_view(replace(sources, whereabouts=whereabouts))
        stopped = stop_state(tx)
        before, after = query.neighbours_of(tx, view.review)
        following = next_for(tx, person, beside=view.review)
        looking = seen_looking(tx, view.review, person)
        seen, draft = seen_of(view), None
        editing = editing and view.may_approve and bool(view.form)
        if attempt.typed and editing:
            draft, replaced = draft_of(tx, core, view, attempt.typed)
            form = with_typed(
                view.form, {**attempt.typed, **replaced}, {**draft.problems, **attempt.problems}
            )
            view = replace(with_flags_of(view, draft), form=form)
    if attempt.typed and view.other is not None:
        [other] = with_typed((view.other,), attempt.typed, attempt.problems)
        view = replace(view, other=other)
    typed: dict[str, object] = {name: attempt.typed.get(name, "") for name in _TYPED}
    typed["acks"] = frozenset() if attempt.conflict else ticked(attempt.typed)
    return {
        "view": view,
        "looking": looking,
        "stopped": stopped,
        "editing": editing,
        "typed": typed,
        "draft": draft,
        "seen": seen,
        "replaced": (),
        "errors": attempt.errors,
        "conflict": attempt.conflict,
        "news": _news_of_draft(view, attempt.conflict),
        "refresh_after": _refresh_after(view),
        "client_token": client_token(),
        "next_waiting": following.id if following else None,
        "before": before,
        "after": after,
    }


def _news_of_draft(view: ReviewView, conflict: Conflict | None) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    """What changed since the draft that somebody read before their answer came too late."""
    if conflict is None or conflict.read is None:
        return ()
    file = view.sources.file
    read = next((r for r in file.revisions if r.digest == conflict.read), file.current)
    return parts.differences(read.arguments, file.current.arguments)


def _refresh_after(view: ReviewView) -> int | None:
    """Seconds after which a browser without script loads the page again."""
    if not is_moving(view):
        return None
    return view.settling.seconds_left + 2 if view.settling else 3
