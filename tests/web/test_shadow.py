"""Pages say plainly where a call passed because its gate only watches."""

from __future__ import annotations

from signoff.domain.action import Action, EffectClass
from signoff.domain.effect import EffectState
from signoff.domain.ids import DEFAULT_WORKSPACE, ThreadId
from signoff.services import perform, query
from signoff.services.propose import Caller, Proposal, ToolVersion, propose_or_plan
from signoff.services.shadow import as_shadow
from signoff.store.reviews import ReviewFilter
from tests.web.desk import POLICY, Desk, open_desk
from tests.web.html_text import Page
from tests.web.samples import EMAIL, SCHEMA

SHADOWED = POLICY.replace(
    "    binds: []\n",
    "    binds: []\n    shadow: {until: 2999-01-01, acknowledge_irreversible: true}\n",
)


def lose_in_shadow(desk: Desk) -> None:
    """One call that passes in shadow mode, and whose outcome stays unknown."""
    action = Action(
        workspace=DEFAULT_WORKSPACE, thread=ThreadId("t"), key="call:m/c", pause="m", tool="send_email",
        fingerprint="f", effect_class=EffectClass.IRREVERSIBLE, arguments=EMAIL,
    )  # fmt: skip
    proposal = Proposal(
        action=action,
        digest=action.digest,
        judgement=as_shadow(desk.core, action, desk.core.judge.judge(action, None)),
        tool=ToolVersion(name="send_email", fingerprint="f", argument_schema=SCHEMA),
        title="",
    )
    with desk.begin() as tx:
        step = perform.claim_proposed(
            tx, desk.core, propose_or_plan(tx, desk.core, proposal, Caller(graph="g"))
        )
        assert isinstance(step, perform.Start)
        perform.record(tx, desk.core, step.effect, step.fence, EffectState.UNKNOWN, None, "lost")


def test_the_list_and_the_question_about_it_say_that_nobody_was_asked(sqlite_url: str) -> None:
    with open_desk(sqlite_url, SHADOWED) as desk, desk.browser() as browser:
        assert "Shadow mode" not in Page(browser.get("/reviews").text).text
        lose_in_shadow(desk)
        listed = Page(browser.get("/reviews").text)
        assert "Shadow mode. In the last seven days 1 call ran without anybody being asked" in listed.text
        with desk.read() as tx:
            [review] = query.list_reviews(tx, ReviewFilter(state="live")).items
        shown = Page(browser.get(f"/reviews/{review.id}").text).text
        assert "The call ran without anybody being asked." in shown
        assert "rule read_it would have held it" in shown
