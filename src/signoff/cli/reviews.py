"""Commands about reviews: list, show, decide."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from signoff.cli.console import (
    AsOption,
    ByOption,
    DatabaseOption,
    JsonOption,
    examples,
    fail,
    note,
    print_json,
    print_table,
    read_json_object,
    say,
    when,
)
from signoff.cli.context import open_desk, person_called, viewer_called
from signoff.domain.vote import Ballot, VoteKind

if TYPE_CHECKING:
    from datetime import datetime

    from signoff.domain.review import Review, ReviewFile

group = typer.Typer(help="List reviews, or show one.", invoke_without_command=True)


class Shown(StrEnum):
    """Which reviews a list shows."""

    LIVE = "live"
    OPEN = "open"
    SETTLING = "settling"
    CLOSED = "closed"
    ALL = "all"


_STATES: dict[Shown, Literal["open", "settling", "closed", "live"] | None] = {
    Shown.LIVE: "live",
    Shown.OPEN: "open",
    Shown.SETTLING: "settling",
    Shown.CLOSED: "closed",
    Shown.ALL: None,
}
StateOption = Annotated[Shown, typer.Option("--state", help="Which reviews; live is open or settling.")]
ToolOption = Annotated[str | None, typer.Option("--tool", help="Only this tool.")]
ThreadOption = Annotated[str | None, typer.Option("--thread", help="Only this thread.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=200, help="At most so many.")]


@group.callback(
    epilog=examples(
        "signoff reviews", "signoff reviews list --state closed --json", "signoff reviews show rev_…"
    )
)
def reviews(context: typer.Context, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List what waits for people, the most urgent first."""
    if context.invoked_subcommand is None:
        list_reviews(database=database, as_json=as_json)


@group.command(
    "list", epilog=examples("signoff reviews list --tool send_email", "signoff reviews list --state all")
)
def list_reviews(
    state: StateOption = Shown.LIVE,
    tool: ToolOption = None,
    thread: ThreadOption = None,
    limit: LimitOption = 25,
    viewer: AsOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List reviews: live ones by deadline, others newest first."""
    from signoff.services import query
    from signoff.services.sight import Sight
    from signoff.store.reviews import ReviewFilter

    wanted = ReviewFilter(state=_STATES[state], tool=tool, thread=thread)
    with open_desk(database) as desk, desk.read() as tx:
        page = query.list_reviews(tx, wanted, limit=limit)
        shown = Sight(tx, desk.core, viewer_called(tx, viewer)).heads(page.items)
        now = tx.now
    if as_json:
        print_json({"items": shown, "next": page.next})
        return
    print_table(
        ("id", "title", "tool", "flags", "state", "due"),
        (_row(review, now) for review in shown),
        "Nothing waits for a decision." if state is Shown.LIVE else "No such reviews.",
    )
    if page.next is not None:
        note(f"There are more than {limit}; see --limit.")


def _row(review: Review, now: datetime) -> tuple[str, ...]:
    flags = f"{review.flags_count} ({review.severity})" if review.severity else "-"
    standing = str(review.outcome or review.state)
    return (review.id, review.title, review.tool, flags, standing, when(review.due_at, now))


@group.command("show", epilog=examples("signoff reviews show rev_…", "signoff reviews show rev_… --json"))
def show_review(
    review: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")],
    viewer: AsOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one review: draft, flags, policy, and what was decided."""
    from signoff.domain.ids import ReviewId
    from signoff.services.sight import Sight

    with open_desk(database) as desk, desk.read() as tx:
        file = Sight(tx, desk.core, viewer_called(tx, viewer)).review(ReviewId(review)).file
        now = tx.now
    if as_json:
        print_json(file)
    else:
        _print_file(file, now)


def _print_file(file: ReviewFile, now: datetime) -> None:
    head, current = file.review, file.current
    say(head.title)
    say(f"  review    {head.id}")
    say(f"  state     {head.outcome or head.state}{_by(head)}")
    say(f"  tool      {head.tool}")
    say(f"  thread    {head.thread}" + (f", for {head.requester}" if head.requester else ""))
    if head.is_live:
        say(f"  due       {when(head.due_at, now)}; expires {when(head.expires_at, now)}")
    say(f"  policy    {current.verdict.policy} {current.verdict.policy_version}, {_rule(file)}")
    for error in current.verdict.errors:
        say(f"  error     {error}")
    say(f"  digest    {current.digest}")
    if current.number > 1:
        say(f"  revision  {current.number}, by {current.author.name or current.author.id}")
    say()
    _print_arguments(current.arguments)
    for flag in current.flags:
        where = f' at "{flag.quote}"' if flag.quote else ""
        say(f"\n[{flag.severity}] {flag.code}{where}: {flag.message} {flag.evidence}".rstrip())
        if flag.suggestion:
            say(f"    safer: {flag.suggestion}")
    for vote in file.votes:
        taken_back = " (taken back)" if vote.retracted_at else ""
        say(f"\n{vote.person_name}: {vote.kind}{taken_back} {vote.reason}".rstrip())


def _print_arguments(arguments: dict[str, Any]) -> None:
    """Short values first, then the texts of several lines."""
    from signoff.domain.visibility import Withheld

    texts = {
        name: value
        if isinstance(value, str)
        else value.said
        if isinstance(value, Withheld)
        else json.dumps(value, ensure_ascii=False, default=str)
        for name, value in arguments.items()
    }
    for name, text in sorted(texts.items(), key=lambda item: "\n" in item[1]):
        lines = text.split("\n")
        if len(lines) == 1:
            say(f"{name}: {text}")
            continue
        say(f"{name}:")
        for line in lines:
            say(f"    {line}")


def _rule(file: ReviewFile) -> str:
    verdict = file.current.verdict
    return f"rule {verdict.rule}: {verdict.summary}" if verdict.rule else verdict.summary


def _by(review: Review) -> str:
    return f", by {review.decided_by}" if review.decided_by else ""


class Answer(StrEnum):
    """What a person can say on the command line."""

    APPROVE = "approve"
    REVISE = "revise"
    REJECT = "reject"
    REQUEST_CHANGES = "request-changes"
    ANSWER = "answer"


def decide(
    review: Annotated[str, typer.Argument(metavar="REVIEW", help="The review's id, from `signoff reviews`.")],
    answer: Annotated[Answer, typer.Argument(help="What you decide.")],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; needed to reject or request changes.")] = "",
    arguments: Annotated[
        str | None,
        typer.Option(
            "--arguments", metavar="FILE", help='The edited arguments as JSON, whole; "-" reads stdin.'
        ),
    ] = None,
    text: Annotated[str | None, typer.Option("--answer", help="The answer; JSON, or plain text.")] = None,
    digest: Annotated[
        str | None,
        typer.Option(
            "--digest", help="The digest that you read; decides without asking, refused if it changed."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Decide on what is shown without asking.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Decide a review in the name of a person, after showing the draft and its digest."""
    kind = VoteKind(answer.value.replace("-", "_"))
    edited = _edited(kind, arguments)
    given = _given_answer(kind, text)
    from signoff.domain.ids import ReviewId
    from signoff.domain.visibility import viewer_of
    from signoff.services import decide as core
    from signoff.services.sight import Sight

    with open_desk(database) as desk:
        with desk.read() as tx:
            person = person_called(tx, by)
            file = Sight(tx, desk.core, viewer_of(person)).review(ReviewId(review)).file
            now = tx.now
        _print_file(file, now)
        if edited is not None:
            say(f"\nwould become:\n{json.dumps(edited, ensure_ascii=False, indent=2, default=str)}")
        if not yes and digest is None:
            _confirm(kind, person.name)
        ballot = Ballot(
            kind=kind,
            digest=file.review.digest if digest is None else _full_digest(file, digest),
            reason=reason,
            arguments=edited,
            answer=given,
            channel="cli",
        )
        with desk.begin() as tx:
            result = core.vote(tx, desk.core, ReviewId(review), ballot, person)
    _report(result.review, repeated=result.repeated)


def _report(review: Review, *, repeated: bool) -> None:
    if repeated:
        say("\nThis vote was recorded before; nothing changed.")
    elif review.settles_at is not None and review.is_live:
        say(f"\nRecorded: {review.outcome}. Until {review.settles_at:%H:%M:%S} UTC it can be undone.")
    elif review.is_live:
        say("\nRecorded. The review needs more votes.")
    else:
        say(f"\nDecided: {review.outcome}. A worker now takes the thread on.")


def _edited(kind: VoteKind, arguments: str | None) -> dict[str, Any] | None:
    if (kind is VoteKind.REVISE) != (arguments is not None):
        raise fail("--arguments goes with revise, and revise needs it: a JSON file with every argument.")
    return None if arguments is None else read_json_object(arguments, "--arguments")


def _given_answer(kind: VoteKind, text: str | None) -> Any:
    if (kind is VoteKind.ANSWER) != (text is not None):
        raise fail("--answer goes with answer, and answer needs it.")
    if text is None:
        return None
    from signoff.domain import canonical
    from signoff.domain.errors import NotCanonical

    try:
        return canonical.parse_strict_json(text)
    except NotCanonical:
        return text


def _full_digest(file: ReviewFile, digest: str) -> Any:
    """The current digest when `digest` is its beginning, at least twelve characters of it."""
    current = file.review.digest
    return current if len(digest) >= 12 and current.startswith(digest.lower()) else digest


def _confirm(kind: VoteKind, name: str) -> None:
    words = kind.value.replace("_", " ")
    try:
        sure = typer.confirm(f"\n{words.capitalize()} exactly this as {name}?")
    except typer.Abort:
        sure = False
    if not sure:
        raise fail("nothing was decided. Use --yes, or --digest, where nobody can answer.", 1)


EPILOG = examples(
    "signoff decide rev_… approve --by mia@example.com",
    "signoff decide rev_… revise --by mia@example.com --arguments edited.json",
    'signoff decide rev_… reject --by mia@example.com --reason "Wrong customer" --digest 3f2a…',
)
