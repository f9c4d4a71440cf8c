"""Path and query parameters that several routes take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator

from signoff.domain.audit import MAX_SEQ
from signoff.services.query import MAX_PAGE
from signoff.web.api import schemas
from signoff.web.api.schemas import no_null

Id = Annotated[str, Path(min_length=1, max_length=200), AfterValidator(no_null)]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many at most")]
After = Annotated[schemas.Word | None, Query(description="`next` of the page before")]
Word = Annotated[schemas.Word | None, Query()]
Seq = Annotated[int, Query(ge=0, le=MAX_SEQ, description="Sequence number of the last entry you have")]
