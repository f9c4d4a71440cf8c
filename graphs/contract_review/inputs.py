"""What `signoff run contract_review` makes of files: one run each, shown clause by clause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from graphs.chat_model import ModelMissing
from graphs.contract_review.classifiers import open_classifier
from graphs.contract_review.drafting import open_drafter
from graphs.contract_review.graph import build
from graphs.contract_review.paper import read_paper
from graphs.contract_review.playbook import load_playbook
from graphs.contract_review.report import lines_of, problems_of, summary_of
from graphs.contract_review.settings import HERE, FlowSettings
from graphs.contract_review.shelf import Shelf
from graphs.contract_review.trial import TrialLawyers

if TYPE_CHECKING:
    from signoff import Desk

SAMPLE = HERE / "sample" / "hosting.txt"
COUNTERPARTY = "counterparty@example.com"
OPTIONS = {
    "to=ADDRESS": f"Where the redline is sent once lawyers let it go; {COUNTERPARTY} in a trial.",
    "trial": "Have a scripted stand-in decide as two lawyers would, in a database of its own.",
    "sample": "Take the contract that comes with the flow.",
    "flags": "Show every flag with its words; without it only how many.",
}


class Case(Protocol):
    """One run as the command line tells of it."""

    name: str
    thread: str
    status: str
    seconds: float
    reviews: Sequence[Any]
    values: Mapping[str, Any]


@dataclass
class ContractBatch:
    """A contract per run."""

    files: tuple[Path, ...]
    settings: FlowSettings
    drafter: str
    """Who words the clauses, as shown to people."""
    counterparty: str
    trial: bool
    shows_flags: bool
    cases: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lawyers: TrialLawyers | None = None
        self._playbook = load_playbook(self.settings.playbook)
        if not self.trial:
            self._shelve()

    def _shelve(self) -> None:
        shelf = Shelf(self.settings.folder)
        self.cases = [
            (
                file.name,
                {
                    "document": shelf.put(file.read_bytes(), file.suffix),
                    "title": file.name,
                    "counterparty": self.counterparty,
                },
            )
            for file in self.files
        ]

    def prepare(self, folder: Path) -> None:
        self.settings = replace(
            self.settings, folder=folder / "contracts", maildir=folder / "maildir", smtp_url=None
        )
        self._shelve()

    def build(self, desk: Desk) -> Any:
        self._lawyers = TrialLawyers(desk)
        return build(desk, self.settings)

    def decide(self, desk: Desk, thread: str) -> None:
        if self._lawyers is not None:
            self._lawyers.decide(thread)

    def tell(self, ended: Case) -> Iterable[str]:
        shelf = Shelf(self.settings.folder)
        decided = self._lawyers.said(ended.thread) if self._lawyers is not None else None
        return lines_of(ended, self._playbook, shelf, decided=decided, shows_flags=self.shows_flags)

    def summary(self, desk: Desk, ended: Sequence[Case]) -> tuple[Iterable[str], Iterable[str]]:
        _, classifiers = open_classifier()
        lines = summary_of(ended, drafter=self.drafter, classifiers=classifiers, trial=self.trial)
        shelf, maildir = Shelf(self.settings.folder), self.settings.maildir
        problems = [p for one in ended for p in problems_of(one, shelf, maildir, trial=self.trial)]
        return lines, [*problems, *_audit(desk)]


def _audit(desk: Desk) -> Iterator[str]:
    from signoff import SignoffError  # noqa: PLC0415 - binds the name when it is needed

    try:
        desk.verify_audit()
    except SignoffError as error:
        yield f"audit: broken. {error.message}"


def inputs(files: Sequence[Path], options: Mapping[str, str | bool]) -> ContractBatch:
    """The runs of these files.

    Raises:
        ValueError: there is no file, one cannot be read, or an option does not fit.
    """
    is_trial = bool(options.get("trial", False))
    to = options.get("to", COUNTERPARTY if is_trial else "")
    if not isinstance(to, str):
        raise ValueError("--to needs an address: --to=legal@example.com.")
    wanted = (*files, *([SAMPLE] if options.get("sample") else ()))
    if not wanted:
        raise ValueError("name the contracts to review, or take --sample.")
    for file in wanted:
        read_paper(file)
    settings = FlowSettings.from_environment()
    try:
        drafter = open_drafter(settings.model).name
    except ModelMissing as error:
        raise ValueError(str(error)) from error
    return ContractBatch(
        files=wanted,
        settings=settings,
        drafter=drafter,
        counterparty=to,
        trial=is_trial,
        shows_flags=bool(options.get("flags", False)),
    )
