"""A JupyterLab of a test's own: on 127.0.0.1, with a token, and with nothing of the machine's settings."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from playwright.sync_api import Locator, Page, TimeoutError

from tests.support.serving import free_port

Scheme = Literal["light", "dark"]
_START = 120.0
_RAN = re.compile(r"^\[\d+\]:$")
_TAKEN = re.compile(r"^\[[*\d]+\]:$")

WAITING = """\
from pathlib import Path
from tempfile import TemporaryDirectory

from graphs.outbound_copy import FlowSettings, brief_input, build, load_briefs
from graphs.outbound_copy.settings import HERE
from signoff import Desk
from signoff.notebook import card

folder = TemporaryDirectory()
maildir = Path(folder.name) / "maildir"
desk = Desk.open(f"sqlite:///{folder.name}/signoff.db", policy=HERE / "policy.yaml")
graph = build(desk, FlowSettings(maildir=maildir))
mia = desk.add_person("mia@example.com", "Mia Marketing")
brief = next(brief for brief in load_briefs() if brief.id == "dumbbell-promise")
for thread in ("first", "second"):
    graph.invoke(brief_input(brief), {"configurable": {"thread_id": thread}}, durability="sync")
[review] = desk.reviews(thread_id="first")
[other] = desk.reviews(thread_id="second")"""
"""A cell after which two mails with four flags each wait for Mia."""
SHOWN = "shown = card(desk, review, by=mia, graph=graph)\nshown"


@dataclass(frozen=True)
class Lab:
    """A running server, and the folder whose notebooks it opens."""

    url: str
    token: str
    folder: Path

    def put(self, name: str, cells: Sequence[str]) -> str:
        """Write a notebook of these code cells; its address."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, self.folder / name)
        return f"{self.url}/doc/tree/{name}?token={self.token}"


class Notebook:
    """A notebook that is open in a browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.goto(address)
        self.cells = page.locator(".jp-Notebook .jp-Cell")
        self._asks_for_kernel = page.locator(".jp-Dialog .jp-mod-accept")
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()

    @property
    def cards(self) -> Locator:
        return self.page.locator(".signoff-card")

    def run(self, n: int) -> Locator:
        """Run a cell by its key, until it has run; its output."""
        cell = self.cells.nth(n)
        for _ in range(20):  # before it knows its kernel, JupyterLab drops what is sent, or asks which
            if self._asks_for_kernel.is_visible():
                self._asks_for_kernel.click()
            cell.locator(".cm-content").click()
            self.page.keyboard.press("Shift+Enter")
            try:
                cell.get_by_text(_TAKEN).first.wait_for(timeout=3_000)
                break
            except TimeoutError:
                continue
        cell.get_by_text(_RAN).first.wait_for()
        return cell.locator(".jp-OutputArea")


@contextmanager
def jupyter_lab(folder: Path, scheme: Scheme = "light") -> Iterator[Lab]:
    """JupyterLab until the block is left."""
    home = folder / "home"
    notebooks = folder / "notebooks"
    settings = home / "settings"
    plugins = settings / "@jupyterlab" / "apputils-extension"
    for made in (notebooks, plugins):
        made.mkdir(parents=True)
    chosen = {
        "notification": {"fetchNews": "false", "checkForUpdates": False},
        "themes": {"theme": f"JupyterLab {scheme.capitalize()}"},
    }
    for plugin, values in chosen.items():
        (plugins / f"{plugin}.jupyterlab-settings").write_text(json.dumps(values))
    port, token = free_port(), secrets.token_urlsafe(16)
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={notebooks}",
        f"--IdentityProvider.token={token}", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    with (folder / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env=_environment(home, settings), stdout=log, stderr=log)
        try:
            lab = Lab(f"http://127.0.0.1:{port}", token, notebooks)
            _wait_for(lab, server, folder / "lab.log")
            yield lab
        finally:
            server.terminate()
            server.wait(timeout=30)


def _environment(home: Path, settings: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "jupyter-data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def _wait_for(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{lab.url}/api?token={lab.token}", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
