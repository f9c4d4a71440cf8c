"""Who may open what."""

from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import Role


def test_nobody_without_a_role_may_do_anything() -> None:
    assert permissions_of(()) == frozenset()


def test_roles_add_up_and_an_admin_may_do_everything() -> None:
    both = permissions_of({Role.REVIEWER, Role.AUDITOR})
    assert both == permissions_of({Role.REVIEWER}) | permissions_of({Role.AUDITOR})
    assert permissions_of({Role.ADMIN}) == frozenset(Permission)


def test_only_an_admin_manages_people() -> None:
    assert [role for role in Role if Permission.MANAGE_PEOPLE in permissions_of({role})] == [Role.ADMIN]
