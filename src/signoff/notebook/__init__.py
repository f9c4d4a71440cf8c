"""The review card in a cell of a notebook; the decision is a call of `desk.vote`."""

from signoff.notebook.card import Card, card

__all__ = ["Card", "card"]
