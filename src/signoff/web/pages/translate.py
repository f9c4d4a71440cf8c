"""The words of the pages in their reader's language; the English ones in the code are the source.

Every message is a format with named parts, and a per cent sign in one is written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment
from markupsafe import Markup

from signoff.domain.sentence import Sentence
from signoff.web.pages.reading import SOURCE, current

_CATALOGUES = resources.files("signoff.web.pages") / "catalogues"


@cache
def catalogue(language: str) -> NullTranslations:
    """The messages of a language; those of the source are the messages themselves."""
    if language == SOURCE:
        return NullTranslations()
    written = BytesIO()
    write_mo(written, read_po(BytesIO((_CATALOGUES / f"{language}.po").read_bytes()), locale=language))
    written.seek(0)
    return GNUTranslations(written)


def N_(message: str) -> str:  # noqa: N802 - what extraction looks for
    """Mark a message that is translated where it is used."""
    return message


def gettext(message: str, /, **parts: object) -> str:
    """The message in the reader's language, with its parts put in."""
    return catalogue(current().words).gettext(message) % parts


def pgettext(context: str, message: str, /, **parts: object) -> str:
    """Like `gettext`, for a message that means something else elsewhere."""
    return catalogue(current().words).pgettext(context, message) % parts


def ngettext(one: str, many: str, count: int, /, **parts: object) -> str:
    """The message for so many, with its parts put in; the count itself is the part `n`."""
    return catalogue(current().words).ngettext(one, many, count) % {"n": count, **parts}


def npgettext(context: str, one: str, many: str, count: int, /, **parts: object) -> str:
    """Like `ngettext`, for a message that means something else elsewhere."""
    return catalogue(current().words).npgettext(context, one, many, count) % {"n": count, **parts}


def known(text: str) -> str:
    """A text from elsewhere in the reader's language, where it is a message or made of one; else as it is."""
    if isinstance(text, Sentence):
        parts = {name: known(part) if isinstance(part, str) else part for name, part in text.parts.items()}
        return gettext(text.message, **parts)
    return catalogue(current().words).gettext(text) if text else ""


def any_of(names: Sequence[str]) -> str:
    """Names of which any will do: "Ann, Lee or Kim"."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(names)s or %(last)s", names=", ".join(names[:-1]), last=names[-1])


def all_of(names: Sequence[str]) -> str:
    """Names that are all meant: "Ann, Lee and Kim"."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])


@cache
def _whole(messages: NullTranslations, message: str) -> Markup:
    """A message without parts, as templates print it."""
    return Markup(messages.gettext(message) % {})  # noqa: S704 - ours


def teach(env: Environment, revealed: Callable[[object], object]) -> None:
    """Let templates say `_()` and `{% trans %}`; the parts of a message are escaped and revealed like
    everything that a template prints."""

    def shown(parts: dict[str, Any]) -> dict[str, object]:
        return {name: revealed(part) for name, part in parts.items()}

    def _gettext(message: str, /, **parts: Any) -> Markup:
        if not parts:
            return _whole(catalogue(current().words), message)
        return Markup(catalogue(current().words).gettext(message)) % shown(parts)  # noqa: S704 - ours

    def _pgettext(context: str, message: str, /, **parts: Any) -> Markup:
        return Markup(catalogue(current().words).pgettext(context, message)) % shown(parts)  # noqa: S704 - ours

    def _ngettext(one: str, many: str, count: int, /, **parts: Any) -> Markup:
        said = catalogue(current().words).ngettext(one, many, count)
        return Markup(said) % shown({"n": count, **parts})  # noqa: S704 - ours

    env.add_extension("jinja2.ext.i18n")
    env.newstyle_gettext = True  # type: ignore[attr-defined] # an attribute of the extension
    env.globals.update({"_": _gettext, "gettext": _gettext, "pgettext": _pgettext, "ngettext": _ngettext})
