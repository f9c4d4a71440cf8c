"""The two writes: one for each system, all of its changes at once."""

from __future__ import annotations

from typing import Annotated

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import BaseModel, ConfigDict, Field

from graphs.data_sync.systems import Edit, System


class Change(BaseModel):
    """One value to put in place of another."""

    model_config = ConfigDict(extra="forbid")

    account: str
    field: str
    before: str
    after: str
    decision: str = Field(description="Number of the review in which a person chose the value.")


Changes = Annotated[list[Change], Field(min_length=1)]
Key = Annotated[str, InjectedToolArg]


def writing_tools(crm: System, erp: System) -> tuple[BaseTool, BaseTool]:
    """`update_crm` and `update_erp`."""

    @tool
    def update_crm(changes: Changes, request_key: Key) -> str:
        """Change accounts in the CRM: all of the changes, or none."""
        return crm.carry_out(request_key, _edits(changes))

    @tool
    def update_erp(changes: Changes, request_key: Key) -> str:
        """Change accounts in the ERP: all of the changes, or none."""
        return erp.carry_out(request_key, _edits(changes))

    return update_crm, update_erp


def _edits(changes: list[Change]) -> list[Edit]:
    return [Edit(**change.model_dump()) for change in changes]
