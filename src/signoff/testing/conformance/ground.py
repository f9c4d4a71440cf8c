"""The database that cells of the suite share; each cell has a workspace and a thread of its own."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from langgraph.checkpoint.base import BaseCheckpointSaver

from signoff.app import Desk
from signoff.domain.ids import WorkspaceId
from signoff.domain.policy import Policy
from signoff.jobs import open_queue
from signoff.langgraph.saver import OnCommit, Saver, open_saver
from signoff.policy.load import parse_policy
from signoff.services.core import NO_POLICY, Core
from signoff.services.judge import Judge
from signoff.services.lookup import Lookups
from signoff.store.clock import Clock
from signoff.store.database import Database
from signoff.testing.fixtures import migrate


class Ground:
    """An open database and a directory.

    Args:
        url: a database with Signoff's tables.
        directory: for what cells count.
        clock: None for the database's own.
        on_commit: called around every commit of the savers, by name.
    """

    def __init__(
        self, url: str, directory: Path, *, clock: Clock | None = None, on_commit: OnCommit | None = None
    ) -> None:
        self.url = url
        self.directory = directory
        database = Database(url, clock)
        self._core = Core(database=database, queue=open_queue(database), judge=Judge(NO_POLICY))
        self._on_commit = on_commit
        self._savers: list[Saver] = []
        self._numbers = itertools.count(1)
        self.saver: BaseCheckpointSaver[str] = self.new_saver()

    @property
    def kind(self) -> str:
        return "sqlite" if self.url.startswith("sqlite") else "postgres"

    def new_saver(self) -> Saver:
        """A saver with a connection of its own, as another client would have."""
        saver = open_saver(self.url, on_commit=self._on_commit)
        self._savers.append(saver)
        return saver

    def name_for(self, cell: str) -> str:
        """A name that no other cell on this ground has, so that one may be played again."""
        return f"{cell}-{next(self._numbers)}"

    def desk(self, workspace: str, policy: str | None = None) -> Desk:
        """A desk on this database, in a workspace, under a policy given as text."""
        judge = self._core.judge if policy is None else Judge(parsed(policy))
        core = replace(self._core, judge=judge, lookups=Lookups())
        return Desk(core, workspace=WorkspaceId(workspace))

    def now(self) -> datetime:
        """What the guard's clock says."""
        with self._core.database.read() as tx:
            return tx.now

    def close(self) -> None:
        for saver in self._savers:
            saver.close()
        self._core.database.dispose()


@lru_cache(maxsize=64)
def parsed(policy: str) -> Policy:
    """The policy that `policy` is the text of."""
    return parse_policy(policy, "<conformance>")


@contextmanager
def ground_on(url: str) -> Iterator[Ground]:
    """Ground on the database at `url`, whose tables are made if they are missing."""
    migrate(url)
    with tempfile.TemporaryDirectory(prefix="signoff-conformance-") as directory:
        ground = Ground(url, Path(directory))
        try:
            yield ground
        finally:
            ground.close()
