"""Shadow mode: a tool's gate watches, and does not hold, until a date.

Calls are judged and recorded as ever. One that would have waited for people passes instead, under a
rule of its own, so that the ledger names what let it through; its verdict keeps what would have
happened. A denial stays a denial. From the end on, by the database's clock, the gate holds again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from signoff.domain.policy import Policy, RuleEffect, Shadowed, Verdict

PREFIX = "shadow:"
"""How the rule that passes a call in shadow mode begins; no rule of a file can be called so."""


class ShadowMode(UserWarning):
    """A tool is in shadow mode, so nothing about it waits for people."""


def in_shadow(verdict: Verdict, tool: str, until: datetime, now: datetime) -> Verdict:
    """`verdict` on a call of `tool`, whose gate only watches until then."""
    if verdict.effect is not RuleEffect.REVIEW or now >= until:
        return verdict
    would = Shadowed(until=until, rule=verdict.rule, summary=verdict.summary, errors=verdict.errors)
    told = f"Shadow mode until {day(until)}: nobody was asked. It would have waited: {verdict.summary}"
    return verdict.model_copy(
        update={
            "effect": RuleEffect.ALLOW,
            "rule": f"{PREFIX}{tool}",
            "summary": told,
            "errors": (),
            "shadow": would,
        }
    )


def out_of_shadow(verdict: Verdict) -> Verdict:
    """What the policy says without shadow mode."""
    if verdict.shadow is None:
        return verdict
    would = verdict.shadow
    return verdict.model_copy(
        update={
            "effect": RuleEffect.REVIEW,
            "rule": would.rule,
            "summary": would.summary,
            "errors": would.errors,
            "shadow": None,
        }
    )


def notes(policy: Policy, now: datetime) -> Iterator[str]:
    """One sentence about each tool of `policy` with a shadow mode, for whoever loads it."""
    for name, tool in policy.tools.items():
        if tool.shadow_until is None:
            continue
        if now < tool.shadow_until:
            yield (
                f"{name} is in shadow mode until {day(tool.shadow_until)}: "
                "its calls are judged and recorded, but none waits for anybody."
            )
        else:
            yield (
                f"The shadow mode of {name} ended {day(tool.shadow_until)}: "
                "its gate holds again, and the key can be taken out of the policy."
            )


def day(instant: datetime) -> str:
    """The instant for people: "2026-12-31 00:00 UTC"."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"
