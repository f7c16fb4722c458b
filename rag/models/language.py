"""From settings to a language model: which weights it needs, what it is called, and the model itself."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from rag.config import ENV_FILE, Config, Origin
from rag.errors import ConfigError, ModelError
from rag.models.base import LanguageModel
from rag.models.cores import usable_cores
from rag.models.fetching import fetch
from rag.models.hosted import HostedModel
from rag.models.weights import QWEN_0_5B, QWEN_1_5B, Progress, Report, Weights
from rag.preferences import Preferences
from rag.secrets import shown_url

_PINNED = {weights.name: weights for weights in (QWEN_1_5B, QWEN_0_5B)}
_GGUF_MAGIC = b"GGUF"


def kind_of(config: Config) -> str:
    """``none``, ``hosted``, ``pinned`` or ``file``.

    An endpoint's address by itself means ``hosted``: whoever gives one and names no model wants that one.

    Raises:
        ConfigError: no such model.
    """
    model = config.model
    if model == "none":
        return "none"
    if model == "hosted" or (config.llm_url and "model" not in config.model_fields_set):
        return "hosted"
    if model in _PINNED:
        return "pinned"
    if model.lower().endswith(".gguf"):
        return "file"
    raise ConfigError(
        f"There is no model {model!r}: FOOTNOTE_MODEL or --model may be {', '.join(_PINNED)}, none, hosted, "
        "or the path of a .gguf file."
    )


def setting_of(config: Config) -> str:
    """What the model's setting comes to: ``hosted`` for an endpoint alone.

    Raises:
        ConfigError: no such model.
    """
    return "hosted" if kind_of(config) == "hosted" else config.model


def weights_for(config: Config) -> Weights | None:
    """The pinned weights that these settings need, None when they need none.

    Raises:
        ConfigError: no such model.
    """
    return _PINNED[config.model] if kind_of(config) == "pinned" else None


def label_of(config: Config) -> str:
    """The language model in words for the reader, such as ``Qwen2.5-Coder 1.5B, on this machine``.

    Raises:
        ConfigError: no such model, or ``hosted`` without its address or name.
    """
    match kind_of(config):
        case "none":
            return "no language model: answers are sentences from the articles"
        case "hosted":
            url, name = _endpoint(config)
            return f"{name}, hosted at {shown_url(url)}"
        case "pinned":
            return f"{_PINNED[config.model].label}, on this machine"
    return f"{Path(config.model).stem}, on this machine"


def usable(config: Config) -> Config:
    """``config``, without what was chosen in the page where that names no usable model: the page must open to mend it.

    Raises:
        ConfigError, ModelError: without that, it is not usable either.
    """
    try:
        check_model(config)
    except ConfigError as error:
        if not config.chosen.values:
            raise
        check_model(config.without_page)
        problem = f"{error} So the settings chosen in the page are not used."
        return config.without_page.with_page(Preferences(problem=problem))
    return config


def same_model(one: Config, other: Config) -> bool:
    """Whether both settings come to the same language model."""
    return _choice(one) == _choice(other)


def _choice(config: Config) -> tuple[object, ...]:
    match kind_of(config):
        case "none":
            return ("none",)
        case "hosted":
            return (*_endpoint(config), config.llm_api_key, config.hosted_seconds)
    return (config.model, config.weights, config.threads)


def sent_to(config: Config) -> str:
    """Where questions go, in a sentence, when it was chosen in the page; else ""."""
    if kind_of(config) != "hosted" or config.origin("llm_url") != Origin.PAGE:
        return ""
    return f"Questions and excerpts are sent to {shown_url(_endpoint(config)[0])}: so say the settings of this page."


def notice_of(config: Config) -> str | None:
    """What must be said before the first question: that a file in the working folder names where things are sent.

    Raises:
        ConfigError: no such model, or ``hosted`` without its address or name.
    """
    told = []
    if kind_of(config) == "hosted" and config.origin("llm_url") == Origin.FILE:
        told.append(f"Questions and excerpts are sent to {shown_url(_endpoint(config)[0])}")
    if config.chroma_url and config.origin("chroma_url") == Origin.FILE:
        told.append(f"{'the' if told else 'The'} articles are kept at {shown_url(config.chroma_url)}")
    return f"{'; '.join(told)}: so says the file {ENV_FILE} in this folder." if told else None


def check_model(config: Config) -> None:
    """Find out what can be found out about the model's settings without loading anything.

    Raises:
        ConfigError: no such model, or ``hosted`` without its address or name.
        ModelError: the .gguf file is not there or is none.
    """
    match kind_of(config):
        case "hosted":
            _endpoint(config)
        case "file":
            _identity_of(Path(config.model).expanduser())


def load_model(config: Config, progress: Report | None = None) -> LanguageModel | None:
    """The language model of these settings, ready to be asked; None for ``none``. Takes seconds.

    Missing weights are fetched, with ``progress`` called a few times a second; fetch them yourself before
    (``weights_for``, ``fetch``) to be able to say "not now".

    Raises:
        ConfigError: no such model, or ``hosted`` without its address or name.
        WeightsError: weights are missing and cannot be fetched.
        ModelError: the model cannot be loaded.
    """
    kind = kind_of(config)
    if kind == "none":
        return None
    if kind == "hosted":
        return HostedModel(*_endpoint(config), config.llm_api_key, seconds=config.hosted_seconds)
    weights = weights_for(config)
    if weights is None:
        file = Path(config.model).expanduser()
        identity = _identity_of(file)
    else:
        file = fetch(weights, config.weights, progress or _quiet)
        identity = weights.sha256
    return _local(config, file, identity)


def _local(config: Config, file: Path, identity: str) -> LanguageModel:
    from rag.models.local import LocalModel

    threads = config.threads or usable_cores()
    return LocalModel(file, identity, threads=threads, cache=config.weights / "prefixes")


def _endpoint(config: Config) -> tuple[str, str]:
    """Address and model name of the hosted model."""
    if not config.llm_url or not config.llm_model:
        missing = "FOOTNOTE_LLM_MODEL" if config.llm_url else "FOOTNOTE_LLM_URL"
        raise ConfigError(
            f"The hosted model needs {missing}: give the endpoint's address by FOOTNOTE_LLM_URL "
            "and the model's name there by FOOTNOTE_LLM_MODEL."
        )
    if not _is_address(config.llm_url):
        raise ConfigError("FOOTNOTE_LLM_URL is no address: one begins with http:// or https:// and names a host.")
    if config.llm_api_key and config.origin("llm_url") < config.origin("llm_api_key"):
        raise ConfigError(
            f"The address {shown_url(config.llm_url)} is from the file {ENV_FILE} in this folder, the key is not: "
            f"it is sent nowhere. Set FOOTNOTE_LLM_URL where the key is set, or put the key into that {ENV_FILE}."
        )
    return config.llm_url, config.llm_model


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _identity_of(file: Path) -> str:
    """What names a file's bytes without reading them all.

    Raises:
        ModelError: there is no such file, or it is not a GGUF file.
    """
    try:
        with file.open("rb") as stream:
            magic = stream.read(len(_GGUF_MAGIC))
        seen = file.stat()
    except OSError as error:
        raise ModelError(
            f"The model file {file} cannot be read ({error.strerror}): check --model or FOOTNOTE_MODEL."
        ) from None
    if magic != _GGUF_MAGIC:
        raise ModelError(f"{file} is not a GGUF model (it begins with {magic!r}): give the path of a .gguf file.")
    return f"{file.resolve()}:{seen.st_size}:{seen.st_mtime_ns}"


def _quiet(_: Progress) -> None:
    return None
