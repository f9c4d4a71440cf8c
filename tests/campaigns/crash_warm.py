"""What the processes of the crash campaign need, loaded once by the server that they are forked from.

Only loaded: a connection or a thread of the server would be broken in every process forked from it.
"""

from __future__ import annotations

from importlib import import_module

for _name in (
    "signoff.jobs.distributed",
    "signoff.jobs.embedded",
    "signoff.langgraph.gate",
    "signoff.langgraph.leases",
    "signoff.langgraph.node",
    "signoff.langgraph.runner",
    "signoff.langgraph.saver_postgres",
    "signoff.langgraph.snapshot",
    "signoff.store.migrate",
    "tests.campaigns.crash_child",
):
    import_module(_name)
