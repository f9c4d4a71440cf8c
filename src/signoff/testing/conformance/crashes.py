"""C1-C7 and the crash rows T25 and T26: a process is really killed, and another one goes on."""

from __future__ import annotations

from collections.abc import Callable

from signoff.testing.conformance.adapter import APPROVE, Trait
from signoff.testing.conformance.child import ACTS, Killer, killed
from signoff.testing.conformance.rows_asking import PAY
from signoff.testing.conformance.scenario import scenario
from signoff.testing.conformance.world import World, must

LATER_H = 1.0
"""How long after the crash somebody looks again: every lease is over by then."""


def _act(name: str) -> Callable[[Callable[[World, Killer], None]], Callable[[World, Killer], None]]:
    def register(act: Callable[[World, Killer], None]) -> Callable[[World, Killer], None]:
        ACTS[name] = act
        return act

    return register


def _approved(w: World) -> None:
    w.build([PAY])
    w.start()
    w.decide(PAY, APPROVE)


def _handed_over(w: World) -> World:
    """The other process: it knows what was answered, and comes when every lease is over."""
    after = w.later(LATER_H)
    after.build([PAY])
    return after


@_act("start, die before the first checkpoint")
def _die_at_once(w: World, killer: Killer) -> None:
    w.build([PAY])
    killer.at("saver.put.before")
    w.start()


@scenario(
    "C1-before-first-checkpoint", "Killed before the first checkpoint: given its input again it runs once."
)
def _before_first_checkpoint(w: World) -> None:
    killed(w, "start, die before the first checkpoint")
    w.build([PAY])
    must(w.wake() is not None and not w.messages(), "a thread without a checkpoint was woken without a word")
    w.start()
    w.carry_through({PAY.id: APPROVE})
    w.happened(PAY)
    w.finished()


@_act("start, die after the request")
def _die_after_request(w: World, killer: Killer) -> None:
    w.build([PAY])
    killer.at("saver.put_writes.before", lambda: bool(w.adapter.pending_anywhere()))
    w.start()


@scenario(
    "C2-request-written",
    "Killed between the request and the pause: it pauses again on that one request.",
    needs=[Trait.OWN_ROWS],
)
def _request_written(w: World) -> None:
    killed(w, "start, die after the request")
    w.build([PAY])
    must(w.is_paused() and not w.interrupts(), "the pause was saved before the crash")
    before = w.request(PAY)
    w.wake()
    must(w.request(PAY).id == before.id, "another request was opened for the same call")
    w.happened(when="while it waits")
    w.carry_through({PAY.id: APPROVE})
    w.happened(PAY)
    w.finished()


@_act("start, die when paused")
def _die_when_paused(w: World, killer: Killer) -> None:
    w.build([PAY])
    w.start()
    killer.now()


@scenario("C3-paused", "Killed while paused: it pauses again until it is decided, and then runs once.")
def _paused(w: World) -> None:
    killed(w, "start, die when paused")
    w.build([PAY])
    w.wake()
    w.happened(when="when woken undecided")
    w.carry_through({PAY.id: APPROVE})
    w.happened(PAY)
    w.finished()


@_act("wake, die in the effect")
def _die_in_effect(w: World, killer: Killer) -> None:
    w.agent.behave("pay").after = killer.now
    w.build([PAY])
    w.carry_on()


def _in_effect(w: World) -> None:
    """Killed in mid-effect: neither at once nor later is it repeated; a person says what happened."""
    _approved(w)
    w.hand_over()
    killed(w, "wake, die in the effect")
    w.happened(PAY, when="when it was killed")
    w.wake()
    w.happened(PAY, when="when woken at once")
    after = _handed_over(w)
    try:
        after.wake()
        after.happened(PAY, when="when woken after the lease")
        after.adapter.recover(after.graph, after.thread, after.drive)
        after.happened(PAY)
        after.finished()
    finally:
        after.close()


@scenario(
    "C4-effect-started",
    "Killed in mid-effect: it waits until somebody says what happened, and is never repeated by itself.",
    needs=[Trait.EFFECTS],
)
def _effect_started(w: World) -> None:
    _in_effect(w)


@_act("wake, die before the node is saved")
def _die_before_node(w: World, killer: Killer) -> None:
    w.build([PAY])
    killer.at("saver.put_writes.before", lambda: bool(w.effects()))
    w.carry_on()


@_act("wake, die before the checkpoint")
def _die_before_checkpoint(w: World, killer: Killer) -> None:
    w.build([PAY])
    killer.at("saver.put_writes.after", lambda: bool(w.effects()))
    w.carry_on()


@_act("wake, die in the next node")
def _die_in_next_node(w: World, killer: Killer) -> None:
    w.agent.on_model = lambda turn: killer.now() if turn > 1 else None
    w.build([PAY])
    w.carry_on()


@_act("wake, die when finished")
def _die_when_finished(w: World, killer: Killer) -> None:
    w.build([PAY])
    w.carry_on()
    killer.now()


def _after_effect(w: World, act: str) -> World:
    """Killed after the effect was done: the thread ends without repeating it."""
    _approved(w)
    w.hand_over()
    killed(w, act)
    w.happened(PAY, when="when it was killed")
    w.wake()
    w.carry_through({PAY.id: APPROVE})
    w.happened(PAY)
    w.finished()
    return w


@scenario(
    "C5-node-unsaved",
    "Killed after the effect and before its node was saved: the stored result is given again.",
    needs=[Trait.EFFECTS],
)
def _node_unsaved(w: World) -> None:
    _after_effect(w, "wake, die before the node is saved")
    must("done" in w.answers_to(PAY)[0].text, "the agent did not get the result of the effect")


@scenario(
    "C6-checkpoint-missing",
    "Killed between the node's writes and its checkpoint: the thread, which looks ended, is finished.",
    needs=[Trait.EFFECTS],
)
def _checkpoint_missing(w: World) -> None:
    _after_effect(w, "wake, die before the checkpoint")


@scenario("C7-finished", "Killed after its end: a wake-up does nothing more.", needs=[Trait.EFFECTS])
def _finished(w: World) -> None:
    _approved(w)
    w.hand_over()
    killed(w, "wake, die when finished")
    turns = w.turns_taken()
    w.wake()
    w.happened(PAY)
    w.finished()
    must(w.turns_taken() == turns, "the model was asked again")


def _under(durability: str, play: Callable[[World], object]) -> Callable[[World], None]:
    def played(w: World) -> None:
        w.durability = durability
        play(w)

    return played


for _mode in ("async", "exit"):
    scenario(
        f"T25-crash-in-effect-{_mode}",
        f'Under durability="{_mode}" an effect that a crash cut off is not repeated either.',
        needs=[Trait.EFFECTS],
    )(_under(_mode, _in_effect))
    scenario(
        f"T26-crash-after-effect-{_mode}",
        f'Under durability="{_mode}" a crash in the next node repeats no effect.',
        needs=[Trait.EFFECTS],
    )(_under(_mode, lambda w: _after_effect(w, "wake, die in the next node")))
