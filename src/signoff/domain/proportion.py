"""How large a share may really be, from how often it was seen."""

from __future__ import annotations

import math
from statistics import NormalDist

_STEPS = 60
"""Halvings of the interval: exact to more digits than a double prints."""


def upper_bound(seen: int, of: int, confidence: float) -> float:
    """The largest share under which seeing `seen` or fewer of `of` is not too unlikely.

    The exact one-sided bound of Clopper and Pearson (Biometrika 26, 1934). With nothing seen it is
    1 - (1 - confidence)^(1/of), of which the rule of three, 3/of at 95 %, is the short form (Hanley and
    Lippman-Hand, JAMA 249, 1983).

    Args:
        confidence: 0.95 for 95 %.
    """
    if of == 0 or seen >= of:
        return 1.0
    low, high = seen / of, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _at_most(seen, of, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def wilson(seen: int, of: int, confidence: float) -> tuple[float, float]:
    """Between what shares the true one lies, having seen `seen` of `of`.

    The score interval of Wilson (JASA 22, 1927): narrower than the exact one, and still sound for small
    counts and for shares near 0 and 1.
    """
    if of == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, square = seen / of, z * z
    middle = share + square / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    low, high = (middle - spread) / (1 + square / of), (middle + spread) / (1 + square / of)
    return max(0.0, min(low, share)), min(1.0, max(high, share))


def least_without_any(tolerance: float, confidence: float) -> int:
    """How many must be looked at, with none seen, before the bound is no more than `tolerance`."""
    return math.ceil(math.log(1 - confidence) / math.log(1 - tolerance))


def _at_most(seen: int, of: int, share: float) -> float:
    """The chance of `seen` or fewer of `of`, each with the chance `share`."""
    log_share, log_rest = math.log(share), math.log1p(-share)
    return math.fsum(
        math.exp(
            math.lgamma(of + 1) - math.lgamma(n + 1) - math.lgamma(of - n + 1)
            + n * log_share + (of - n) * log_rest
        )
        for n in range(seen + 1)
    )  # fmt: skip
