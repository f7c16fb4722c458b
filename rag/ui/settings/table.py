"""What is in force and where it comes from, as rows; the models with what is known of them. Knows no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.config import ENV_FILE, ENV_PREFIX, Config, Origin
from rag.models import QWEN_0_5B, QWEN_1_5B, is_present, setting_of
from rag.pace import Pace
from rag.preferences import ADDRESS, CHOSEN, KEY
from rag.secrets import shown_url
from rag.ui import words
from rag.ui.contract import AssistantLike
from rag.ui.settings.choosing import address_shown, is_open

_ADDRESSES = (ADDRESS, "chroma_url")


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: its value as it may be shown, where that comes from, whether the page could change it."""

    name: str
    value: str
    source: str
    meaning: str
    open: bool


@dataclass(frozen=True, slots=True)
class Model:
    """One language model to choose. ``here``: what is said of its weights; ``pace``: of its speed on this machine."""

    name: str
    label: str
    about: str
    here: str
    pace: str
    chosen: bool


def rows(config: Config) -> list[Row]:
    """Every setting, in the order of the documentation."""
    return [
        Row(name, shown(config, name), source(config, name), field.description or "", name in CHOSEN)
        for name, field in Config.model_fields.items()
    ]


def shown(config: Config, name: str) -> str:
    """The value as it may be shown: of what may be a secret, whether it is there."""
    value = getattr(config, name)
    if value is None or value == "":
        return words.NOT_SET
    if name in _ADDRESSES:
        return shown_url(str(value))
    if not Config.model_fields[name].repr:
        return words.IS_SET
    return (
        {True: "yes", False: "no"}[value]
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def source(config: Config, name: str) -> str:
    """Where the value comes from, in words."""
    variable = f"{ENV_PREFIX}{name.upper()}"
    match config.origin(name):
        case Origin.GIVEN:
            return f"command line (--{name})"
        case Origin.ENVIRONMENT:
            return f"environment ({variable})"
        case Origin.FILE:
            return f"the file {ENV_FILE} ({variable})"
        case Origin.PAGE if name != KEY:
            return "this page"
        case Origin.PAGE if config.llm_api_key is not None:
            return words.KEY_KEPT if config.chosen.keep_key else words.KEY_FOR_THIS_RUN
    return "default"


def key_words(config: Config) -> str:
    """What there is to say about the key: whether one is set, by whom, and one that is not sent."""
    bare = config.without_page
    if config.llm_api_key is not None:
        return f"A key is set, from: {source(config, KEY)}."
    if bare.llm_api_key is not None and config.origin(ADDRESS) == Origin.PAGE:
        return f"A key is set by the {source(bare, KEY)}, and not sent to the address that is set here."
    return words.NO_KEY


def models(assistant: AssistantLike) -> list[Model]:
    """The models that can be chosen, smallest first."""
    config = assistant.config
    now = setting_of(config)
    hosted = config.llm_model or ""
    found = [_model("none", "No language model", words.ABOUT_NONE, "", assistant.pace("none"), now)]
    for weights, about in ((QWEN_0_5B, words.ABOUT_SMALL), (QWEN_1_5B, words.ABOUT_DEFAULT)):
        there = is_present(weights, config.weights)
        here = words.HERE.format(size=weights.megabytes) if there else words.TO_FETCH.format(size=weights.megabytes)
        found.append(_model(weights.name, weights.label, about, here, assistant.pace(Path(weights.file).stem), now))
    found.append(_model("hosted", "Hosted", words.ABOUT_HOSTED, "", assistant.pace(hosted) if hosted else None, now))
    if now not in {model.name for model in found}:
        found.append(_model(now, Path(now).stem, words.ABOUT_FILE, "", assistant.pace(Path(now).stem), now))
    return found


def _model(name: str, label: str, about: str, here: str, pace: Pace | None, now: str) -> Model:
    return Model(name, label, about, here, "" if pace is None else words.pace_in_words(pace), name == now)


def fields(config: Config) -> dict[str, Field]:
    """The fields of the form for what can be chosen, but for the model and the key."""
    return {name: _field(config, name) for name in CHOSEN if name not in ("model", KEY)}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its text, what stands in it while it is empty, and who has fixed it, "" when it can be changed."""

    name: str
    label: str
    help: str
    value: str
    placeholder: str
    fixed: str


def _field(config: Config, name: str) -> Field:
    known = Config.model_fields[name]
    fixed = (
        "" if is_open(config, name) else f"{shown(config, name)}, by the {source(config, name).removeprefix('the ')}"
    )
    chosen = config.chosen.values.get(name)
    value = address_shown(config) if name == ADDRESS else "" if chosen is None else f"{chosen}"
    kept = shown_url(str(chosen)) if name == ADDRESS and chosen else ""
    placeholder = kept or (
        "https://llm.example.org/v1" if name == ADDRESS else "" if known.default is None else f"{known.default}"
    )
    return Field(name, words.LABELS[name], known.description or "", value, placeholder, fixed)
