"""The base of every domain value."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; changed by copy, never in place."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)
