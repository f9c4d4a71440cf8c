"""Commands about who may sign in: people and API keys."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from signoff.cli.console import (
    DatabaseOption,
    JsonOption,
    examples,
    fail,
    note,
    print_json,
    print_table,
    say,
)
from signoff.cli.context import open_desk, operator, person_called, settings_with
from signoff.domain.person import Role, Scope

users = typer.Typer(help="Add people, list them, and give out one-time log-in links.", no_args_is_help=True)
keys = typer.Typer(help="Add, list and revoke API keys.", no_args_is_help=True)

EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail.")]


@users.command(
    "add",
    epilog=examples(
        "signoff user add mia@example.com --name 'Mia Marketing' --group marketing",
        "signoff user add leo@example.com --role reviewer --role lead --password-stdin < password.txt",
    ),
)
def add_user(
    email: EmailArgument,
    name: Annotated[str, typer.Option("--name", help="As colleagues know them; the e-mail without it.")] = "",
    role: Annotated[
        list[Role] | None, typer.Option("--role", help="May be repeated; reviewer without it.")
    ] = None,
    group: Annotated[list[str] | None, typer.Option("--group", help="May be repeated.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read a password from standard input.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Add somebody who can decide. Without a password they sign in by `signoff user link`."""
    from signoff.services import people

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with open_desk(database) as desk, desk.begin() as tx:
        person = people.add_person(
            tx,
            email=email,
            name=name or email,
            password=password,
            roles=role or (Role.REVIEWER,),
            groups=group or (),
            actor=operator(),
        )
    say(f"{person.email} added as {', '.join(sorted(person.roles))} ({person.id})")
    if password is None:
        note(f"No password is set; a link signs them in once: signoff user link {person.email}")


@users.command("list", epilog=examples("signoff user list --json"))
def list_users(database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List all accounts."""
    from signoff.services import people

    with open_desk(database) as desk, desk.read() as tx:
        everybody = people.everybody(tx)
    if as_json:
        print_json({"items": everybody})
        return
    print_table(
        ("e-mail", "name", "roles", "groups", "id"),
        (
            (
                person.email + ("" if person.active else " (inactive)"),
                person.name,
                ", ".join(sorted(person.roles)),
                ", ".join(sorted(person.groups)),
                person.id,
            )
            for person in everybody
        ),
        "Nobody can sign in yet: signoff user add EMAIL",
    )


@users.command(
    "link",
    epilog=examples(
        "signoff user link mia@example.com",
        "signoff user link mia@example.com --url https://desk.example.com",
    ),
)
def link(
    email: EmailArgument,
    url: Annotated[
        str | None, typer.Option("--url", help="Where the page is; else as the settings say.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Print a link that signs a person in once, within half an hour."""
    from signoff.services import people

    with open_desk(database) as desk, desk.begin() as tx:
        person = person_called(tx, email)
        if not person.active:
            raise fail(f"{person.email} may not sign in any more.")
        secret = people.issue_login_link(tx, person)
    say(login_url(url or settings_with().address, secret))


def login_url(address: str, secret: str, then: str = "/reviews") -> str:
    """Where a browser redeems a one-time secret."""
    return f"{address.rstrip('/')}/sign-in/link?token={secret}" + (
        "" if then == "/reviews" else f"&next={then}"
    )


@keys.command(
    "add",
    epilog=examples(
        "signoff key add crm --scope runs:start",
        "signoff key add Mia --person mia@example.com --scope reviews:read --scope reviews:vote",
    ),
)
def add_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[Scope], typer.Option("--scope", help="What it may do; may be repeated.")],
    person: Annotated[
        str | None, typer.Option("--person", metavar="EMAIL", help="Whose key; only persons' keys can vote.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Make a key and print its secret, this once."""
    from signoff.services import people

    with open_desk(database) as desk, desk.begin() as tx:
        owner = None if person is None else person_called(tx, person)
        key, secret = people.add_key(tx, name=name, scopes=scope, person=owner, actor=operator())
    note(f"{key.id}: {key.name}, may {', '.join(sorted(key.scopes))}. The secret is shown this once:")
    say(secret)


@keys.command("list", epilog=examples("signoff key list --json"))
def list_keys(database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List keys, without their secrets."""
    from signoff.services import people

    with open_desk(database) as desk, desk.read() as tx:
        found = people.keys(tx)
        names = {person.id: person.email for person in people.everybody(tx)}
    if as_json:
        print_json({"items": found})
        return
    print_table(
        ("id", "name", "whose", "scopes", "state"),
        (
            (
                key.id,
                key.name,
                names.get(key.person_id, key.person_id) if key.person_id else "a service",
                ", ".join(sorted(key.scopes)),
                "good" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d %H:%M} UTC",
            )
            for key in found
        ),
        "No keys yet: signoff key add NAME --scope SCOPE",
    )


@keys.command("revoke", epilog=examples("signoff key revoke key_…"))
def revoke_key(
    key: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")],
    database: DatabaseOption = None,
) -> None:
    """Make a key worthless at once."""
    from signoff.services import people

    with open_desk(database) as desk, desk.begin() as tx:
        people.revoke_key(tx, key, actor=operator())
    say(f"{key} is revoked")
