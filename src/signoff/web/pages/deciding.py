"""The forms of a review: decide, take back, wait longer or no longer. Only a POST changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from signoff.domain import errors
from signoff.domain.account import Session
from signoff.domain.errors import SignoffError
from signoff.domain.ids import Digest, ReviewId
from signoff.domain.person import Person
from signoff.domain.review import Review, ReviewFile
from signoff.domain.vote import APPROVING, Ballot, VoteKind
from signoff.services import decide, remarks
from signoff.services.ballots import choices_of
from signoff.services.close import already_decided
from signoff.services.core import Core
from signoff.services.withdraw import withdraw_own
from signoff.store.database import Tx
from signoff.web.api.params import Id
from signoff.web.auth import CoreDep
from signoff.web.errors import STATUS, faults_of
from signoff.web.pages import words
from signoff.web.pages.common import FormDep, FormSessionDep, read_sources, reject_unknown
from signoff.web.pages.editing import ticked
from signoff.web.pages.form import PREFIX, Field, read
from signoff.web.pages.parts import OTHER, other_field
from signoff.web.pages.review import Attempt, Conflict, show_review
from signoff.web.pages.seen import seen_of
from signoff.web.pages.view import ReviewView, review_view

router = APIRouter()
_Act = Callable[[Tx, Core, ReviewId, Person], Review]
MORE_TIME = timedelta(minutes=1)
_CHOICES = {
    kind.value: kind
    for kind in (
        VoteKind.APPROVE,
        VoteKind.REVISE,
        VoteKind.REQUEST_CHANGES,
        VoteKind.REJECT,
        VoteKind.ANSWER,
        VoteKind.ABSTAIN,
        VoteKind.ESCALATE,
    )
}
_REASON_IDS = {
    "approve": "ask-approve-reason",
    "request_changes": "ask-changes-reason",
    "reject": "ask-reject-reason",
    "escalate": "ask-escalate-reason",
    "abstain": "ask-abstain-reason",
    "revise": "edit-reason",
}


@router.post("/reviews/{review_id}/decide")
def decide_review(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Vote as the signed-in person; a refusal shows the page again with all that was typed."""
    reject_unknown(form.get("choice", ""), _CHOICES)
    workspace = session.person.workspace
    try:
        with core.database.read(workspace) as tx:
            view = review_view(read_sources(tx, core, review_id, session.person))
        ballot, shown = _ballot(view, form), seen_of(view)
        with core.database.begin(workspace) as tx:
            result = decide.vote(tx, core, ReviewId(review_id), ballot, session.person)
            if ballot.seen != shown and not result.repeated:
                raise errors.DraftChanged(review_id, ballot.seen or "", shown)
    except errors.AlreadyDecided as error:
        noted = _note(core, session.person, review_id, form)
        return _refused(request, core, session, review_id, form, error, noted=noted)
    except SignoffError as error:
        return _refused(request, core, session, review_id, form, error)
    return RedirectResponse(f"/reviews/{review_id}", 303)


def _note(core: Core, person: Person, review_id: str, form: Mapping[str, str]) -> bool:
    """Keep the reason of a vote that came too late as a comment; whether there was one."""
    try:
        with core.database.begin(person.workspace) as tx:
            kind = _CHOICES[form["choice"]]
            remarks.comment(tx, ReviewId(review_id), person, _text(form, "reason"), instead_of=kind)
    except errors.VoteInvalid:
        return False
    return True


@router.post("/reviews/{review_id}/edit")
def edit_review(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """The editing page with what was typed so far, `use` naming a flag whose safer wording is put in."""
    return show_review(request, core, session, review_id, editing=True, attempt=Attempt(form, {}, ()))


@router.post("/reviews/{review_id}/undo")
def undo(request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id) -> Response:
    """Take one's own vote back while the review settles."""
    return _carried_out(request, core, session, form, review_id, decide.retract)


@router.post("/reviews/{review_id}/more-time")
def more_time(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Keep the settling window open for another minute."""
    extend = partial(decide.extend_settling, by=MORE_TIME)
    return _carried_out(request, core, session, form, review_id, extend)


@router.post("/reviews/{review_id}/send-now")
def send_now(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Close the settling window at once."""
    return _carried_out(request, core, session, form, review_id, decide.end_settling)


@router.post("/reviews/{review_id}/comment")
def comment(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Say something about it, without a vote."""
    return _carried_out(request, core, session, form, review_id, _saying(remarks.comment, form))


@router.post("/reviews/{review_id}/ask-back")
def ask_back(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Ask those who have it now to leave it to the signed-in person."""
    return _carried_out(request, core, session, form, review_id, _saying(remarks.ask_back, form))


def _saying(remark: Callable[[Tx, ReviewId, Person, str], Review], form: Mapping[str, str]) -> _Act:
    said = _text(form, "comment")
    return lambda tx, _, review_id, person: remark(tx, review_id, person, said)


@router.post("/reviews/{review_id}/withdraw")
def withdraw(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Take the question back, as whoever it is asked for or as somebody with the right to."""
    act = partial(withdraw_own, reason=_text(form, "reason"))
    return _carried_out(request, core, session, form, review_id, act)


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n").strip()


def _carried_out(
    request: Request,
    core: Core,
    session: Session,
    form: Mapping[str, str],
    review_id: str,
    act: _Act,
) -> Response:
    try:
        with core.database.begin(session.person.workspace) as tx:
            act(tx, core, ReviewId(review_id), session.person)
    except SignoffError as error:
        return _refused(request, core, session, review_id, form, error)
    return RedirectResponse(f"/reviews/{review_id}", 303)


def _ballot(view: ReviewView, form: Mapping[str, str]) -> Ballot:
    kind = _CHOICES[form["choice"]]
    digest, file = form.get("digest", ""), view.sources.file
    arguments, answer = None, None
    if kind in (VoteKind.REVISE, VoteKind.ANSWER):
        if not view.review.is_live:
            raise already_decided(view.review)
        if digest != view.review.digest:
            raise errors.DraftChanged(view.review.id, digest, view.review.digest)
        if kind is VoteKind.ANSWER:
            answer = _answer(file, form)
        else:
            arguments = _arguments(view, form)
    return Ballot(
        kind=kind,
        digest=Digest(digest),
        reason=_text(form, "reason"),
        arguments=arguments,
        answer=answer,
        channel="page",
        seconds=_seconds(form.get("seconds", "")),
        client_token=form.get("token") or None,
        acknowledged=tuple(sorted(ticked(form))) if kind in APPROVING else (),
        seen=Digest(form["seen"]) if form.get("seen") else None,
    )


def _arguments(view: ReviewView, form: Mapping[str, str]) -> dict[str, Any]:
    current = view.sources.file.current.arguments
    arguments, problems = read(view.form, current, form)
    if problems:
        raise errors.RevisionInvalid(tuple(problems.items()))
    if arguments == current:
        raise errors.VoteInvalid(
            "arguments", "Nothing was changed. Change something, or approve it as it is."
        )
    return arguments


def _answer(file: ReviewFile, form: Mapping[str, str]) -> object:
    choices, field = choices_of(file), other_field(file)
    typed = form.get("answer", "")
    if field is not None and (typed == OTHER or not choices):
        return _other_answer(field, form)
    if not choices:
        return typed.replace("\r\n", "\n").strip()
    if not typed.isdecimal() or int(typed) >= len(choices):
        raise errors.VoteInvalid("answer", "Choose one of the answers.")
    return choices[int(typed)]


def _other_answer(field: Field, form: Mapping[str, str]) -> object:
    given, problems = read((field,), {}, form)
    if problems:
        raise errors.VoteInvalid("answer", problems[field.pointer])
    if OTHER not in given:
        raise errors.VoteInvalid("answer", f"{field.label}: write the value.")
    value = given[OTHER]
    return value.strip() if isinstance(value, str) else value


def _seconds(text: str) -> float | None:
    with suppress(ValueError):
        seconds = float(text)
        return seconds if 0 <= seconds <= 31_536_000 else None
    return None


def _refused(
    request: Request,
    core: Core,
    session: Session,
    review_id: str,
    form: Mapping[str, str],
    error: SignoffError,
    *,
    noted: bool = False,
) -> Response:
    """The page again, with who came first or what is wrong; nothing that was typed is lost."""
    status = STATUS.get(type(error), 500)
    if status in (404, 500):
        raise error
    choice = form.get("choice", "")
    if noted:
        form = {name: text for name, text in form.items() if name != "reason"}
    editing = choice == "revise" and status == 422
    if status == 422:
        faults = faults_of(error)
        problems = {pointer.removeprefix("/arguments"): reason for pointer, reason in faults}
        listed = [(_element(pointer, choice), _said(pointer, reason)) for pointer, reason in faults]
        attempt = Attempt(form, problems, listed or [("decide", error.message)])
    else:
        heading = _HEADINGS.get(type(error), "Not recorded.") if choice else "Too late for that."
        is_new = isinstance(error, errors.DraftChanged)
        detail = "Read the new one, then decide." if is_new else error.message
        conflict = Conflict(heading, detail, _kept(form), form.get("digest", "") if is_new else None, noted)
        attempt = Attempt(form if status == 409 and choice != "revise" else {}, {}, (), conflict)
    return show_review(request, core, session, review_id, editing=editing, attempt=attempt, status=status)


_HEADINGS: dict[type[SignoffError], str] = {
    errors.AlreadyDecided: "Somebody was faster.",
    errors.DraftChanged: "The draft changed while you were reading.",
    errors.NotEligible: "You may not decide this.",
    errors.FieldsHidden: "Not recorded.",
    errors.TokenReused: "This page was sent before with something else.",
    errors.PayloadTooLarge: "Too large.",
}


def _element(pointer: str, choice: str) -> str:
    """The id of the element that a fault points at."""
    if pointer.startswith("/arguments/"):
        return "field" + pointer.removeprefix("/arguments").replace("/", "-")
    if pointer == "/arguments":
        return "edit"
    if pointer.startswith("/acknowledged/"):
        return "ack-" + pointer.removeprefix("/acknowledged/")
    if pointer == "/comment":
        return "comment"
    if pointer == "/reason":
        return _REASON_IDS.get(choice, "decide")
    return "answer" if pointer == "/answer" else "decide"


def _said(pointer: str, reason: str) -> str:
    field = pointer.rsplit("/", 1)[-1]
    if pointer.startswith("/acknowledged/"):
        return f"{words.titled(field.rpartition('-')[0])}: {reason}"
    return reason if field in ("arguments", "answer") else f"{words.titled(field)}: {reason}"


def _kept(form: Mapping[str, str]) -> list[tuple[str, str]]:
    """What somebody wrote, for copying, where the page has no place for it any more."""
    kept = [("Your reason", form["reason"])] if form.get("reason", "").strip() else []
    if form.get("comment", "").strip():
        kept.append(("Your comment", form["comment"]))
    if form.get("choice") == "revise":
        kept += [
            (words.titled(name.rsplit("/", 1)[-1]), value)
            for name, value in form.items()
            if name.startswith(PREFIX + "/") and value.strip()
        ]
    if form.get("choice") == "answer":
        written = form.get(f"{PREFIX}/{OTHER}", "") if form.get("answer", OTHER) == OTHER else form["answer"]
        if written.strip() and not written.isdecimal():
            kept.append(("Your answer", written))
    return kept
