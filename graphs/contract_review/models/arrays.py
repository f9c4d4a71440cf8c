"""Model files: plain numpy arrays in one .npz, read with pickles refused."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from graphs.contract_review.models.model import ClauseModel

FORMAT = 2
SHIPPED = Path(__file__).parent / "trained"


class ModelUnusable(Exception):
    """A model cannot be loaded; the message says why, and what to do."""


def load(model: str | Path) -> ClauseModel:
    """A shipped model by its name, "unfair_terms" or "clauses", or one of your own by its path.

    Raises `ModelUnusable`.
    """
    path = SHIPPED / f"{model}.npz" if isinstance(model, str) and not model.endswith(".npz") else Path(model)
    try:
        import numpy as np  # noqa: PLC0415 - an extra; the flow runs without it
    except ModuleNotFoundError as error:
        raise ModelUnusable("Clause models need numpy: pip install 'signoff[clauses]'.") from error
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError as error:
        shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.npz")))
        raise ModelUnusable(f"There is no model file {path}; shipped are: {shipped}.") from error
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ModelUnusable(f"{path} is no model file: {error}") from error
    try:
        return _built(arrays)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelUnusable(f"{path} is no model of format {FORMAT}: {error!r}. Train it again.") from error


def save(model: ClauseModel, path: Path) -> None:
    """Writes the file whole, or leaves what was there."""
    import numpy as np  # noqa: PLC0415 - as above

    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **_arrays(model))
    unfinished.replace(path)


def fingerprint(weights: dict[str, npt.NDArray[Any]]) -> str:
    """Eight hexadecimal digits over the numbers of a model, for its version."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].tobytes())
    return digest.hexdigest()[:8]


def _arrays(model: ClauseModel) -> dict[str, npt.NDArray[Any]]:
    import numpy as np  # noqa: PLC0415 - as above

    about = {
        "format": FORMAT,
        "name": model.name,
        "version": model.version,
        "titles": dict(model.titles),
        "union": model.union,
        "provider_is_we": model.provider_is_we,
        "views": [asdict(view) for view in model.views],
        "thresholds": dict(model.thresholds),
        "record": dict(model.record),
    }
    arrays: dict[str, npt.NDArray[Any]] = {
        "about": _bytes(json.dumps(about, ensure_ascii=False)),
        "bias": model.bias,
        "slope": model.slope,
        "offset": model.offset,
    }
    if model.context is not None:
        arrays["context"] = model.context
    for kind, vocabulary in model.vocabularies.items():
        arrays[f"terms_{kind}"] = _bytes("\n".join(vocabulary.index))
        arrays[f"idf_{kind}"] = vocabulary.idf
    for key, weights in model.weights.items():
        arrays[f"weights_{key}"] = weights.astype(np.float16)
    return arrays


def _built(arrays: dict[str, npt.NDArray[Any]]) -> ClauseModel:
    import numpy as np  # noqa: PLC0415 - as above

    from graphs.contract_review.models.context import LOOKS  # noqa: PLC0415 - as above
    from graphs.contract_review.models.model import ClauseModel, View, Vocabulary  # noqa: PLC0415 - as above

    about = json.loads(arrays["about"].tobytes())
    if about["format"] != FORMAT:
        raise ValueError(f"format {about['format']}")
    views = tuple(View(**view) for view in about["views"])
    vocabularies = {
        kind: Vocabulary(index=_index(arrays[f"terms_{kind}"]), idf=arrays[f"idf_{kind}"].astype(np.float32))
        for kind in dict.fromkeys(view.terms for view in views)
    }
    weights = {view.key: arrays[f"weights_{view.key}"].astype(np.float32) for view in views}
    labels = len(about["titles"])
    for view in views:
        wanted = (len(vocabularies[view.terms].index), labels)
        if weights[view.key].shape != wanted or vocabularies[view.terms].idf.shape != wanted[:1]:
            raise ValueError(f"the arrays of {view.key} do not fit each other")
    curve = {name: arrays[name].astype(np.float32) for name in ("bias", "slope", "offset")}
    if any(part.shape != (labels,) for part in curve.values()):
        raise ValueError("bias, slope and offset do not fit the labels")
    context = arrays["context"].astype(np.float32) if "context" in arrays else None
    if context is not None and context.shape != (labels, len(LOOKS) + 1):
        raise ValueError("the context does not fit the labels")
    return ClauseModel(
        name=about["name"],
        version=about["version"],
        titles=about["titles"],
        union=about["union"],
        views=views,
        vocabularies=vocabularies,
        weights=weights,
        context=context,
        provider_is_we=about.get("provider_is_we", False),
        thresholds=about["thresholds"],
        record=about["record"],
        **curve,
    )


def _bytes(text: str) -> npt.NDArray[np.uint8]:
    import numpy as np  # noqa: PLC0415 - as above

    return np.frombuffer(text.encode(), np.uint8)


def _index(terms: npt.NDArray[Any]) -> dict[str, int]:
    return {term: place for place, term in enumerate(terms.tobytes().decode().split("\n"))}
