"""The review card in a cell of a notebook: read, edit, decide, and the graph goes on.

Buttons need the extra `notebook`; without it the card is still, and the decision a call of `desk.vote`.
"""

from signoff.notebook.card import Card, card

__all__ = ["Card", "card"]
