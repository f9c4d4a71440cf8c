"""The composition root: puts database, policy, queue and graph doors together as a Desk."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from signoff.domain import shadow
from signoff.domain.audit import AuditEntry
from signoff.domain.effect import Effect, Settlement
from signoff.domain.errors import VoteInvalid
from signoff.domain.ids import DEFAULT_WORKSPACE, Digest, PersonId, ReviewId, ThreadId, WorkspaceId
from signoff.domain.person import Actor, Person, Role, as_actor
from signoff.domain.policy import Policy
from signoff.domain.question import Question
from signoff.domain.review import Review, ReviewFile
from signoff.domain.run import Run, RunStatus
from signoff.domain.vote import Ballot, VoteKind
from signoff.jobs import check_queue, install_queue, open_queue
from signoff.policy.load import load_policy
from signoff.services import audit, decide, erase, people, query, runs, settle, workspace
from signoff.services.core import NO_POLICY, Core, ServiceSettings
from signoff.services.drive import drive
from signoff.services.erase import Retention
from signoff.services.judge import Judge
from signoff.services.lookup import Lookup, Lookups
from signoff.services.sweep import sweep
from signoff.store.clock import Clock
from signoff.store.database import Database, Tx
from signoff.store.reviews import ReviewFilter

if TYPE_CHECKING:
    from fastapi import FastAPI
    from langchain_core.tools import BaseTool
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.prebuilt import ToolNode
    from langgraph.types import Command

    from signoff.langgraph.calls import Facts
    from signoff.langgraph.guard import Guard
    from signoff.langgraph.middleware import SignoffMiddleware
    from signoff.langgraph.protect import ProtectedTool
    from signoff.langgraph.saver import Saver

    Graph = CompiledStateGraph[Any, Any, Any, Any]
    ToolLike = BaseTool | Callable[..., Any]


class Desk:
    """Where agents ask and people decide: one database, one policy, and the doors to graphs."""

    def __init__(
        self,
        core: Core,
        *,
        workspace: WorkspaceId = DEFAULT_WORKSPACE,
        types: Iterable[type] = (),
        on_commit: Callable[[str], None] | None = None,
    ) -> None:
        self.core = core
        self.workspace = workspace
        self._types = tuple(types)
        self._on_commit = on_commit
        self._protected: dict[str, BaseTool] = {}

    @classmethod
    def open(
        cls,
        url: str,
        policy: str | Path | Policy | None = None,
        *,
        workspace: str = DEFAULT_WORKSPACE,
        types: Iterable[type] = (),
        settings: ServiceSettings | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """Open a desk on `sqlite:///file.db` or `postgresql://…`.

        An SQLite file is created and upgraded by itself; PostgreSQL is migrated with `signoff migrate`.

        Args:
            policy: a policy file, or a policy; without one every call waits for a person.
            types: classes of your own that stand in graph state or in artifacts of tool results.

        Raises:
            PolicyInvalid: the policy file has faults.
            DatabaseUnready: the database cannot be used; the message names the mend.
        """
        judge = _judge(policy)
        database = Database(url, clock)
        if database.path is not None:
            migrate(database)
        else:
            check_ready(database)
        core = Core(
            database=database,
            queue=open_queue(database),
            judge=judge,
            settings=settings or ServiceSettings(),
        )
        return cls(core, workspace=WorkspaceId(workspace), types=types)

    def with_policy(self, policy: str | Path | Policy) -> Desk:
        """The same desk under another policy, for another graph."""
        core = Core(
            database=self.core.database,
            queue=self.core.queue,
            judge=_judge(policy),
            settings=self.core.settings,
            lookups=Lookups(),
        )
        return Desk(core, workspace=self.workspace, types=self._types, on_commit=self._on_commit)

    def close(self) -> None:
        """Give the database connections back."""
        self.core.database.dispose()

    @property
    def policy(self) -> Policy:
        return self.core.judge.policy

    # Doors to graphs

    def gate(
        self,
        tools: Sequence[ToolLike],
        *,
        facts: Facts | None = None,
        tools_node: str = "tools",
        stop_node: str = "__end__",
        messages_key: str = "messages",
    ) -> Callable[..., Command[Any]]:
        """The node to put before the tools: it opens the reviews of a whole turn and waits for them.

        Args:
            facts: looks up what policy and detectors may rely on, from the call and the state.
            tools_node: name of the node that `tool_node` becomes; each call is sent there on its own.
            stop_node: where a run goes whose policy ends it on requested changes (`on_changes: stop`); by
                default it ends at once.
        """
        from signoff.langgraph.gate import Gate, gate_node

        gate = Gate(self.core, self._guard(facts), tools, tools_node, messages_key, stop_node)
        return gate_node(gate, tools_node, stop_node)

    def tool_node(
        self,
        tools: Sequence[ToolLike],
        *,
        facts: Facts | None = None,
        name: str = "tools",
        messages_key: str = "messages",
    ) -> ToolNode:
        """A ToolNode with the guard inside; without a gate before it, it pauses by itself."""
        from signoff.langgraph.node import GuardedToolNode

        return GuardedToolNode(tools, self._guard(facts), name=name, messages_key=messages_key)

    def middleware(self, *, facts: Facts | None = None) -> SignoffMiddleware:
        """The guard for LangChain's `create_agent`; put it last in the list. Needs the extra `langchain`."""
        from signoff.langgraph.middleware import middleware_of

        return middleware_of(self._guard(facts), self.policy)

    def protect(self, tool: ToolLike, *, facts: Facts | None = None) -> ProtectedTool:
        """A tool that nodes call directly: `send.invoke({…}, key="welcome")` returns a ToolMessage."""
        from signoff.langgraph.protect import ProtectedTool
        from signoff.langgraph.tools import as_tools

        [inner] = as_tools([tool])
        self._protected[inner.name] = inner
        return ProtectedTool(inner, self._guard(facts))

    def ask(self, question: Question, key: str) -> Any:
        """Ask a person inside a node, and return the answer once there is one.

        Raises:
            Unanswered: the question was rejected, withdrawn, or ran out of time.
        """
        from signoff.langgraph.ask import ask

        return ask(self.core, question, key)

    def saver(self) -> BaseCheckpointSaver[str]:
        """A checkpoint saver on the desk's database, for `invoke` and `ainvoke`."""
        return self._open_saver()

    def _open_saver(self) -> Saver:
        from signoff.langgraph.saver import open_saver

        url = self.core.database.url.render_as_string(hide_password=False)
        return open_saver(url, allow=self._types, on_commit=self._on_commit)

    def check(self, graph: Graph, *, name: str | None = None) -> Graph:
        """Refuse unsafe wiring, and register the graph's picture under its name.

        Warns with `ShadowMode` about every tool whose gate only watches.

        Raises:
            UnsafeGraph: no checkpointer, an unclassified or unguarded tool, a policy that names a tool
                that is not there, a rule that waits for a flag that no detector gives, or inputs beside
                the arguments that no policy binds.
        """
        from signoff.langgraph.calls import GRAPH_KEY, WORKSPACE_KEY
        from signoff.langgraph.check import check_graph
        from signoff.langgraph.snapshot import drawing_of, fingerprint_of
        from signoff.store import catalog

        check_graph(graph, self.policy, self._protected, self.core.judge.codes)
        known_as = name or graph.get_name()
        drawing = drawing_of(graph)
        fingerprint = fingerprint_of(drawing)
        with self.read() as tx:
            for said in shadow.notes(self.policy, tx.now):
                warnings.warn(said, shadow.ShadowMode, stacklevel=2)
            is_new = catalog.graph_fingerprint(tx, known_as) != fingerprint
        if is_new:
            with self.begin() as tx:
                catalog.keep_graph(tx, known_as, fingerprint, drawing)
        return graph.with_config({"configurable": {GRAPH_KEY: known_as, WORKSPACE_KEY: self.workspace}})

    def lookup(self, tool: str, ask: Lookup) -> None:
        """Declare how to ask the target of `tool` whether an effect id took effect.

        Args:
            ask: effect id and arguments → True, False, or None where it cannot tell.
        """
        self.core.lookups.register(tool, ask)

    def web_app(self, *, base_url: str = "http://127.0.0.1:8484", title: str = "Signoff") -> FastAPI:
        """Review pages and API as an ASGI app, to serve or to mount at "/" behind routes of your own.

        Args:
            base_url: where people reach the pages; an https address makes the cookie secure.
        """
        from signoff.web import WebSettings, create_app

        return create_app(self.core, WebSettings(base_url=base_url, title=title, workspace=self.workspace))

    def _guard(self, facts: Facts | None) -> Guard:
        from signoff.langgraph.guard import Guard

        leases, results = self._graph_side
        return Guard(self.core, leases, results, facts)

    @cached_property
    def _graph_side(self) -> tuple[Any, Any]:
        from signoff.langgraph.leases import LeaseKeeper
        from signoff.langgraph.results import ResultStore

        return LeaseKeeper(self.core), ResultStore(self._types)

    # People and decisions

    def begin(self) -> AbstractContextManager[Tx]:
        """A write transaction in the desk's workspace."""
        return self.core.database.begin(self.workspace)

    def read(self) -> AbstractContextManager[Tx]:
        """A read-only transaction in the desk's workspace."""
        return self.core.database.read(self.workspace)

    def add_person(
        self,
        email: str,
        name: str = "",
        *,
        roles: Iterable[Role] = (Role.REVIEWER,),
        groups: Iterable[str] = (),
        password: str | None = None,
    ) -> Person:
        """Add somebody who can decide; without a password they cannot sign in to the page."""
        with self.begin() as tx:
            return people.add_person(
                tx, email=email, name=name or email, roles=roles, groups=groups, password=password
            )

    def reviews(
        self, thread_id: str | None = None, *, closed: bool = False, limit: int = 100
    ) -> list[Review]:
        """What waits for people, the most urgent first; or what is `closed`, the newest first."""
        wanted = ReviewFilter(state="closed" if closed else "live", thread=thread_id)
        with self.read() as tx:
            return query.list_reviews(tx, wanted, limit=limit).items

    def answer_of(self, review_id: str) -> Any:
        """The answer that closed a question; None when there is none.

        Raises:
            NotFound: there is no such review.
        """
        with self.read() as tx:
            return query.answer_of(tx, ReviewId(review_id))

    def effects(self, thread_id: str) -> list[Effect]:
        """What the ledger holds of a thread, in the order in which it was authorised."""
        with self.read() as tx:
            return query.effects_of_thread(tx, ThreadId(thread_id))

    def audit(self, thread_id: str) -> list[AuditEntry]:
        """What the audit chain says about a thread, oldest first."""
        with self.read() as tx:
            return query.thread_history(tx, ThreadId(thread_id))

    def review(self, review_id: str) -> ReviewFile:
        """One review with action, revisions, stages and votes.

        Raises:
            NotFound: there is none.
        """
        with self.read() as tx:
            return query.review_file(tx, ReviewId(review_id))

    def vote(
        self,
        review_id: str,
        kind: VoteKind | str,
        *,
        by: str,
        digest: str,
        reason: str = "",
        arguments: dict[str, Any] | None = None,
        answer: Any = None,
        channel: str = "python",
        client_token: str | None = None,
        acknowledged: Iterable[str] = (),
    ) -> Review:
        """Vote on a review as the person `by`, bound to the revision whose digest is given.

        Args:
            acknowledged: names (`flag_keys`) of the flags that the person says they checked; from the channel
                "notebook" an approval needs every high one.

        Raises:
            NotFound, AlreadyDecided, DraftChanged, NotEligible, VoteInvalid, FlagsUnchecked,
            RevisionInvalid, RevisionDenied, TokenReused: as `signoff.services.decide.vote` says.
        """
        ballot = Ballot(
            kind=_vote_kind(kind),
            digest=Digest(digest),
            reason=reason,
            arguments=arguments,
            answer=answer,
            channel=channel,
            client_token=client_token,
            acknowledged=tuple(acknowledged),
        )
        with self.begin() as tx:
            person = people.get_person(tx, PersonId(by))
            return decide.vote(tx, self.core, ReviewId(review_id), ballot, person).review

    def withdraw(self, review_id: str, *, by: str, reason: str) -> Review:
        """Take a review back as the person `by`."""
        with self.begin() as tx:
            person = people.get_person(tx, PersonId(by))
            return decide.withdraw(tx, self.core, ReviewId(review_id), as_actor(person), reason)

    def settle(self, effect_id: str, settlement: Settlement | str, *, by: str, reason: str = "") -> Effect:
        """Say what became of an effect of unknown outcome, as the person `by`."""
        from signoff.domain.ids import EffectId

        with self.begin() as tx:
            person = people.get_person(tx, PersonId(by))
            return settle.settle(
                tx, self.core, EffectId(effect_id), Settlement(settlement), as_actor(person), reason
            )

    def stop(self, actor: Actor, reason: str) -> None:
        """Turn the stop switch on: nothing starts in the workspace until `go`."""
        with self.begin() as tx:
            workspace.stop(tx, actor, reason)

    def go(self, actor: Actor) -> None:
        """Turn the stop switch off, and wake what waited for it."""
        with self.begin() as tx:
            workspace.go(tx, self.core, actor)

    def verify_audit(self) -> int:
        """Check the whole audit chain; how many entries it has.

        Raises:
            AuditBroken: naming the first entry that does not fit.
        """
        with self.read() as tx:
            head = audit.verify_chain(tx)
            return 0 if head is None else head.size

    def erase(self, thread_id: str, actor: Actor, reason: str) -> int:
        """Take out everything that a thread said, its checkpoints included; how many reviews it had.

        That it happened, and who decided, stays; the audit chain still verifies.

        Raises:
            NotFound, StillNeeded, VoteInvalid: as `signoff.services.erase.erase_content` says.
        """
        thread = ThreadId(thread_id)
        return erase.erase_thread(self.core, self.workspace, thread, actor, reason, self._drop_checkpoints)

    def expire(self, keep: Retention) -> int:
        """Erase what is kept longer than `keep` says, in every workspace; how many threads were erased."""
        return erase.expire(self.core, keep, self._drop_checkpoints)

    def _drop_checkpoints(self, thread: ThreadId) -> None:
        with closing(self._open_saver()) as saver:
            saver.delete_thread(thread)

    # Running

    def start(
        self,
        graph: str,
        input: dict[str, Any],
        *,
        thread_id: str | None = None,
        requester: str | None = None,
        trigger: str = "direct",
        dedupe_key: str | None = None,
    ) -> Run:
        """Queue a run of a registered graph for a worker."""
        with self.begin() as tx:
            run, _ = runs.start_run(
                tx,
                self.core,
                graph,
                input,
                thread=None if thread_id is None else ThreadId(thread_id),
                requester=requester,
                trigger=trigger,
                dedupe_key=dedupe_key,
            )
            return run

    def run(self, thread_id: str) -> Run:
        """The run of a thread as it stands.

        Raises:
            NotFound: there is none.
        """
        with self.read() as tx:
            return runs.get_run(tx, ThreadId(thread_id))

    def resume(self, graph: Graph, thread_id: str) -> RunStatus:
        """Wake one thread of `graph` and drive it to its next pause.

        Raises:
            NotFound: no run of this thread is known.
            ThreadBusy: somebody else drives it.
        """
        with self.read() as tx:
            run = runs.get_run(tx, ThreadId(thread_id))
        return drive(self.core, self._runner(graph, run.graph), self.workspace, run.thread)

    def resume_due(self, graph: Graph) -> dict[str, RunStatus]:
        """Close what has settled, and wake every thread of `graph` that is due; status by thread."""
        sweep(self.core)
        name = _registered_name(graph)
        with self.read() as tx:
            waiting = [run for run in runs.due_runs(tx) if run.graph in (name, "")]
        return {
            run.thread: drive(self.core, self._runner(graph, run.graph), self.workspace, run.thread)
            for run in waiting
        }

    def _runner(self, graph: Graph, name: str) -> Any:
        from signoff.langgraph.runner import LangGraphRunner

        return LangGraphRunner({name: graph})


def migrate(database: Database) -> None:
    """Create or upgrade every table that the product needs."""
    database.migrate()
    install_queue(database)


def check_ready(database: Database) -> None:
    """Make sure that `migrate` was run on the database.

    Raises:
        DatabaseUnready: it is missing, empty, or of another version; the message names the mend.
    """
    database.check_ready()
    check_queue(database)


def _vote_kind(kind: VoteKind | str) -> VoteKind:
    try:
        return VoteKind(kind)
    except ValueError as error:
        raise VoteInvalid("kind", f"must be one of {', '.join(VoteKind)}") from error


def _registered_name(graph: Any) -> str:
    from signoff.langgraph.calls import GRAPH_KEY

    config: Mapping[str, Any] = graph.config or {}
    return str(config.get("configurable", {}).get(GRAPH_KEY, ""))


def _judge(policy: str | Path | Policy | None) -> Judge:
    if policy is None:
        return Judge(NO_POLICY)
    return Judge(policy) if isinstance(policy, Policy) else Judge(load_policy(Path(policy)), str(policy))
