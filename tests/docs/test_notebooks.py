"""Every notebook runs from top to bottom, shows its cards, and says what it should."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"

WIDGET = "application/vnd.jupyter.widget-view+json"

SAYS = {
    "deal_desk": [
        "signing Sent to ines.duarte@kestrel.example.",
        "The stage “sales lead” waits for other people.",
        "stage 2",
        "negotiation · Nora: No unlimited liability, and 30 days like everybody else.",
        "follows the first: True",
        "signing D-1004-2",
        "create_contract  succeeded, allowed by Nora",
        "Four eyes: you wrote this revision, so somebody else must approve it.",
        "Discount: 18 %",
        "3 contracts were sent",
        "entries, and the chain holds",
    ],
    "outbound_copy": [
        "reviews: [] · mails sent: 1",
        "settling",
        "follows the first: True",
        "mails sent: 2",
        "mails sent: 3",
        "I see that it was edited first and leave it so.",
        "That is not our site.",
        "entries, and the chain holds",
    ],
    "contract_review": [
        "clauses, 7 of them wait for a lawyer:",
        "waits for other people",
        "changed: 3.2, 4.1, 4.2, 6.2, 7.2, 7.3 · still open: 6.1",
        ".docx sent by mail: 1",
        "entries, and the chain holds",
    ],
    "refund": [
        "return_delivered_order_items: succeeded, allowed by rule routine",
        "cancel_pending_order: succeeded, allowed by Sam Support",
        "refunds-add-up:",
        "Sam Support rejected this call: Wait until the hose is back.",
        "It belongs to another customer.",
        "entries, and the chain holds",
    ],
    "data_sync": [
        "4 values differ in spelling only",
        "? Payment terms of 4 accounts: which is right?",
        "update_crm: succeeded, allowed by the rule decided",
        "A-1010 tax_id:",
        "→ 74-5112994 (Dana Data)",
        "7 left as they are",
        "entries, and the chain holds",
    ],
}
LIVE = {"outbound_copy": 1, "refund": 1}
"""How many of the cards have buttons."""
CARDS = {"deal_desk": 3, "outbound_copy": 5, "contract_review": 2, "refund": 1, "data_sync": 2}


def read(name: str) -> nbformat.NotebookNode:
    notebook: nbformat.NotebookNode = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    return notebook


def test_every_notebook_is_tested_here() -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(SAYS) == set(CARDS)


@pytest.mark.parametrize("name", SAYS)
def test_outputs_are_not_committed_and_text_teaches(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(cell.metadata == {} for cell in notebook.cells)
    assert sum(cell.cell_type == "markdown" for cell in notebook.cells) >= 5


@pytest.mark.parametrize("name", SAYS)
def test_it_runs_and_shows_what_it_should(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = read(name)
    NotebookClient(notebook, timeout=100, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    text = "".join(output.text for output in outputs if output.output_type == "stream")
    assert [line for line in SAYS[name] if line not in text] == []
    cards = [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]
    assert len(cards) == CARDS[name]
    assert all("signoff-card" in html for html in cards)
    live = [output for output in outputs if WIDGET in output.get("data", {})]
    assert len(live) == LIVE.get(name, 0)
    assert all("text/html" in output.data for output in live)
