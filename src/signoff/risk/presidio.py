"""More kinds of personal data, recognised by Presidio: patterns and check digits, no language model.

Needs the extra `pii`. Nothing is downloaded: no spaCy model is loaded, and e-mail addresses are checked
against the suffix list inside the package. Kinds that cried wolf on plain contract text (licence, bank
and passport numbers, dates) cannot be chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import Field

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.finding import TOO_MANY, DetectorUnavailable, Marker, Settings, fact_strings, texts
from signoff.risk.hosts import is_domain_name, readable_host
from signoff.risk.identifiers import comparable
from signoff.risk.text import Plain

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

NAME, VERSION = "presidio", "1"

Entity = Literal[
    "CREDIT_CARD",
    "IBAN_CODE",
    "EMAIL_ADDRESS",
    "IP_ADDRESS",
    "PHONE_NUMBER",
    "CRYPTO",
    "US_SSN",
    "US_ITIN",
    "UK_NINO",
    "ES_NIF",
    "IT_FISCAL_CODE",
    "PL_PESEL",
    "IN_PAN",
    "AU_TFN",
]
_RECOGNIZERS: dict[Entity, str] = {
    "CREDIT_CARD": "CreditCardRecognizer",
    "IBAN_CODE": "IbanRecognizer",
    "EMAIL_ADDRESS": "EmailRecognizer",
    "IP_ADDRESS": "IpRecognizer",
    "PHONE_NUMBER": "PhoneRecognizer",
    "CRYPTO": "CryptoRecognizer",
    "US_SSN": "UsSsnRecognizer",
    "US_ITIN": "UsItinRecognizer",
    "UK_NINO": "UkNinoRecognizer",
    "ES_NIF": "EsNifRecognizer",
    "IT_FISCAL_CODE": "ItFiscalCodeRecognizer",
    "PL_PESEL": "PlPeselRecognizer",
    "IN_PAN": "InPanRecognizer",
    "AU_TFN": "AuTfnRecognizer",
}
CODES: frozenset[str] = frozenset({TOO_MANY, *(f"pii_{entity.lower()}" for entity in _RECOGNIZERS)})
_LANGUAGE = "en"
_MAX_TEXT = 100_000
"""Characters that are read at once; Presidio's patterns have no bound on time."""
_OVERLAP = 200


class PresidioSettings(Settings):
    """What is looked for, and whose data a draft may hold."""

    entities: tuple[Entity, ...] = Field(default=get_args(Entity), min_length=1)
    """Kinds by Presidio's names."""
    score: float = Field(default=0.4, ge=0, le=1)
    """The least confidence that counts; a phone number without further hints has 0.4."""
    own_fact: str | None = None
    """Fact: a list of the recipient's own data as text."""
    allow: tuple[str, ...] = ()
    """Addresses and numbers that anybody may be given."""


class Presidio:
    """Flags what Presidio recognises and the facts do not hold as the recipient's own."""

    name = NAME
    version = VERSION
    codes = CODES

    def __init__(self, settings: PresidioSettings) -> None:
        self._settings = settings
        self.reads = settings.facts
        self._mark = Marker[str](NAME, VERSION)
        self._engine = _engine(settings.entities)

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        return self._mark.collected(self._flags(action))

    def _flags(self, action: Action) -> Iterator[RiskFlag]:
        own = fact_strings(action, self._settings.own_fact)
        fine = frozenset(comparable(value) for value in (*own, *self._settings.allow))
        for path, text in texts(action, self._settings):
            plain = Plain(text)
            for entity, score, start, end in self._found(plain.text):
                if comparable(plain.text[start:end]) not in fine:
                    yield self._flag(path, plain, entity, score, plain.span(start, end))

    def _found(self, text: str) -> list[tuple[str, float, int, int]]:
        """Kind, confidence and place of each finding, the text read piece by piece."""
        found: set[tuple[str, float, int, int]] = set()
        for offset in range(0, max(1, len(text)), _MAX_TEXT):
            piece = text[offset : offset + _MAX_TEXT + _OVERLAP]
            for one in self._engine.analyze(piece, _LANGUAGE, score_threshold=self._settings.score):
                found.add((one.entity_type, one.score, offset + one.start, offset + one.end))
        return sorted(found, key=lambda one: (one[2], one[3], one[0]))

    def _flag(self, path: str, plain: Plain, entity: str, score: float, span: tuple[int, int]) -> RiskFlag:
        what = entity.replace("_", " ").lower()
        return self._mark.flag(
            f"pii_{entity.lower()}",
            Severity.HIGH if score >= 0.5 else Severity.MEDIUM,
            f"This looks like personal data ({what}), and is not the recipient's own.",
            path=path,
            text=plain.original,
            start=span[0],
            end=span[1],
            evidence=f"Presidio recognises it with a confidence of {score:.2f}.",
            suggestion="[removed]",
        )


@lru_cache(maxsize=8)
def _engine(entities: tuple[Entity, ...]) -> AnalyzerEngine:
    try:
        presidio: Any = import_module("presidio_analyzer")
        recognizers: Any = import_module("presidio_analyzer.predefined_recognizers")
        nlp: Any = import_module("presidio_analyzer.nlp_engine")
    except ImportError as error:
        raise DetectorUnavailable('needs the extra "pii": pip install "signoff[pii]"') from error

    class OfflineEmails(recognizers.EmailRecognizer):  # type: ignore[misc]  # the base is known at run time only
        """Checks the domain without fetching the suffix list."""

        def validate_result(self, pattern_text: str) -> bool:
            return is_domain_name(readable_host(pattern_text.rpartition("@")[2]))

    chosen = [
        OfflineEmails() if entity == "EMAIL_ADDRESS" else getattr(recognizers, _RECOGNIZERS[entity])()
        for entity in entities
    ]
    for one in chosen:
        one.supported_language = _LANGUAGE
    engine: AnalyzerEngine = presidio.AnalyzerEngine(
        registry=presidio.RecognizerRegistry(recognizers=chosen, supported_languages=[_LANGUAGE]),
        nlp_engine=nlp.NoOpNlpEngine([{"lang_code": _LANGUAGE, "model_name": "none"}]),
        supported_languages=[_LANGUAGE],
    )
    return engine
