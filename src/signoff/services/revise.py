"""Edited arguments become a revision: they must fit the tool, and the policy is asked again."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from signoff.domain.action import action_digest
from signoff.domain.errors import RevisionDenied, RevisionInvalid, VoteInvalid
from signoff.domain.flag import highest
from signoff.domain.ids import RevisionId
from signoff.domain.person import Person, as_actor
from signoff.domain.policy import RuleEffect
from signoff.domain.review import ReviewFile, Revision
from signoff.domain.sentence import sentence
from signoff.domain.vote import Ballot
from signoff.services import entries
from signoff.services.core import Core
from signoff.services.judge import Judgement
from signoff.services.staffing import staff_stages
from signoff.store import catalog, reviews
from signoff.store.database import Tx
from signoff.store.ids import new_id


def add_revision(tx: Tx, core: Core, file: ReviewFile, ballot: Ballot, person: Person) -> ReviewFile:
    """Make the edited arguments the current revision, judged under the review's own policy.

    Raises:
        RevisionInvalid: naming each argument that does not fit the tool's schema.
        RevisionDenied: the policy denies the edited action.
        VoteInvalid: nothing was changed.
    """
    arguments = ballot.arguments or {}
    judgement = judge_edit(tx, core, file, arguments)
    digest = action_digest(file.action.revised(arguments), arguments)
    if digest == file.current.digest:
        raise VoteInvalid("arguments", sentence("nothing was changed; approve it as it is"))
    verdict = judgement.verdict
    if verdict.effect is RuleEffect.DENY:
        raise RevisionDenied(verdict.rule, verdict.summary)
    if verdict.effect is RuleEffect.ALLOW:
        current = file.current.verdict
        verdict = verdict.model_copy(update={"stages": current.stages, "settling": current.settling})
    stages = staff_stages(tx, verdict.stages, file.review.requester)
    revision = Revision(
        id=RevisionId(new_id("rvn")),
        review_id=file.review.id,
        number=file.current.number + 1,
        digest=digest,
        arguments=arguments,
        author=as_actor(person),
        flags=judgement.flags,
        verdict=verdict,
        created_at=tx.now,
    )
    reviews.add_revision(tx, revision, stages)
    changed = reviews.change(
        tx,
        file.review,
        digest=digest,
        revision=revision.number,
        stages_total=len(stages),
        severity=highest(judgement.flags),
        flags_count=len(judgement.flags),
        title=core.judge_of(tx, verdict.policy_hash).title(file.action.tool, arguments),
    )
    review = changed or file.review
    entries.about_review(
        tx, "review.revised_draft", review, as_actor(person), channel=ballot.channel,
        policy=entries.policy_of(verdict), before=file.current.digest, after=digest,
        arguments=arguments, flags=[flag.code for flag in judgement.flags],
    )  # fmt: skip
    return file.model_copy(
        update={"review": review, "revisions": (*file.revisions, revision), "stages": stages}
    )


def judge_edit(tx: Tx, core: Core, file: ReviewFile, arguments: dict[str, Any]) -> Judgement:
    """What detectors and the review's own policy say about edited arguments; nothing is written.

    Raises:
        RevisionInvalid: naming each argument that does not fit the tool's schema.
    """
    check_arguments(tx, file.action.fingerprint, arguments)
    judge = core.judge_of(tx, file.current.verdict.policy_hash)
    return judge.judge(file.action.revised(arguments), file.review.requester)


def check_arguments(tx: Tx, fingerprint: str, arguments: dict[str, Any]) -> None:
    """Check arguments against the schema of the tool as it was proposed.

    Raises:
        RevisionInvalid: with a JSON pointer and a reason for each fault.
    """
    schema = catalog.tool_schema(tx, fingerprint)
    if schema is None:
        raise RevisionInvalid((("", sentence("the tool's schema is not known, so it cannot be edited")),))
    problems = [
        (f"/{name}", sentence("the tool has no such argument"))
        for name in sorted(_unknown(schema, arguments))
    ]
    try:
        errors = list(Draft202012Validator(schema).iter_errors(arguments))
    except SchemaError as error:
        raise RevisionInvalid(
            (("", sentence("the tool's schema is broken: %(why)s", why=error.message)),)
        ) from error
    for fault in errors:
        pointer = "".join(f"/{part}" for part in fault.absolute_path)
        problems.append((pointer, fault.message))
    if problems:
        raise RevisionInvalid(tuple(problems))


def _unknown(schema: dict[str, Any], arguments: dict[str, Any]) -> set[str]:
    """Arguments that the schema does not name; most tool schemas do not say so themselves."""
    if schema.get("additionalProperties"):
        return set()
    return set(arguments) - set(schema.get("properties", {}))
