"""The door for what is no tool call: a draft, a choice, a verdict."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from langgraph.config import get_config
from langgraph.types import interrupt

from signoff.domain.action import Action, EffectClass
from signoff.domain.errors import NotFound, Unanswered
from signoff.domain.ids import question_key
from signoff.domain.policy import RuleEffect
from signoff.domain.question import QUESTION, Question
from signoff.domain.review import Outcome, ReviewKind
from signoff.langgraph.calls import site_of, step_of
from signoff.policy.evaluate import verdict
from signoff.services import query
from signoff.services.core import Core
from signoff.services.judge import Judgement
from signoff.services.propose import Proposal, ToolVersion, known, propose
from signoff.store import reviews

ASK = ToolVersion(name=QUESTION, fingerprint="question/v1", argument_schema={"type": "object"})


def ask(core: Core, question: Question, key: str) -> Any:
    """Ask a person inside a node; pauses until there is an answer, and returns it.

    Args:
        key: names this question within the thread; the same key with another question is a new one.

    Raises:
        MissingKey: outside a thread.
        Unanswered: it was rejected, expired or withdrawn.
        jsonschema.SchemaError: `question.other` is no JSON schema.
    """
    if question.other is not None:
        Draft202012Validator.check_schema(question.other)
    config = get_config()
    runtime = config["configurable"].get("__pregel_runtime")
    site = site_of(config, getattr(runtime, "execution_info", None))
    name = question_key(key)
    step = step_of(site, name)
    action = Action(
        workspace=site.workspace,
        thread=site.thread,
        key=name,
        pause=step.pause,
        tool=ASK.name,
        fingerprint=ASK.fingerprint,
        effect_class=EffectClass.WRITE,
        arguments=question.arguments,
        context=question.facts,
    )
    digest = action.digest
    asked = verdict(core.judge.policy, RuleEffect.REVIEW, "The agent asks a person.")
    while True:
        with core.database.begin(site.workspace) as tx:
            stored = known(tx, site.thread, name, digest) or propose(
                tx,
                core,
                Proposal(
                    action=action,
                    digest=digest,
                    judgement=Judgement(flags=(), verdict=asked),
                    tool=ASK,
                    kind=ReviewKind.QUESTION,
                    title=question.text,
                    passed_messages=step.passed,
                ),
                site.caller,
            )
            review = reviews.latest_of_action(tx, stored.id)
            if review is None:
                raise NotFound("review of the question", key)
            answer = query.answer_of(tx, review.id) if review.outcome is Outcome.ANSWERED else None
        if review.is_live:
            interrupt({"signoff": {"waits_for": "review", "id": review.id}})
            continue
        if review.outcome is Outcome.ANSWERED:
            return answer
        raise Unanswered(review.id, (review.outcome or Outcome.WITHDRAWN).value, review.reason)
