"""What the processes of the crash campaign are forked from: everything loaded, and used once.

No connection and no thread may be left, since they would be broken in every process forked later.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from importlib import import_module
from pathlib import Path

from tests.campaigns.crash_child import Errand, Mode, World
from tests.campaigns.crash_runs import add_person
from tests.campaigns.databases import migrate
from tests.campaigns.flow import GREETING

_LOADED_LATE = ("signoff.jobs.distributed", "signoff.langgraph.saver_postgres", "signoff.langgraph.runner")


def warm_up() -> None:
    """A run in which nothing has an effect: under `exit` what the rules pass is refused, and the person
    rejects the rest."""
    with tempfile.TemporaryDirectory(prefix="signoff-crash-") as directory:
        url = f"sqlite:///{Path(directory) / 'signoff.db'}"
        migrate(url)
        person = add_person(url, "warm")
        world = World(Errand(url, "warm", directory, Mode.EXIT, "plain", person))
        world.graph.invoke(GREETING, world.config, durability="exit")
        for review in world.desk.reviews():
            world.desk.vote(review.id, "reject", by=person, digest=review.digest, reason="Not this one.")
        world.graph.invoke(None, world.config, durability="exit")
        world.evidence()
        world.close()
    assert threading.active_count() == 1, f"threads are left: {threading.enumerate()}"


logging.disable(logging.WARNING)  # that jobs of the dead are taken over is what is to be seen in the end
for _name in _LOADED_LATE:
    import_module(_name)
warm_up()
