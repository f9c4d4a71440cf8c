"""Editing a draft and seeing at once what changed and what the checks say about it; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from signoff.domain.errors import RevisionInvalid
from signoff.domain.flag import RiskFlag
from signoff.domain.person import Person
from signoff.domain.policy import RuleEffect
from signoff.domain.visibility import viewer_of, with_hidden
from signoff.services import query
from signoff.services.core import Core
from signoff.services.revise import judge_edit
from signoff.services.sight import Sight
from signoff.store.database import Tx
from signoff.web.api.params import Id
from signoff.web.auth import CoreDep
from signoff.web.pages import parts
from signoff.web.pages.common import FormDep, FormSessionDep, read_sources
from signoff.web.pages.form import Field, read
from signoff.web.pages.marks import numbered, span_of
from signoff.web.pages.redline import Change
from signoff.web.pages.render import render
from signoff.web.pages.seen import seen_of
from signoff.web.pages.translate import N_, gettext, known
from signoff.web.pages.view import ReviewView, review_view

router = APIRouter()
_HOLDS_HIDDEN = N_("holds values that are hidden from you, so it keeps its length")


@dataclass(frozen=True)
class Edited:
    """What somebody made of a draft so far."""

    arguments: Mapping[str, Any]
    flags: tuple[RiskFlag, ...]
    changes: tuple[tuple[str, tuple[Change, ...]], ...]
    """Against the agent's own draft."""
    problems: Mapping[str, str]
    """By JSON pointer, what could not be read or does not fit the tool."""
    denied: str = ""
    """Why the policy denies the edited action."""


def edited(tx: Tx, core: Core, view: ReviewView, typed: Mapping[str, str]) -> Edited:
    """What the form holds, judged as a vote would be. Values that cannot be read count as they were."""
    file, person = view.sources.file, view.sources.person
    arguments, problems = read(view.form, file.current.arguments, typed)
    changes = parts.differences(file.original.arguments, arguments)
    whole, sight = query.review_file(tx, file.review.id), Sight(tx, core, viewer_of(person))
    hidden = [field.field for field in sight.of(whole).hidden if field.field.startswith("/")]
    try:
        judgement = judge_edit(tx, core, whole, with_hidden(arguments, whole.current.arguments, hidden))
    except LookupError as error:
        return Edited(arguments, file.current.flags, changes, problems | {str(error): gettext(_HOLDS_HIDDEN)})
    except RevisionInvalid as error:
        told = {pointer: known(sight.text_of(whole.review, reason)) for pointer, reason in error.problems}
        return Edited(arguments, file.current.flags, changes, problems | told)
    verdict = judgement.verdict
    denied = verdict.summary if verdict.effect is RuleEffect.DENY else ""
    return Edited(arguments, sight.flags_of(whole, judgement.flags), changes, problems, denied)


def draft_of(tx: Tx, core: Core, view: ReviewView, typed: Mapping[str, str]) -> tuple[Edited, dict[str, str]]:
    """The edited draft, and the fields into which the safer wording was put that `use` asks for."""
    draft, key = edited(tx, core, view, typed), typed.get("use")
    replaced = with_wording(view.form, draft, key) if key else {}
    return (edited(tx, core, view, {**typed, **replaced}) if replaced else draft), replaced


def with_flags_of(view: ReviewView, draft: Edited) -> ReviewView:
    """The page with the flags of the edited draft in its margin."""
    flags = numbered(draft.flags)
    return replace(view, cards=tuple(map(parts.card, flags)), counts=parts.counts(flags))


def with_wording(form: tuple[Field, ...], draft: Edited, key: str) -> dict[str, str]:
    """The text of the one field in which a flag's safer wording takes the place of its words."""
    flag = next((f.flag for f in numbered(draft.flags) if f.key == key), None)
    field = next((f for f in form if flag is not None and f.pointer == flag.path), None)
    if flag is None or field is None or not flag.suggestion:
        return {}
    text = str(parts.text_at(draft.arguments, field.pointer))
    span = span_of(flag, text) if flag.quote else None
    return {} if span is None else {field.name: text[: span[0]] + flag.suggestion + text[span[1] :]}


def preview_of(core: Core, person: Person, review_id: str, typed: Mapping[str, str]) -> str:
    """The redline and the flags of what stands in the form, as parts of the page."""
    with core.database.read(person.workspace) as tx:
        view = review_view(read_sources(tx, core, review_id, person))
        draft, replaced = draft_of(tx, core, view, typed)
    return render(
        "_edited.html",
        view=with_flags_of(view, draft),
        draft=draft,
        editing=True,
        typed={"acks": ticked(typed)},
        seen=seen_of(view),
        replaced=[replace(f, text=replaced[f.name]) for f in view.form if f.name in replaced],
    )


@router.post("/reviews/{review_id}/preview")
def preview(core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id) -> Response:
    """What was typed so far, compared and checked.

    `use` names a flag whose safer wording is put into its field first.
    """
    return HTMLResponse(preview_of(core, session.person, review_id, form))


def ticked(form: Mapping[str, str]) -> frozenset[str]:
    """The flags that somebody says they checked."""
    return frozenset(name.removeprefix("ack/") for name in form if name.startswith("ack/"))
