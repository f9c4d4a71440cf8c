from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC
from typer.testing import CliRunner

from graphs.contract_review.models import cuad, fit, load, unfair_terms
from graphs.contract_review.models.__main__ import app
from graphs.contract_review.models.arrays import save
from graphs.contract_review.models.context import LOOKS
from graphs.contract_review.models.fit import (
    TOLERANCE,
    Truth,
    _curve,
    features_of,
    learn,
    steps,
    threshold_for_f1,
    threshold_for_recall,
    truth_of,
)
from graphs.contract_review.models.keywords import keywords
from graphs.contract_review.models.labelled import Document, LabelsUnreadable, part_of
from graphs.contract_review.models.model import View
from graphs.contract_review.models.terms import plain, word_terms
from graphs.contract_review.models.training import CLAUSES, SOURCES, UNFAIR_TERMS, trained
from tests.support.labelled import write_contracts, write_unfair_terms

SMALL = replace(UNFAIR_TERMS, seen_in={"words": 1, "pieces": 1, "meetings": 1}, smallest_weight=0.0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_unfair_terms(tmp_path)
    write_contracts(tmp_path)
    return tmp_path


def test_scores_are_those_of_scikit_learn(data: Path) -> None:
    documents = unfair_terms.documents(data)
    recipe = replace(SMALL, views=(View(place="segment", terms="words", weight=1.0),))
    model = learn(documents, recipe, calibrated=False)
    texts = [text for document in documents for text in document.segments]
    counted = TfidfVectorizer(ngram_range=(1, 2), preprocessor=plain, sublinear_tf=True)
    rows = counted.fit_transform(texts)
    weight = {False: 1.0, True: recipe.positive_weight}
    for place in np.flatnonzero(truth_of(documents, model.labels).any(axis=0)):
        plane = LinearSVC(C=recipe.cost, class_weight=weight, random_state=7, max_iter=10_000, tol=TOLERANCE)
        plane.fit(rows, truth_of(documents, model.labels)[:, place])
        theirs = plane.decision_function(rows) / np.linalg.norm(plane.coef_)
        ours = np.concatenate([model.margins(document.segments)[:, place] for document in documents])
        np.testing.assert_allclose(ours, theirs, atol=2e-3)


@pytest.mark.parametrize("name", ["unfair_terms", "clauses"])
def test_scoring_sees_what_training_saw_in_every_view(data: Path, name: str) -> None:
    source = SOURCES[name]
    documents = source.documents(data)
    recipe = replace(source.recipe, seen_in={"words": 1, "pieces": 1, "meetings": 1}, smallest_weight=0.0)
    model = learn(documents, recipe, calibrated=False)
    blocks = features_of(documents, model.views, model.vocabularies).blocks
    weights = {view.key: model.weights[view.key] / view.weight for view in model.views}
    theirs = sum(blocks[key] @ weights[key] for key in blocks) + model.bias
    ours = np.concatenate([model.margins(document.segments, document.clauses) for document in documents])
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_model_finds_in_new_text_what_it_learnt(data: Path) -> None:
    documents = unfair_terms.documents(data)
    model = learn(documents[:-1], SMALL)
    truth, scores = documents[-1].labels, model.score(documents[-1].segments)
    for label in ("choice_of_law", "limitation_of_liability", "unilateral_termination", "any_unfair"):
        assert [label in model.flagged(row) for row in scores] == [label in own for own in truth]
    law = [place for place, own in enumerate(truth) if "choice_of_law" in own]
    evidence = model.words(documents[-1].segments, law[0], "choice_of_law")
    assert len(evidence) == 3
    assert set(evidence) <= set(word_terms(documents[-1].segments[law[0]]))


@pytest.mark.parametrize(
    ("ranks_well", "when", "is_kept"),
    [(True, "if_better", True), (False, "if_better", False), (False, "always", True)],
)
def test_the_second_step_is_kept_where_it_ranks_better(
    ranks_well: bool,
    when: Literal["always", "if_better"],
    is_kept: bool,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = unfair_terms.documents(data)
    truth = truth_of(documents, list(SMALL.titles))
    second = np.ones((truth.shape[1], len(LOOKS) + 1), np.float32), (truth == ranks_well).astype(np.float32)
    monkeypatch.setattr(fit, "second_step", lambda *_: second)
    logits = np.random.default_rng(7).normal(size=truth.shape).astype(np.float32)
    recipe = replace(SMALL, second_step=when)
    context, scores = fit._context(documents, logits, truth, np.zeros(len(truth), int), recipe)
    assert (context is not None) == is_kept
    np.testing.assert_allclose(scores, second[1] if is_kept else 1 / (1 + np.exp(-logits)), rtol=1e-5)


def test_a_model_that_counts_anew_takes_no_keywords_from_what_it_judges(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = unfair_terms.documents(data)
    seen: list[int] = []

    def noted(texts: list[str], truth: Truth, most: int) -> frozenset[str]:
        seen.append(len(texts))
        return keywords(texts, truth, most)

    monkeypatch.setattr(fit, "keywords", noted)
    learn(documents, replace(SMALL, inner_folds=2))
    whole = sum(len(document.segments) for document in documents)
    assert seen == [whole, *(whole - len(part) for part in _inner_parts(documents, 2))]
    seen.clear()
    learn(documents, replace(SMALL, inner_folds=2, counts_anew=False))
    assert seen == [whole]


def _inner_parts(documents: Sequence[Document], parts: int) -> list[list[str]]:
    return [
        [text for d in documents if part_of(d.group, parts, "inner") == part for text in d.segments]
        for part in range(parts)
    ]


def test_the_name_of_the_provider_does_not_count(data: Path) -> None:
    def named(name: str) -> list[Document]:
        return [
            replace(
                d,
                segments=[text.replace("We may", f"{name} may") for text in d.segments] * 3,
                clauses=range(3 * len(d.segments)),
                labels=[*d.labels] * 3,
            )
            for d in unfair_terms.documents(data)
        ]

    model = learn(named("Acme"), SMALL, calibrated=False)
    for one, other in zip(named("Acme"), named("Globex"), strict=True):
        np.testing.assert_array_equal(model.margins(one.segments), model.margins(other.segments))
        assert "globex" not in " ".join(model.words(other.segments, 8, "unilateral_termination"))


def test_the_same_data_gives_the_same_file(data: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.npz", tmp_path / "two.npz"]
    for file in files:
        save(trained(replace(SOURCES["unfair_terms"], recipe=SMALL), data), file)
    assert load(files[0]).version == load(files[1]).version
    one, two = (np.load(file, allow_pickle=False) for file in files)
    assert all((one[name] == two[name]).all() for name in one.files)


def test_progress_is_told_as_often_as_announced(data: Path) -> None:
    told: list[str] = []
    learn(unfair_terms.documents(data), SMALL, told=told.append)
    assert len(told) == steps(SMALL, calibrated=True)


def test_contracts_are_labelled_where_their_quotes_stand(data: Path) -> None:
    document = cuad.documents(data)[0]
    labelled = {
        label: text for text, own in zip(document.segments, document.labels, strict=True) for label in own
    }
    assert labelled.keys() == {"governing_law", "cap_on_liability"}
    assert "governed by the laws" in labelled["governing_law"]
    assert "limited to the fees" in labelled["cap_on_liability"]


def test_the_frozen_split_is_that_of_the_hash_of_the_company() -> None:
    frozen = cuad.frozen_test()
    assert len(frozen) == 117
    assert all(cuad.is_test(name) for name in frozen)
    assert cuad.company("BellringBrandsInc_20190920_S-1_EX-10.12") == "bellringbrandsinc"
    assert cuad.company("Apollo Endosurgery - Manufacturing.txt") == "apolloendosurgery"


def test_tags_that_do_not_fit_their_sentences_are_refused(data: Path) -> None:
    tags = data / "unfair_terms" / "tags" / "Texas.txt"
    tags.write_text("law2\n")
    with pytest.raises(LabelsUnreadable, match=r"Texas.txt has 2 lines"):
        unfair_terms.documents(data)


def test_thresholds() -> None:
    truth = np.array([True, True, False, True, False])
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.1], np.float32)
    assert threshold_for_recall(truth, scores, 0.6) == pytest.approx(0.8)
    assert threshold_for_recall(truth, scores, 0.9) == pytest.approx(0.6)
    assert threshold_for_f1(truth, scores) == pytest.approx(0.5 * 2 * 0.75 / 1.75)
    assert threshold_for_f1(truth, scores / np.float32(10)) == pytest.approx(0.06)


def test_narrow_margins_of_a_rare_label_still_become_scores() -> None:
    truth = np.zeros(20_000, bool)
    truth[:30] = True
    margins = np.where(truth, -0.01, -0.06) + np.linspace(-0.005, 0.005, len(truth))
    slope, offset = _curve(margins.astype(np.float32), truth)
    scores = 1 / (1 + np.exp(-(margins * slope + offset)))
    assert scores[truth].min() > 0.9
    assert scores[~truth].max() < 0.1


class TestCommand:
    def test_trains_and_shows(self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(SOURCES, "unfair_terms", replace(SOURCES["unfair_terms"], recipe=SMALL))
        out = tmp_path / "made" / "model.npz"
        run = CliRunner().invoke(app, ["train", "unfair_terms", "--data", str(data), "--out", str(out)])
        assert run.exit_code == 0, run.output
        shown = json.loads(CliRunner().invoke(app, ["show", str(out)]).stdout)
        record = shown["record"]
        assert record["documents"] == [document.name for document in unfair_terms.documents(data)]
        assert record["data_sha256"] == unfair_terms.data_hash(data)
        assert "CC BY 4.0" in record["data"]
        assert record["versions"].keys() == {"numpy", "scipy", "scikit-learn"}
        assert record["inner_figures"]["choice_of_law"]["segments"] == 6

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["train", "nothing"], "There is no model 'nothing'"),
            (["train", "clauses"], "set SIGNOFF_DATA"),
            (["train", "unfair_terms", "--data", "."], "holds no .txt file"),
            (["show", "nowhere"], "There is no model file"),
        ],
    )
    def test_refuses_what_it_cannot_do(
        self, arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("SIGNOFF_DATA", raising=False)
        monkeypatch.chdir(tmp_path)
        run = CliRunner().invoke(app, arguments)
        assert run.exit_code == 2
        assert says in " ".join(run.output.split())

    def test_only_the_contracts_have_a_split_to_hold_out(self, data: Path) -> None:
        with pytest.raises(ValueError, match="no frozen split"):
            trained(SOURCES["unfair_terms"], data, hold_out=True)
        assert CLAUSES.union is None
