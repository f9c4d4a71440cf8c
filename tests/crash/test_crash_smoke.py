"""A run killed once at every point, on SQLite; the whole campaign is `python -m tests.campaigns.crash`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARGUMENTS = ["--only", "sqlite sync plain", "--once"]


@pytest.mark.crash
@pytest.mark.timeout(180)
def test_a_run_survives_a_kill_at_every_point() -> None:
    command = [sys.executable, "-m", "tests.campaigns.crash", *ARGUMENTS]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    killed = re.search(r"SIGKILLs.*?(\d+)", played.stdout.replace("at least 1", ""))
    assert killed is not None
    assert int(killed[1]) >= 60
