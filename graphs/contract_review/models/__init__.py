"""Linear models that rank the segments of a contract by what they look like; they clear nothing."""

from __future__ import annotations

from graphs.contract_review.models.arrays import ModelUnusable, load
from graphs.contract_review.models.model import ClauseModel
from graphs.contract_review.models.segments import Segment, segments

__all__ = ["ClauseModel", "ModelUnusable", "Segment", "load", "segments"]
