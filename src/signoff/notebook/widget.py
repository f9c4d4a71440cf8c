"""The live card: an anywidget that is drawn by the kernel and posts its forms there."""

from __future__ import annotations

import threading
from typing import Any

from anywidget import AnyWidget
from traitlets import Unicode

from signoff.domain.errors import SignoffError
from signoff.notebook.drawing import script, style
from signoff.notebook.onward import Onward
from signoff.notebook.sheet import Sheet
from signoff.web.pages.common import fields_of


class CardWidget(AnyWidget):
    """A sheet that can be acted on, with what follows from that."""

    _esm = script()
    css = Unicode(style()).tag(sync=True)
    html = Unicode().tag(sync=True)

    def __init__(self, sheet: Sheet, onward: Onward) -> None:
        self._sheet, self._onward = sheet, onward
        self._drawing = threading.Lock()
        super().__init__(html=sheet.show())
        self.on_msg(self._heard)

    def redraw(self) -> None:
        """Show the review as it stands now."""
        with self._drawing:
            self.html = self._sheet.show()

    def _heard(self, _widget: Any, message: dict[str, Any], _buffers: Any) -> None:
        """Answer a form; a card that gets no answer would wait for ever."""
        try:
            html = self._answer(message["path"], message["fields"])
        except Exception as error:
            said = error.message if isinstance(error, SignoffError) else f"{type(error).__name__}: {error}"
            self.send({"id": message["id"], "error": said})
            raise
        self.send({"id": message["id"], "html": html})

    def _answer(self, address: str, fields: list[list[str]]) -> str | None:
        """The parts of a preview; for everything else the card itself changes."""
        form = fields_of((name, value) for name, value in fields)
        if address.endswith("/preview"):
            return self._sheet.preview(form)
        with self._drawing:
            self.html = self._sheet.send(address, form)
        self._onward.look()
        return None
