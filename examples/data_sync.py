"""The flow data_sync: every contradiction between CRM and ERP is one question; then one write per system."""

from pathlib import Path
from tempfile import TemporaryDirectory

from graphs.data_sync import FlowSettings, build
from graphs.data_sync.settings import HERE
from signoff.testing import Answer, FixedClock, Line, ScriptedReviewer, temporary_desk


def use(system: str, value: str) -> Answer:
    return Answer.answer({f"Use {system}": value})


SCRIPT = [
    Line(use("ERP", "Net 45"), title="Payment terms of 4 accounts*"),  # one decision, four accounts
    Line(use("CRM", "San Antonio"), title="City of 3 accounts*"),
    Line(use("ERP", "78773"), title="Zip code of Cedar*"),
    Line(Answer.answer("74-5112994"), title="Tax number*"),  # neither: a value of one's own, checked
    Line(Answer.reject("Ask the customer first.")),  # both systems keep what they have
]

clock = FixedClock()
with (
    TemporaryDirectory() as folder,
    temporary_desk(HERE / "policy.yaml", clock=clock) as desk,
):
    settings = FlowSettings(crm=Path(folder) / "crm.db", erp=Path(folder) / "erp.db")
    graph = build(desk, settings)
    thread = {"configurable": {"thread_id": "sync-1"}}
    found = graph.invoke({}, thread, durability="sync")
    print(f"{len(desk.reviews())} questions; {found['alike']} values differ in spelling only")

    ScriptedReviewer(desk, SCRIPT).decide()
    clock.advance(seconds=11)  # the policy leaves ten seconds to take an answer back
    desk.resume_due(graph)

    for effect in desk.effects("sync-1"):
        print(f"{effect.tool} {effect.state}, allowed by the rule {effect.rule}:")
        for change in effect.arguments["changes"]:
            by = desk.review(change["decision"]).review.decided_by
            print(f"  {change['account']} {change['field']}: {change['after']} ({by})")
    left = graph.get_state(thread).values["undecided"]
    print(f"{len(left)} left as they are")
