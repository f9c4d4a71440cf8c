"""Filters of the list that figures lead to: which rule, who voted, since when, and what was remarkable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode

from signoff.domain.ids import PersonId
from signoff.domain.review import ReviewKind
from signoff.store.reviews import NO_RULE, ReviewFilter
from signoff.web.pages.translate import gettext

NAMES = ("policy", "rule", "voter", "since", "late", "decided", "objected", "hasty")
"""Parameters of the list's address, beside those of its form."""
YES = "1"


def narrowed(wanted: ReviewFilter, values: Mapping[str, str], now: datetime) -> ReviewFilter:
    """`wanted` with the filters that `values` name; what cannot be read does not narrow."""
    is_about_rules = bool(values.get("rule"))
    return replace(
        wanted,
        kind=ReviewKind.TOOL_CALL if is_about_rules else wanted.kind,
        policy=values.get("policy") or None,
        rule=values.get("rule") or None,
        voter=PersonId(values["voter"]) if values.get("voter") else None,
        closed_since=midnight(values.get("since", "")),
        late_at=now if values.get("late") == YES else None,
        decided=values.get("decided") == YES,
        objected=values.get("objected") == YES,
        hasty=values.get("hasty") == YES,
    )


def told(values: Mapping[str, str]) -> str:
    """The filters in words, for the head of the list; empty where none is on."""
    rule = values.get("rule")
    parts = (
        _held(rule) if rule else "",
        gettext("under %(policy)s", policy=values["policy"]) if values.get("policy") else "",
        gettext("with a vote of one person") if values.get("voter") else "",
        gettext("past their deadline") if values.get("late") == YES else "",
        gettext("decided by people") if values.get("decided") == YES else "",
        gettext("changed or rejected") if values.get("objected") == YES else "",
        gettext("approved in under 5 seconds") if values.get("hasty") == YES else "",
        gettext("closed since %(day)s (UTC)", day=values["since"])
        if midnight(values.get("since", ""))
        else "",
    )
    return ", ".join(part for part in parts if part)


def _held(rule: str) -> str:
    return gettext("held by no rule") if rule == NO_RULE else gettext("held by rule %(rule)s", rule=rule)


def midnight(day: str) -> datetime | None:
    """The beginning of a day written "2026-11-22", in UTC."""
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError:
        return None


def list_href(tab: str, **given: str | None) -> str:
    """The list of the reviews that a figure counts."""
    return "/dashboard/reviews?" + urlencode(
        {"tab": tab, **{name: value for name, value in given.items() if value}}
    )
