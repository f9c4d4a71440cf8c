"""Working hours in a policy: how they are written, whose hold, and what they do to a deadline."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from signoff.domain.errors import PolicyInvalid
from signoff.domain.policy import Policy, RuleEffect
from signoff.domain.stage import Stage, StageSpec
from signoff.policy.evaluate import verdict
from signoff.policy.load import parse_policy
from signoff.services.due import due_at

TEXT = """\
name: desk
version: 1
defaults: {due_after: 8h, expires_after: 30d}
working_hours:
  group:legal: {zone: Europe/Berlin, days: [mon, tue, wed, thu], ends: "13:00", holidays: [2026-01-06]}
  others: {}
tools:
  send: {effect: irreversible}
rules: []
"""
FRIDAY = datetime(2026, 1, 9, 15, tzinfo=UTC)


def due(policy: Policy, opened_at: datetime, *candidates: str) -> datetime:
    stages = (Stage(number=1, spec=StageSpec(candidates=candidates)),)
    return due_at(policy, verdict(policy, RuleEffect.REVIEW, "Why"), stages, opened_at)


def test_hours_are_read_and_those_of_the_first_known_group_hold() -> None:
    policy = parse_policy(TEXT)
    legal = policy.working_hours["group:legal"]
    assert (legal.days, legal.begins, legal.ends) == ((0, 1, 2, 3), time(9), time(13))
    assert legal.holidays == {date(2026, 1, 6)}
    assert policy.hours_of([StageSpec(candidates=("lee@example.com", "group:legal"))]) == legal
    others = policy.working_hours["others"]
    assert policy.hours_of([StageSpec(candidates=("group:sales",))]) == others
    assert policy.hours_of([StageSpec()]) == others
    assert parse_policy(TEXT.replace("  others: {}\n", "")).hours_of([StageSpec()]) is None


def test_a_deadline_counts_in_them() -> None:
    policy = parse_policy(TEXT)
    assert due(policy, FRIDAY) == datetime(2026, 1, 12, 15, tzinfo=UTC)
    assert due(policy, FRIDAY, "group:legal") == datetime(2026, 1, 13, 12, tzinfo=UTC)
    without = parse_policy(TEXT.replace("  others: {}\n", ""))
    assert due(without, FRIDAY) == FRIDAY + timedelta(hours=8)


def test_a_deadline_is_never_later_than_the_end() -> None:
    policy = parse_policy(TEXT.replace("expires_after: 30d", "expires_after: 1d"))
    assert due(policy, FRIDAY, "group:legal") == FRIDAY + timedelta(days=1)
    never = parse_policy(TEXT.replace("due_after: 8h", "due_after: never"))
    assert due(never, FRIDAY) == FRIDAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ("Europe/Berlin", "Berlin", "'Berlin' is no time zone"),
        ("group:legal:", "legal:", "'legal' is neither"),
        ("thu]", "sabbath]", "input should be 'mon'"),
        ('"13:00"', '"08:00"', "the hours must end later than they begin"),
        ("ends:", "edns:", 'unknown key "edns"'),
        ("2026-01-06", "2026-13-06", "date"),
    ],
)
def test_faults_stand_on_their_line(was: str, now: str, message: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(TEXT.replace(was, now), "policy.yaml")
    [fault] = refused.value.faults
    assert fault.line == 5
    assert message in fault.message
