"""What each role may do: the one table that every page asks."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from signoff.domain.person import Role


class Permission(StrEnum):
    """One thing that a signed-in person may or may not do.

    Whether somebody may decide one review is another question: its stages answer that.
    """

    READ_REVIEWS = "read reviews"
    READ_POLICIES = "read policies"
    CHANGE_POLICIES = "change policies"
    READ_FIGURES = "read figures"
    READ_AUDIT = "read the audit trail"
    EXPORT_AUDIT = "export the audit trail"
    READ_RUNS = "read runs"
    RETRY_RUNS = "retry runs"
    STOP_WORKSPACE = "stop the workspace"
    MANAGE_PEOPLE = "manage people"


_EVERYBODY = frozenset({Permission.READ_REVIEWS, Permission.READ_POLICIES})
_OF_ROLE: dict[Role, frozenset[Permission]] = {
    Role.REVIEWER: _EVERYBODY,
    Role.LEAD: _EVERYBODY | {Permission.READ_FIGURES, Permission.READ_RUNS, Permission.STOP_WORKSPACE},
    Role.POLICY_EDITOR: _EVERYBODY
    | {Permission.CHANGE_POLICIES, Permission.READ_FIGURES, Permission.READ_RUNS},
    Role.AUDITOR: _EVERYBODY
    | {Permission.READ_FIGURES, Permission.READ_AUDIT, Permission.EXPORT_AUDIT, Permission.READ_RUNS},
    Role.ADMIN: frozenset(Permission),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that somebody with `roles` may do."""
    return frozenset().union(*(_OF_ROLE[role] for role in roles))
