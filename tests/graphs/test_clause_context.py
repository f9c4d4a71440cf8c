from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphs.contract_review.models import ModelUnusable, load
from graphs.contract_review.models.arrays import save
from graphs.contract_review.models.context import LOOKS, NEVER, Numbers, looks
from graphs.contract_review.models.fit_context import second_step
from graphs.contract_review.models.labelled import Document


def look(seen: Numbers, name: str, label: int = 0) -> list[float]:
    return [float(value) for value in seen[:, label, LOOKS.index(name)]]


def test_looks_tell_where_a_segment_stands_among_the_others() -> None:
    logits = np.array([[-4, -6], [2, -6], [1, 0], [-4, -6]], np.float32)
    seen = looks(logits, np.array([10, 20, 30, 40], np.float32))
    assert seen.shape == (4, 2, len(LOOKS))
    assert look(seen, "own") == [-4, 2, 1, -4]
    assert look(seen, "lead") == [-6, 1, -1, -6]
    assert look(seen, "beside") == [2, 1, 2, 1]
    assert look(seen, "rival") == [-6, -6, 0, -6]
    assert look(seen, "place") == [0, 0.25, 0.5, 0.75]
    assert look(seen, "length_log") == pytest.approx(np.log1p([10, 20, 30, 40]))
    earlier, nearby, others = (look(seen, name) for name in ("earlier", "nearby", "others"))
    assert earlier == sorted(earlier)
    assert nearby[0] > nearby[3]
    assert others[1] < others[2] < others[0]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_looks_of_documents_with_hardly_a_segment(count: int) -> None:
    seen = looks(np.zeros((count, 1), np.float32), np.ones(count, np.float32))
    assert seen.shape == (count, 1, len(LOOKS))
    assert np.isfinite(seen).all()
    if count == 1:
        assert look(seen, "beside") == [NEVER]


def test_the_second_step_learns_that_a_label_is_given_once_in_a_document() -> None:
    documents = [
        Document(
            name=str(number),
            group=str(number),
            segments=["a"] * 20,
            clauses=range(20),
            labels=[frozenset()] * 20,
        )
        for number in range(30)
    ]
    rng = np.random.default_rng(7)
    logits = rng.normal(-3, 1, (600, 1)).astype(np.float32)
    blocks = logits.reshape(30, 20)
    truth = (blocks == blocks.max(axis=1, keepdims=True)).reshape(600, 1)
    context, scores = second_step(documents, logits, truth, np.repeat(np.arange(30) % 3, 20))
    assert context[0, LOOKS.index("lead")] > 0
    assert ((scores >= 0.5) == truth).mean() > 0.98


def test_a_context_that_does_not_fit_its_labels_is_refused(tmp_path: Path) -> None:
    model = load("clauses")
    assert model.context is not None
    save(replace(model, context=model.context[:, 1:]), tmp_path / "cut.npz")
    with pytest.raises(ModelUnusable, match=r"the context does not fit the labels.*Train it again"):
        load(tmp_path / "cut.npz")
