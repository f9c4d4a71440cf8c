"""A mail: its headers, its text, and what it looks like where it is HTML."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from signoff.web.pages.kinds.given import Given, Shape, Text, plain
from signoff.web.pages.leaves import pointer_to
from signoff.web.pages.preview import Preview, preview
from signoff.web.pages.translate import N_, gettext

_HTML = re.compile(
    r"(?is)^\s*(<!doctype html|<html\b)|<(p|div|table|body|h[1-6]|ul|ol|span|a|b|strong|br)\b[^<>]*>"
)
_HEADERS = (
    (N_("From"), ("from", "sender", "from_address")),
    (N_("To"), ("to", "recipients", "recipient")),
    (N_("Cc"), ("cc",)),
    (N_("Bcc"), ("bcc",)),
    (N_("Reply to"), ("reply_to",)),
    (N_("Subject"), ("subject",)),
)
_ATTACHMENTS = ("attachments", "attachment", "attachment_name", "document")


class Email(Shape):
    """A mail as the tool gets it."""

    template: ClassVar[str] = "kinds/email.html"

    to: Text | list[Text]
    body: Text
    html: Text | None = None
    headers: tuple[tuple[str, str], ...]
    """Label and pointer, in the order of a mail."""
    body_pointer: str
    attachments: tuple[str, ...] = ()
    """Pointers."""
    sender: Text | None = None
    """Where only the record knows it."""

    @classmethod
    def read(cls, given: Given) -> Self:
        arguments = given.arguments
        body = given.body or next((name for name in ("body", "text", "message") if name in arguments), "body")
        return cls.model_validate(
            {
                "to": next((arguments[name] for name in _HEADERS[1][1] if name in arguments), None),
                "body": arguments.get(body),
                "html": arguments.get("html"),
                "headers": tuple(
                    (gettext(label), pointer_to(name))
                    for label, names in _HEADERS
                    for name in names
                    if name in arguments and name != body
                ),
                "body_pointer": pointer_to(body),
                "attachments": tuple(pointer_to(name) for name in _ATTACHMENTS if name in arguments),
                "sender": given.facts.get("sender"),
            }
        )

    @property
    def source(self) -> str:
        """The HTML that the mail is made of; empty for plain text."""
        if self.html is not None:
            return plain(self.html)
        body = plain(self.body)
        return body if _HTML.search(body) else ""

    @property
    def preview(self) -> Preview | None:
        return preview(self.source) if self.source else None
