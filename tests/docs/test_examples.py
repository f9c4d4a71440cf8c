"""Every example runs by itself, prints what it should, and stays short."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PUBLIC = {"signoff", "signoff.testing", "signoff.notebook"}

SAYS = {
    "graph_with_gate": """\
waits for a person: Mail to dana@customer.example
sent to lee@ours.example: Lunch?
sent to dana@customer.example: Your order is on its way.
""",
    "create_agent": """\
redraft of the first: True
sent to dana@customer.example: Could you settle invoice 7?
Done.
""",
    "protected_tool": """\
sent to dana@customer.example: Welcome, Dana! Your guide is in the box.
[Me edited the arguments before this ran. It ran with: {"body": "Welcome, Dana! Your guide is in the box."}. \
Treat these as the final values; do not call it again to restore yours.]
""",
    "decision_node": """\
invoice to 3 Mill Lane
waits for a person: Which address is right?
invoice to 12 Hill Rd
""",
    "fastapi_app": """\
waits for a person: Mail to dana@customer.example
the review page leads to /sign-in
sent to dana@customer.example: Hello Dana
run: finished
""",
    "deal_desk": """\
waits for sales lead: Contract for Halden Rail (D-1003, version 1)
waits for sales lead: Contract for Pinewood Clinics (D-1004, version 1)
D-1001 version 1 is in signing. Sent to ines.duarte@kestrel.example.
D-1003 version 1 is in signing. Sent to ruth.osei@halden.example.
D-1004 version 1 is in negotiation. Nora: No unlimited liability, and net 30.
D-1004 version 2 is in signing. Sent to leo.marchetti@pinewood.example.
42 audit entries, and the chain holds
""",
    "contract_review": """\
Clause 3.2 Renewal: Renewal: It renews by itself. Notice to stop a renewal: 120 days; more than we take. \
Notice to stop a renewal: 120 days; more than we take.
Clause 4.1 Payment: Time to pay an invoice: 15 days; less than we take.
Clause 4.2 Late Payment: Interest on late payment, a month: 1.5 %; not what we want, but within the fallback.
Clause 6.1 Limitation of Liability: Limitation of liability: Wilful misconduct and fraud are not left \
outside the limit. Cap on liability, counted in fees: 2 months; we do not sign this.
Clause 6.2 Indemnification: Indemnity: It is not limited to third-party claims. Indemnity: It covers \
the other side's own fault.
Clause 7.2 Audit: Audit: It can happen at any time, unannounced.
Clause 7.3 Governing Law: Governing law: Kazakhstan; we do not sign this.
Changed: 3.2, 4.1, 4.2, 6.2, 7.2, 7.3. Still open: 6.1.
Sent: 1 mail.
""",
    "refund": """\
large-cancel waits: Cancel order #W8955613, 585.97 goes back
adds-up waits: Other items for order #W6851636, 102.11 goes back
small-return: return_delivered_order_items succeeded, allowed by routine
large-cancel: cancel_pending_order succeeded, allowed by Scripted reviewer
adds-up: return_delivered_order_items succeeded, allowed by routine
adds-up: "Not run. Scripted reviewer rejected this call: Wait until th"
somebody-elses: transfer_to_human_agents succeeded, allowed by hand-over
somebody-elses: "Not run. It belongs to another customer. Only the signed-in "
""",
    "data_sync": """\
10 questions; 4 values differ in spelling only
update_crm succeeded, allowed by the rule decided:
  A-1002 payment_terms: Net 45 (Scripted reviewer)
  A-1004 payment_terms: Net 45 (Scripted reviewer)
  A-1007 payment_terms: Net 45 (Scripted reviewer)
  A-1011 payment_terms: Net 45 (Scripted reviewer)
  A-1010 tax_id: 74-5112994 (Scripted reviewer)
  A-1012 zip: 78773 (Scripted reviewer)
update_erp succeeded, allowed by the rule decided:
  A-1005 city: San Antonio (Scripted reviewer)
  A-1006 city: San Antonio (Scripted reviewer)
  A-1010 city: San Antonio (Scripted reviewer)
  A-1010 tax_id: 74-5112994 (Scripted reviewer)
6 left as they are
""",
    "outbound_copy": """\
grill-offer waits (discount-over-limit): The discount is above what an account of this tier gets without a \
person agreeing.
bookshelf-rewards waits (flagged): A check found something in the draft. Read the marked words before it \
leaves.
sent: To: mei.martin5518@example.com
sent: To: noah.brown7922@example.com
""",
}


def test_every_example_is_here_and_in_the_table() -> None:
    files = {file.stem for file in EXAMPLES.glob("*.py")}
    table = (EXAMPLES / "README.md").read_text()
    assert files == set(SAYS)
    assert all(f"[{name}.py]({name}.py)" in table for name in files)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in; temporary files go beside it."""
    (folder := tmp_path / "here").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return folder


@pytest.mark.parametrize("name", SAYS)
def test_it_says_what_it_should(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    out, err = capsys.readouterr()
    assert err == ""
    said = [line for line in out.splitlines() if not line.startswith("The redline: ")]
    assert sorted(said) == sorted(SAYS[name].splitlines())
    assert list(here.iterdir()) == []


def test_it_runs_as_a_program(here: Path) -> None:
    program: list[str | Path] = [sys.executable, "-W", "error", EXAMPLES / "graph_with_gate.py"]
    run = subprocess.run(program, capture_output=True, text=True, timeout=100, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert sorted(run.stdout.splitlines()) == sorted(SAYS["graph_with_gate"].splitlines())


@pytest.mark.parametrize("name", SAYS)
def test_it_is_short_and_uses_the_public_api_only(name: str) -> None:
    text = (EXAMPLES / f"{name}.py").read_text()
    assert len(text.splitlines()) < 60
    imported = [node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    ours = {module for module in imported if module and module.partition(".")[0] == "signoff"}
    assert ours <= PUBLIC
