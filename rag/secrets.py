"""What must not be shown: keys in every form in which a message may carry them. Pure; knows no endpoint and no page."""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, unquote, urlsplit

MASK = "..."
_FRAGMENT = 8
"""Characters of a secret that are one, too: a message may hold no more of it than its middle."""
_HARMLESS_STEP = re.compile(r"v\d+(?:alpha|beta)?\d*|api|openai|ai|inference|compatible-mode", re.IGNORECASE)
"""What a step of an address's path may be to be shown; another one may be a key."""
_CREDENTIAL = re.compile(r"(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(?:_|$)", re.IGNORECASE)


class Redactor:
    """Takes secrets out of text, before anything cuts it: the rest of a key that was cut is not recognised any more.

    A secret is found as it is, percent-encoded, in JSON, HTML, hexadecimal and base64 (wherever in it it begins), and
    also in part: every run of characters that are made up of eight of it in a row.
    """

    def __init__(self, secrets: Iterable[str | None]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        self._forms = tuple(sorted(forms, key=len, reverse=True))
        self._plain = tuple(form.casefold() for form in self._forms)
        self._pieces = frozenset(piece for form in self._forms for piece in _pieces(form))
        self._lengths = sorted({len(piece) for piece in self._pieces})

    def __call__(self, text: str) -> str:
        """``text`` with ``...`` in the place of each secret."""
        if not self._pieces:
            return text
        lowered = text.casefold() if len(text.casefold()) == len(text) else text
        hidden = [False] * len(text)
        for length in self._lengths:
            for at in range(len(text) - length + 1):
                if lowered[at : at + length] in self._pieces or text[at : at + length] in self._pieces:
                    hidden[at : at + length] = [True] * length
        return _masked(text, hidden)

    def unfinished(self, text: str) -> int:
        """How many characters at the end of ``text`` may be the beginning of a secret whose rest is still to come."""
        longest = len(self._forms[0]) if self._forms else 0
        tail = text[-longest:] if longest else ""
        plain = tail.casefold() if len(tail.casefold()) == len(tail) else tail
        starts = (at for at in range(len(tail)) if any(form.startswith(plain[at:]) for form in self._plain))
        return len(tail) - next(starts, len(tail))


def _masked(text: str, hidden: list[bool]) -> str:
    kept: list[str] = []
    for at, character in enumerate(text):
        if not hidden[at]:
            kept.append(character)
        elif at == 0 or not hidden[at - 1]:
            kept.append(MASK)
    return "".join(kept)


def _forms(secret: str) -> set[str]:
    """The ways in which a message may write ``secret``."""
    data = secret.encode("utf-8", "replace")
    encoded = {quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], html.escape(secret), data.hex()}
    return {secret, *encoded, *(form for shift in range(3) for form in _base64(data, shift))}


def _base64(data: bytes, shift: int) -> tuple[str, ...]:
    """The characters of base64 that depend on ``data`` alone, when ``shift`` bytes of a group stand before it."""
    whole = base64.b64encode(b"\0" * shift + data).decode()
    first = 0 if shift == 0 else shift + 1
    last = (shift + len(data)) * 8 // 6
    inner = whole[first:last]
    return (inner, inner.translate(str.maketrans("+/", "-_"))) if len(inner) >= _FRAGMENT else ()


def _pieces(form: str) -> set[str]:
    """All runs of eight characters of ``form``, or the whole of a shorter one; also in small letters."""
    runs = {form[at : at + _FRAGMENT] for at in range(max(1, len(form) - _FRAGMENT + 1))}
    return runs | {run.casefold() for run in runs if len(run.casefold()) == len(run)}


def secrets_of(url: str) -> tuple[str, ...]:
    """What in an address may be a secret: a password, values of its query, its fragment, unusual steps of its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    user = parts.netloc.rpartition("@")[0]
    values = [value for pair in parts.query.split("&") for value in (pair, pair.partition("=")[2])]
    steps = [step for step in parts.path.split("/") if len(step) >= _FRAGMENT and not _HARMLESS_STEP.fullmatch(step)]
    found = [user, *user.split(":", 1), parts.query, *values, parts.fragment, *steps]
    return tuple(dict.fromkeys(text for one in found if len(one) > 3 for text in (one, unquote(one))))


def password_of(url: str) -> tuple[str, ...]:
    """The user with the password that stand in an address, and the password by itself; () without one."""
    user = urlsplit(url).netloc.rpartition("@")[0] if "@" in url else ""
    return tuple(unquote(part) for part in (user, user.partition(":")[2]) if len(part) > 3)


def shown_url(url: str) -> str:
    """``url`` as it may be shown: without a user, a query or a fragment, and of its path what says nothing, as "v1"."""
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme, parts.netloc.rpartition("@")[2]
    except ValueError:
        return MASK
    steps = [step if _HARMLESS_STEP.fullmatch(step) else MASK for step in parts.path.split("/") if step]
    return "/".join([f"{scheme}://{host}", *steps])


def is_credential(name: str) -> bool:
    """Whether something of this name, such as ``OPENAI_API_KEY``, is a key or a password."""
    return _CREDENTIAL.search(name) is not None


def environment_for_children(**more: str) -> dict[str, str]:
    """The environment for a child process: without our settings and whatever else is named as a key or a password.

    What pip is told to reach its index stays: it has no other way to be told.
    """
    return _without_secrets(os.environ) | more


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name.upper().startswith("PIP_") or not (name.upper().startswith("FOOTNOTE_") or is_credential(name))
    }
