"""`make screenshots`: every view as people see it, into build/screenshots; exits 1 where a page complains.

The card is taken in JupyterLab, edited, in both of its themes.

A page complains when it scrolls sideways, answers with an error or writes one to the console.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from playwright.sync_api import Browser

from signoff.domain.person import Role
from signoff.domain.run import RunStatus
from signoff.services import people
from signoff.web import WebSettings
from signoff.web.auth import cookie_name
from tests.campaigns.verdict import console, progress
from tests.support.chromium import CHROMIUM, chromium
from tests.support.jupyter import SHOWN, WAITING, Notebook, jupyter_lab
from tests.support.serving import free_port, listening
from tests.web.desk import Desk, open_desk
from tests.web.history import POLICY, add_team, seed
from tests.web.kinds import open_kinds
from tests.web.run_samples import sample

Scheme = Literal["light", "dark"]
WIDE, PHONE = 1280, 390
_WIDER = "document.documentElement.scrollWidth - innerWidth"


@dataclass(frozen=True)
class Shot:
    """One view, once."""

    name: str
    path: str
    width: int = WIDE
    scheme: Scheme = "light"

    @property
    def file(self) -> str:
        size = "phone" if self.width == PHONE else "wide"
        return f"{self.name}-{size}-{self.scheme}.png"


IN_NOTEBOOK = (Shot("notebook", ""), Shot("notebook", "", scheme="dark"), Shot("notebook-narrow", "", 800))


def views(desk: Desk) -> dict[str, str]:
    """Every view by name, on a desk with a past, a review of each kind, and runs of each state."""
    team = add_team(desk)
    seed(desk, team, calls=300)
    kinds = open_kinds(desk)
    for status in (RunStatus.PAUSED, RunStatus.FAILED, RunStatus.FINISHED):
        sample(desk, f"run-{status.value}", status)
    settling, decided = desk.propose(), desk.propose()
    with desk.browser(desk.lee) as browser:
        for review in (settling, decided):
            browser.decide(review, "approve", **dict.fromkeys(browser.acks(review), "on"))
        csrf = browser.hidden("/reviews")["csrf"]
        for _ in range(9):  # all of the pictures take a few minutes
            browser.post(f"/reviews/{settling.id}/more-time", csrf=csrf)
    desk.close(decided)
    with desk.begin() as tx:
        desk.ann = people.change_person(tx, desk.ann.id, roles=[Role.REVIEWER, Role.ADMIN])
    paths = {f"review-{name}": f"/reviews/{review.id}" for name, review in kinds.items()}
    return paths | {
        "review-edit": f"{paths['review-email']}?edit=1",
        "review-settling": f"/reviews/{settling.id}",
        "review-decided": f"/reviews/{decided.id}",
        "inbox": "/reviews",
        "inbox-others": "/reviews?tab=others",
        "inbox-decided": "/reviews?tab=decided",
        "inbox-empty": "/reviews?q=nothing-of-that-kind",
        "dashboard": "/dashboard",
        "audit": "/audit",
        "policies": "/policies",
        "policy": f"/policies/{desk.core.judge.policy.content_hash}",
        "runs": "/runs",
        "run-paused": "/runs/run-paused",
        "run-failed": "/runs/run-failed",
        "effects": "/effects",
        "people": "/people",
        "settings": "/settings",
    }


def main(
    into: Annotated[Path, typer.Option(help="Where the pictures go.")] = Path("build/screenshots"),
    only: Annotated[str, typer.Option(help="A part of the names that are wanted.")] = "",
) -> None:
    """Take a picture of every view, wide and on a phone, light and dark."""
    if CHROMIUM is None:
        console.print("[red]screenshots needs Chromium on the PATH.[/]")
        raise typer.Exit(2)
    into.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        desk, url = stack.enter_context(_desk())
        shots = [shot for shot in _shots(views(desk)) if only in shot.file]
        in_notebook = [shot for shot in IN_NOTEBOOK if only in shot.file]
        browser = stack.enter_context(chromium())
        tell = stack.enter_context(progress("pictures", len(shots)))
        secret, told = _secret(desk), []
        for done, shot in enumerate(shots, 1):
            told += _take(browser, desk, secret, url, shot, into)
            tell(done)
        for shot in in_notebook:
            told += _take_card(browser, shot, into)
    for line in told:
        console.print(f"[red]{line}[/]")
    console.print(f"{len(shots) + len(in_notebook)} pictures in {into}")
    sys.exit(1 if told else 0)


def _shots(paths: dict[str, str]) -> Iterator[Shot]:
    for name, path in paths.items():
        yield Shot(name, path)
        yield Shot(name, path, scheme="dark")
        yield Shot(name, path, width=PHONE)


@contextmanager
def _desk() -> Iterator[tuple[Desk, str]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        tempfile.TemporaryDirectory() as folder,
        open_desk(f"sqlite:///{Path(folder) / 'desk.db'}", POLICY, WebSettings(base_url=url)) as desk,
        listening(desk.app, port),
    ):
        yield desk, url


def _take(browser: Browser, desk: Desk, secret: str, url: str, shot: Shot, into: Path) -> list[str]:
    """Take the picture; what the page complained about."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": 1000}, color_scheme=shot.scheme, reduced_motion="reduce"
    )
    told: list[str] = []
    try:
        context.add_cookies([{"name": cookie_name(desk.settings), "value": secret, "url": url}])
        page = context.new_page()
        page.on("pageerror", lambda error: told.append(f"{shot.file}: {error}"))
        page.on(
            "console", lambda said: told.append(f"{shot.file}: {said.text}") if said.type == "error" else None
        )
        answer = page.goto(url + shot.path, wait_until="load")
        if answer is None or not answer.ok:
            told.append(f"{shot.file}: {shot.path} answers {answer.status if answer else 'nothing'}")
        if wider := page.evaluate(_WIDER):
            told.append(f"{shot.file}: {wider} px wider than the screen")
        said = len(told)
        # The bar of a review stands at the lower edge of the screen, not of the page.
        page.screenshot(path=into / shot.file, full_page=not shot.name.startswith("review"))
        # Taking a picture injects a style, which the pages' own policy refuses and reports.
        return told[:said]
    finally:
        context.close()


def _take_card(browser: Browser, shot: Shot, into: Path) -> list[str]:
    """Take the picture of a card in JupyterLab, with an edit in it; what the page complained about."""
    told: list[str] = []
    with tempfile.TemporaryDirectory() as folder, jupyter_lab(Path(folder), shot.scheme) as lab:
        context = browser.new_context(viewport={"width": shot.width, "height": 2400}, reduced_motion="reduce")
        page = context.new_page()
        page.on(
            "console", lambda said: told.append(f"{shot.file}: {said.text}") if said.type == "error" else None
        )
        notebook = Notebook(page, lab.put("card.ipynb", [WAITING, SHOWN]))
        notebook.run(0)
        notebook.run(1)
        if shot.width == WIDE:
            notebook.cards.locator("[data-key=e]").click()
            notebook.cards.get_by_role("button", name="Use the safer wording").first.click()
            notebook.cards.locator("#preview ins").first.wait_for()
        page.screenshot(path=into / shot.file)
        context.close()
    return told


def _secret(desk: Desk) -> str:
    """What the cookie of a signed-in browser holds."""
    with desk.begin() as tx:
        return people.open_session(tx, desk.ann, lasts=timedelta(hours=1), how="campaign").secret


if __name__ == "__main__":
    typer.run(main)
