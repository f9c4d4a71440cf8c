"""What a form of a review means, sent from the page or from a card; and what is shown when it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from signoff.domain import errors
from signoff.domain.errors import SignoffError
from signoff.domain.ids import Digest, ReviewId
from signoff.domain.person import Person
from signoff.domain.review import Review, ReviewFile
from signoff.domain.sentence import sentence
from signoff.domain.vote import APPROVING, Ballot, VoteKind
from signoff.services import decide, remarks
from signoff.services.ballots import choices_of
from signoff.services.close import already_decided
from signoff.services.core import Core
from signoff.services.withdraw import withdraw_own
from signoff.store.database import Tx
from signoff.web.errors import STATUS, faults_of
from signoff.web.pages import refusals, words
from signoff.web.pages.common import read_sources, reject_unknown
from signoff.web.pages.editing import ticked
from signoff.web.pages.form import PREFIX, Field, read
from signoff.web.pages.parts import OTHER, other_field
from signoff.web.pages.seen import seen_of
from signoff.web.pages.showing import Attempt, Conflict
from signoff.web.pages.translate import N_, gettext, known
from signoff.web.pages.view import ReviewView, review_view

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


@dataclass(frozen=True)
class Refusal:
    """What is shown in answer to a form that was not accepted; nothing that was typed is lost."""

    status: int
    attempt: Attempt
    editing: bool = False


def cast(core: Core, person: Person, review_id: str, form: Mapping[str, str], channel: str) -> Refusal | None:
    """Vote as `person` what the form says; None once it is recorded.

    Raises:
        HTTPException: it was sent by a button that is not on the page.
        NotFound: no such review in the person's workspace.
    """
    reject_unknown(form.get("choice", ""), _CHOICES)
    try:
        with core.database.read(person.workspace) as tx:
            view = review_view(read_sources(tx, core, review_id, person))
        ballot, shown = _ballot(view, form, channel), seen_of(view)
        with core.database.begin(person.workspace) as tx:
            result = decide.vote(tx, core, ReviewId(review_id), ballot, person)
            if ballot.seen != shown and not result.repeated:
                raise errors.DraftChanged(review_id, ballot.seen or "", shown)
    except errors.AlreadyDecided as error:
        return _refusal(form, error, noted=_note(core, person, review_id, form))
    except SignoffError as error:
        return _refusal(form, error)
    return None


def _note(core: Core, person: Person, review_id: str, form: Mapping[str, str]) -> bool:
    """Keep the reason of a vote that came too late as a comment; whether there was one."""
    try:
        with core.database.begin(person.workspace) as tx:
            kind = _CHOICES[form["choice"]]
            remarks.comment(tx, ReviewId(review_id), person, _text(form, "reason"), instead_of=kind)
    except errors.VoteInvalid:
        return False
    return True


def take_step(
    core: Core, person: Person, review_id: str, step: str, form: Mapping[str, str]
) -> Refusal | None:
    """Do one of `STEPS` as `person`; None once it is done.

    Raises:
        NotFound: no such review in the person's workspace.
    """
    act = STEPS[step](form)
    try:
        with core.database.begin(person.workspace) as tx:
            act(tx, core, ReviewId(review_id), person)
    except SignoffError as error:
        return _refusal(form, error)
    return None


def _saying(remark: Callable[[Tx, ReviewId, Person, str], Review], form: Mapping[str, str]) -> _Act:
    said = _text(form, "comment")
    return lambda tx, _, review_id, person: remark(tx, review_id, person, said)


STEPS: dict[str, Callable[[Mapping[str, str]], _Act]] = {
    "undo": lambda _: decide.retract,
    "more-time": lambda _: partial(decide.extend_settling, by=MORE_TIME),
    "send-now": lambda _: decide.end_settling,
    "comment": partial(_saying, remarks.comment),
    "ask-back": partial(_saying, remarks.ask_back),
    "withdraw": lambda form: partial(withdraw_own, reason=_text(form, "reason")),
}
"""What a form does that is no vote, by the last step of its address."""


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n").strip()


def _ballot(view: ReviewView, form: Mapping[str, str], channel: str) -> Ballot:
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
        channel=channel,
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
            "arguments", sentence("Nothing was changed. Change something, or approve it as it is.")
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
        raise errors.VoteInvalid("answer", sentence("Choose one of the answers."))
    return choices[int(typed)]


def _other_answer(field: Field, form: Mapping[str, str]) -> object:
    given, problems = read((field,), {}, form)
    if problems:
        raise errors.VoteInvalid("answer", problems[field.pointer])
    if OTHER not in given:
        raise errors.VoteInvalid("answer", sentence("%(field)s: write the value.", field=field.label))
    value = given[OTHER]
    return value.strip() if isinstance(value, str) else value


def _seconds(text: str) -> float | None:
    with suppress(ValueError):
        seconds = float(text)
        return seconds if 0 <= seconds <= 31_536_000 else None
    return None


def _refusal(form: Mapping[str, str], error: SignoffError, *, noted: bool = False) -> Refusal:
    """Who came first, or what is wrong.

    Raises:
        SignoffError: `error` itself, where no page of the review can be shown.
    """
    status = STATUS.get(type(error), 500)
    if status in (404, 500):
        raise error
    choice = form.get("choice", "")
    if noted:
        form = {name: text for name, text in form.items() if name != "reason"}
    if status == 422:
        faults = faults_of(error)
        problems = {pointer.removeprefix("/arguments"): known(reason) for pointer, reason in faults}
        listed = [(_element(pointer, choice), _said(pointer, known(reason))) for pointer, reason in faults]
        attempt = Attempt(form, problems, listed or [("decide", refusals.told(error))])
        return Refusal(status, attempt, editing=choice == "revise")
    heading = _HEADINGS.get(type(error), N_("Not recorded.")) if choice else N_("Too late for that.")
    is_new = isinstance(error, errors.DraftChanged)
    detail = gettext("Read the new one, then decide.") if is_new else refusals.told(error)
    conflict = Conflict(
        gettext(heading), detail, _kept(form), form.get("digest", "") if is_new else None, noted
    )
    typed = form if status == 409 and choice != "revise" else {}
    return Refusal(status, Attempt(typed, {}, (), conflict))


_HEADINGS: dict[type[SignoffError], str] = {
    errors.AlreadyDecided: N_("Somebody was faster."),
    errors.DraftChanged: N_("The draft changed while you were reading."),
    errors.NotEligible: N_("You may not decide this."),
    errors.FieldsHidden: N_("Not recorded."),
    errors.TokenReused: N_("This page was sent before with something else."),
    errors.PayloadTooLarge: N_("Too large."),
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
    kept = [(gettext("Your reason"), form["reason"])] if form.get("reason", "").strip() else []
    if form.get("comment", "").strip():
        kept.append((gettext("Your comment"), form["comment"]))
    if form.get("choice") == "revise":
        kept += [
            (words.titled(name.rsplit("/", 1)[-1]), value)
            for name, value in form.items()
            if name.startswith(PREFIX + "/") and value.strip()
        ]
    if form.get("choice") == "answer":
        written = form.get(f"{PREFIX}/{OTHER}", "") if form.get("answer", OTHER) == OTHER else form["answer"]
        if written.strip() and not written.isdecimal():
            kept.append((gettext("Your answer"), written))
    return kept
