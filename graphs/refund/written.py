"""The desk's written policy, quoted section by section beside the decision it is about."""

from __future__ import annotations

import re

_HEADINGS = {
    "cancel_pending_order": ("Cancel pending order",),
    "return_delivered_order_items": ("Return delivered order",),
    "exchange_delivered_order_items": ("Exchange delivered order",),
    "modify_pending_order_items": ("Modify pending order", "Modify items"),
    "modify_pending_order_payment": ("Modify pending order", "Modify payment"),
    "modify_pending_order_address": ("Modify pending order",),
    "modify_user_address": ("User",),
}
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def sections_for(tool: str, text: str) -> str:
    """What the written policy `text` says about `tool`, as given; its opening where no section is."""
    sections = _sections(text)
    found = [sections[name] for name in _HEADINGS.get(tool, ()) if sections.get(name)]
    return "\n\n".join(found) or text.strip().partition("\n## ")[0].strip()


def _sections(text: str) -> dict[str, str]:
    """Heading to the words right below it."""
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return {
        heading[1]: text[heading.end() : end].strip() for heading, end in zip(headings, ends, strict=True)
    }
