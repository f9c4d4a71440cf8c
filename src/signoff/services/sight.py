"""What one reader may see: every page, API answer, list, export and message reads reviews through here.

Hidden values are replaced before anything is rendered or sent. Values of arguments, facts and bound
inputs give way to `Withheld`; texts that were made of them (titles, findings, reasons, errors, audit
content) lose them, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from signoff.domain.action import Action
from signoff.domain.audit import AuditEntry
from signoff.domain.effect import Effect
from signoff.domain.errors import FieldsHidden, NotFound
from signoff.domain.flag import RiskFlag
from signoff.domain.ids import ActionId, Digest, ReviewId, ThreadId
from signoff.domain.person import Person
from signoff.domain.policy import ToolPolicy
from signoff.domain.question import QUESTION
from signoff.domain.review import Review, ReviewFile, ReviewKind, Revision
from signoff.domain.run import Run
from signoff.domain.visibility import Cover, HiddenField, Viewer, viewer_of
from signoff.services import people
from signoff.services.core import Core
from signoff.services.eligible import why_not
from signoff.services.judge import title_of
from signoff.store import actions, catalog, files, reviews
from signoff.store.database import Tx

HIDDEN = "[hidden]"
ABOUT_HIDDEN = "A check found something in a field that is hidden from you."


@dataclass(frozen=True)
class Seen:
    """A review as one reader sees it."""

    file: ReviewFile
    hidden: tuple[HiddenField, ...] = ()

    @property
    def blocking(self) -> tuple[str, ...]:
        """Fields that would run and must be seen in full to approve."""
        return blocking(self.hidden)


def blocking(hidden: Iterable[HiddenField]) -> tuple[str, ...]:
    """Fields among `hidden` without which nobody can approve."""
    return tuple(field.field for field in hidden if field.needed and field.runs)


class Sight:
    """Reads a workspace for one reader; make one for each transaction."""

    def __init__(self, tx: Tx, core: Core, viewer: Viewer) -> None:
        self._tx, self._core, self._viewer = tx, core, viewer
        self._tools: dict[tuple[Digest, str], ToolPolicy] = {}
        self._known: dict[tuple[ActionId, ReviewId | None], _Redaction | None] = {}

    def review(self, review_id: ReviewId) -> Seen:
        """One review.

        Raises:
            NotFound: there is none in this workspace.
        """
        file = files.load(self._tx, review_id)
        if file is None:
            raise NotFound("review", review_id)
        return self.of(file)

    def of(self, file: ReviewFile) -> Seen:
        """A review that was read whole, without what this reader may not see."""
        redaction = self._redaction(file)
        return Seen(file) if redaction is None else redaction.seen(file)

    def heads(self, found: Sequence[Review]) -> list[Review]:
        """Reviews as a list shows them. Search in what this returns, never in what it was given."""
        hashes = reviews.policies_of(self._tx, [review.id for review in found]) if found else {}
        return [
            self.review(review.id).file.review
            if self._keeps(self._tool(hashes[review.id], review.tool))
            else review
            for review in found
        ]

    def entries(self, found: Iterable[AuditEntry]) -> list[AuditEntry]:
        """Audit entries. One that loses something also loses its salt, so that nobody can guess the rest."""
        return list(self.stream(found))

    def stream(self, found: Iterable[AuditEntry]) -> Iterator[AuditEntry]:
        """Like `entries`, one by one, for an export of any length."""
        return (self._entry(entry) for entry in found)

    def effects(self, found: Iterable[Effect]) -> list[Effect]:
        """Effects with their arguments and errors."""
        return [self.effect(effect) for effect in found]

    def effect(self, effect: Effect) -> Effect:
        redaction = self._about(effect.action_id, effect.review_id)
        return effect if redaction is None else redaction.effect(effect)

    def run(self, run: Run) -> Run:
        """A run; its error may quote what its reviews are about."""
        if not run.error or self._viewer.sees_all:
            return run
        error = run.error
        for action_id, review_id in actions.ids_in(self._tx, run.thread):
            redaction = self._about(action_id, review_id)
            error = error if redaction is None else redaction.text(error)
        return run.model_copy(update={"error": error})

    def flags_of(self, file: ReviewFile, found: Sequence[RiskFlag]) -> tuple[RiskFlag, ...]:
        """What checks found in an edit of `file`, which was read whole."""
        redaction = self._redaction(file)
        return tuple(found) if redaction is None else tuple(map(redaction.flag, found))

    def sees_all_of(self, thread: ThreadId) -> bool:
        """Whether nothing that was ever proposed in `thread` is hidden from this reader.

        The state of a graph holds what its tool calls hold, in places that no policy knows.
        """
        found = actions.ids_in(self._tx, thread)
        return all(self._about(action_id, review_id) is None for action_id, review_id in found)

    def covered_tools(self) -> tuple[str, ...]:
        """Tools of which this reader does not see everything, under any policy that ever judged."""
        judges = [self._core.judge_of(self._tx, found) for found in catalog.policy_hashes(self._tx)]
        policies = [judge.policy for judge in judges]
        tools = ((name, policy.tool(name)) for policy in policies for name in (*policy.tools, QUESTION))
        return tuple(sorted({name for name, tool in tools if self._keeps(tool)}))

    def text_of(self, review: Review, text: str) -> str:
        """A text about `review` that somebody or something wrote: an error message, say."""
        redaction = self._about(review.action_id, review.id)
        return text if redaction is None else redaction.text(text)

    def _entry(self, entry: AuditEntry) -> AuditEntry:
        if entry.action_id is None or entry.content is None:
            return entry
        review_id = None if entry.review_id is None else ReviewId(entry.review_id)
        redaction = self._about(ActionId(entry.action_id), review_id)
        return entry if redaction is None else redaction.entry(entry)

    def _keeps(self, tool: ToolPolicy) -> bool:
        return Cover(tool.visible, self._viewer).is_needed

    def _tool(self, policy_hash: Digest, tool: str) -> ToolPolicy:
        key = (policy_hash, tool)
        if key not in self._tools:
            self._tools[key] = self._core.judge_of(self._tx, policy_hash).policy.tool(tool)
        return self._tools[key]

    def _about(self, action_id: ActionId, review_id: ReviewId | None) -> _Redaction | None:
        if self._viewer.sees_all:
            return None
        key = (action_id, review_id)
        if key not in self._known:
            stored = actions.get(self._tx, action_id)
            tool = self._tool(stored.verdict.policy_hash, stored.action.tool)
            if not self._keeps(tool):
                self._known[key] = None
            elif review_id is not None and (file := files.load(self._tx, review_id)) is not None:
                return self._redaction(file)
            else:
                self._known[key] = _Redaction.of_action(stored.action, tool, self._viewer)
        return self._known[key]

    def _redaction(self, file: ReviewFile) -> _Redaction | None:
        tool = self._tool(file.original.verdict.policy_hash, file.review.tool)
        if not self._keeps(tool):
            return None
        key = (file.review.action_id, file.review.id)
        found = self._known.get(key)
        if found is None or found.revisions < len(file.revisions):
            found = self._known[key] = _Redaction.of(file, tool, self._viewer)
        return found


def must_see(tx: Tx, core: Core, file: ReviewFile, person: Person) -> tuple[HiddenField, ...]:
    """Everything about `file` that is hidden from `person`, none of which an approval needs.

    Raises:
        FieldsHidden: the person does not see all that would run, so their approval would mean nothing.
    """
    seen = Sight(tx, core, viewer_of(person)).of(file)
    if seen.blocking:
        names = [_plain(field) for field in seen.blocking]
        raise FieldsHidden(file.review.id, names, who_can(tx, core, file))
    return seen.hidden


def hidden_from(tx: Tx, core: Core, file: ReviewFile, person: Person) -> tuple[HiddenField, ...]:
    """Everything about `file` that is hidden from `person`."""
    return Sight(tx, core, viewer_of(person)).of(file).hidden


def who_can(tx: Tx, core: Core, file: ReviewFile) -> list[str]:
    """Names of those who may approve now and see all that would run."""
    tool = core.judge_of(tx, file.original.verdict.policy_hash).policy.tool(file.review.tool)
    return [
        person.name
        for person in people.everybody(tx)
        if why_not(file, person) is None and not _blocked(file, tool, person)
    ]


def _blocked(file: ReviewFile, tool: ToolPolicy, person: Person) -> bool:
    cover = Cover(tool.visible, viewer_of(person))
    cover.arguments(file.current.arguments)
    cover.bound(file.action.bound)
    return bool(blocking(cover.hidden.values()))


def _plain(field: str) -> str:
    return field.removeprefix("/").replace("/", " / ").replace("_", " ")


class _Redaction:
    """One action's hidden values, and how to take them out of everything said about it."""

    def __init__(self, tool: ToolPolicy, name: str, cover: Cover, revisions: int = 0) -> None:
        self.tool, self.name, self.cover, self.revisions = tool, name, cover, revisions
        self._pattern = _matching(cover.secrets)

    @classmethod
    def of(cls, file: ReviewFile, tool: ToolPolicy, viewer: Viewer) -> _Redaction:
        cover = Cover(tool.visible, viewer)
        cover.facts(file.action.context)
        cover.bound(file.action.bound)
        for revision in file.revisions:
            cover.arguments(revision.arguments)
        return cls(tool, file.review.tool, cover, len(file.revisions))

    @classmethod
    def of_action(cls, action: Action, tool: ToolPolicy, viewer: Viewer) -> _Redaction:
        cover = Cover(tool.visible, viewer)
        cover.facts(action.context)
        cover.bound(action.bound)
        cover.arguments(action.arguments)
        return cls(tool, action.tool, cover)

    def seen(self, file: ReviewFile) -> Seen:
        action = file.action.model_copy(
            update={
                "arguments": self.cover.arguments(file.action.arguments),
                "context": self.cover.facts(file.action.context),
                "bound": self.cover.bound(file.action.bound),
            }
        )
        review = file.review.model_copy(
            update={"title": self._title(file), "reason": self.text(file.review.reason)}
        )
        votes = tuple(
            vote.model_copy(update={"reason": self.text(vote.reason), "answer": self._said(vote.answer)})
            for vote in file.votes
        )
        revisions = tuple(self._revision(revision) for revision in file.revisions)
        shown = {"review": review, "action": action, "revisions": revisions, "votes": votes}
        return Seen(file.model_copy(update=shown), self._hidden_now(file))

    def _hidden_now(self, file: ReviewFile) -> tuple[HiddenField, ...]:
        now = Cover(self.cover.rules, self.cover.viewer)
        now.arguments(file.current.arguments)
        now.bound(file.action.bound)
        now.facts(file.action.context)
        return tuple(now.hidden.values())

    def _revision(self, revision: Revision) -> Revision:
        errors = tuple(self.text(error) for error in revision.verdict.errors)
        return revision.model_copy(
            update={
                "arguments": self.cover.arguments(revision.arguments),
                "flags": tuple(self.flag(flag) for flag in revision.flags),
                "verdict": revision.verdict.model_copy(update={"errors": errors}),
            }
        )

    def flag(self, flag: RiskFlag) -> RiskFlag:
        """A finding keeps its severity; in a hidden field it keeps nothing else that was said about it."""
        place = f"{flag.path}/"
        if any(place.startswith(f"{name}/") or f"{name}/".startswith(place) for name in self.cover.hidden):
            return flag.model_copy(
                update={
                    "message": ABOUT_HIDDEN, "quote": "", "evidence": "", "suggestion": None,
                    "start": 0, "end": 0,
                }
            )  # fmt: skip
        hides_facts = any(not field.runs for field in self.cover.hidden.values())
        quote = self.text(flag.quote)
        is_whole = quote == flag.quote
        return flag.model_copy(
            update={
                "message": self.text(flag.message),
                "quote": quote if is_whole else "",
                "start": flag.start if is_whole else 0,
                "end": flag.end if is_whole else 0,
                # It may be made of any fact, in any wording.
                "evidence": "" if hides_facts else self.text(flag.evidence),
                "suggestion": None if flag.suggestion is None else self.text(flag.suggestion),
            }
        )

    def _title(self, file: ReviewFile) -> str:
        """The title made again; a settlement's begins with a question, and a question's is its text."""
        if file.review.kind is ReviewKind.QUESTION:
            return self.text(file.review.title)
        made = title_of(self.tool, self.name, file.current.arguments)
        shown = title_of(self.tool, self.name, self.cover.arguments(file.current.arguments))
        title = file.review.title
        return self.text(title.replace(made, shown)) if made in title else shown

    def entry(self, entry: AuditEntry) -> AuditEntry:
        assert entry.content is not None  # noqa: S101 - asked before
        content = {name: self._content(name, value) for name, value in entry.content.items()}
        if content == entry.content:
            return entry
        return entry.model_copy(update={"content": content, "salt": None})

    def _content(self, name: str, value: Any) -> Any:
        if name == "arguments" and isinstance(value, dict):
            return self.cover.arguments(value)
        if name == "title" and any("{" + step in self.tool.title for step in self._roots()):
            return HIDDEN
        return self._said(value)

    def _roots(self) -> set[str]:
        return {name.split("/")[1] for name in self.cover.hidden if name.startswith("/")}

    def effect(self, effect: Effect) -> Effect:
        return effect.model_copy(
            update={"arguments": self.cover.arguments(effect.arguments), "error": self.text(effect.error)}
        )

    def text(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def _said(self, value: Any) -> Any:
        match value:
            case str():
                return self.text(value)
            case dict():
                return {key: self._said(item) for key, item in value.items()}
            case list() | tuple():
                return [self._said(item) for item in value]
            case int() | float() if not isinstance(value, bool):
                return HIDDEN if self.text(str(value)) != str(value) else value
        return value


def _matching(secrets: set[str]) -> re.Pattern[str] | None:
    """Finds each of `secrets` as a word of its own, whatever spaces stand in it."""
    patterns = []
    for secret in sorted(secrets, key=len, reverse=True):
        words = secret.split()
        if not words or (len(words) == 1 and len(words[0]) == 1 and not words[0].isdigit()):
            continue
        joined = r"\s+".join(map(re.escape, words))
        before = r"(?<!\w)" if words[0][0].isalnum() else ""
        after = r"(?!\w)" if words[-1][-1].isalnum() else ""
        patterns.append(f"{before}{joined}{after}")
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None
