"""The kinds of thing that the review page knows how to show."""

from __future__ import annotations

from enum import StrEnum


class PageKind(StrEnum):
    """What a tool's calls, or a question, are about; anything else is shown field by field."""

    EMAIL = "email"
    CONTRACT_CLAUSE = "contract_clause"
    REFUND = "refund"
    DATA_CONFLICT = "data_conflict"
    DEAL = "deal"
