"""The dashboard's figures as its reader sees them: each with the address of the list behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from signoff.domain.review import Outcome
from signoff.domain.tuning import DECISIONS_A_DAY, LEAST, Hint, RuleRecord
from signoff.services.measure import Figures, Load, Pace, ToolFigures
from signoff.store.reviews import NO_RULE
from signoff.web.pages import charts, hints, words
from signoff.web.pages.charts import Drawing
from signoff.web.pages.narrow import YES, list_href
from signoff.web.pages.reading import day, number, percent, tenths
from signoff.web.pages.translate import gettext, ngettext

_SHADOW = "shadow:"


@dataclass(frozen=True)
class Linked:
    """A number and where it leads; no address where there is nothing to look at."""

    text: str
    href: str | None = None


@dataclass(frozen=True)
class OutcomeLine:
    kind: str
    word: str
    count: Linked
    share: str


@dataclass(frozen=True)
class ToolLine:
    tool: str
    closed: Linked
    revised: Linked
    drawing: Drawing


@dataclass(frozen=True)
class PaceLine:
    tool: str
    stage: str
    count: Linked
    median: str
    p90: str
    drawing: Drawing


@dataclass(frozen=True)
class RuleLine:
    name: str
    policy: str
    passed: Linked
    held: Linked
    denied: Linked
    decided: Linked
    objected: Linked
    share: str
    """The override rate, or why there is none yet."""
    drawing: Drawing | None


@dataclass(frozen=True)
class LoadLine:
    name: str
    decided: Linked
    a_day: str
    busiest: str
    is_over: bool
    high: Linked
    hasty: Linked


@dataclass(frozen=True)
class HintLine:
    text: str
    because: str
    href: str


@dataclass(frozen=True)
class Dashboard:
    """Everything that the page shows."""

    figures: Figures
    tool: str | None
    may_audit: bool

    @property
    def since(self) -> str:
        return f"{self.figures.since:%Y-%m-%d}"

    @property
    def waiting(self) -> Linked:
        return Linked(_n(self.figures.waiting.live), list_href("waiting", tool=self.tool))

    @property
    def late(self) -> Linked:
        return Linked(_n(self.figures.waiting.late), list_href("waiting", tool=self.tool, late=YES))

    @property
    def closed(self) -> Linked:
        return Linked(_n(self.figures.closed), self._decided())

    @property
    def a_day(self) -> str:
        return tenths(self.figures.closed / self.figures.days)

    @property
    def median(self) -> Linked:
        pace = self.figures.pace
        return Linked(_time(pace.median), self._decided(decided=YES)) if pace else Linked("—")

    @property
    def p90(self) -> str:
        return _time(self.figures.pace.p90) if self.figures.pace else "—"

    @property
    def hasty(self) -> Linked:
        """Approvals of high-risk drafts that nobody can have read."""
        count = sum(load.hasty for load in self.figures.loads)
        return Linked(_n(count), self._decided(severity="high", hasty=YES))

    @property
    def timed(self) -> str:
        return _n(sum(load.high for load in self.figures.loads))

    @property
    def revised_share(self) -> Linked:
        every = ToolFigures(tool="", outcomes=self.figures.outcomes)
        return Linked(_share(every.revised_share), self._decided(outcome=Outcome.REVISED.value))

    @property
    def by_day(self) -> Drawing:
        days = self.figures.closed_by_day
        busiest = max(days, key=lambda one: one[1], default=("", 0))
        summary = ngettext(
            "%(closed)s closed in %(n)s day; the most, %(most)s, on %(day)s.",
            "%(closed)s closed in %(n)s days; the most, %(most)s, on %(day)s.",
            len(days),
            closed=_n(self.figures.closed),
            most=busiest[1],
            day=busiest[0],
        )
        return charts.columns([count for _, count in days], summary)

    @property
    def first_day(self) -> str:
        return day(self.figures.since)

    @property
    def last_day(self) -> str:
        return day(self.figures.since + timedelta(days=self.figures.days - 1))

    @property
    def mix(self) -> Drawing:
        return _mix(self.figures.outcomes)

    @property
    def outcomes(self) -> tuple[OutcomeLine, ...]:
        total = self.figures.closed
        return tuple(
            OutcomeLine(
                kind=outcome.value,
                word=words.outcome(outcome),
                count=Linked(_n(count), self._decided(outcome=outcome.value)),
                share=_share(count / total),
            )
            for outcome, count in self.figures.outcomes.items()
        )

    @property
    def tools(self) -> tuple[ToolLine, ...]:
        return tuple(
            ToolLine(
                tool=words.titled(one.tool),
                closed=Linked(_n(one.closed), self._decided(tool=one.tool)),
                revised=Linked(
                    _share(one.revised_share), self._decided(tool=one.tool, outcome=Outcome.REVISED.value)
                ),
                drawing=_mix(one.outcomes),
            )
            for one in self.figures.tools
        )

    @property
    def paces(self) -> tuple[PaceLine, ...]:
        longest = max((pace.p90 for pace in self.figures.paces), default=0.0)
        return tuple(self._pace(pace, longest) for pace in self.figures.paces)

    @property
    def rules(self) -> tuple[RuleLine, ...]:
        return tuple(self._rule(record) for record in self.figures.rules)

    @property
    def has_policies(self) -> bool:
        """Whether the rules are of more than one policy, so that each must say of which."""
        return len({record.policy for record in self.figures.rules}) > 1

    @property
    def loads(self) -> tuple[LoadLine, ...]:
        return tuple(self._load(load) for load in self.figures.loads)

    @property
    def threshold(self) -> int:
        return DECISIONS_A_DAY

    @property
    def least(self) -> int:
        return LEAST

    @property
    def hints(self) -> tuple[HintLine, ...]:
        return tuple(self._hint(hint) for hint in self.figures.hints)

    @property
    def busy(self) -> Iterator[str]:
        """Who decided more in a day than one person can read."""
        return (load.name for load in self.figures.loads if load.busiest_day > DECISIONS_A_DAY)

    def _decided(self, **given: str | None) -> str:
        return list_href("decided", **{"tool": self.tool, "since": self.since, **given})

    def _pace(self, pace: Pace, longest: float) -> PaceLine:
        median, p90 = _time(pace.median), _time(pace.p90)
        is_only = [other.tool for other in self.figures.paces].count(pace.tool) == 1
        summary = gettext("Half within %(median)s, nine in ten within %(most)s.", median=median, most=p90)
        return PaceLine(
            tool=words.titled(pace.tool),
            stage=pace.step,
            count=Linked(_n(pace.count), self._decided(tool=pace.tool, decided=YES) if is_only else None),
            median=median,
            p90=p90,
            drawing=charts.stretch(pace.median, pace.p90, longest, summary),
        )

    def _rule(self, record: RuleRecord) -> RuleLine:
        about = {"policy": record.policy, "rule": record.rule or NO_RULE}
        low, high = record.bounds
        rate = record.override_rate
        summary = gettext(
            "Between %(low)s and %(high)s at 95 %% confidence.", low=percent(low), high=percent(high)
        )
        return RuleLine(
            name=_rule_name(record.rule),
            policy=record.policy if self.has_policies else "",
            passed=self._noted(record, record.passed, "action.passed"),
            held=self._noted(record, record.held, "review.opened"),
            denied=self._noted(record, record.denied, "action.denied"),
            decided=Linked(
                _count(record.decided), self._decided(**about, decided=YES) if record.decided else None
            ),
            objected=Linked(
                _count(record.objected), self._decided(**about, objected=YES) if record.objected else None
            ),
            share=_override(record),
            drawing=None if rate is None else charts.interval(low, rate, high, summary),
        )

    def _noted(self, record: RuleRecord, count: int, event: str) -> Linked:
        """A number whose list stands in the audit trail, for whoever may read that."""
        if not count or not self.may_audit or record.rule is None:
            return Linked(_count(count))
        if record.rule.startswith(_SHADOW):
            event = "action.passed_in_shadow"
        given = {"policy": record.policy, "rule": record.rule, "event": event, "since": self.since}
        return Linked(_count(count), "/audit?" + urlencode(given))

    def _load(self, load: Load) -> LoadLine:
        hasty = self._decided(voter=load.person, severity="high", hasty=YES)
        return LoadLine(
            name=load.name,
            decided=Linked(_n(load.reviews), self._decided(voter=load.person)),
            a_day=tenths(load.reviews / self.figures.days),
            busiest=_n(load.busiest_day),
            is_over=load.busiest_day > DECISIONS_A_DAY,
            high=Linked(_count(load.high)),
            hasty=Linked(_count(load.hasty), hasty if load.hasty else None),
        )

    def _hint(self, hint: Hint) -> HintLine:
        href = self._decided(policy=hint.policy, rule=hint.rule, decided=YES)
        record = next(r for r in self.figures.rules if (r.policy, r.rule) == (hint.policy, hint.rule))
        return HintLine(text=hints.text(hint, record), because=hints.because(record), href=href)


def _rule_name(rule: str | None) -> str:
    if rule is None:
        return gettext("no rule")
    if not rule.startswith(_SHADOW):
        return rule
    return gettext("%(tool)s in shadow mode", tool=words.titled(rule.removeprefix(_SHADOW)))


def _override(record: RuleRecord) -> str:
    rate = record.override_rate
    if rate is not None:
        return percent(rate)
    if not record.decided:
        return ""
    return gettext("too few to say (%(decided)s of %(least)s)", decided=record.decided, least=LEAST)


def _mix(outcomes: dict[Outcome, int]) -> Drawing:
    parts = [(outcome.value, count) for outcome, count in outcomes.items()]
    said = ", ".join(f"{words.outcome_within(outcome)} {count}" for outcome, count in outcomes.items())
    return charts.stacked(parts, f"{said}." if said else gettext("Nothing was closed."))


def _n(count: int) -> str:
    return number(count)


def _count(count: int) -> str:
    """A count in a table, where a nought would only be noise."""
    return number(count) if count else "—"


def _share(share: float | None) -> str:
    return "—" if share is None else percent(share)


def _time(seconds: float) -> str:
    return words.span(timedelta(seconds=seconds))
