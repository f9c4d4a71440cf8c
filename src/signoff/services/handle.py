"""What a worker does with a job."""

from __future__ import annotations

from typing import assert_never

from signoff.domain.errors import ThreadBusy
from signoff.domain.ids import ReviewId, ThreadId
from signoff.services.core import Core
from signoff.services.drive import drive
from signoff.services.ports import GraphRunner, Job, JobKind
from signoff.services.sweep import close_one


def handle(core: Core, runner: GraphRunner, job: Job) -> None:
    """Do one job. Every handler reads the rows again, so a repeat is harmless."""
    match job.kind:
        case JobKind.START | JobKind.RESUME:
            try:
                drive(core, runner, job.workspace, ThreadId(job.subject))
            except ThreadBusy:
                return  # whoever drives the thread sees the wake-up before letting go of it
        case JobKind.CLOSE:
            close_one(core, job.workspace, ReviewId(job.subject))
        case _:
            assert_never(job.kind)
