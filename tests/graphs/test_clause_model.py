from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphs.contract_review.models import ModelUnusable, load, segments
from graphs.contract_review.models.arrays import SHIPPED, save
from graphs.contract_review.models.model import ClauseModel

NEUTRAL = "The provider delivers the goods to the address that the order names."
TELLING = {
    "unfair_terms": {
        "choice_of_law": "These Terms shall be governed by the laws of the State of California.",
        "limitation_of_liability": (
            "In no event will we be liable for any indirect, incidental, special or consequential damages, "
            "or any loss of profits, arising out of your use of the services."
        ),
        "unilateral_change": "We may change these Terms at any time at our sole discretion without notice.",
    },
    "clauses": {
        "governing_law": ("This Agreement shall be governed by the laws of the State of New York."),
        "anti_assignment": (
            "Neither party may assign this Agreement without the prior written consent of the other party."
        ),
        "insurance": (
            "Supplier shall maintain general liability insurance of at least $1,000,000 per occurrence."
        ),
    },
}


@pytest.fixture(scope="module", params=["unfair_terms", "clauses"])
def model(request: pytest.FixtureRequest) -> ClauseModel:
    return load(str(request.param))


def test_shipped_models_flag_plain_cases_and_leave_plain_text_alone(model: ClauseModel) -> None:
    for label, text in TELLING[model.name].items():
        scores = model.score([NEUTRAL, text, NEUTRAL])
        assert label in model.flagged(scores[1])
        assert model.flagged(scores[0]) == []
        assert model.words([NEUTRAL, text, NEUTRAL], 1, label)


def test_shipped_models_tell_how_they_were_trained(model: ClauseModel) -> None:
    record = model.record
    assert {
        "data",
        "data_sha256",
        "documents",
        "inner_folds",
        "seed",
        "versions",
        "trained_on",
    } <= record.keys()
    assert "CC BY 4.0" in record["data"]
    assert record["data"] in (SHIPPED / "ATTRIBUTION.md").read_text().replace("\n", " ")
    assert model.labels == tuple(model.thresholds)
    assert all(0 < threshold < 1 for threshold in model.thresholds.values())


def test_shipped_files_are_small(model: ClauseModel) -> None:
    assert (SHIPPED / f"{model.name}.npz").stat().st_size < 3_000_000


def test_scores_lie_between_0_and_1_for_any_text(model: ClauseModel) -> None:
    texts = ["", "?!", "§ 1", "x" * 10_000, NEUTRAL]
    scores = model.score(texts)
    assert [list(row) for row in scores] == [list(model.labels)] * len(texts)
    assert all(0 <= score <= 1 for row in scores for score in row.values())
    assert model.score([]) == []


def test_a_union_is_no_lower_than_half_of_its_highest_part() -> None:
    model = load("unfair_terms")
    (row,) = model.score([TELLING["unfair_terms"]["choice_of_law"]])
    parts = [score for label, score in row.items() if label != "any_unfair"]
    assert row["any_unfair"] >= max(parts) / 2


def test_segments_of_a_contract_are_scored_with_their_clauses() -> None:
    model = load("clauses")
    law = TELLING["clauses"]["governing_law"]
    found = segments(f"{NEUTRAL}\n\n12. Law. {law}\n\n{NEUTRAL}")
    scores = model.score([s.text for s in found], [s.clause for s in found])
    ranked = max(range(len(found)), key=lambda place: scores[place]["governing_law"])
    assert law in found[ranked].text
    with pytest.raises(ValueError, match="3 segments, but 2 clause numbers"):
        model.score(["a", "b", "c"], [0, 0])


def test_a_saved_model_scores_as_before(model: ClauseModel, tmp_path: Path) -> None:
    save(model, tmp_path / "again.npz")
    again = load(tmp_path / "again.npz")
    assert again.score([NEUTRAL]) == model.score([NEUTRAL])
    assert (again.version, again.record) == (model.version, model.record)


class TestUnusable:
    def test_no_such_file_names_what_is_shipped(self) -> None:
        with pytest.raises(ModelUnusable, match="shipped are: clauses, unfair_terms"):
            load("nowhere")

    def test_something_else_than_a_model(self, tmp_path: Path) -> None:
        file = tmp_path / "no.npz"
        file.write_text("no model")
        with pytest.raises(ModelUnusable, match="is no model file"):
            load(file)

    def test_pickled_objects_are_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "pickle.npz"
        np.savez(file, about=np.array([{"format": 1}], dtype=object))
        with pytest.raises(ModelUnusable, match="allow_pickle=False"):
            load(file)

    def test_arrays_that_do_not_fit_each_other(self, tmp_path: Path) -> None:
        model = load("unfair_terms")
        file = tmp_path / "cut.npz"
        save(replace(model, bias=model.bias[:-1]), file)
        with pytest.raises(ModelUnusable, match=r"bias, slope and offset do not fit.*Train it again"):
            load(file)


def test_scoring_loads_no_scikit_learn() -> None:
    code = (
        "import sys; from graphs.contract_review.models import load; load('unfair_terms').score(['a b']); "
        "print([name for name in ('sklearn', 'scipy', 'joblib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_numpy_the_flow_hears_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ModelUnusable, match=r"pip install 'signoff\[clauses\]'"):
        load("unfair_terms")
