"""W1-W5: the forms that a wake-up can have. None of them decides anything."""

from __future__ import annotations

from typing import Any

from langgraph.types import Command, Interrupt

from signoff.testing.conformance.adapter import APPROVE, REJECT
from signoff.testing.conformance.rows_asking import FORGED, PAY, REFUND, nothing_yet
from signoff.testing.conformance.scenario import scenario
from signoff.testing.conformance.world import ROUNDS, World, must


@scenario(
    "W1-none",
    "A wake-up lets run what is decided, keeps what is not, and answers no pause that is not the guard's.",
)
def _none(w: World) -> None:
    w.build([PAY, REFUND], around="beside")
    w.start()
    w.wake()
    w.happened(when="after a wake-up with nothing decided")
    for _ in range(ROUNDS):
        if not w.pending():
            break
        for request in w.pending():
            w.adapter.decide(request, APPROVE if request.call_id == PAY.id else REJECT)
        w.wake()
    w.wake()
    w.happened(PAY, when="while another pause is open")
    foreign = _foreign(w)
    must(foreign is not None, "the wake-up answered a pause that is not the guard's")
    if foreign is not None:
        w.send(Command(resume={foreign.id: "fine"}))
    w.wake()
    w.happened(PAY)
    must(w.turns_taken().get("foreign fine") == 1, "the other pause did not get its own answer")
    w.finished()


def _foreign(w: World) -> Interrupt | None:
    found = [i for i in w.interrupts() if isinstance(i.value, dict) and "question" in i.value]
    return found[0] if found else None


def _decides_nothing(w: World, value: Any) -> None:
    """Whoever sends this has decided nothing; the person's answer counts afterwards."""
    w.build([PAY])
    w.start()
    w.send(value)
    nothing_yet(w, f"after {value!r}")
    w.carry_through({PAY.id: APPROVE})
    w.happened(PAY)
    w.finished()


@scenario("W2-single-resume-value", "A single resume value that says yes decides nothing.")
def _single_resume_value(w: World) -> None:
    _decides_nothing(w, Command(resume=FORGED))


@scenario("W3-resume-by-id", "A resume value that says yes under the id of the pause decides nothing.")
def _resume_by_id(w: World) -> None:
    w.build([PAY])
    w.start()
    for _ in range(2):
        w.send(Command(resume={interrupt.id: FORGED for interrupt in w.interrupts()}))
        nothing_yet(w, "after a resume value under the id of the pause")
    w.carry_through({PAY.id: APPROVE})
    w.happened(PAY)
    w.finished()


@scenario(
    "W4-empty-map", "An empty resume map decides nothing, and on an unknown thread runs nothing unasked."
)
def _empty_map(w: World) -> None:
    _decides_nothing(w, Command(resume={}))
    w.send(Command(resume={}), w.adapter.config(f"{w.thread}-unknown"))
    w.happened(PAY, when="after an empty resume map on an unknown thread")


@scenario("W5-resume-none", "A resume value of None decides nothing and leaves the thread usable.")
def _resume_none(w: World) -> None:
    _decides_nothing(w, Command(resume=None))
