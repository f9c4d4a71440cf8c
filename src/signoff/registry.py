"""From settings to a desk, and to the graphs that server, worker and command line know by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from signoff.app import Desk
from signoff.domain.effect import Effect
from signoff.domain.errors import GraphUnknown, SettingsInvalid, SignoffError
from signoff.domain.run import Run, RunStatus
from signoff.jobs import open_queue
from signoff.services.core import NO_POLICY, Core, ServiceSettings
from signoff.services.erase import Retention
from signoff.services.judge import Judge
from signoff.services.lookup import Found, Lookups
from signoff.services.ports import Advanced, GraphRunner, ThreadState
from signoff.settings import GraphSettings, Settings
from signoff.store import runs
from signoff.store.database import Database

if TYPE_CHECKING:
    from signoff.app import Graph


@contextmanager
def opened_desk(settings: Settings) -> Iterator[Desk]:
    """A desk on a database that must be there already, closed at the end of the block.

    It has no policy of its own: open reviews keep the one they were judged by.

    Raises:
        DatabaseUnready: the database is missing or of another version; the message names the mend.
    """
    database = Database(settings.database)
    try:
        database.check_ready()
        core = Core(
            database=database,
            queue=open_queue(database),
            judge=Judge(NO_POLICY),
            settings=ServiceSettings(lease=settings.lease),
        )
        yield Desk(core, workspace=settings.workspace)
    finally:
        database.dispose()


class Registry:
    """The graphs of the settings, each with a desk under its own policy, built when first needed.

    It drives their threads as a `GraphRunner`, and loads langgraph with the first graph.

    Args:
        factories: taken by name instead of importing what the settings say.

    Raises:
        PolicyInvalid: a policy file has faults.
    """

    def __init__(
        self,
        desk: Desk,
        graphs: Mapping[str, GraphSettings],
        factories: Mapping[str, Callable[[Desk], Any]] | None = None,
    ) -> None:
        self._desk = desk
        self._settings = dict(graphs)
        self._factories = dict(factories or {})
        self._desks = {name: desk.with_policy(graph.policy) for name, graph in graphs.items()}
        self._built: dict[str, Graph] = {}
        self._building = RLock()
        self.core = replace(desk.core, lookups=_LookupsByGraph(self))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._settings))

    def desk(self, name: str) -> Desk:
        """The desk under the policy of this graph.

        Raises:
            GraphUnknown: no graph of this name is registered.
        """
        if name not in self._desks:
            raise GraphUnknown(name, self.names)
        return self._desks[name]

    def desks(self) -> Iterable[Desk]:
        return self._desks.values()

    def graph(self, name: str) -> Graph:
        """The graph of this name, built and checked.

        Raises:
            GraphUnknown: no graph of this name is registered.
            SettingsInvalid: its factory cannot be imported, or makes no graph.
            UnsafeGraph: it is wired so that a guarantee would not hold.
        """
        desk = self.desk(name)
        with self._building:
            if name not in self._built:
                made = self._made(name, desk)
                if not hasattr(made, "checkpointer"):
                    raise SettingsInvalid(
                        f"graphs.{name}: {self._settings[name].factory} returned {type(made).__name__}, "
                        "but a compiled graph is needed."
                    )
                self._built[name] = desk.check(made, name=name)
            return self._built[name]

    def _made(self, name: str, desk: Desk) -> Any:
        of_graph = self._settings[name]
        factory = self._factories.get(name) or imported(f"graphs.{name}", of_graph.factory, of_graph.path)
        try:
            return factory(desk)
        except SignoffError:
            raise
        except Exception as error:  # whatever a user's module raises becomes one message
            what = f"{type(error).__name__}: {error}"
            raise SettingsInvalid(f"graphs.{name}: {self._settings[name].factory} raised {what}") from error

    def build_all(self) -> None:
        """Build every graph now, so that a fault in one shows before there is work for it."""
        for name in self.names:
            self.graph(name)

    def expire(self, keep: Retention) -> None:
        """Erase what is kept longer than `keep` says."""
        self._desk.expire(keep)

    def advance(self, run: Run) -> Advanced:
        try:
            return self._runner(run.graph).advance(run)
        except SignoffError as error:  # the graph cannot be built; a retry continues once it can
            return Advanced(status=RunStatus.FAILED, error=error.message)

    def look(self, run: Run) -> ThreadState | None:
        return self._runner(run.graph).look(run) if run.graph in self._desks else None

    def _runner(self, name: str) -> GraphRunner:
        from signoff.langgraph.runner import LangGraphRunner  # noqa: PLC0415 - loads langgraph

        return LangGraphRunner({name: self.graph(name)})


class _LookupsByGraph(Lookups):
    """Asks the lookup that the graph of an effect's thread declared."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry

    def knows(self, tool: str) -> bool:
        self._registry.build_all()
        return any(desk.core.lookups.knows(tool) for desk in self._registry.desks())

    def ask(self, effect: Effect) -> Found:
        with self._registry.core.database.read(effect.workspace) as tx:
            run = runs.get(tx, effect.thread)
        if run is None or run.graph not in self._registry.names:
            return Found.UNSURE
        return self._registry.desk(run.graph).core.lookups.ask(effect)


def imported(name: str, place: str, path: Path) -> Any:
    """What stands at `module:attribute`, imported from `path` where it is not installed.

    Args:
        name: the setting that says so, for the message.

    Raises:
        SettingsInvalid: it cannot be imported.
    """
    module, _, attribute = place.partition(":")
    directory = str(path.resolve())
    if directory not in sys.path:
        sys.path.insert(0, directory)
    try:
        found: Any = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise SettingsInvalid(f"{name}: cannot import {place}: {error}.") from error
    return found
