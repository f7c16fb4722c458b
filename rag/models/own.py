"""The weights that are our own and ship with the code: where they lie, whether they are whole. Loads no model.

Made by ``python -m eval.learn`` (docs/reader.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import WeightsError
from rag.models.weights import sha256_of

if TYPE_CHECKING:
    import torch

FOLDER = Path(__file__).parent / "trained"
READER, READER_TOKENS, ADAPTER = "reader.safetensors", "tokenizer.json", "embedder.safetensors"
REQUESTS = "requests.safetensors"
SHA256 = {
    READER: "b8a6652dbb19ac5fed0ed44b6530c1ce78b67153d47e5e765c539e56fa64dd5c",
    READER_TOKENS: "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
    REQUESTS: "2f2e5a8a63b4e7da08234571cea8dc6b6f89e773316b580d6283d04d15dd5d42",
    ADAPTER: "551c017188a7dfd80f2ed53392a25965cbffce1483b0a5c34844350e5bb62b92",
}


def checked(name: str) -> Path:
    """The file of that name, after making sure that every byte is right.

    Raises:
        WeightsError: it is missing or damaged.
    """
    file = FOLDER / name
    try:
        found = sha256_of(file)
    except OSError as error:
        raise WeightsError(f"{file} cannot be read ({error.strerror or error}): install Footnote anew.") from error
    if found != SHA256[name]:
        raise WeightsError(f"{file} is damaged (its sha256 is not the pinned one): install Footnote anew.")
    return file


def fast_type() -> torch.dtype:
    """Half precision where the processor multiplies it, else single: emulated, it is many times slower."""
    import torch

    has_half = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return torch.bfloat16 if has_half() else torch.float32
