"""The flow contract_review: clauses that overstep the playbook wait for a lawyer, the others pass by rule.

A stand-in for a model words the clauses. What comes of it is a DOCX with real tracked changes.
"""

from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from graphs.contract_review.graph import build
from graphs.contract_review.inputs import SAMPLE
from graphs.contract_review.settings import HERE, FlowSettings
from graphs.contract_review.shelf import Shelf
from signoff import Desk


def main() -> Path:
    """Run the sample from its reading to the sent redline; where the redline lies."""
    folder = Path(mkdtemp())
    settings = FlowSettings(folder=folder / "contracts", maildir=folder / "maildir")
    desk = Desk.open(f"sqlite:///{folder / 'signoff.db'}", policy=HERE / "policy.yaml")
    at_once = desk.policy.model_copy(update={"settling": timedelta(0)})  # nobody takes anything back here
    desk = desk.with_policy(at_once)
    ana = desk.add_person("ana@example.com", "Ana", groups=["legal"])
    bea = desk.add_person("bea@example.com", "Bea", groups=["legal", "legal-lead"])

    graph = build(desk, settings)
    document = Shelf(settings.folder).put(SAMPLE.read_bytes(), ".txt")
    contract = {"document": document, "title": "Hosting", "counterparty": "legal@cloudmere.example"}
    thread = {"configurable": {"thread_id": "hosting"}}
    graph.invoke(contract, thread, durability="sync")

    for review in desk.reviews():
        clause = desk.review(review.id).current
        print(f"{review.title}: {' '.join(flag.message for flag in clause.flags)}")
        if clause.arguments["clause"] == "4.1":
            wording = clause.arguments["wording"].replace("thirty (30)", "forty-five (45)")
            edited = {**clause.arguments, "wording": wording}
            desk.vote(review.id, "revise", by=ana.id, digest=review.digest, arguments=edited)
        elif clause.arguments["clause"] == "6.1":
            desk.vote(review.id, "reject", by=ana.id, digest=review.digest, reason="We keep their cap.")
        else:
            desk.vote(review.id, "approve", by=ana.id, digest=review.digest)
    desk.resume_due(graph)

    # Clause 6.1 still says what we never sign, so sending takes two lawyers.
    for lawyer in (ana, bea):
        [release] = desk.reviews()
        desk.vote(release.id, "approve", by=lawyer.id, digest=release.digest)
    desk.resume_due(graph)
    redline = graph.get_state(thread).values["redline"]
    print(f"Changed: {', '.join(redline['changed'])}. Still open: {', '.join(redline['open'])}.")
    print(f"Sent: {len(list((folder / 'maildir' / 'new').iterdir()))} mail.")
    return Shelf(settings.folder).path(redline["document"])


if __name__ == "__main__":
    print(f"The redline: {main()}")
