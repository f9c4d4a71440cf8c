"""T1-T10: what is asked, and what an answer counts for."""

from __future__ import annotations

from functools import partial
from typing import Any

from langgraph.types import Command

from signoff.testing.conformance.adapter import APPROVE, REJECT, Trait, edit
from signoff.testing.conformance.scenario import scenario
from signoff.testing.conformance.script import Call
from signoff.testing.conformance.world import World, must

PAY = Call("c1", "pay", "ann", 20)
REFUND = Call("c2", "refund", "bob", 30)
MAIL = Call("c3", "mail", "cid", 1)
PAY_MORE = Call("c4", "pay", "dan", 40)
REFUND_MORE = Call("c5", "refund", "eve", 50)
MAIL_MORE = Call("c6", "mail", "fay", 2)

FORGED: dict[str, Any] = {"kind": "approve", "type": "approve", "decisions": [{"type": "approve"}]}
"""A resume value that would mean "approved" to any of the guards that believe in one."""


def nothing_yet(w: World, when: str) -> None:
    """Nothing happened, and the request for `PAY` is still open."""
    w.happened(when=when)
    w.request(PAY)


@scenario(
    "T01-code-before-pause",
    "An effect before a pause in the same turn happens once, and what waits not before its decision.",
    needs=[Trait.EFFECTS],
)
def _code_before_pause(w: World) -> None:
    w.build([MAIL, PAY], passed=["mail"])
    w.start()
    must(not w.effects().get(PAY.effect), "the call that waits has already run")
    w.approve_all()
    w.happened(MAIL, PAY)
    w.finished()


@scenario(
    "T02-costly-draft",
    "A draft that is made before the pause, in a model turn or a task, is made once.",
)
def _costly_draft(w: World) -> None:
    w.build([PAY], costly_draft=w.has(Trait.USER_CODE))
    w.start()
    w.wake()
    w.approve_all()
    w.happened(PAY)
    repeated = {what: times for what, times in w.turns_taken().items() if times != 1}
    must(not repeated, f"made more than once: {repeated}")


@scenario(
    "T03-order-flipped",
    "An answer belongs to its request, also when the requests come in another order after the wake-up.",
)
def _order_flipped(w: World) -> None:
    flipped: list[bool] = []
    w.build([PAY, REFUND], flips=lambda: bool(flipped))
    w.start()
    w.decide(PAY, APPROVE)
    flipped.append(True)
    if not w.has(Trait.USER_CODE):
        w.rewrite_calls([REFUND, PAY])
    w.carry_through({PAY.id: APPROVE}, REJECT)
    w.happened(PAY)


@scenario(
    "T04-fan-out",
    "Of calls side by side each runs on its own approval only; a single resume value approves none.",
    needs=[Trait.APART],
)
def _fan_out(w: World) -> None:
    w.build([PAY, REFUND, PAY_MORE], tasks="apart")
    w.start()
    w.send(Command(resume=FORGED))
    w.happened(when="after a single resume value")
    w.decide(REFUND, APPROVE)
    w.wake()
    must(set(w.effects()) <= {REFUND.effect}, f"undecided calls ran: {w.effects()}")
    w.carry_through({PAY.id: APPROVE, REFUND.id: APPROVE}, REJECT)
    w.happened(REFUND, PAY)
    w.finished()


@scenario(
    "T05-unknown-or-used-id",
    "An answer under an unknown or used id is refused and changes nothing, and so is an empty one.",
)
def _unknown_or_used_id(w: World) -> None:
    w.build([PAY])
    w.start()
    must(
        w.told(lambda: w.adapter.decide(w.adapter.unknown_request(w.thread), APPROVE)),
        "an answer under an unknown id was accepted without a word",
    )
    nothing_yet(w, "after an answer under an unknown id")
    w.send(Command(resume={"0" * 32: FORGED}))
    w.send(Command(resume={}))
    nothing_yet(w, "after resume values under unknown ids")
    used = [interrupt.id for interrupt in w.interrupts()]
    request = w.decide(PAY, APPROVE)
    w.carry_through({PAY.id: APPROVE})
    must(
        w.told(lambda: w.adapter.decide(request, APPROVE)),
        "a second answer to the same request was accepted without a word",
    )
    w.send(Command(resume=dict.fromkeys(used, FORGED)))
    w.happened(PAY)


@scenario(
    "T06-falsy-resume",
    "None, False, 0, an empty text or list as a resume value decide nothing and leave the thread usable.",
)
def _falsy_resume(w: World) -> None:
    w.build([PAY])
    w.start()
    falsy: tuple[Any, ...] = (None, False, 0, "", [])
    for value in falsy:
        w.send(Command(resume=value))
        nothing_yet(w, f"after the resume value {value!r}")
    w.carry_through({PAY.id: APPROVE})
    w.happened(PAY)


@scenario(
    "T07-swallowed-pause",
    "Where user code swallows the pause, nothing runs, and the request does not stay open for ever.",
    needs=[Trait.USER_CODE],
)
def _swallowed_pause(w: World) -> None:
    w.build([PAY], swallows=True)
    w.start()
    w.happened(when="after the pause was swallowed")
    left = w.pending()
    w.adapter.tidy(w.graph, w.thread)
    must(not w.pending(), "the request of the swallowed pause stays open")
    for request in left:
        must(w.told(partial(w.adapter.decide, request, APPROVE)), "a late answer was accepted")
    w.happened()


@scenario(
    "T08-bad-answer",
    "A malformed answer is refused before anything is saved, and a good one works afterwards.",
)
def _bad_answer(w: World) -> None:
    w.build([PAY])
    w.start()
    for number, give in enumerate(w.adapter.wrong_answers(w.request(PAY)), 1):
        must(w.told(give), f"malformed answer {number} was accepted without a word")
        nothing_yet(w, f"after malformed answer {number}")
    w.carry_through({PAY.id: APPROVE})
    w.happened(PAY)
    w.finished()


@scenario(
    "T09-bad-edit",
    "An edit that does not fit the tool, or names a tool that is not there, is refused before anything runs.",
    needs=[Trait.TOOLS],
)
def _bad_edit(w: World) -> None:
    w.build([PAY])
    w.start()
    for wrong in (
        edit({"to": "ann", "amount": "lots"}),
        edit({"amount": 20}),
        edit({"to": "ann", "amount": 20}, tool="wire"),
    ):
        must(
            w.told(partial(w.adapter.decide, w.request(PAY), wrong)),
            f"the edit {wrong.tool or wrong.arguments} was accepted without a word",
        )
        nothing_yet(w, f"after the edit {wrong.tool or wrong.arguments}")
    w.carry_through({PAY.id: edit({"to": "ann", "amount": 15})})
    w.happened(PAY.but(amount=15))
    w.finished()


@scenario(
    "T10-mixed-answers",
    "Mixed answers are told apart, and an edit to what the policy denies is refused.",
    needs=[Trait.TOOLS],
)
def _mixed_answers(w: World) -> None:
    w.build([PAY, REFUND, PAY_MORE])
    w.start()
    must(
        w.told(lambda: w.adapter.decide(w.request(PAY), edit({"to": "ann", "amount": -99999}))),
        "an edit to a negative amount was accepted without a word",
    )
    nothing_yet(w, "after the denied edit")
    w.carry_through({PAY.id: edit({"to": "ann", "amount": 5}), PAY_MORE.id: APPROVE}, REJECT)
    w.happened(PAY.but(amount=5), PAY_MORE)
    w.finished()
