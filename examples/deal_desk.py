"""The flow deal_desk: one deal by policy, one through sales lead and legal, one back to sales and again."""

from pathlib import Path
from tempfile import TemporaryDirectory

from graphs.deal_desk import DealSettings, Systems, build, trigger
from graphs.deal_desk.settings import HERE
from signoff.testing import temporary_desk

STANDARD, STRATEGIC, OWN_WORDING = "D-1001", "D-1003", "D-1004"

with TemporaryDirectory() as folder, temporary_desk(HERE / "policy.yaml") as desk:
    settings = DealSettings(directory=Path(folder))
    graph, crm = build(desk, settings), Systems(settings).crm
    lead = desk.add_person("lea@meridian.example", "Lea", groups=["sales-leads"])
    lawyer = desk.add_person("nora@meridian.example", "Nora", groups=["legal"])

    def run(deal_id: str) -> None:
        desk.resume(graph, trigger(desk, crm, deal_id))

    def vote(deal_id: str, kind: str, person, reason: str = "") -> None:
        [review] = desk.reviews(thread_id=f"deal-{deal_id}")
        desk.vote(review.id, kind, by=person.id, digest=review.digest, reason=reason)
        desk.resume_due(graph)

    def tell(deal_id: str) -> None:
        deal = crm.deal(deal_id)
        print(f"{deal.id} version {deal.version} is in {deal.stage}. {deal.note}")

    for deal_id in (STANDARD, STRATEGIC, OWN_WORDING):
        run(deal_id)
    for review in desk.reviews():
        print(f"waits for {desk.review(review.id).stages[0].spec.name}: {review.title}")
    tell(STANDARD)

    vote(STRATEGIC, "approve", lead)
    vote(STRATEGIC, "approve", lawyer)
    tell(STRATEGIC)

    vote(OWN_WORDING, "approve", lead)
    vote(OWN_WORDING, "request_changes", lawyer, "No unlimited liability, and net 30.")
    tell(OWN_WORDING)
    crm.submit(OWN_WORDING, special_terms="", payment_days=30)  # sales changes the deal …
    run(OWN_WORDING)  # … and it is triggered again
    vote(OWN_WORDING, "approve", lead)
    vote(OWN_WORDING, "approve", lawyer)
    tell(OWN_WORDING)
    print(f"{desk.verify_audit()} audit entries, and the chain holds")
