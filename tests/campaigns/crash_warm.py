"""What the processes of the crash campaign need, loaded once by the server that they are forked from.

Only loaded: a connection or a thread of the server would be broken in every process forked from it.
"""

from __future__ import annotations

import signoff.jobs.distributed
import signoff.jobs.embedded
import signoff.langgraph.gate
import signoff.langgraph.leases
import signoff.langgraph.node
import signoff.langgraph.runner
import signoff.langgraph.saver_postgres
import signoff.langgraph.snapshot
import signoff.store.migrate
import tests.campaigns.crash_child  # noqa: F401 - all of them for the sake of being loaded
