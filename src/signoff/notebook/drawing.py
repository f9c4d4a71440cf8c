"""Templates and style of the card: the page's own, with the few lines that differ in a cell."""

from __future__ import annotations

from functools import cache
from importlib import resources

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from signoff.web.pages.reading import ANYONE, Reader, read_by
from signoff.web.pages.render import assets, environment

_STATIC = resources.files("signoff.notebook") / "static"


def draw(template: str, *, reader: Reader = ANYONE, **context: object) -> str:
    """A card, without the session that makes a page: nothing in it leads to an address."""
    with read_by(reader):
        return _templates().get_template(template).render(reader=reader, session=None, **context)


@cache
def style() -> Markup:
    """What the page says about reviews, and nothing that it says about the whole document.

    A card is narrow where its cell is, whatever the width of the window.
    """
    lines = assets()["desk.css"].content.decode().splitlines()
    kept = "\n".join(line for line in lines if not line.strip().startswith("html "))
    narrow = kept.replace("@media (max-width:", "@container (max-width:")
    return Markup(f"{narrow}\n{(_STATIC / 'card.css').read_text('utf-8')}")  # noqa: S704 - ours


@cache
def script() -> str:
    """The page's own module, and what hands a cell to it."""
    return f"{assets()['desk.js'].content.decode()}\n{(_STATIC / 'card.js').read_text('utf-8')}"


@cache
def _templates() -> Environment:
    pages = environment()
    assert pages.loader is not None  # noqa: S101 - it is made with one
    return pages.overlay(loader=ChoiceLoader([PackageLoader("signoff.notebook"), pages.loader]))
