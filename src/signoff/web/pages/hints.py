"""Suggestions about rules, and what a backtest advises, in the reader's language."""

from __future__ import annotations

from signoff.domain.tuning import CONFIDENCE, Advises, Hint, RuleRecord
from signoff.services.backtest import Advice, Demands
from signoff.web.pages.reading import percent
from signoff.web.pages.translate import gettext


def text(hint: Hint, record: RuleRecord) -> str:
    """The suggestion."""
    match hint.about:
        case Advises.EXPIRES:
            return gettext(
                "%(undecided)s of %(waited)s calls that rule %(rule)s held ended without a decision: "
                "give it more people, more time, or let it ask about less.",
                undecided=record.undecided,
                waited=record.decided + record.undecided,
                rule=hint.rule,
            )
        case Advises.DENY:
            return gettext(
                "People let hardly anything pass that rule %(rule)s held (%(passed)s of %(decided)s): "
                "consider denying it at once, so that the agent hears sooner.",
                rule=hint.rule,
                passed=record.approved + record.revised,
                decided=record.decided,
            )
        case Advises.REWORK:
            return gettext(
                "People changed or rejected %(objected)s of %(decided)s calls that rule %(rule)s held: the "
                "rule earns its keep. Mend what the agent is told, so that it holds fewer.",
                objected=record.objected,
                decided=record.decided,
                rule=hint.rule,
            )
        case Advises.LOOSEN:
            return f"{_unopposed(hint.rule, record)} {_sampled()}"


def because(record: RuleRecord) -> str:
    """The counts and the bound behind a suggestion."""
    low, high = record.bounds
    return gettext(
        "%(objected)s of %(decided)s changed or rejected; at %(confidence)s confidence between %(low)s and "
        "%(high)s of such calls are.",
        objected=record.objected,
        decided=record.decided,
        confidence=percent(CONFIDENCE),
        low=percent(low, 1),
        high=percent(high, 1),
    )


def _unopposed(rule: str, record: RuleRecord) -> str:
    if record.objected == 0:
        return gettext(
            "Rule %(rule)s held %(decided)s calls; all were approved unchanged, and nobody overrode it.",
            rule=rule,
            decided=record.decided,
        )
    return gettext(
        "Rule %(rule)s held %(decided)s calls, and people objected to %(objected)s.",
        rule=rule,
        decided=record.decided,
        objected=record.objected,
    )


def _sampled() -> str:
    return gettext(
        "Consider letting some of them pass, and keep a sample in review: of what passes, nobody learns what "
        "it was."
    )


def advised(advice: Advice, demands: Demands) -> str:
    """What the record says for a version of a policy."""
    if advice.decided == 0 and advice.undecided == 0:
        return gettext("Nothing that waited would pass now, so there is nothing to advise on.")
    seen = {"decided": advice.decided, "objected": advice.objected}
    if advice.bound is None or advice.speaks_for_it is None:
        return gettext(
            "No advice: people decided %(decided)s of the calls that would newly pass and objected to "
            "%(objected)s; %(least)s decisions are the least to say anything.",
            **seen,
            least=advice.least,
        )
    sure = {
        "confidence": percent(demands.confidence),
        "bound": percent(advice.bound, 1),
        "tolerance": percent(demands.tolerance),
    }
    if advice.speaks_for_it:
        return gettext(
            "The record speaks for it: people decided %(decided)s of the calls that would newly pass and "
            "objected to %(objected)s; at %(confidence)s confidence no more than %(bound)s of such calls are "
            "objectionable (%(tolerance)s was allowed).",
            **seen,
            **sure,
        )
    return gettext(
        "The record does not speak for it: people decided %(decided)s of the calls that would newly pass and "
        "objected to %(objected)s; at %(confidence)s confidence no more than %(bound)s of such calls are "
        "objectionable, and %(tolerance)s was allowed.",
        **seen,
        **sure,
    )
