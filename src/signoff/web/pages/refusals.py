"""Refusals of the services as a page says them to its reader."""

from __future__ import annotations

from collections.abc import Sequence

from signoff.domain import errors
from signoff.domain.errors import SignoffError
from signoff.domain.review import Outcome
from signoff.web.pages import words
from signoff.web.pages.reading import moment
from signoff.web.pages.translate import N_, gettext, known, ngettext

FIXED = (
    N_("The draft changed after it was shown; read the new one before deciding."),
    N_("An approval needs each high flag to be checked first."),
    N_("This client token was already used for another vote."),
    N_("The stop switch of this workspace is on: nothing starts."),
    N_("Another worker is driving this thread right now."),
    N_("The database is missing, empty or of another version."),
    N_("Sign in, or send a valid API key."),
    N_("This e-mail and this password do not belong together."),
    N_("This log-in link was already used, or its time is over; ask for a new one."),
    N_("Somebody must be able to manage people: make another person an administrator first."),
)
"""What refusals without data say: the first lines of their classes."""


def told(error: SignoffError) -> str:
    """What the refusal says, in its reader's language."""
    match error:
        case errors.AlreadyDecided():
            return _decided(error)
        case errors.FieldsHidden():
            return f"{_hidden(error)} {who_can(error.who_can)}"
        case errors.VoteInvalid() | errors.AccountInvalid():
            reason = known(error.data["reason"])
            return gettext("%(field)s: %(reason)s", field=words.spaced(error.field), reason=reason)
        case _:
            return known(error.message)


def who_can(names: Sequence[str]) -> str:
    """Who could approve what somebody does not see in full."""
    if not names:
        return gettext("Nobody who may decide it now sees all of it.")
    return ngettext("%(people)s can.", "%(people)s can.", len(names), people=", ".join(names))


def _hidden(error: errors.FieldsHidden) -> str:
    return gettext(
        "You do not see all that would run (%(fields)s), so you cannot approve it.",
        fields=", ".join(error.fields),
    )


def _decided(error: errors.AlreadyDecided) -> str:
    outcome = words.outcome_within(Outcome(error.outcome))
    if error.decided_by is None or error.decided_at is None:
        return gettext("Already %(outcome)s.", outcome=outcome)
    return gettext(
        "Already %(outcome)s by %(person)s at %(time)s.",
        outcome=outcome,
        person=error.decided_by,
        time=moment(error.decided_at),
    )
