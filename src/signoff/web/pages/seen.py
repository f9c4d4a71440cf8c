"""A fingerprint of what a page shows about a decision, to be stored with the vote."""

from __future__ import annotations

from collections.abc import Iterable

from signoff.domain import canonical
from signoff.domain.ids import Digest
from signoff.web.pages.leaves import Leaf, facts
from signoff.web.pages.marks import Segment
from signoff.web.pages.reveal import Piece
from signoff.web.pages.view import ReviewView


def seen_of(view: ReviewView) -> Digest:
    """The digest of the values, flags and policy text on the page, as this person sees them."""
    verdict = view.sources.file.current.verdict
    shown = {
        "draft": view.review.digest,
        "values": [_leaf(leaf) for leaf in (*view.picture.values, *view.bound)],
        "body": _text(view.body),
        "record": [[label, _said(text)] for label, text in facts(view.sources.file.action.context)],
        "flags": [
            [card.key, card.severity, *map(_said, (card.message, card.evidence, card.suggestion))]
            for card in view.cards
        ],
        "policy": [view.policy_name, verdict.policy_hash, verdict.rule, verdict.summary],
        "effect": [_said(view.tool_summary), view.reach],
    }
    return canonical.digest("seen", shown)


def _leaf(leaf: Leaf) -> list[str]:
    return [leaf.pointer, leaf.kind, _text(leaf.segments), leaf.note]


def _text(segments: Iterable[Segment]) -> str:
    return "".join(_said(segment.pieces) for segment in segments)


def _said(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)
