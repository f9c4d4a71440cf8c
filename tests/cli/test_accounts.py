from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ME, Cli


def test_people_are_added_listed_and_let_in(ready: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
    added = cli(
        "user", "add", "Leo@Example.com", "--name", "Leo Lead", "--role", "lead", "--role", "reviewer",
        "--group", "legal", "--password-stdin",
    )  # fmt: skip
    assert added.code == 0
    assert "horse" not in added.out + added.err
    people = {person["email"]: person for person in cli("user", "list", "--json").json["items"]}
    assert people["leo@example.com"]["name"] == "Leo Lead"
    assert sorted(people["leo@example.com"]["roles"]) == ["lead", "reviewer"]
    assert people["leo@example.com"]["groups"] == ["legal"]
    assert "Leo Lead" in cli("user", "list").out
    link = cli("user", "link", ME).out
    assert link.startswith("http://127.0.0.1:8484/sign-in/link?token=")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["user", "add", ME], "has an account already"),
        (["user", "add", "nobody"], "not an e-mail address"),
        (["user", "add", "a@b.example", "--role", "king"], "'king'"),
        (["user", "link", "who@example.com"], "No person 'who@example.com'"),
        (["key", "add", "crm"], "--scope"),
        (["key", "add", "crm", "--scope", "reviews:vote"], "only a person's key may vote"),
        (["key", "add", "crm", "--scope", "everything"], "'everything'"),
        (["key", "revoke", "key_nowhere"], "No key 'key_nowhere'"),
    ],
)
def test_wrong_use_says_what_is_wrong(ready: Path, cli: Cli, arguments: list[str], message: str) -> None:
    refused = cli(*arguments)
    assert (refused.code, message in refused.err) == (2, True), refused.err


def test_a_short_password_is_refused(ready: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    refused = cli("user", "add", "leo@example.com", "--password-stdin")
    assert (refused.code, "password" in refused.err) == (2, True)


def test_keys_are_made_listed_and_revoked(ready: Path, cli: Cli) -> None:
    made = cli("key", "add", "phone", "--person", ME, "--scope", "reviews:read", "--scope", "reviews:vote")
    secret = made.out.strip()
    assert secret.startswith("signoff_")
    assert secret not in made.err
    [key] = cli("key", "list", "--json").json["items"]
    assert (key["name"], sorted(key["scopes"])) == ("phone", ["reviews:read", "reviews:vote"])
    assert ME in cli("key", "list").out
    assert cli("key", "revoke", key["id"]).code == 0
    assert "revoked" in cli("key", "list").out
