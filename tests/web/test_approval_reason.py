"""Where the policy wants to know why something is approved, an approval without a reason is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signoff.domain.review import ReviewState
from tests.web.desk import FLAGGING, Desk, open_desk
from tests.web.html_text import Page
from tests.web.samples import EMAIL

REASONED = FLAGGING + "stages:\n  - {name: review, approval_reason: high_risk}\n"
CLEAN = {**EMAIL, "body": "Hi Dana,\n\nwould Monday at ten suit you?\n\nSam"}


@pytest.fixture
def strict(sqlite_url: str) -> Iterator[Desk]:
    """High risk is approved with a reason only."""
    with open_desk(sqlite_url, REASONED) as desk:
        yield desk


def test_high_risk_is_approved_with_a_reason_only(strict: Desk) -> None:
    review = strict.propose()
    with strict.browser() as ann:
        page = Page(ann.get(f"/reviews/{review.id}").text)
        assert "one person, with a reason where the risk is high" in page.text
        [reason] = page.all("textarea", id="ask-approve-reason")
        assert "required" in reason
        acks = dict.fromkeys(ann.acks(review), "on")
        refused = ann.decide(review, "approve", **acks)
        assert refused.status_code == 422
        assert Page(refused.text).all("a", href="#ask-approve-reason")
        assert "the policy wants to know why this is approved" in refused.text
        assert ann.decide(review, "approve", **acks, reason="Dana asked for it.").status_code == 303
    [vote] = strict.file(review).votes
    assert vote.reason == "Dana asked for it."


def test_the_draft_that_would_run_counts(strict: Desk) -> None:
    tame, wild = strict.propose(CLEAN), strict.propose()
    fields = {f"arg/{name}": str(value) for name, value in CLEAN.items()}
    with strict.browser() as ann:
        assert not Page(ann.get(f"/reviews/{tame.id}").text).all("textarea", id="ask-approve-reason")
        assert ann.decide(tame, "approve").status_code == 303
        assert ann.decide(wild, "revise", **fields).status_code == 303
        risky = {**fields, "arg/body": EMAIL["body"]}
        other = strict.propose(CLEAN)
        acks = dict.fromkeys(ann.acks(wild), "on")
        assert ann.decide(other, "revise", **risky, **acks).status_code == 422
    assert strict.file(other).review.state is ReviewState.OPEN


def test_it_holds_on_every_channel(strict: Desk) -> None:
    review = strict.propose()
    with strict.client() as client:
        path, key = f"/api/v1/reviews/{review.id}/votes", strict.voter()
        body = {"kind": "approve", "digest": review.digest}
        assert client.post(path, json=body, headers=key).status_code == 422
        assert client.post(path, json={**body, "reason": "Dana asked."}, headers=key).status_code == 201
