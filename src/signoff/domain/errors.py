"""One class per refusal. The docstring is the default message; the data are attributes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from signoff.domain.sentence import sentence


class SignoffError(Exception):
    """Signoff refused this."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str | None = None, **data: Any) -> None:
        self.message = message or (self.__doc__ or "Refused.").strip().splitlines()[0]
        self.data = data
        for name, value in data.items():
            setattr(self, name, value)
        super().__init__(self.message)


class NotCanonical(SignoffError):
    """A value cannot be written down exactly, so it cannot be approved."""

    code = "not_canonical"
    path: str

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'value'}: {reason}", path=path, reason=reason)


class PayloadTooLarge(SignoffError):
    """The payload is larger than the limit."""

    code = "payload_too_large"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            sentence(
                "The payload has %(size)s bytes; the limit is %(limit)s. "
                "Keep large content outside the arguments and pass a reference.",
                size=f"{size:,}",
                limit=f"{limit:,}",
            ),
            size=size,
            limit=limit,
        )


class PolicyInvalid(SignoffError):
    """The policy file has faults."""

    code = "policy_invalid"
    faults: tuple[PolicyFault, ...]

    def __init__(self, faults: tuple[PolicyFault, ...]) -> None:
        lines = "\n".join(str(fault) for fault in faults)
        super().__init__(lines, faults=faults)


class PolicyFault:
    """One fault of a policy file: where it is and what is wrong."""

    def __init__(self, file: str, line: int, message: str, rule: str | None = None) -> None:
        self.file, self.line, self.message, self.rule = file, line, message, rule

    def __str__(self) -> str:
        rule = f" rule {self.rule}:" if self.rule else ""
        return f"{self.file}:{self.line}:{rule} {self.message}"

    __repr__ = __str__


class UnsafeGraph(SignoffError):
    """The graph is wired so that a guarantee would not hold."""

    code = "unsafe_graph"
    faults: tuple[str, ...]

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(f"- {fault}" for fault in faults), faults=faults)


class MissingKey(SignoffError):
    """The call has no stable identity, so an approval could not be bound to it."""

    code = "missing_key"


class NotFound(SignoffError):
    """There is no such thing in this workspace."""

    code = "not_found"

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(
            sentence("No %(kind)s %(id)r in this workspace.", kind=kind, id=id), kind=kind, id=id
        )


class NotRetryable(SignoffError):
    """The run is not one that a retry can help."""

    code = "not_retryable"
    thread: str
    status: str

    def __init__(self, thread: str, status: str, why: str) -> None:
        super().__init__(
            sentence("No retry of %(thread)r: %(why)s", thread=thread, why=why), thread=thread, status=status
        )


class QuestionOpen(SignoffError):
    """People are asked about the effect already."""

    code = "question_open"
    review_id: str

    def __init__(self, effect_id: str, review_id: str) -> None:
        super().__init__(
            sentence(
                "People are asked already what became of %(effect)s; answer review %(review)s.",
                effect=effect_id,
                review=review_id,
            ),
            effect_id=effect_id,
            review_id=review_id,
        )


class AlreadyDecided(SignoffError):
    """The review is already decided."""

    code = "already_decided"
    outcome: str
    decided_by: str | None
    decided_at: datetime | None

    def __init__(
        self,
        review_id: str,
        outcome: str,
        decided_by: str | None,
        decided_at: datetime | None,
        resolution: str,
    ) -> None:
        who = decided_by or "the system"
        when = f" at {decided_at:%Y-%m-%d %H:%M} UTC" if decided_at else ""
        super().__init__(
            f"Already {outcome.replace('_', ' ')} by {who}{when}.",
            review_id=review_id,
            outcome=outcome,
            decided_by=decided_by,
            decided_at=decided_at,
            resolution=resolution,
        )


class DraftChanged(SignoffError):
    """The draft changed after it was shown; read the new one before deciding."""

    code = "draft_changed"

    def __init__(self, review_id: str, shown: str, current: str) -> None:
        super().__init__(review_id=review_id, shown=shown, current=current)


class NotEligible(SignoffError):
    """This person may not decide this review."""

    code = "not_eligible"

    def __init__(self, review_id: str, person: str, reason: str) -> None:
        super().__init__(reason, review_id=review_id, person=person, reason=reason)


class FieldsHidden(SignoffError):
    """Something that would run is hidden from this person, so they cannot approve it."""

    code = "fields_hidden"
    fields: tuple[str, ...]
    who_can: tuple[str, ...]

    def __init__(self, review_id: str, fields: Sequence[str], who_can: Sequence[str]) -> None:
        able = f"{', '.join(who_can)} can." if who_can else "Nobody who may decide it now sees all of it."
        super().__init__(
            f"You do not see all that would run ({', '.join(fields)}), so you cannot approve it. {able}",
            review_id=review_id,
            fields=tuple(fields),
            who_can=tuple(who_can),
        )


class NotAllowed(SignoffError):
    """This person or key lacks the right for this."""

    code = "not_allowed"

    def __init__(self, needed: str) -> None:
        super().__init__(sentence("This needs the right %(needed)r.", needed=needed), needed=needed)


class VoteInvalid(SignoffError):
    """The vote is incomplete or does not fit the review."""

    code = "vote_invalid"
    field: str

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}", field=field, reason=reason)


class FlagsUnchecked(SignoffError):
    """An approval needs each high flag to be checked first."""

    code = "flags_unchecked"
    keys: tuple[str, ...]

    def __init__(self, review_id: str, keys: tuple[str, ...]) -> None:
        super().__init__(review_id=review_id, keys=keys)


class RevisionInvalid(SignoffError):
    """The edited arguments do not fit the tool."""

    code = "revision_invalid"
    problems: tuple[tuple[str, str], ...]

    def __init__(self, problems: tuple[tuple[str, str], ...]) -> None:
        text = "; ".join(f"{path}: {reason}" for path, reason in problems)
        super().__init__(text, problems=problems)


class RevisionDenied(SignoffError):
    """The policy denies the edited action."""

    code = "revision_denied"

    def __init__(self, rule: str | None, reason: str) -> None:
        super().__init__(reason, rule=rule, reason=reason)


class TokenReused(SignoffError):
    """This client token was already used for another vote."""

    code = "token_reused"


class EffectNotOpen(SignoffError):
    """The effect does not await settlement."""

    code = "effect_not_open"

    def __init__(self, effect_id: str, state: str) -> None:
        super().__init__(
            sentence(
                "Effect %(effect)s is %(state)s; only an effect of unknown outcome can be settled.",
                effect=effect_id,
                state=state,
            ),
            effect_id=effect_id,
            state=state,
        )


class Stopped(SignoffError):
    """The stop switch of this workspace is on: nothing starts."""

    code = "stopped"


class GraphUnknown(SignoffError):
    """No graph of this name is registered."""

    code = "graph_unknown"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        have = ", ".join(known) or "none"
        super().__init__(
            f"No graph named {name!r}; registered under [tool.signoff.graphs]: {have}.",
            name=name,
            known=known,
        )


class ThreadBusy(SignoffError):
    """Another worker is driving this thread right now."""

    code = "thread_busy"


class StillNeeded(SignoffError):
    """The thread is not at its end, so nothing of it is erased."""

    code = "still_needed"
    thread: str

    def __init__(self, thread: str, why: str) -> None:
        super().__init__(f"Nothing of {thread!r} was erased: {why}.", thread=thread, why=why)


class AuditBroken(SignoffError):
    """The audit chain does not verify."""

    code = "audit_broken"

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"Entry {seq}: {reason}", seq=seq, reason=reason)


class DatabaseUnready(SignoffError):
    """The database is missing, empty or of another version."""

    code = "database_unready"


class SecondWorker(SignoffError):
    """Another worker already serves this SQLite file; use PostgreSQL for several workers."""

    code = "second_worker"


class TypeNotAllowed(SignoffError):
    """A checkpoint holds a type that is not on the allow-list."""

    code = "type_not_allowed"
    types: tuple[str, ...]

    def __init__(self, types: tuple[str, ...]) -> None:
        names = ", ".join(types)
        super().__init__(
            f"{names}: not on the saver's list of allowed types, so it is not read from a checkpoint. "
            "If it is a type of yours, name it when the saver is made: allow=[...].",
            types=types,
        )


class SerializerUnsafe(SignoffError):
    """The checkpoint serializer would run what a stored checkpoint names; nothing is opened."""

    code = "serializer_unsafe"


class SettingsInvalid(SignoffError):
    """The settings have a fault; the message names the file and the key."""

    code = "settings_invalid"


class AddressTaken(SignoffError):
    """Something else already listens on this address."""

    code = "address_taken"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {host}:{port}: {reason}. Choose another port with --port or SIGNOFF_PORT.",
            host=host,
            port=port,
        )


class NotSignedIn(SignoffError):
    """Sign in, or send a valid API key."""

    code = "not_signed_in"


class SignInFailed(SignoffError):
    """This e-mail and this password do not belong together."""

    code = "sign_in_failed"


class LinkUsed(SignoffError):
    """This log-in link was already used, or its time is over; ask for a new one."""

    code = "link_used"


class TooManyAttempts(SignoffError):
    """Too many attempts; wait before trying again."""

    code = "too_many_attempts"
    retry_after: int
    """Seconds."""

    def __init__(self, retry_after: int) -> None:
        minutes = max(1, round(retry_after / 60))
        super().__init__(
            sentence("Too many attempts for this account. Try again in %(minutes)s min.", minutes=minutes),
            retry_after=retry_after,
        )


class TooManyRequests(SignoffError):
    """Too many requests; wait before trying again."""

    code = "too_many_requests"
    retry_after: int
    """Seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            sentence(
                "Too many requests. Try again in %(seconds)s s; nothing was changed.", seconds=retry_after
            ),
            retry_after=retry_after,
        )


class SignInRefused(SignoffError):
    """The identity provider's answer does not let anybody in."""

    code = "sign_in_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


class AccountInvalid(SignoffError):
    """The account's data is incomplete or does not fit."""

    code = "account_invalid"
    field: str

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}", field=field, reason=reason)


class LastAdmin(SignoffError):
    """Somebody must be able to manage people: make another person an administrator first."""

    code = "last_admin"


class NotDone(Exception):
    """Raised by a tool to say for certain that its effect did not happen."""


class Unanswered(SignoffError):
    """The question was closed without an answer."""

    code = "unanswered"

    def __init__(self, review_id: str, outcome: str, reason: str) -> None:
        super().__init__(
            f"Nobody answered: the question was {outcome}. {reason}".strip(),
            review_id=review_id,
            outcome=outcome,
            reason=reason,
        )
