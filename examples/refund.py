"""The flow refund: a small return passes, a split refund and a large cancellation wait for a person."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from graphs.refund import FlowSettings, build, load_requests, request_input
from graphs.refund.settings import HERE
from signoff.testing import Answer, FixedClock, Line, ScriptedReviewer, temporary_desk

SCRIPT = [
    Line(Answer.approve("The customer called; it is fine."), tool="cancel_pending_order"),
    Line(Answer.reject("Wait until the hose is back.")),
]
SHOWN = ("small-return", "large-cancel", "adds-up", "somebody-elses")

clock = FixedClock()
with (
    TemporaryDirectory() as folder,
    temporary_desk(HERE / "policy.yaml", clock=clock) as desk,
):
    graph = build(desk, FlowSettings(shop=Path(folder) / "shop.db"))
    for request in load_requests():
        if request.id in SHOWN:
            thread = {"configurable": {"thread_id": request.id}}
            graph.invoke(request_input(request), thread, durability="sync")

    for review in desk.reviews():
        file = desk.review(review.id)
        print(f"{review.thread} waits: {review.title}, {file.action.context['refund']} goes back")

    ScriptedReviewer(desk, SCRIPT).decide()
    clock.advance(seconds=11)  # the policy leaves ten seconds to take a decision back
    desk.resume_due(graph)

    for name in SHOWN:
        for effect in desk.effects(name):
            by = desk.review(effect.review_id).review.decided_by if effect.review_id else effect.rule
            print(f"{name}: {effect.tool} {effect.state}, allowed by {by}")
        answers = graph.get_state({"configurable": {"thread_id": name}}).values["messages"]
        for refused in (m for m in answers if m.type == "tool" and m.status == "error"):
            print(f"{name}: {json.dumps(refused.text[:60])}")
