"""T21-T24 and T27-T35: a thread's life around the pause. The crash rows T25 and T26 are with the crashes."""

from __future__ import annotations

import asyncio

from langgraph.types import Command

from signoff.testing.conformance.adapter import APPROVE, REJECT, Mode, Trait
from signoff.testing.conformance.rows_asking import FORGED, PAY, REFUND
from signoff.testing.conformance.scenario import scenario
from signoff.testing.conformance.script import Call, WiderArguments
from signoff.testing.conformance.world import Broken, World, must

IBAN = "DE89370400440532013000"


@scenario(
    "T21-late-answer",
    "An answer to a thread that has ended is refused, and a late resume runs nothing again.",
)
def _late_answer(w: World) -> None:
    w.build([PAY])
    w.start()
    request = w.request(PAY)
    ids = [interrupt.id for interrupt in w.interrupts()]
    w.carry_through({PAY.id: APPROVE})
    must(w.told(lambda: w.adapter.decide(request, APPROVE)), "a late answer was accepted without a word")
    w.send(Command(resume=FORGED))
    w.send(Command(resume=dict.fromkeys(ids, FORGED)))
    w.happened(PAY)


@scenario(
    "T22-unknown-thread",
    "Waking a thread that is not known fails and starts nothing.",
)
def _unknown_thread(w: World) -> None:
    w.build([PAY])
    told = w.told(lambda: w.adapter.decide(w.adapter.unknown_request(w.thread), APPROVE))
    error = w.wake()
    must(told and error, "an unknown thread was woken without a word")
    must(not w.turns_taken(), "a run was started from the top")
    must(w.state().created_at is None, "the unknown thread now has a checkpoint")


@scenario(
    "T23-no-checkpointer",
    "A graph whose pause could never be resumed is refused before it runs.",
)
def _no_checkpointer(w: World) -> None:
    try:
        w.build([PAY], saver=False)
    except Exception:  # noqa: BLE001 - any refusal will do
        return
    raise Broken("it was built without a checkpointer and without a word")


@scenario(
    "T24-question-replaced",
    "An approval given for one version of the question does not run another version.",
)
def _question_replaced(w: World) -> None:
    w.build([PAY])
    w.start()
    old = w.decide(PAY, APPROVE)
    changed = [w.agent.tool("pay", WiderArguments), w.agent.tool("refund", WiderArguments)]
    w.build([PAY], tools=changed, wording="everything")
    w.wake()
    w.happened(when="after the tool was changed under an old approval")
    must(w.request(PAY).id != old.id, "the changed call is not asked about anew")
    w.carry_through({}, REJECT)
    w.happened()


@scenario(
    "T24-node-renamed",
    "Where a new version has lost the paused node nothing runs unasked, and who answers late is told.",
    not_for={
        "signoff/middleware": "create_agent names its nodes, so they cannot be renamed",
        "langchain": "create_agent names its nodes, so they cannot be renamed",
    },
)
def _node_renamed(w: World) -> None:
    w.build([PAY])
    w.start()
    request = w.request(PAY)
    w.build([PAY], tools_node="tools_v2")
    w.wake()
    w.adapter.tidy(w.graph, w.thread)
    w.happened(when="after the paused node was renamed")
    if w.pending():
        w.carry_through({PAY.id: APPROVE})
        w.happened(PAY)
    else:
        must(
            w.told(lambda: w.adapter.decide(request, APPROVE)), "the late answer was accepted without a word"
        )
        w.happened()


@scenario(
    "T24-request-inserted",
    "An approval is not used up by a request that a new version puts before it.",
    needs=[Trait.USER_CODE],
    not_for={"bare/interrupt in tool": "each tool asks for itself, so nothing can be put before it"},
)
def _request_inserted(w: World) -> None:
    w.build([PAY])
    w.start()
    w.decide(PAY, APPROVE)
    w.build([PAY], inserted=REFUND)
    w.wake()
    must(not w.effects().get(REFUND.effect), "the inserted call ran on the approval of another")
    w.carry_through({PAY.id: APPROVE}, REJECT)
    w.happened(PAY)


@scenario(
    "T27-retries",
    "One approval is one attempt, whatever retries stand around the call.",
    needs=[Trait.EFFECTS],
)
def _retries(w: World) -> None:
    def fail() -> None:
        raise ConnectionError("the answer of the bank was lost")

    w.agent.behave("pay").after = fail
    w.build([PAY], retries=True)
    w.start()
    w.decide(PAY, APPROVE)
    w.wake()
    w.wake()
    w.happened(PAY)


@scenario(
    "T28-cancelled",
    "A request that was taken back does not run, a late answer is refused, and the agent is told.",
)
def _cancelled(w: World) -> None:
    w.build([PAY])
    w.start()
    request = w.request(PAY)
    w.adapter.cancel(request)
    must(w.told(lambda: w.adapter.decide(request, APPROVE)), "an answer after the cancelling was accepted")
    w.carry_through({}, APPROVE)
    w.happened()
    w.finished()


@scenario(
    "T28-task-cancelled",
    "An effect whose task was cancelled half way is not repeated by the next wake-up.",
    needs=[Trait.EFFECTS],
    modes=[Mode.ASYNC],
    only_in="only an asyncio task can be cancelled half way",
)
def _task_cancelled(w: World) -> None:
    w.agent.behave("pay").seconds = 0.3
    w.build([PAY])
    w.start()
    w.decide(PAY, APPROVE)

    async def cancel_half_way() -> None:
        wake = asyncio.create_task(_awaken(w))
        await begun.wait()
        wake.cancel()
        await asyncio.gather(wake, return_exceptions=True)

    begun = w.agent.behave("pay").begun
    asyncio.run(cancel_half_way())
    w.happened(PAY, when="when it was cancelled")
    w.wake()
    w.happened(PAY, when="after the next wake-up")
    w.adapter.recover(w.graph, w.thread, w.drive)
    w.happened(PAY)
    w.finished()


async def _awaken(w: World) -> None:
    """What the guard's wake-up sends, on the running loop."""
    sent = w.wake_input()
    await w.graph.ainvoke(sent, w.config, durability="sync")


@scenario(
    "T29-bypass",
    "Neither a goto to the tools nor a state written in the name of the gate runs an undecided call.",
)
def _bypass(w: World) -> None:
    w.build([PAY])
    w.start()
    w.send(Command(goto="tools"))
    w.happened(when="after a goto to the tools")
    w.update({"messages": []}, w.adapter.passes_as)
    w.send(None)
    w.happened(when="after a state written in the name of the gate")
    w.send(Command(goto="tools"))
    w.happened()


@scenario(
    "T30-new-input",
    "New input on a paused thread takes the old request off the list, and the model sees no unanswered call.",
)
def _new_input(w: World) -> None:
    w.build([PAY], [REFUND])
    w.start()
    old = w.request(PAY)
    w.start({"messages": [("user", "wait, rather a refund")]})
    w.adapter.tidy(w.graph, w.thread)
    must(PAY.id not in [request.call_id for request in w.pending()], "the old request is still listed")
    must(w.told(lambda: w.adapter.decide(old, APPROVE)), "an answer to the old request was accepted")
    w.carry_through({REFUND.id: APPROVE}, REJECT)
    w.happened(REFUND)
    if w.has(Trait.HISTORY):
        _calls_were_answered(w)
        w.finished()


def _calls_were_answered(w: World) -> None:
    """Wherever the model was shown calls, their answers followed at once, as chat models demand."""
    for turn in w.agent.models.happened():
        messages = turn.details["messages"]
        for place, message in enumerate(messages):
            following = messages[place + 1 : place + 1 + len(message["calls"])]
            answered = [later["answers"] for later in following]
            must(
                sorted(message["calls"]) == sorted(filter(None, answered)),
                f"in {turn.key} the model was shown calls without their answers",
            )


@scenario(
    "T31-time-travel",
    "Going back to any earlier checkpoint, with or without the old answer, repeats no effect.",
    needs=[Trait.EFFECTS],
)
def _time_travel(w: World) -> None:
    w.build([PAY])
    w.start()
    ids = [interrupt.id for interrupt in w.interrupts()]
    w.carry_through({PAY.id: APPROVE})
    for snapshot in list(w.graph.get_state_history(w.config)):
        if snapshot.next:
            w.send(None, snapshot.config)
            w.happened(PAY, when=f"after going back to before {', '.join(snapshot.next)}")
            w.send(Command(resume=dict.fromkeys(ids, FORGED)), snapshot.config)
            w.happened(PAY, when=f"after replaying the old answer before {', '.join(snapshot.next)}")


@scenario(
    "T32-breakpoint",
    "Going on from a breakpoint before the tools is no decision.",
)
def _breakpoint(w: World) -> None:
    w.build([PAY], breakpoint=True)
    w.start()
    w.send(None)
    w.send(None)
    w.happened(when="after going on from the breakpoint")
    w.carry_through({PAY.id: APPROVE})
    w.happened(PAY)


@scenario(
    "T33-payload",
    "The pause itself carries no content: an account number is not in what the interrupt stores.",
)
def _payload(w: World) -> None:
    w.build([Call("c1", "pay", IBAN, 20)])
    w.start()
    must(w.interrupts(), "nothing is paused")
    leaking = [interrupt.id for interrupt in w.interrupts() if IBAN in repr(interrupt.value)]
    must(not leaking, "the interrupt carries the account number in clear text")
    must(IBAN in str(w.pending()[0].arguments), "the person who decides cannot see the account number")


@scenario(
    "T34-pending-work",
    "What waits is found without knowing its thread, with the time it came and the time it runs out.",
)
def _pending_work(w: World) -> None:
    w.build([PAY])
    w.start()
    found = [request for request in w.adapter.pending_anywhere() if request.thread == w.thread]
    must(found, "what waits can be found only by who knows its thread")
    request = found[0]
    opened, expires = request.opened_at, request.expires_at
    must(opened and expires and opened < expires, "the request has no time of coming, or of running out")


@scenario(
    "T35-garbage",
    "Nobody is asked about arguments that do not fit, or about a tool that is not there; the agent is told.",
    needs=[Trait.TOOLS],
)
def _garbage(w: World) -> None:
    w.build(
        [Call("c1", "pay", "ann", "lots"), Call("c2", "wire", "bob", 5)],
        gated=["pay"],
    )
    w.start()
    must(not w.pending(), f"a person was asked about {[(r.tool, r.arguments) for r in w.pending()]}")
    w.happened()
    w.finished()
