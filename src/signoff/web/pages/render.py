"""Templates and static files: one environment, escaping everything, failing on unknown names."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from signoff.domain.visibility import Withheld
from signoff.web.pages import words
from signoff.web.pages.reading import SOURCE, current, moment, number, percent, tenths
from signoff.web.pages.reveal import written
from signoff.web.pages.translate import known, teach

_SAID = re.compile(r'\b_\("([^"]+)"')
"""A message in the script."""
_STATIC = resources.files("signoff.web.pages") / "static"
_BELOW = "/* Below: what the first paint of a review does without */"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """A static file with the address that changes when its content does."""

    name: str
    content: bytes
    media_type: str
    version: str

    @property
    def href(self) -> str:
        return f"/static/{self.version}/{self.name}"


@cache
def assets() -> dict[str, Asset]:
    """All static files by name, read once."""
    found = {}
    for file in _STATIC.iterdir():
        suffix = file.name.rpartition(".")[2]
        if suffix in _TYPES:
            content = file.read_bytes()
            version = hashlib.sha256(content).hexdigest()[:12]
            found[file.name] = Asset(file.name, content, _TYPES[suffix], version)
    return found


def script_words() -> dict[str, str]:
    """What the script says, by its English, in the reader's language; empty where that is English."""
    if current().words == SOURCE:
        return {}
    said = _SAID.findall(assets()["desk.js"].content.decode())
    return {text: known(text) for text in said}


@cache
def first_paint_style() -> str:
    """The part of the style sheet that stands in a review itself, so that it need not wait for the sheet."""
    return assets()["desk.css"].content.decode().partition(_BELOW)[0]


@cache
def environment() -> Environment:
    """The templates, with the filters that they use."""
    env = Environment(
        loader=PackageLoader("signoff.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_revealed,
    )
    teach(env, _revealed)
    env.filters["as_is"] = escape
    env.filters["spaced"] = words.spaced
    env.filters["clock"] = words.clock
    env.filters["titled"] = words.titled
    env.filters["moment"] = moment
    env.filters["number"] = number
    env.globals["first_paint_style"] = Markup(first_paint_style())  # noqa: S704 - our own file
    env.filters["tenths"] = tenths
    env.filters["percent"] = percent
    env.filters["known"] = known
    env.globals["script_words"] = script_words
    env.globals["static"] = lambda name: assets()[name].href
    return env


def _revealed(value: object) -> object:
    """Whatever a template prints goes through here, so that no hidden character slips past.

    What is edited must come back as it was; there templates say `as_is`.
    """
    if isinstance(value, Withheld):
        said = words.withheld(value)
        return written(f"{value} ({said})" if value.shown else said)
    return written(value) if type(value) is str else value


def render(template: str, **context: object) -> str:
    """A page or a part of one, in the words, times and numbers of its reader."""
    return environment().get_template(template).render(reader=current(), **context)
