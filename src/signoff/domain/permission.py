"""What each role may do: the one table that every page and every key asks."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from signoff.domain.person import Role, Scope


class Permission(StrEnum):
    """One thing that a signed-in person may or may not do.

    Whether somebody may decide one review is another question: its stages answer that.
    """

    READ_REVIEWS = "read reviews"
    DECIDE = "decide reviews"
    WITHDRAW = "withdraw reviews"
    READ_POLICIES = "read policies"
    CHANGE_POLICIES = "change policies"
    READ_FIGURES = "read figures"
    READ_AUDIT = "read the audit trail"
    EXPORT_AUDIT = "export the audit trail"
    READ_RUNS = "read runs"
    START_RUNS = "start runs"
    RETRY_RUNS = "retry runs"
    SETTLE_EFFECTS = "settle effects"
    STOP_WORKSPACE = "stop the workspace"
    MANAGE_PEOPLE = "manage people"


_EVERYBODY = frozenset({Permission.READ_REVIEWS, Permission.READ_POLICIES})
_OF_ROLE: dict[Role, frozenset[Permission]] = {
    Role.REVIEWER: _EVERYBODY | {Permission.DECIDE},
    Role.LEAD: _EVERYBODY
    | {
        Permission.DECIDE,
        Permission.WITHDRAW,
        Permission.READ_FIGURES,
        Permission.READ_RUNS,
        Permission.START_RUNS,
        Permission.SETTLE_EFFECTS,
        Permission.STOP_WORKSPACE,
    },
    Role.POLICY_EDITOR: _EVERYBODY
    | {Permission.CHANGE_POLICIES, Permission.READ_FIGURES, Permission.READ_RUNS},
    Role.AUDITOR: _EVERYBODY
    | {Permission.READ_FIGURES, Permission.READ_AUDIT, Permission.EXPORT_AUDIT, Permission.READ_RUNS},
    Role.ADMIN: frozenset(Permission),
}
_FOR_SCOPE: dict[Scope, frozenset[Permission]] = {
    Scope.RUNS_START: frozenset({Permission.START_RUNS}),
    Scope.REVIEWS_READ: frozenset({Permission.READ_REVIEWS}),
    Scope.REVIEWS_VOTE: frozenset({Permission.DECIDE}),
    Scope.REVIEWS_WITHDRAW: frozenset({Permission.WITHDRAW}),
    Scope.EFFECTS_READ: frozenset({Permission.READ_RUNS}),
    Scope.EFFECTS_SETTLE: frozenset({Permission.SETTLE_EFFECTS}),
    Scope.AUDIT_READ: frozenset({Permission.READ_AUDIT}),
    Scope.FIELDS_READ: frozenset(Permission),
    Scope.ADMIN: frozenset(Permission),
}
"""What somebody must be allowed to do before a key of theirs may carry the scope."""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that somebody with `roles` may do."""
    return frozenset().union(*(_OF_ROLE[role] for role in roles))


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """Every scope that a key of somebody with `roles` may carry."""
    may = permissions_of(roles)
    return frozenset(scope for scope, needed in _FOR_SCOPE.items() if needed <= may)


def roles_with(permission: Permission) -> frozenset[Role]:
    """The roles that carry `permission`."""
    return frozenset(role for role, may in _OF_ROLE.items() if permission in may)
