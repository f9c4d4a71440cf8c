"""Linear models that say which segments of a contract look like what; they rank and highlight, and clear nothing."""

from __future__ import annotations

from graphs.contract_review.models.arrays import ModelUnusable, load
from graphs.contract_review.models.model import ClauseModel
from graphs.contract_review.models.segments import Segment, segments

__all__ = ["ClauseModel", "ModelUnusable", "Segment", "load", "segments"]
