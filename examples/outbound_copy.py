"""The flow outbound_copy: three briefs; one mail goes by policy, one is approved, one is rejected."""

from pathlib import Path
from tempfile import TemporaryDirectory

from graphs.outbound_copy import FlowSettings, brief_input, build, load_briefs
from graphs.outbound_copy.settings import HERE
from signoff.testing import Answer, FixedClock, Line, ScriptedReviewer, temporary_desk

SCRIPT = [
    Line(Answer.approve("The discount is agreed."), title="*long evening*"),
    Line(Answer.reject("That is not our site.")),
]
BRIEFS = ("thank-you", "grill-offer", "bookshelf-rewards")

clock = FixedClock()
with (
    TemporaryDirectory() as folder,
    temporary_desk(HERE / "policy.yaml", clock=clock) as desk,
):
    maildir = Path(folder) / "maildir"
    graph = build(desk, FlowSettings(maildir=maildir))
    for brief in load_briefs():
        if brief.id in BRIEFS:
            thread = {"configurable": {"thread_id": brief.id}}
            graph.invoke(brief_input(brief), thread, durability="sync")

    for review in desk.reviews():
        verdict = desk.review(review.id).current.verdict
        print(f"{review.thread} waits ({verdict.rule}): {verdict.summary}")

    ScriptedReviewer(desk, SCRIPT).decide()
    clock.advance(seconds=11)  # the policy leaves ten seconds to take a decision back
    desk.resume_due(graph)
    for mail in sorted(maildir.glob("new/*")):
        print("sent:", next(line for line in mail.read_text().splitlines() if line.startswith("To: ")))
