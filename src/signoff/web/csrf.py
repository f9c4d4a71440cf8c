"""The session's token as it stands in a form: masked anew in every response.

Pages are compressed, and the length of a compressed page that repeats a secret beside an attacker's text
gives the secret away bit by bit (the attack named BREACH). A secret that never looks the same does not.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode


def masked(token: str) -> str:
    """`token` in a form that differs every time."""
    plain = token.encode()
    pad = secrets.token_bytes(len(plain))
    return urlsafe_b64encode(pad + _xor(plain, pad)).decode()


def unmasked(text: str) -> str:
    """The token that `masked` was given; an empty one if `text` was not made by it."""
    try:
        raw = urlsafe_b64decode(text.encode())
        half, odd = divmod(len(raw), 2)
        return "" if odd else _xor(raw[half:], raw[:half]).decode()
    except ValueError:
        return ""


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
