"""One frozen Config, made at the door and handed in. Command line > environment > .env > the page > default.

Every field is also the environment variable ``FOOTNOTE_<NAME>``; a test checks the README's option table
against this file.
"""

from __future__ import annotations

import os
import re
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, Self

from platformdirs import user_cache_path
from pydantic import Field, PrivateAttr, TypeAdapter, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag import preferences
from rag.errors import ConfigError
from rag.password import hashed
from rag.preferences import ADDRESS, KEY, Preferences
from rag.quiet import hush

ENV_PREFIX = "FOOTNOTE_"
ENV_FILE = ".env"


class Origin(IntEnum):
    """Where a setting comes from. The greater, the surer it is that its user wants it: a folder may be anybody's."""

    DEFAULT = 0
    PAGE = 1
    FILE = 2
    ENVIRONMENT = 3
    GIVEN = 4


def _default_weights() -> Path:
    return user_cache_path("footnote", appauthor=False) / "weights"


class Config(BaseSettings):
    """All settings. Units and reasons stand beside each field."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_file=ENV_FILE,
        env_file_encoding="utf-8",
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
    )

    articles: Path = Field(
        Path("seeds"), description="The folder of articles (texts, web pages, PDF, Word ...), read with its subfolders."
    )
    data: Path = Field(
        Path("data"),
        description="Where libraries are kept, with corrections and the folders of libraries made in the window.",
    )
    weights: Path = Field(
        default_factory=_default_weights, description="Where model weights are kept, shared by all libraries."
    )
    host: str = Field(
        "127.0.0.1",
        description="The address to listen on. Another than loopback opens the page to the network, "
        "and is refused without a password.",
    )
    port: int = Field(7860, ge=1, le=65535, description="The port of the chat page.")
    allowed_hosts: str = Field(
        "",
        description="Further names by which browsers reach the page, separated by commas, such as `notes.example.org`.",
    )
    link_hosts: str = Field(
        "",
        description="Hosts in the local network, or with another port, from which a link that is added may be "
        "fetched, separated by commas.",
    )
    password: str | None = Field(
        None,
        description="The password of the page, at least 8 characters. Only its hash is kept; "
        "never an option, since options are seen by everybody on the machine.",
        repr=False,
    )
    password_file: Path | None = Field(None, description="A file whose first line is the password, instead.")
    insecure_no_password: bool = Field(
        False, description="Open the page to the network without a password: everybody there reads and asks."
    )
    open: bool = Field(False, description="Open the page in the browser when it is up.")
    model: str = Field(
        "1.5b", description="Language model: 1.5b, 0.5b, none (extractive), hosted, or the path of a .gguf file."
    )
    llm_url: str | None = Field(
        None, description="Base URL of an OpenAI-compatible endpoint, for model=hosted.", repr=False
    )
    llm_model: str | None = Field(None, description="The model's name at that endpoint.")
    llm_api_key: str | None = Field(None, description="The key for that endpoint, if it wants one.", repr=False)
    chroma_url: str | None = Field(
        None, description="URL of a Chroma server; unset: an embedded one under data.", repr=False
    )
    evidence_tokens: int = Field(
        200,
        ge=50,
        le=4000,
        description="Tokens of evidence shown to a local model; reading them is the waiting time. "
        "A question that asks for several things may have 1.7 times as many.",
    )
    hosted_evidence_tokens: int = Field(
        1200, ge=50, le=20000, description="Tokens of evidence shown to a hosted model."
    )
    hosted_seconds: float = Field(
        120,
        gt=0,
        le=3600,
        description="Seconds that a hosted model may take for a whole reply; then the answer is made without it.",
    )
    threads: int = Field(
        0, ge=0, le=256, description="Threads for the local language model; 0: as many as the process may use."
    )

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)
    _replaced: dict[str, tuple[Any, Origin]] = PrivateAttr(default_factory=dict)
    _chosen: Preferences = PrivateAttr(default_factory=Preferences)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        environment = {name.upper() for name, value in os.environ.items() if value}
        for name in self.model_fields_set:
            named = f"{ENV_PREFIX}{name.upper()}" in environment
            self._origins[name] = Origin.GIVEN if name in given else Origin.ENVIRONMENT if named else Origin.FILE

    def origin(self, name: str) -> Origin:
        """Where the setting ``name`` comes from."""
        return self._origins.get(name, Origin.DEFAULT)

    @property
    def without_page(self) -> Config:
        """These settings as they would be had nothing been chosen in the page."""
        bare = self.model_copy(update={name: value for name, (value, _) in self._replaced.items()})
        bare._origins = self._origins | {name: origin for name, (_, origin) in self._replaced.items()}
        bare.model_fields_set.difference_update(n for n in self._replaced if bare.origin(n) == Origin.DEFAULT)
        bare._replaced, bare._chosen = {}, Preferences()
        return bare

    @property
    def chosen(self) -> Preferences:
        """What was chosen in the page, whether or not something surer says otherwise."""
        return self._chosen

    def with_page(self, chosen: Preferences) -> Config:
        """These settings with what was chosen in the page, where neither command line nor environment nor .env decides.

        The page's key goes with the page's address, and no other key goes there.

        Raises:
            ConfigError: a value that cannot be used.
        """
        bare = self.without_page
        values = {n: _validated(n, v) for n, v in chosen.values.items() if bare.origin(n) == Origin.DEFAULT}
        if ADDRESS in values:
            values[KEY] = chosen.values.get(KEY)
        else:
            values.pop(KEY, None)
        made = bare.model_copy(update=values)
        made._origins = bare._origins | dict.fromkeys(values, Origin.PAGE)
        made._replaced = {name: (getattr(bare, name), bare.origin(name)) for name in values}
        made._chosen = chosen
        return made

    @field_validator("articles", "data", "weights")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser()

    @field_validator("password")
    @classmethod
    def _hash(cls, value: str | None) -> str | None:
        return None if value is None else hashed(value)

    @model_validator(mode="after")
    def _read_password(self) -> Self:
        if self.password is None and self.password_file is not None:
            # A frozen model; this is still its making.
            object.__setattr__(self, "password", hashed(_first_line(self.password_file.expanduser())))
        return self

    def names(self) -> tuple[str, ...]:
        """The names by which browsers may reach the page, besides those of loopback."""
        return tuple(name for name in (self.host, *_listed(self.allowed_hosts)) if name)

    def local_links(self) -> tuple[str, ...]:
        """The hosts from which a link may be fetched though they are not of the web."""
        return _listed(self.link_hosts)


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name for name in re.split(r"[\s,]+", names) if name)


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as lines:
            return lines.readline(1000).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ValueError(f"the password file {file} cannot be read ({reason})") from None


def load_config(**overrides: Any) -> Config:
    """Settings with ``overrides`` on top and what was chosen in the page below; a None override counts as not given.

    Raises:
        ConfigError: a value that cannot be used, naming the setting, what was seen and what is allowed.
    """
    return _with_kept(load_without_page(**overrides))


def load_without_page(**overrides: Any) -> Config:
    """Likewise, whatever was chosen in a page: what is measured must not depend on that.

    Raises:
        ConfigError: as above.
    """
    hush()
    try:
        return Config(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise _refused(error) from None


def _with_kept(config: Config) -> Config:
    """With what was chosen in the page before; what of it cannot be used is left out, and that is kept as a problem."""
    kept = preferences.load(config.data)
    try:
        return config.with_page(kept)
    except ConfigError as error:
        problem = f"{str(error).rstrip('.')}: so say the settings chosen in the page, which are not used."
        return config.with_page(Preferences(problem=problem))


def _validated(name: str, value: Any) -> Any:
    """``value`` as the field ``name`` takes it.

    Raises:
        ConfigError: it does not.
    """
    field = Config.model_fields[name]
    try:
        wanted: Any = Annotated[
            field.annotation, name, *field.metadata
        ]  # a name beside the type, since one thing must be
        return TypeAdapter(wanted).validate_python(value)
    except ValidationError as error:
        raise _refused(error, name) from None


def _refused(error: ValidationError, name: str = "") -> ConfigError:
    first = error.errors()[0]
    return ConfigError(_refusal((name,) if name else first["loc"], first["input"], first["msg"]))


def _refusal(loc: tuple[int | str, ...], seen: Any, why: str) -> str:
    """What is wrong with a value. It is shown only where it can be no secret."""
    name = str(loc[0]) if loc else "password_file"
    field = Config.model_fields.get(name)
    shown = repr(seen) if field is not None and field.repr and loc else "what was given"
    return f"The setting {name} ({ENV_PREFIX}{name.upper()}) cannot be {shown}: {_reason(why)}."


def _reason(message: str) -> str:
    """Pydantic's message as the end of a sentence; one of our own stays as it is."""
    ours = message.removeprefix("Value error, ")
    return message.lower() if ours == message else ours
