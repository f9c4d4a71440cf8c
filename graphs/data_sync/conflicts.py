"""Where the two systems contradict each other, and which of it is one and the same question."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Self

from graphs.data_sync.fields import BY_NAME, FIELDS, Field
from graphs.data_sync.systems import Accounts
from signoff import Question

USE_CRM = "Use CRM"
USE_ERP = "Use ERP"
CUSTOM = "Custom"
EMPTY = "(empty)"


@dataclass(frozen=True)
class Conflict:
    """One field whose two values mean different things, with every account that has exactly these two."""

    field: str
    crm: str
    erp: str
    accounts: tuple[tuple[str, str], ...]
    """Number and name."""

    @property
    def key(self) -> str:
        """Names it within a run: the same field and values give the same key."""
        return f"{self.field}-{sha256(repr((self.field, self.crm, self.erp)).encode()).hexdigest()[:12]}"

    def to_state(self) -> dict[str, Any]:
        """As plain values, which a checkpoint holds."""
        return {**asdict(self), "accounts": [list(account) for account in self.accounts]}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        accounts = tuple((number, name) for number, name in state["accounts"])
        return cls(state["field"], state["crm"], state["erp"], accounts)


@dataclass(frozen=True)
class Comparison:
    """Both systems side by side."""

    conflicts: tuple[Conflict, ...]
    alike: int
    """Values that are written differently and mean the same; they are left alone."""
    only_crm: tuple[str, ...]
    only_erp: tuple[str, ...]


def compare(crm: Accounts, erp: Accounts) -> Comparison:
    """Every conflict between the accounts that both systems have, identical ones as one."""
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    alike = 0
    for account in sorted(crm.keys() & erp.keys()):
        for field in FIELDS:
            ours, theirs = crm[account][field.name], erp[account][field.name]
            if ours == theirs:
                continue
            if field.same(ours, theirs):
                alike += 1
                continue
            found.setdefault((field.name, ours, theirs), []).append((account, crm[account]["name"]))
    return Comparison(
        conflicts=tuple(Conflict(*values, tuple(accounts)) for values, accounts in found.items()),
        alike=alike,
        only_crm=tuple(sorted(crm.keys() - erp.keys())),
        only_erp=tuple(sorted(erp.keys() - crm.keys())),
    )


def question(conflict: Conflict) -> Question:
    """The one question for all accounts of a conflict."""
    field = BY_NAME[conflict.field]
    count = len(conflict.accounts)
    where = conflict.accounts[0][1] if count == 1 else f"{count} accounts"
    return Question(
        f"{field.label} of {where}: which is right?",
        choices=({USE_CRM: conflict.crm or EMPTY}, {USE_ERP: conflict.erp or EMPTY}),
        other=custom(field),
        kind="data_conflict",
        details="\n".join(f"{number} {name}" for number, name in conflict.accounts),
    )


def custom(field: Field) -> dict[str, Any]:
    """What a value of one's own must be."""
    return {"title": CUSTOM, **field.schema}


def chosen(conflict: Conflict, answer: Any) -> str:
    """The value that an answer to the conflict's question settles on."""
    match answer:
        case dict() if USE_CRM in answer:
            return conflict.crm
        case dict() if USE_ERP in answer:
            return conflict.erp
        case _:
            return str(answer).strip()
