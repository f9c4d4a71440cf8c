"""Detectors by name, built from the settings of a policy, and how they are run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from pydantic import ValidationError

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag
from signoff.risk.brand_terms import BrandTerms, BrandTermsSettings
from signoff.risk.detector import Detector
from signoff.risk.finding import DetectorUnavailable, Settings
from signoff.risk.grounding.detector import Grounding
from signoff.risk.grounding.settings import GroundingSettings
from signoff.risk.hidden_characters import HiddenCharacters, HiddenCharactersSettings
from signoff.risk.instructions import Instructions, InstructionsSettings
from signoff.risk.links import Links, LinksSettings
from signoff.risk.not_requested import NotRequested, NotRequestedSettings
from signoff.risk.personal_data import PersonalData, PersonalDataSettings
from signoff.risk.presidio import Presidio, PresidioSettings

_KINDS: dict[str, tuple[type[Settings], Callable[[Any], Detector]]] = {
    "grounding": (GroundingSettings, Grounding),
    "links": (LinksSettings, Links),
    "personal_data": (PersonalDataSettings, PersonalData),
    "brand_terms": (BrandTermsSettings, BrandTerms),
    "hidden_characters": (HiddenCharactersSettings, HiddenCharacters),
    "not_requested": (NotRequestedSettings, NotRequested),
    "instructions": (InstructionsSettings, Instructions),
    "presidio": (PresidioSettings, Presidio),
}

DETECTORS: tuple[str, ...] = tuple(_KINDS)
"""Names of our own that a policy may use under `flags:`; installed packages add theirs."""

PLUGINS = "signoff.detectors"
"""The entry point group of detectors from other packages: a name and `make(settings) -> Detector`, which
raises ValueError for settings that do not fit. A name of ours cannot be taken."""


def build_detectors(settings: Mapping[str, Mapping[str, Any]]) -> tuple[Detector, ...]:
    """The detectors named by `settings`, in its order.

    Raises:
        ValueError: naming every unknown detector and every setting that does not fit.
    """
    faults: list[str] = []
    built: list[Detector] = []
    for name, given in settings.items():
        make = _maker(name)
        if make is None:
            known = (*DETECTORS, *sorted(entry_points(group=PLUGINS).names))
            faults.append(f"{name}: no such detector; there are {', '.join(known)}")
            continue
        try:
            built.append(make(dict(given)))
        except ValidationError as error:
            faults.extend(f"{name}: {_place(fault['loc'])}{fault['msg']}" for fault in error.errors())
        except (DetectorUnavailable, ValueError, ImportError, AttributeError) as error:
            faults.append(f"{name}: {error}")
    if faults:
        raise ValueError("\n".join(faults))
    return tuple(built)


def _maker(name: str) -> Callable[[dict[str, Any]], Detector] | None:
    """What builds the detector of this name from its settings."""
    if name in _KINDS:
        schema, make = _KINDS[name]
        return lambda given: make(schema.model_validate(given))
    found = entry_points(group=PLUGINS, name=name)
    if not found:
        return None

    def load_and_make(given: dict[str, Any]) -> Detector:
        built: Detector = found[name].load()(given)
        return built

    return load_and_make


def _place(location: tuple[int | str, ...]) -> str:
    return f"{'.'.join(str(step) for step in location)}: " if location else ""


def run_detectors(
    detectors: Sequence[Detector], action: Action
) -> tuple[tuple[RiskFlag, ...], tuple[str, ...]]:
    """What the detectors find in `action`, and the errors of those that failed.

    An error means that a check is missing, so the caller must ask for a review.
    """
    flags: list[RiskFlag] = []
    errors: list[str] = []
    for detector in detectors:
        try:
            flags.extend(detector.detect(action))
        except Exception as error:  # noqa: BLE001 - whatever fails in a check must end in a review
            errors.append(f"{detector.name} {detector.version} failed: {type(error).__name__}: {error}")
    return tuple(flags), tuple(errors)
