"""What the rest of a document says about a segment: the second step of scoring.

The first step judges wording. A label is given to few places of a document, often to the first or the most
outspoken one, and its place is seldom by chance; these looks tell a model of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]

LOOKS = (
    "own",
    "lead",
    "others",
    "earlier",
    "beside",
    "nearby",
    "place",
    "place_log",
    "length_log",
    "rival",
)
NEVER = -8.0
"""The logit of what is not there: before the first segment, after the last."""
REACH = 5.0
"""Segments after which what is nearby counts a third."""


def looks(logits: Numbers, lengths: Numbers) -> Numbers:
    """Segments by labels by looks, of all segments of one document in order.

    `logits` are those of the first step, segments by labels; `lengths` are in characters.
    """
    own = np.clip(logits, NEVER, -NEVER)
    chance = (1 / (1 + np.exp(-own))).astype(np.float32)
    count = len(own)
    place = np.arange(count)[:, None] / max(count, 1)
    every = (
        own,
        np.clip(own - _best_elsewhere(own), -6, 6),
        np.log(0.05 + chance.sum(axis=0) - chance),
        np.log(0.05 + np.cumsum(chance, axis=0) - chance),
        _beside(own),
        np.log(0.02 + _nearby(chance)),
        place,
        np.log(place + 0.02),
        np.log1p(lengths)[:, None],
        _rival(own),
    )
    return np.stack([np.broadcast_to(look, own.shape) for look in every], axis=2).astype(np.float32)


def _best_elsewhere(own: Numbers) -> Numbers:
    """The highest logit of the label in another segment of the document."""
    if len(own) < 2:
        return np.full_like(own, NEVER)
    second, first = np.sort(own, axis=0)[-2:]
    best: Numbers = np.where(own >= first, second, first)
    return best


def _beside(own: Numbers) -> Numbers:
    """The higher logit of the two neighbours."""
    edge = np.full_like(own[:1], NEVER)
    higher: Numbers = np.maximum(
        np.concatenate([edge, own[:-1]])[: len(own)], np.concatenate([own[1:], edge])[: len(own)]
    )
    return higher


def _nearby(chance: Numbers) -> Numbers:
    """Chances of the label around a segment, fading with distance."""
    fade = float(np.exp(-1 / REACH))
    before, after = np.zeros_like(chance), np.zeros_like(chance)
    for at in range(1, len(chance)):
        before[at] = fade * (before[at - 1] + chance[at - 1])
        after[-1 - at] = fade * (after[-at] + chance[-at])
    around: Numbers = before + after
    return around


def _rival(own: Numbers) -> Numbers:
    """The highest logit of another label."""
    if own.shape[1] < 2:
        return np.full_like(own, NEVER)
    rivals = [np.delete(own, label, axis=1).max(axis=1) for label in range(own.shape[1])]
    return np.stack(rivals, axis=1)
