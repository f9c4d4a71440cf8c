"""Text that reads like instructions to a model or to the reviewer. A hint, and no more.

Keyword patterns miss most attacks (11 of 48 found on a public mixed set), so every flag of this detector
has severity `low`, and the rules of the shipped policies leave low flags aside: they are shown beside the
text and decide nothing. A rule may still ask for one by its code. What protects is the gate itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.finding import TOO_MANY, Marker, Settings, texts
from signoff.risk.text import Plain, as_latin

NAME, VERSION = "instructions", "1"
Code = Literal[
    "instruction_override",
    "instruction_role",
    "instruction_markup",
    "instruction_secrecy",
    "instruction_approval",
]
CODES: frozenset[str] = frozenset((*get_args(Code), TOO_MANY))

_GAP = r"[ ]{1,3}(?:[\w']{1,15}[ ]{1,3}){0,4}"
_PATTERNS: dict[Code, str] = {
    "instruction_override": r"\b(?:ignore|disregard|forget|override|bypass|skip)"
    rf"{_GAP}(?:instructions?|prompts?|rules|guidelines|directions|context|polic(?:y|ies)|safeguards)\b",
    "instruction_role": r"\byou are now\b|\bfrom now on,? you\b|\bpretend (?:to be|you are|that you)\b|"
    r"\bact as (?:an? )?(?:admin\w*|system|developer|root|unrestricted)\b|\bnew (?:system )?instructions:",
    "instruction_markup": r"<\|[a-z_]{2,20}\|>|\[/?INST\]|</?(?:system|instructions?|important)>|"
    r"^[ \t#>*]{0,6}(?:system|assistant|developer)(?: prompt)?:",
    "instruction_secrecy": r"\b(?:do not|don't|never|without)"
    rf"{_GAP}(?:user|reviewer|operator|human|supervisor|moderator)\b|"
    rf"\b(?:reveal|print|repeat|show){_GAP}(?:system prompt|instructions)\b",
    "instruction_approval": r"\bpre-?approved\b|"
    r"\balready (?:been )?(?:approved|authori[sz]ed|verified|reviewed)\b|"
    r"\bno (?:further )?(?:review|approval|confirmation|sign-?off) (?:is )?(?:needed|required|necessary)\b|"
    r"\bapprove (?:this|it) (?:now|at once|immediately|without)\b",
}
_COMPILED = {code: re.compile(pattern, re.IGNORECASE | re.MULTILINE) for code, pattern in _PATTERNS.items()}
_MESSAGES: dict[Code, str] = {
    "instruction_override": "Reads like an order to drop earlier instructions.",
    "instruction_role": "Reads like an order to play another part.",
    "instruction_markup": "Holds markup by which models tell who speaks.",
    "instruction_secrecy": "Reads like an order to keep something from people, or to give instructions away.",
    "instruction_approval": "Claims that nobody needs to look at it.",
}


class InstructionsSettings(Settings):
    """Takes what every detector takes."""


class Instructions:
    """Looks for phrases that address a model or the reviewer instead of the recipient."""

    name = NAME
    version = VERSION
    codes = CODES

    def __init__(self, settings: InstructionsSettings) -> None:
        self._settings = settings
        self.reads = settings.facts
        self._mark = Marker[Code](NAME, VERSION)

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        return self._mark.collected(self._flags(action))

    def _flags(self, action: Action) -> Iterator[RiskFlag]:
        for path, text in texts(action, self._settings):
            plain = Plain(text)
            latin = as_latin(plain.text)
            for code, pattern in _COMPILED.items():
                for found in pattern.finditer(latin):
                    start, end = plain.span(*found.span())
                    yield self._mark.flag(
                        code,
                        Severity.LOW,
                        _MESSAGES[code],
                        path=path,
                        text=plain.original,
                        start=start,
                        end=end,
                        evidence="A hint from keywords; it decides nothing by itself.",
                    )
