"""Who may open what."""

from signoff.domain.permission import Permission, permissions_of, roles_with, scopes_of
from signoff.domain.person import Role, Scope


def test_nobody_without_a_role_may_do_anything() -> None:
    assert permissions_of(()) == frozenset()


def test_roles_add_up_and_an_admin_may_do_everything() -> None:
    both = permissions_of({Role.REVIEWER, Role.AUDITOR})
    assert both == permissions_of({Role.REVIEWER}) | permissions_of({Role.AUDITOR})
    assert permissions_of({Role.ADMIN}) == frozenset(Permission)


def test_a_key_carries_no_more_than_the_roles_of_its_person() -> None:
    assert scopes_of(()) == frozenset()
    assert scopes_of({Role.AUDITOR}) == {Scope.REVIEWS_READ, Scope.EFFECTS_READ, Scope.AUDIT_READ}
    assert scopes_of({Role.ADMIN}) == frozenset(Scope)
    assert roles_with(Permission.DECIDE) == {Role.REVIEWER, Role.LEAD, Role.ADMIN}


def test_only_an_admin_manages_people() -> None:
    assert [role for role in Role if Permission.MANAGE_PEOPLE in permissions_of({role})] == [Role.ADMIN]
