"""Figures, dates, addresses, numbers and names that the record does not support.

Values are compared field by field: a price with the prices of the thing it is said of, what was paid with
what the record says was paid, a percentage with the discounts on record. Sums, differences and prices after
a discount are computed again. A claim of a kind on which the facts are silent is flagged as unverified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.finding import TOO_MANY, Marker, texts
from signoff.risk.grounding import addresses, amounts, counts, dates, names, percents, references
from signoff.risk.grounding.draft import Draft, Finding, Mention, read_drafts
from signoff.risk.grounding.money_record import Record, plain, read_record
from signoff.risk.grounding.settings import ClaimKind, GroundingSettings

NAME, VERSION = "grounding", "2"
CODES: frozenset[str] = frozenset(
    {TOO_MANY}.union(
        *(kind.CODES for kind in (amounts, percents, dates, counts, addresses, references, names))
    )
)


class Grounding:
    """Compares what a draft states with the facts. No facts to compare with is a flag too."""

    name = NAME
    version = VERSION
    codes = CODES

    def __init__(self, settings: GroundingSettings) -> None:
        self._settings = settings
        self.reads = settings.facts
        self._mark = Marker[str](NAME, VERSION)

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        return self._mark.collected(self._flags(action))

    def _flags(self, action: Action) -> Iterator[RiskFlag]:
        settings = self._settings
        facts = _Facts(action, settings)
        drafts = read_drafts(texts(action, settings), facts.things, facts.misspelled)
        stated = percents.stated_discounts(drafts)
        if drafts and "percents" in settings.claims:
            yield from self._offer_flags(facts.money, stated)
        for kind in settings.claims:
            for draft in drafts:
                for finding in facts.findings(kind, draft, stated):
                    yield self._flag(finding)

    def _offer_flags(self, record: Record, stated: frozenset[Decimal]) -> Iterator[RiskFlag]:
        """The declared discount itself, unless the text states it and is flagged there."""
        offer = record.offer
        if not offer or offer in record.percents() or offer in stated:
            return
        yield self._mark.flag(
            "discount_unsupported",
            Severity.HIGH,
            f"The offered discount of {plain(offer)} % is not on record.",
            path=f"/{self._settings.offer}",
            evidence=percents.granted_discounts(record),
        )

    def _flag(self, finding: Finding) -> RiskFlag:
        plain_text = finding.draft.plain
        start, end = plain_text.span(finding.start, finding.end)
        return self._mark.flag(
            finding.code,
            finding.severity,
            finding.message,
            path=finding.draft.path,
            text=plain_text.original,
            start=start,
            end=end,
            evidence=finding.evidence,
            suggestion=finding.suggestion,
        )


class _Facts:
    """Everything that the facts of one action say, and the comparison of each kind with it."""

    def __init__(self, action: Action, settings: GroundingSettings) -> None:
        self._settings = settings
        self.money = read_record(action, settings.amounts, settings.discounts, settings.offer)
        self.dates = dates.read(action, settings)
        self.counts = counts.read(action, settings)
        self.addresses = addresses.read(action, settings)
        self.references = references.read(action, settings)
        self.names = names.read(action, settings)

    @property
    def things(self) -> list[str]:
        """What a draft may name, so that its sentences are about it."""
        found = [
            *self.money.things(),
            *(one.about for one in self.dates or () if one.about),
            *(one.about for one in self.counts or () if one.about),
            *(one.id for one in self.references or ()),
            *(self.names.products.values() if self.names else ()),
        ]
        return sorted(set(found))

    def misspelled(self, draft: Draft) -> Iterable[Mention]:
        """Products that the draft almost names."""
        return names.misspelled_products(draft, self.names) if self.names else ()

    def findings(self, kind: ClaimKind, draft: Draft, stated: frozenset[Decimal]) -> Iterable[Finding]:
        settings = self._settings
        match kind:
            case "amounts":
                return amounts.findings(draft, self.money, settings, self._applied(stated))
            case "percents":
                return percents.findings(draft, self.money, settings)
            case "dates":
                return dates.findings(draft, self.dates, settings)
            case "counts":
                return counts.findings(draft, self.counts, settings)
            case "addresses":
                return addresses.findings(draft, self.addresses, settings)
            case "references":
                return references.findings(draft, self.references, settings)
            case "names":
                return names.findings(draft, self.names, self.money, settings)

    def _applied(self, stated: frozenset[Decimal]) -> tuple[Decimal, ...]:
        """The discounts that the texts or the call apply and the record grants."""
        granted = set(self.money.percents())
        return tuple(sorted({p for p in (*stated, self.money.offer) if p is not None and p in granted}))
