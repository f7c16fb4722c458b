"""What is installed: makes the locks anew, tells whether they hold here, and writes the table in docs/dependencies.md.

    python docs/dependencies.py lock    requirements*.txt -> requirements*.lock (needs uv)
    python docs/dependencies.py holds   exit 0 where the lock has been made for this system and Python
    python docs/dependencies.py cuda    exit 0 where the installed torch wants the CUDA packages
    python docs/dependencies.py table   docs/dependencies.md, from the metadata of what is installed

Knows nothing but the standard library, since it runs before anything is installed.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "dependencies.md"
HEADER = (
    "# Made by `make lock`: every package with the sha256 of every file of it. Change requirements{}.txt instead.\n"
)
CUDA = re.compile(r"^(nvidia-|cuda-|triton\b)")
"""What torch brings on Linux for a graphics card: gigabytes, kept apart so that a torch without them needs none."""
TORCH_CPU = ("6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",)
"""sha256 of torch 2.13.0+cpu for Python 3.11 on Linux, as PyTorch's own index has it."""
_LINE = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)[^#\n]*(?:#\s*(.*))?$", re.M)
_LICENCES = {
    "atheris": "Apache-2.0",
    "axe-playwright-python": "MIT; axe-core in it MPL-2.0",
    "torch": "BSD-3-Clause",
    "uv": "Apache-2.0 OR MIT",
    "types-PyYAML": "Apache-2.0",
    "types-tqdm": "Apache-2.0",
}


def direct(file: str) -> dict[str, tuple[str, str]]:
    """The direct dependencies of a requirements file: name -> version and the reason that stands beside it."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return {name: (version, reason or "") for name, version, reason in _LINE.findall(text)}


def locked(file: str) -> dict[str, tuple[set[str], set[str]]]:
    """What a lock holds: normalised name -> versions (by markers there may be several) and their sha256."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for block in _blocks((ROOT / file).read_text(encoding="utf-8")):
        name, version = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", block).groups()  # type: ignore[union-attr]
        versions, hashes = found.setdefault(normal(name), (set(), set()))
        versions.add(version)
        hashes.update(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
    return found


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _blocks(text: str) -> list[str]:
    return [block for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M) if re.match(r"[A-Za-z0-9]", block)]


def lock() -> None:
    """Resolve for every system and Python from 3.11 on; keep what is locked already unless a pin asks for another."""
    runtime = _blocks(_compiled("requirements.txt"))
    _write("requirements.lock", "", [block for block in runtime if not CUDA.match(block)])
    version = direct("requirements.txt")["torch"][0]
    _write("requirements-cpu.lock", "", [f"torch=={version}+cpu --hash=sha256:{digest}\n" for digest in TORCH_CPU])
    _write("requirements-cuda.lock", "", [block for block in runtime if CUDA.match(block)])
    dev = _blocks(_compiled("requirements-dev.txt", "-c", "requirements.lock"))
    _write("requirements-dev.lock", "-dev", dev)


def _compiled(file: str, *more: str) -> str:
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "-q"]
    command = [sys.executable, "-m", "uv", "pip", "compile", *options, *more, file]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=dict(os.environ)).stdout


def _write(file: str, kind: str, blocks: list[str]) -> None:
    (ROOT / file).write_text(HEADER.format(kind) + "".join(blocks), encoding="utf-8")


def holds() -> bool:
    """Whether the lock has been tried on this kind of system; elsewhere requirements.txt says what is installed."""
    known = platform.system() == "Linux" and platform.machine() == "x86_64"
    return known and (3, 11) <= sys.version_info[:2] <= (3, 13)


def wants_cuda() -> bool:
    """Whether the torch that is installed here needs the CUDA packages, as the one of the general index does."""
    try:
        return any(CUDA.match(line) for line in requires("torch") or ())
    except PackageNotFoundError:
        return False


def table() -> str:
    """The page on direct dependencies, in Markdown."""
    lines = [
        "# Dependencies",
        "",
        "Made by `python docs/dependencies.py table` from requirements.txt, requirements-dev.txt and the packages' own",
        "metadata. What they bring along is in the locks, with the sha256 of every file.",
    ]
    for file, title in (("requirements.txt", "To run"), ("requirements-dev.txt", "To test")):
        lines += ["", f"## {title}", "", "| package | version | why | licence |", "|---|---|---|---|"]
        rows = direct(file).items()
        lines += [f"| {name} | {version} | {reason} | {licence(name)} |" for name, (version, reason) in rows]
    return "\n".join(lines) + "\n"


def licence(name: str) -> str:
    """A package's licence in a few words, from its metadata."""
    try:
        known = metadata(name)
    except PackageNotFoundError:
        return _LICENCES.get(name, "?")
    told = _LICENCES.get(name) or known.get("License-Expression") or known.get("License") or ""
    told = told.strip().split("\n")[0].replace("|", "/")
    classified = [line.split(" :: ")[-1] for line in known.get_all("Classifier") or () if line.startswith("License ::")]
    return told if 0 < len(told) <= 60 else "; ".join(classified) or "see the package"


def main(command: str) -> int:
    """Run one of the commands; the exit status."""
    match command:
        case "lock":
            lock()
        case "table":
            TABLE.write_text(table(), encoding="utf-8")
        case "holds":
            return 0 if holds() else 1
        case "cuda":
            return 0 if wants_cuda() else 1
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
