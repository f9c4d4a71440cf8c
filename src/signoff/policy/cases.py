"""Cases beside a policy: calls, and what the policy must say about them.

`policy.cases.yaml` stands beside `policy.yaml`:

    given:                            # what every case starts from; may be left out
      tool: send_email
      args: {to: ann@example.com, subject: Hello, body: How are you?}
      facts: {customer_known: true, tier: standard}
    cases:
      - name: A mail to a known customer goes out
        expect: {effect: allow, rule: routine-mail}
      - name: A large discount waits
        args: {discount_percent: 25}  # laid over those of `given`, key by key
        without: [facts.tier]         # taken away again
        flags: [{code: brand_term, severity: high, path: /body}]    # instead of the detectors' findings
        expect: {effect: review, rule: none, stages: [review], error: facts.tier is missing}

A case has a `tool`, and may have `args`, `facts` and a `requester`. Without `flags` the detectors of
the policy read the call; `flags: []` says that they find nothing. Of `expect`, `effect` must be there, and
what else is written is compared: `rule` (`none` where no rule speaks), `stages` by name in their
order, `flags` as the codes found in any order, and `error`, a part of what went wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from signoff.domain.errors import PolicyFault, PolicyInvalid
from signoff.domain.flag import RiskFlag, Severity
from signoff.domain.policy import RuleEffect
from signoff.domain.value import Value
from signoff.policy.document import Document, read
from signoff.policy.document import Path as At
from signoff.policy.faults import hint
from signoff.policy.load import explained
from signoff.policy.schema import In, Text

SUFFIX = ".cases.yaml"
NO_RULE = "none"


class FlagIn(In):
    """A finding as a case writes it."""

    code: Text
    severity: Severity = Severity.HIGH
    path: str = ""
    quote: str = ""


class GivenIn(In):
    """What every case starts from."""

    tool: Text | None = None
    args: dict[str, Any] = Field(default_factory=dict)
    facts: dict[str, Any] = Field(default_factory=dict)
    requester: Text | None = None


class Expected(In):
    """What the policy must say; None is not compared."""

    effect: RuleEffect
    rule: Text | None = None
    stages: tuple[Text, ...] | None = None
    flags: tuple[Text, ...] | None = None
    error: Text | None = None


class CaseIn(GivenIn):
    """An entry of `cases`."""

    name: Text
    without: tuple[Text, ...] = ()
    flags: tuple[FlagIn, ...] | None = None
    expect: Expected


class CasesIn(In):
    """The file."""

    given: GivenIn = GivenIn()
    cases: Annotated[tuple[CaseIn, ...], Field(min_length=1)]


_KEYS = tuple(sorted({key for model in (CasesIn, CaseIn, Expected, FlagIn) for key in model.model_fields}))


class Case(Value):
    """One call with what is expected of it."""

    name: str
    line: int
    tool: str
    arguments: dict[str, Any]
    facts: dict[str, Any]
    requester: str | None
    flags: tuple[RiskFlag, ...] | None
    """None: the policy's detectors are asked."""
    expected: Expected


def cases_beside(policy: Path) -> Path:
    """Where the cases of the policy file stand: `policy.cases.yaml` beside `policy.yaml`."""
    return policy.with_name(policy.stem + SUFFIX)


def load_cases(path: Path) -> tuple[Case, ...]:
    """The cases in the file at `path`.

    Raises:
        PolicyInvalid: with every fault, each with file and line.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise PolicyInvalid((PolicyFault(str(path), 0, f"cannot be read: {reason}"),)) from error
    return parse_cases(text, str(path))


def parse_cases(text: str, file: str = "<cases>") -> tuple[Case, ...]:
    """The cases that `text` describes; `file` is its name in faults.

    Raises:
        PolicyInvalid: as above.
    """
    document = read(text, file)
    found: tuple[Case, ...] = ()
    if not document.faults:
        try:
            model = CasesIn.model_validate_json(json.dumps(document.data), strict=True)
        except ValidationError as error:
            for at, message in explained(error, CasesIn, (), _KEYS):
                document.fault(at, message)
        else:
            found = tuple(_assembled(model, document))
    if document.faults:
        raise PolicyInvalid(tuple(sorted(document.faults, key=lambda fault: fault.line)))
    return found


def _assembled(model: CasesIn, document: Document) -> Iterator[Case]:
    names: set[str] = set()
    for n, case in enumerate(model.cases):
        at: At = ("cases", n)
        if case.name in names:
            document.fault((*at, "name"), f"another case is called {case.name!r} already")
        names.add(case.name)
        tool = case.tool or model.given.tool
        if tool is None:
            document.fault(at, f"{case.name!r} names no tool, and neither does given")
            continue
        values = {"args": {**model.given.args, **case.args}, "facts": {**model.given.facts, **case.facts}}
        for path in case.without:
            _take_away(path, values, document, at)
        yield Case(
            name=case.name,
            line=document.line(at),
            tool=tool,
            arguments=values["args"],
            facts=values["facts"],
            requester=case.requester or model.given.requester,
            flags=None if case.flags is None else tuple(_flag(flag) for flag in case.flags),
            expected=case.expect,
        )


def _take_away(path: str, values: Mapping[str, dict[str, Any]], document: Document, at: At) -> None:
    owner, _, name = path.partition(".")
    if owner not in values or name not in values[owner]:
        known = [f"{owner}.{name}" for owner, held in values.items() for name in held]
        document.fault((*at, "without"), f"there is no {path} to leave out{hint(path, known)}")
    else:
        del values[owner][name]


def _flag(given: FlagIn) -> RiskFlag:
    return RiskFlag(
        code=given.code, severity=given.severity, message="Given by the case.", detector="case",
        detector_version="0", path=given.path, quote=given.quote, end=len(given.quote),
    )  # fmt: skip
