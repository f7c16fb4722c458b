"""What a form says, as settings; and the settings in force exchanged for them. Knows no HTML."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from rag import preferences, running
from rag.config import Config, Origin
from rag.errors import ConfigError, FootnoteError
from rag.models import kind_of, sent_to, setting_of
from rag.preferences import ADDRESS, CHOSEN, KEY, NUMBERS, Preferences, Value, checked
from rag.secrets import shown_url
from rag.ui import words
from rag.ui.contract import AssistantLike
from rag.ui.headers import is_loopback

Form = Mapping[str, str]
_Make = Callable[[], Preferences]
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a form: sentences for the reader, each bad if the settings are not what was wanted."""

    notes: tuple[str, ...]
    failed: bool = False


class Desk:
    """Takes forms, one after another. ``revision`` names the settings that a form was made from."""

    def __init__(self, assistant: AssistantLike) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self.revision = secrets.token_hex(4)

    def choose(self, form: Form) -> Outcome:
        """Let what ``form`` says hold from now on, and keep it."""
        return self._take(form.get("revision", ""), lambda: chosen_by(form, self._assistant.config))

    def forget(self, form: Form) -> Outcome:
        """Let nothing be chosen in the page any more."""
        return self._take(form.get("revision", ""), Preferences)

    def _take(self, seen: str, make: _Make) -> Outcome:
        with self._lock:
            try:
                before = self._assistant.config
                config = before.with_page(make())
                self._assistant.use(config)
            except FootnoteError as error:
                return Outcome((str(error), words.NOTHING_CHANGED), failed=True)
            overtaken = seen != self.revision
            self.revision = secrets.token_hex(4)
            running.rename_model(config.data, setting_of(config))
            kept = self._kept(config)
        told = (*_told(before, config), *((words.OVERTAKEN,) if overtaken else ()))
        return Outcome((kept or words.SAVED, *told), failed=bool(kept))

    def _kept(self, config: Config) -> str:
        """Write them down; what went wrong with that, "" when nothing did."""
        try:
            preferences.save(config.data, config.chosen)
        except FootnoteError as error:
            return str(error)
        return ""


def _told(before: Config, config: Config) -> list[str]:
    """What a reader has to know of the change: where questions go now, and what became of the key."""
    told = []
    if sent_to(config) and sent_to(config) != sent_to(before):
        told.append(sent_to(config))
        host = urlsplit(config.llm_url or "").hostname or ""
        if config.llm_url and config.llm_url.startswith("http:") and not (is_loopback(host) or host == "localhost"):
            told.append(words.NOT_ENCRYPTED)
    if KEY in before.chosen.values and KEY not in config.chosen.values:
        told.append(words.KEY_GONE)
    return told


def chosen_by(form: Form, config: Config) -> Preferences:
    """What is chosen when ``form`` is sent over the settings ``config``; what is fixed elsewhere stays as it was.

    Raises:
        ConfigError: something that cannot be chosen.
    """
    open_to_us = [name for name in CHOSEN if name != KEY and is_open(config, name) and name in form]
    values: dict[str, Value | None] = {name: _value(name, form[name].strip(), config) for name in open_to_us}
    key = form.get(KEY, "").strip()
    if form.get("remove_key"):
        values[KEY] = None
    elif key:
        values[KEY] = checked(KEY, key)
    if values.get("model") == "hosted":
        _check_endpoint({**config.model_dump(include={ADDRESS, "llm_model"}), **values})
    chosen = config.chosen.changed(values, keep_key=bool(form.get("keep_key")))
    without = chosen.changed({"model": None}, chosen.keep_key)
    if values.get("model") not in (None, "hosted") and values["model"] == setting_of(config.with_page(without)):
        return without  # As it would be anyway: a later default may be better.
    return chosen


def is_open(config: Config, name: str) -> bool:
    """Whether the page decides about the setting ``name``: neither command line nor environment nor .env does."""
    return config.origin(name) <= Origin.PAGE


def address_shown(config: Config) -> str:
    """The page's address as its field shows it: "" where a part of it may be a secret, and is not shown."""
    address = str(config.chosen.values.get(ADDRESS, ""))
    return address if shown_url(address) == address else ""


def _value(name: str, text: str, config: Config) -> Value | None:
    """A field's text as a value, None for one left empty: then the default holds."""
    if not text:
        hidden = name == ADDRESS and not address_shown(config)
        return config.chosen.values.get(ADDRESS) if hidden else None
    if name not in NUMBERS:
        return checked(name, text)
    if not _NUMBER.fullmatch(text):
        raise ConfigError(f"The setting {name} is a number: what was typed is none.")
    number = float(text) if "." in text else int(text)
    return None if number == Config.model_fields[name].default else number


def _check_endpoint(values: Mapping[str, object]) -> None:
    if not values.get(ADDRESS) or not values.get("llm_model"):
        raise ConfigError(words.ENDPOINT_WANTED)


def is_hosted(config: Config) -> bool:
    """Whether questions go to an endpoint."""
    return kind_of(config) == "hosted"
