"""A password as it is kept: salted and hashed with scrypt, never in plain text.

``scrypt$SALT$DIGEST``, both in hexadecimal. The standard library's scrypt at one of the strengths that OWASP's password
storage cheat sheet names; nothing else is needed for the one password that a page has.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

SHORTEST = 8
"""Characters of a password at least; guesses are slowed (rag/ui/login.py), which shorter ones would not survive."""

_COST, _BLOCK, _PARALLEL = 2**14, 8, 5
_KEPT = re.compile(r"scrypt\$([0-9a-f]{32})\$([0-9a-f]{64})")


def hashed(password: str) -> str:
    """``password`` as it may be kept. What is hashed already stays as it is.

    Raises:
        ValueError: it is too short.
    """
    if _KEPT.fullmatch(password):
        return password
    if len(password) < SHORTEST:
        raise ValueError(f"a password of at least {SHORTEST} characters is expected")
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_digest(password, salt).hex()}"


def matches(password: str, kept: str) -> bool:
    """Whether ``password`` is the one that was hashed; takes about a fifth of a second, and as long when it is not."""
    found = _KEPT.fullmatch(kept)
    if not found:
        return False
    salt, digest = bytes.fromhex(found[1]), bytes.fromhex(found[2])
    return hmac.compare_digest(_digest(password, salt), digest)


def _digest(password: str, salt: bytes) -> bytes:
    # Surrogates: a browser may send any bytes for a password.
    plain = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(plain, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, maxmem=2**26, dklen=32)
