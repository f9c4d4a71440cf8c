"""B1-B6: six ways around an approval that work on current versions of LangGraph and its middleware."""

from __future__ import annotations

import time
from pathlib import Path

from langgraph.types import Command

from signoff.testing.conformance.adapter import APPROVE, REJECT, Mode, NotAccepted, Trait, edit
from signoff.testing.conformance.checkpoints import copy_rows, rewrite_rows
from signoff.testing.conformance.child import ACTS, Killer, errand, start
from signoff.testing.conformance.rows_asking import PAY, PAY_MORE, REFUND, REFUND_MORE
from signoff.testing.conformance.rows_running import one_outcome
from signoff.testing.conformance.scenario import scenario
from signoff.testing.conformance.script import Call
from signoff.testing.conformance.world import World, must


@scenario(
    "B1-async-swap",
    "Calls that pause side by side in async code, in changing order, each get their own answer.",
    modes=[Mode.ASYNC],
    only_in="sync tools did not swap their approvals",
)
def _async_swap(w: World) -> None:
    late: list[str] = ["pay"]
    turn = [PAY, REFUND, PAY_MORE, REFUND_MORE]
    w.build(turn, delay=lambda call: 0.02 if call.tool in late else 0.0)
    w.start()
    for _ in range(len(turn)):
        for request in w.pending():
            w.adapter.decide(request, APPROVE if request.call_id in (PAY.id, PAY_MORE.id) else REJECT)
        late[0] = "refund" if late[0] == "pay" else "pay"
        w.wake()
    w.carry_through({PAY.id: APPROVE, PAY_MORE.id: APPROVE}, REJECT)
    ran = set(w.effects())
    must(ran == {PAY.effect, PAY_MORE.effect}, f"approved were the payments, and these ran: {sorted(ran)}")
    w.happened(PAY, PAY_MORE)


def _race(w: World, answer: str) -> None:
    """One of two processes: it answers and wakes when both are ready."""
    w.agent.behave("pay").seconds = 0.1
    w.build([PAY])
    request = w.request(PAY)
    _file(w, f"ready-{answer}").touch()
    while not _file(w, "go").exists():
        time.sleep(0.001)
    try:
        w.adapter.decide(request, APPROVE if answer == "approve" else REJECT)
        _file(w, f"accepted-{answer}").touch()
    except NotAccepted:
        pass
    w.wake()


def _approve(w: World, _: Killer) -> None:
    _race(w, "approve")


def _reject(w: World, _: Killer) -> None:
    _race(w, "reject")


ACTS["approve and wake"] = _approve
ACTS["reject and wake"] = _reject


@scenario(
    "B2-two-processes",
    "Of two processes that answer opposite and resume at once one wins, and the effect follows the winner.",
)
def _two_processes(w: World) -> None:
    w.build([PAY])
    w.start()
    racers = [start(errand(w, f"{answer} and wake")) for answer in ("approve", "reject")]
    deadline = time.monotonic() + 60
    while not (_file(w, "ready-approve").exists() and _file(w, "ready-reject").exists()):
        alive = all(racer.is_alive() for racer in racers)
        must(alive and time.monotonic() < deadline, "the racing processes did not get ready")
        time.sleep(0.002)
    _file(w, "go").touch()
    for racer in racers:
        racer.join(60)
    one_outcome(w, [answer for answer in ("approve", "reject") if _file(w, f"accepted-{answer}").exists()])


def _file(w: World, name: str) -> Path:
    return w.ground.directory / w.name / name


@scenario(
    "B3-row-copied",
    "A checkpoint copied from another thread runs nothing on the approval of the thread it was put into.",
)
def _row_copied(w: World) -> None:
    small, big = Call("c1", "pay", "ann", 10), Call("c1", "pay", "ann", 9999)
    w.build([big])
    own, w.thread = w.thread, f"{w.thread}-big"
    w.start()
    w.thread, other = own, w.thread
    w.build([small])
    w.start()
    w.decide(small, APPROVE)
    copy_rows(w.ground, other, w.thread)
    w.wake()
    w.happened(when="after the big payment was copied over the approved small one")
    w.carry_through({}, REJECT)
    w.happened()


@scenario(
    "B4-row-rewritten",
    "A checkpoint that was rewritten after the approval runs neither the old call nor the new one unasked.",
)
def _row_rewritten(w: World) -> None:
    approved, forged = PAY.but(to="ann@bank"), PAY.but(to="eve@bank")
    w.build([approved])
    w.start()
    w.decide(approved, APPROVE)
    must(rewrite_rows(w.ground, w.thread, approved.to, forged.to), "no row held the call")
    w.wake()
    must(not w.effects().get(forged.effect), "the rewritten payment ran on the approval of the other")
    must(w.request(PAY).id, "the rewritten call is not asked about")
    w.carry_through({}, REJECT)
    w.happened()


@scenario(
    "B5-edit-redirect",
    "An edit cannot turn an approved call into a call of another gated tool.",
    needs=[Trait.TOOLS],
)
def _edit_redirect(w: World) -> None:
    w.build([PAY])
    w.start()
    redirected = edit({"to": "eve", "amount": 5}, tool="refund")
    told = w.told(lambda: w.adapter.decide(w.request(PAY), redirected))
    w.happened(when="after an edit to another tool")
    must(told, "an edit to another tool was accepted without a word")
    w.carry_through({}, REJECT)
    w.happened()


@scenario(
    "B6-jump-after-rejection",
    "After a rejection no goto to the tools runs the call, from whichever checkpoint it starts.",
)
def _jump_after_rejection(w: World) -> None:
    w.build([PAY])
    w.start()
    w.carry_through({}, REJECT)
    w.happened(when="after the rejection")
    w.send(Command(goto="tools"))
    w.happened(when="after a goto to the tools")
    for snapshot in list(w.graph.get_state_history(w.config)):
        w.send(Command(goto="tools"), snapshot.config)
        w.happened(when=f"after a goto to the tools from before {', '.join(snapshot.next) or 'the end'}")
