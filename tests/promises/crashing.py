"""A process whose children may be killed, run against a failing disk, or fed damaged files: it loads once, forks often.

Started with the shim of ``faults.c`` preloaded where a C compiler is there: Chroma writes from Rust and C++, below
anything that Python could patch. A child's answer is one JSON line.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.stored import ROOT

NEVER = 1 << 40


class Nursery:
    """Runs jobs, each in a forked child of one process that has everything loaded. Use it in a ``with`` statement."""

    def __init__(self, workplace: Path, *, faults: bool = False) -> None:
        environment = dict(os.environ)
        if faults:
            shim = workplace / "faults.so"
            source = Path(__file__).with_name("faults.c")
            compiler = shutil.which("cc") or "cc"
            subprocess.run([compiler, "-shared", "-fPIC", "-o", str(shim), str(source), "-ldl"], check=True)
            environment["LD_PRELOAD"] = str(shim)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.promises.crashing"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait(30)

    def run(self, job: str, *, kill_after: float | None = None, **order: Any) -> dict[str, Any]:
        """What the child answered; ``signal`` in it is what ended the child, 0 for none."""
        assert self._process.stdin is not None and self._process.stdout is not None
        order |= {"job": job, "kill_after": kill_after}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))


def open_and_sync(order: dict[str, Any]) -> dict[str, Any]:
    """Open, sync, read; says what went wrong, and what could be read all the same."""
    from rag.errors import FootnoteError
    from rag.ingest import sync
    from rag.models.scripted import HashEmbedder
    from rag.store import Library

    embedder = HashEmbedder(fingerprint="another" if order.get("rebuild") else "hash")
    folder, data = Path(order["folder"]), Path(order["data"])
    answer: dict[str, Any] = {"error": None, "seconds": 0.0}
    began = time.perf_counter()
    if "errno" in order:
        ctypes.CDLL(None).fault_arm(os.fsencode(data), ctypes.c_long(order["nth"]), order["errno"], order["lasting"])
    try:
        with Library.open(folder, data) as library:
            try:
                sync(folder, library, embedder)
            except FootnoteError as error:
                answer["error"] = str(error)
                answer["kind"] = type(error).__name__
                library.rescue(error)
            answer |= read(library)
    except FootnoteError as error:
        answer |= {"error": str(error), "kind": type(error).__name__}
        if "digests" not in answer:
            answer["unread"] = True
    if "errno" in order:
        answer["writes"] = ctypes.CDLL(None).fault_seen()
    return answer | {"seconds": time.perf_counter() - began}


def open_and_read(order: dict[str, Any]) -> dict[str, Any]:
    """Open and read all; says what went wrong."""
    from rag.errors import FootnoteError
    from rag.store import Library

    try:
        with Library.open(Path(order["folder"]), Path(order["data"])) as library:
            return {"error": None, **read(library)}
    except FootnoteError as error:
        return {"error": str(error), "kind": type(error).__name__}


def read(library: Any) -> dict[str, Any]:
    """All that is shown of a library: its articles, a digest of what can be cited, what is found, each vector."""
    from hashlib import sha256

    from rag.models.scripted import HashEmbedder

    contents = library.contents()
    asked = [HashEmbedder().embed_query(text) for text in ("harbour talks", "Who said so in Rome?", "the")]
    found = {f"{n} {id}": near for n, vector in enumerate(asked) for id, near in library.nearest(vector, 2000)}
    stored = library._passages.get(include=["embeddings"])
    shown = {passage.id for passage in contents.passages}
    assert len(found) == len(asked) * len(shown)
    return {
        "digests": library.digests(),
        "cited": sha256(repr((contents.articles, contents.passages)).encode()).hexdigest(),
        "found": found,
        "vectors": {
            f"{id} {n}": float(number)
            for id, vector in zip(stored["ids"], stored["embeddings"], strict=True)
            if id in shown
            for n, number in enumerate(vector)
        },
    }


JOBS = {"sync": open_and_sync, "read": open_and_read}


def _persist_early() -> None:
    """Chroma writes its index of vectors to files after 1,000 of them: with so few articles, after 20."""
    from rag import store

    store._HNSW = {**store._HNSW, "batch_size": 10, "sync_threshold": 20}  # type: ignore[typeddict-item]


def _import_all() -> None:
    """What a first sync imports, so that children spend their time on what they are killed in; no thread is begun."""

    from rag.articles import read_article
    from rag.briefs import brief
    from rag.passages import prose, split
    from rag.quotes import statements

    for file in sorted((ROOT / "seeds").glob("*.txt"))[:1]:
        article = read_article(ROOT / "seeds", file.name)
        article = replace(article, statements=statements(article))
        brief(article, prose(article, split(article)))


def main() -> None:
    """Fork a child for each line of stdin, and print its answer."""
    import chromadb  # noqa: F401  # before forking, so that each child has it

    import rag.store  # noqa: F401

    _persist_early()
    _import_all()
    for line in sys.stdin:
        order = json.loads(line)
        inlet, outlet = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(inlet)
            signal.alarm(60)  # what hangs has failed, too
            try:
                reply = json.dumps(JOBS[order["job"]](order))
            except BaseException:
                reply = json.dumps({"traceback": traceback.format_exc()})
            with os.fdopen(outlet, "wb") as stream:
                stream.write(reply.encode())
            os._exit(0)
        os.close(outlet)
        if order["kill_after"] is not None:
            time.sleep(order["kill_after"])
            os.kill(child, signal.SIGKILL)
        with os.fdopen(inlet, "rb") as stream:
            reply = stream.read().decode()
        _, status = os.waitpid(child, 0)
        killed = status & 0x7F  # perhaps in the middle of its answer
        print(json.dumps({**({} if killed else json.loads(reply)), "signal": killed}), flush=True)


if __name__ == "__main__":
    main()
