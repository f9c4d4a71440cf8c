"""What `signoff run refund` takes beside plain input: the recorded tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from graphs.refund.recordings import load_recordings
from graphs.refund.replay import TraceReplay
from graphs.refund.settings import FlowSettings

OPTIONS = {"traces": "Replay the recorded tasks of tau2-bench and compare; --traces=0,12 takes some of them."}


def inputs(files: Sequence[Path], options: Mapping[str, str | bool]) -> TraceReplay:
    """The batch that the command line runs.

    Raises:
        ValueError: files or options that this flow does not take.
        DataMissing: SIGNOFF_DATA is not set, or does not hold the recordings.
    """
    if files:
        raise ValueError("refund takes no files; use --input or --traces.")
    unknown = set(options) - set(OPTIONS)
    if unknown or "traces" not in options:
        raise ValueError(f"refund takes {', '.join(f'--{name}' for name in OPTIONS)}.")
    chosen = options["traces"]
    wanted = [one.strip() for one in chosen.split(",")] if isinstance(chosen, str) else []
    settings = FlowSettings.from_environment()
    recordings = load_recordings(settings.data, wanted)
    if settings.data is None:
        raise ValueError("the recordings need SIGNOFF_DATA.")
    return TraceReplay(recordings, settings.data)
