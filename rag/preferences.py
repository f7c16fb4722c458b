"""Settings chosen in the page: which may be, what is taken for one, and how they are kept in the data folder.

Knows no page and no other source of settings; ranges are the business of ``rag.config``. The file is its owner's alone
(mode 0600), replaced in one step, and holds a key only if that is asked for.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from rag.errors import ConfigError, LibraryUnwritable
from rag.kept import write_whole
from rag.unseen import is_plain

Value = str | int | float
FILE = "settings.json"
KEY, ADDRESS = "llm_api_key", "llm_url"
MODELS = ("1.5b", "0.5b", "none", "hosted")
"""A path of a file is for the command line: whoever opens the page must not find out which files there are."""
TEXTS = ("model", ADDRESS, "llm_model", KEY)
NUMBERS = ("evidence_tokens", "hosted_evidence_tokens", "hosted_seconds", "threads")
CHOSEN = (*TEXTS, *NUMBERS)
"""The settings that can be chosen in the page. Where files lie and who may come in is not among them."""

_VERSION = 1
_MOST_BYTES = 64 * 1024
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Preferences:
    """What was chosen. ``keep_key``: whether a key among ``values`` is written down. ``problem``: what was wrong."""

    values: Mapping[str, Value] = field(default_factory=dict, repr=False)
    keep_key: bool = False
    problem: str | None = None

    def changed(self, values: Mapping[str, Value | None], keep_key: bool) -> Preferences:
        """With other ``values`` (None: no more chosen). A key goes with the address that it was entered for, alone."""
        merged = {**self.values, **values}
        if merged.get(ADDRESS) != self.values.get(ADDRESS) and values.get(KEY) is None:
            merged[KEY] = None
        chosen = {name: value for name, value in merged.items() if value is not None}
        if ADDRESS not in chosen:
            chosen.pop(KEY, None)
        return replace(self, values=chosen, keep_key=keep_key and KEY in chosen, problem=None)


def checked(name: str, given: object) -> Value:
    """``given`` as a value of the setting ``name``. What is shown of it in an error is never what was given.

    Raises:
        ConfigError: it is none.
    """
    if name in NUMBERS and isinstance(given, int | float) and not isinstance(given, bool):
        return given
    if name not in TEXTS or not isinstance(given, str):
        raise ConfigError(f"The setting {name} cannot be that: {_wanted(name)} is expected.")
    if len(given) > _MOST_CHARACTERS:
        raise ConfigError(f"The setting {name} has {len(given):,} characters: at most {_MOST_CHARACTERS:,} are taken.")
    if not given.strip() or not given.isprintable() or not is_plain(given):
        raise ConfigError(f"The setting {name} is empty or holds characters that cannot be seen: type it anew.")
    if name == "model" and given not in MODELS:
        raise ConfigError(f"In the page the model can be {', '.join(MODELS)}: a file is given by --model.")
    if name == KEY and not (given.isascii() and " " not in given):
        raise ConfigError("The key holds spaces or letters that no key has: paste it anew.")
    return _address(given) if name == ADDRESS else given


def _wanted(name: str) -> str:
    return "a number" if name in NUMBERS else "a text" if name in TEXTS else "one that can be chosen in the page"


def _address(given: str) -> str:
    """An endpoint's address without anything that may be a secret or pass for another one.

    Raises:
        ConfigError: it is none.
    """
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host or " " in given:
        raise ConfigError("The address is none: one begins with http:// or https:// and names a host.")
    if parts.username is not None or parts.password is not None:
        raise ConfigError("The address holds a name or a password: put the key into its own field.")
    if "?" in given or "#" in given or "\\" in given:
        raise ConfigError("The address of an endpoint has no ?, # or \\: it usually ends in /v1.")
    if not given.isascii():
        raise ConfigError("The address holds letters that look like others: write the host as xn--... if it is so.")
    return given.rstrip("/")


# -- the file ----------------------------------------------------------------------------------------------------------


def load(data: Path) -> Preferences:
    """What is kept in ``data``. A file that is damaged or of another version is set aside, and that is said."""
    try:
        text = _read(data / FILE)
        return Preferences() if text is None else _parsed(text)
    except OSError as error:
        why = error.strerror or "it is no file"
        return Preferences(problem=f"The settings in {data / FILE} cannot be read ({why}): the defaults are used.")
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, ConfigError) as error:
        why = str(error) if isinstance(error, ConfigError) else "they are damaged"
        return Preferences(problem=_set_aside(data, why))


def _read(file: Path) -> str | None:
    """The file's text, None without a file. A pipe or a device is not waited for."""
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(opened, "rb") as stream:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError
        found = stream.read(_MOST_BYTES + 1)
    if len(found) > _MOST_BYTES:
        raise ValueError
    return found.decode("utf-8")


def _parsed(text: str) -> Preferences:
    kept = json.loads(text)
    if kept["version"] != _VERSION:
        raise ConfigError("they are of another version of Footnote")
    settings = {name: checked(name, value) for name, value in kept["settings"].items()}
    return Preferences(settings, keep_key=KEY in settings)


def _set_aside(data: Path, why: str) -> str:
    number = 1
    while (aside := data / f"settings-damaged-{number}.json").exists():
        number += 1
    where = f"The file is now {aside.name}"
    try:
        (data / FILE).rename(aside)
        aside.chmod(0o600)
    except OSError:
        where = "The file stays where it is"
    return f"The settings in {data / FILE} are not used: {why.rstrip('.')}. {where}; choose them anew in the page."


def save(data: Path, chosen: Preferences) -> None:
    """Keep what was chosen, in one step: after a kill or on a full disk the file is the old one or the new one.

    Raises:
        LibraryUnwritable: it cannot be written.
    """
    settings = {name: value for name, value in chosen.values.items() if name != KEY or chosen.keep_key}
    try:
        if not settings:
            (data / FILE).unlink(missing_ok=True)
            return
        write_whole(data / FILE, json.dumps({"version": _VERSION, "settings": settings}, indent=1).encode())
    except OSError as error:
        raise LibraryUnwritable(
            f"The settings cannot be kept in {data} ({error.strerror or error}): they hold until Footnote ends."
        ) from None
