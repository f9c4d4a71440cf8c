"""T11-T20: what runs, how often, and beside what."""

from __future__ import annotations

import threading

from signoff.testing.conformance.adapter import APPROVE, REJECT, NotAccepted, Trait
from signoff.testing.conformance.rows_asking import MAIL, MAIL_MORE, PAY, PAY_MORE, REFUND
from signoff.testing.conformance.scenario import scenario
from signoff.testing.conformance.script import Call
from signoff.testing.conformance.world import World, must


@scenario(
    "T11-jump-inside",
    "A rejected call does not run, and is answered once, when another part jumps to the tools.",
)
def _jump_inside(w: World) -> None:
    w.build([PAY], jumps_back=True)
    w.start()
    w.carry_through({}, REJECT)
    w.happened()
    if w.has(Trait.EFFECTS):
        w.finished()


@scenario(
    "T12-misspelt-tool",
    "A configuration that names a tool that is not there is refused before anything can run.",
    needs=[Trait.TOOLS],
)
def _misspelt_tool(w: World) -> None:
    try:
        w.build([PAY], gated=["pya"], tools=[w.agent.tool("pay")])
    except Exception:  # noqa: BLE001 - any refusal will do
        return
    w.start()
    w.happened(when="under a configuration for 'pya'")
    must(False, "the misspelt name was accepted without a word")


@scenario(
    "T12-unlisted-tool",
    "A tool that the configuration says nothing about does not run undecided.",
    needs=[Trait.TOOLS],
)
def _unlisted_tool(w: World) -> None:
    tools = [w.agent.tool("pay"), w.agent.tool("refund")]
    w.build([PAY], gated=["refund"], tools=tools, unlisted=frozenset({"pay"}))
    w.start()
    w.happened(when="before anybody was asked")
    w.carry_through({PAY.id: APPROVE}, REJECT)
    w.happened(PAY)


@scenario(
    "T13-verdict-flips",
    "Whether a person is needed is settled once: a rejection counts even if the rule has changed its mind.",
    needs=[Trait.TOOLS],
)
def _verdict_flips(w: World) -> None:
    needed = [True]
    w.build([PAY], needs_person=lambda _: needed[0])
    w.start()
    w.happened(when="while it waits")
    needed[0] = False
    w.decide(PAY, REJECT)
    w.carry_through({}, REJECT)
    w.happened()


@scenario(
    "T14-state-edited",
    "An approval of one amount does not run another that was written into the state meanwhile.",
)
def _state_edited(w: World) -> None:
    beside = (MAIL,) if w.has(Trait.EFFECTS) else ()
    w.build([*beside, PAY], passed=["mail"])
    w.start()
    w.decide(PAY, APPROVE)
    edited = PAY.but(amount=9999)
    w.rewrite_calls([*beside, edited])
    w.wake()
    must(not w.effects().get(edited.effect), "9999 was paid on the approval of 20")
    request = w.request(edited)
    must("9999" in str(request.arguments), "the new request does not show the new amount")
    w.carry_through({}, REJECT)
    w.happened(*beside)


@scenario(
    "T15-siblings",
    "Calls that pass run once, though a call between them pauses.",
    needs=[Trait.EFFECTS],
)
def _siblings(w: World) -> None:
    w.agent.behave("mail").seconds = 0.03
    w.build([MAIL, PAY, MAIL_MORE], passed=["mail"], tasks="together" if w.has(Trait.TOGETHER) else None)
    w.start()
    w.wake()
    w.approve_all()
    w.happened(MAIL, PAY, MAIL_MORE)
    w.finished()


@scenario(
    "T16-slower-first",
    "An approval reaches the call that was approved, also when the first of two asks later.",
)
def _slower_first(w: World) -> None:
    w.build([PAY, REFUND], delay=lambda call: 0.03 if call.tool == "pay" else 0.0)
    w.start()
    w.carry_through({REFUND.id: APPROVE}, REJECT)
    w.happened(REFUND)


@scenario(
    "T17-one-at-a-time",
    "Three payments, approved and woken one at a time, are each made once.",
    needs=[Trait.EFFECTS],
)
def _one_at_a_time(w: World) -> None:
    third = Call("c7", "pay", "gus", 70)
    w.build([PAY, PAY_MORE, third])
    w.start()
    for _ in range(3):
        waiting = w.pending()
        if waiting:
            w.adapter.decide(waiting[0], APPROVE)
        w.wake()
    w.approve_all()
    w.happened(PAY, PAY_MORE, third)
    w.finished()


@scenario(
    "T18-task-per-call",
    "With a task for each call all requests are open together, and deciding one repeats none of the others.",
    needs=[Trait.EFFECTS, Trait.APART],
)
def _task_per_call(w: World) -> None:
    w.build([MAIL, PAY, REFUND], passed=["mail"], tasks="apart")
    w.start()
    w.request(PAY)
    w.decide(REFUND, APPROVE)
    w.wake()
    w.carry_through({REFUND.id: APPROVE}, REJECT)
    w.happened(MAIL, REFUND)
    w.finished()


@scenario(
    "T18-sibling-fails",
    "A call that fails beside another neither cuts the other off nor has it repeated.",
    needs=[Trait.EFFECTS, Trait.APART],
)
def _sibling_fails(w: World) -> None:
    def fail() -> None:
        raise ConnectionError("the answer of the bank was lost")

    w.agent.behave("refund").after = fail
    w.agent.behave("pay").seconds = 0.05
    w.build([PAY, REFUND], tasks="apart")
    w.start()
    for _ in range(3):
        for request in w.pending():
            w.adapter.decide(request, APPROVE)
        w.wake()
    w.happened(PAY, REFUND)
    w.finished()
    must("done" in w.answers_to(PAY)[0].text, "the agent did not get the result of the other call")


def _in_a_subgraph(w: World, around: str) -> None:
    w.build([PAY], around=around)
    w.start()
    w.happened(when="while it waits")
    w.approve_all()
    w.happened(PAY)
    w.finished()
    must(w.turns_taken()["before"] == 1, "the outer graph's finished node ran again")


@scenario(
    "T19-subgraph-node",
    "In a subgraph that is a node the call runs once on its approval, and finished nodes are not repeated.",
)
def _subgraph_node(w: World) -> None:
    _in_a_subgraph(w, "subgraph")


@scenario(
    "T19-subgraph-called",
    "In a subgraph that a function calls the call runs once, though the function runs from its top again.",
)
def _subgraph_called(w: World) -> None:
    _in_a_subgraph(w, "function")


@scenario(
    "T20-two-clients",
    "Of two clients that answer opposite at once one wins, the other is told, and the effect follows.",
)
def _two_clients(w: World) -> None:
    w.agent.behave("pay").seconds = 0.05
    w.build([PAY])
    w.start()
    twin = w.twin()
    twin.agent.behave("pay").seconds = 0.05
    twin.build([PAY])
    requests = (w.request(PAY), twin.request(PAY))
    start = threading.Barrier(2)
    accepted: list[str] = []

    def client(world: World, answer: str) -> None:
        start.wait()
        try:
            world.adapter.decide(
                requests[0] if world is w else requests[1], APPROVE if answer == "approve" else REJECT
            )
            accepted.append(answer)
        except NotAccepted:
            pass
        world.wake()

    clients = [
        threading.Thread(target=client, args=(w, "approve")),
        threading.Thread(target=client, args=(twin, "reject")),
    ]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    twin.close()
    one_outcome(w, accepted)


def one_outcome(w: World, accepted: list[str]) -> None:
    """Exactly one of two opposite answers counted, and what happened follows it."""
    must(len(accepted) == 1, f"accepted answers: {', '.join(sorted(accepted)) or 'none'}")
    w.carry_through({}, REJECT)
    w.happened(*([PAY] if accepted == ["approve"] else []))
    if w.has(Trait.EFFECTS):
        w.finished()
