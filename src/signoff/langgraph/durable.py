"""Whether a call would be found again after a crash: asked of the saver before anything starts."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.runtime import ExecutionInfo

from signoff.langgraph.calls import Site
from signoff.langgraph.saver import Saver

_POLL = 0.01

MEND = (
    "Not run: this run keeps its checkpoints only at its end (durability={mode!r}), so a crash would repeat "
    'the model turn and ask again under a new key. Invoke the graph with durability="sync".'
)


def holds_checkpoint(site: Site) -> bool:
    """Whether the saver holds, by now, the checkpoint that this step runs from."""
    saver = site.config.get("configurable", {}).get("__pregel_checkpointer")
    if not isinstance(saver, BaseCheckpointSaver) or site.info is None:
        return False
    return _holds(saver, _checkpoint_of(site, site.info))


def is_durable(site: Site, pause: str, *, was_paused: bool, patience: timedelta) -> bool:
    """Whether the saver holds the checkpoint that this step runs from.

    Args:
        pause: id of the message that asks for the call.
        was_paused: whether a person decided on the call, so that a pause may have saved its message.
        patience: how long to wait for a saver that writes in the background.
    """
    values = site.config.get("configurable", {})
    saver = values.get("__pregel_checkpointer")
    if not isinstance(saver, BaseCheckpointSaver) or site.info is None:
        return False
    here = _checkpoint_of(site, site.info)
    if _holds(saver, here):
        return True
    if was_paused and _latest_holds_message(saver, here, pause):
        return True
    if mode_of(site) == "exit":
        return False
    deadline = time.monotonic() + patience.total_seconds()
    while time.monotonic() < deadline:
        time.sleep(_POLL)
        if _holds(saver, here):
            return True
    return False


def mode_of(site: Site) -> str:
    """The durability that the caller gave LangGraph."""
    return str(site.config.get("configurable", {}).get("__pregel_durability") or "async")


def _checkpoint_of(site: Site, info: ExecutionInfo) -> RunnableConfig:
    namespace = "|".join(info.checkpoint_ns.split("|")[:-1])
    return {
        "configurable": {
            "thread_id": site.thread,
            "checkpoint_ns": namespace,
            "checkpoint_id": info.checkpoint_id,
        }
    }


def _holds(saver: BaseCheckpointSaver[Any], config: RunnableConfig) -> bool:
    if isinstance(saver, Saver):
        return saver.holds(config)
    return saver.get_tuple(config) is not None


def _latest_holds_message(saver: BaseCheckpointSaver[Any], config: RunnableConfig, message_id: str) -> bool:
    values = config["configurable"]
    latest = saver.get_tuple(
        {"configurable": {"thread_id": values["thread_id"], "checkpoint_ns": values["checkpoint_ns"]}}
    )
    if latest is None:
        return False
    held = latest.checkpoint["channel_values"].values()
    return any(
        isinstance(item, BaseMessage) and item.id == message_id
        for value in held
        if isinstance(value, list)
        for item in value
    )
