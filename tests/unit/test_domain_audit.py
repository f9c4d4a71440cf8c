from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.audit import GENESIS, AuditEntry, AuditEvent, ChainHead, link, verify
from signoff.domain.errors import AuditBroken
from signoff.domain.ids import DEFAULT_WORKSPACE, Digest
from signoff.domain.person import AGENT, SYSTEM
from tests.support.domain import NOON

START = ChainHead(workspace=DEFAULT_WORKSPACE, size=0, hash=GENESIS)


def head_of(chain: list[AuditEntry]) -> ChainHead:
    last = chain[-1]
    return ChainHead(workspace=last.workspace, size=last.seq, hash=last.hash)


def extend(head: ChainHead, count: int, *, word: str = "kept") -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for _ in range(count):
        number = head.size + 1
        event = AuditEvent(
            event="review.decided",
            actor=SYSTEM,
            thread=f"t{number}",
            action_id=f"a{number}",
            review_id=f"r{number}",
            effect_id=f"e{number}",
            digest=Digest(f"{number:064}"),
            policy="outbound@3",
            channel="web",
            content={"reason": word, "number": number},
        )
        entry = link(DEFAULT_WORKSPACE, head, event, NOON + timedelta(seconds=number), f"{number:032x}")
        entries.append(entry)
        head = head_of([entry])
    return entries


CHAIN = extend(START, 6)
HEAD = head_of(CHAIN)


def erased(entry: AuditEntry) -> AuditEntry:
    return entry.model_copy(update={"content": None, "salt": None})


def test_an_untouched_chain_verifies_and_returns_its_head() -> None:
    assert verify(CHAIN) == HEAD
    assert verify(CHAIN, HEAD) == HEAD


def test_the_first_entry_follows_sixty_four_zeros() -> None:
    assert CHAIN[0].previous == GENESIS == "0" * 64


def test_an_empty_chain_has_no_head_and_is_shorter_than_any_exported_one() -> None:
    assert verify([]) is None
    assert verify([], START) is None
    with pytest.raises(AuditBroken, match="shorter than the exported head"):
        verify([], HEAD)


def test_a_chain_that_has_grown_contains_the_exported_head() -> None:
    grown = CHAIN + extend(HEAD, 2)
    assert verify(grown, HEAD) == head_of(grown)


OTHER: dict[str, Any] = {
    "workspace": "another",
    "seq": 99,
    "at": NOON - timedelta(days=1),
    "event": "review.withdrawn",
    "actor": AGENT,
    "thread": None,
    "action_id": None,
    "review_id": "r99",
    "effect_id": None,
    "digest": Digest("f" * 64),
    "policy": "outbound@4",
    "channel": "mail",
    "commitment": Digest("e" * 64),
    "previous": Digest("d" * 64),
    "hash": Digest("c" * 64),
    "content": {"reason": "better"},
    "salt": "0" * 32,
}


@pytest.mark.parametrize("at", range(len(CHAIN)))
@pytest.mark.parametrize("field", sorted(AuditEntry.model_fields))
def test_changing_any_field_of_any_entry_is_detected_there(field: str, at: int) -> None:
    changed = list(CHAIN)
    changed[at] = CHAIN[at].model_copy(update={field: OTHER[field]})
    with pytest.raises(AuditBroken) as broken:
        verify(changed)
    assert broken.value.data["seq"] == at + 1


@pytest.mark.parametrize("field", ["id", "name", "kind"])
def test_changing_who_acted_is_detected(field: str) -> None:
    actor = SYSTEM.model_copy(update={field: getattr(AGENT, field)})
    with pytest.raises(AuditBroken):
        verify([CHAIN[0].model_copy(update={"actor": actor}), *CHAIN[1:]])


@pytest.mark.parametrize("at", range(len(CHAIN) - 1))
def test_removing_an_entry_is_detected(at: int) -> None:
    with pytest.raises(AuditBroken):
        verify(CHAIN[:at] + CHAIN[at + 1 :])


@pytest.mark.parametrize("at", range(len(CHAIN) - 1))
def test_removing_an_entry_and_numbering_the_rest_anew_is_detected(at: int) -> None:
    renumbered = [entry.model_copy(update={"seq": entry.seq - 1}) for entry in CHAIN[at + 1 :]]
    with pytest.raises(AuditBroken):
        verify(CHAIN[:at] + renumbered)


@given(st.permutations(range(len(CHAIN))))
def test_any_other_order_is_detected(order: list[int]) -> None:
    chain = [CHAIN[at] for at in order]
    if order == sorted(order):
        assert verify(chain) == HEAD
        return
    with pytest.raises(AuditBroken):
        verify(chain)


@pytest.mark.parametrize("kept", range(len(CHAIN)))
def test_truncation_is_detected_against_an_exported_head_and_only_so(kept: int) -> None:
    verify(CHAIN[:kept])
    with pytest.raises(AuditBroken, match="shorter than the exported head"):
        verify(CHAIN[:kept], HEAD)


@pytest.mark.parametrize("kept", range(len(CHAIN)))
def test_a_tail_written_anew_is_detected_against_an_exported_head_and_only_so(kept: int) -> None:
    forged = CHAIN[:kept]
    forged += extend(head_of(forged) if forged else START, len(CHAIN) - kept + 1, word="forged")
    verify(forged)
    with pytest.raises(AuditBroken, match="differs from the exported head"):
        verify(forged, HEAD)


@pytest.mark.parametrize("copied", range(len(CHAIN)))
def test_appending_what_does_not_follow_is_detected(copied: int) -> None:
    with pytest.raises(AuditBroken):
        verify([*CHAIN, CHAIN[copied]])
    with pytest.raises(AuditBroken):
        verify([*CHAIN, CHAIN[copied].model_copy(update={"seq": HEAD.size + 1})])
    with pytest.raises(AuditBroken):
        verify(CHAIN + extend(START, HEAD.size + 1, word="other")[-1:])


@given(st.sets(st.integers(0, len(CHAIN) - 1)))
def test_the_chain_verifies_with_any_content_erased(gone: set[int]) -> None:
    chain = [erased(entry) if at in gone else entry for at, entry in enumerate(CHAIN)]
    assert verify(chain, HEAD) == HEAD


@pytest.mark.parametrize(
    "change",
    [
        {"content": {"reason": "better"}},
        {"content": {}},
        {"content": {"reason": "better"}, "salt": None},
        {"salt": None},
        {"salt": "not hex"},
        {"content": {"reason": float("nan")}},
    ],
    ids=str,
)
def test_content_that_does_not_open_its_commitment_is_detected(change: dict[str, Any]) -> None:
    chain = list(CHAIN)
    chain[2] = CHAIN[2].model_copy(update=change)
    with pytest.raises(AuditBroken, match="Entry 3: the content was changed"):
        verify(chain)


def test_content_put_back_after_erasure_must_be_what_it_was() -> None:
    gone = erased(CHAIN[0])
    restored = gone.model_copy(update={"content": CHAIN[0].content, "salt": CHAIN[0].salt})
    assert verify([restored, *CHAIN[1:]]) == HEAD
    invented = gone.model_copy(update={"content": {"reason": "invented"}, "salt": CHAIN[0].salt})
    with pytest.raises(AuditBroken):
        verify([invented, *CHAIN[1:]])


def test_equal_content_under_another_salt_cannot_be_recognised() -> None:
    event = AuditEvent(event="x", actor=SYSTEM, content={"reason": "same"})
    one, other = (link(DEFAULT_WORKSPACE, START, event, NOON, salt) for salt in ("00" * 16, "11" * 16))
    assert one.commitment != other.commitment
