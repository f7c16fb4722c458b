"""The window over a scripted assistant: python -m tests.fake_app [--port N] [--pause SECONDS] [--loading]."""

from __future__ import annotations

import argparse

from rag.status import Status
from rag.ui.serve import serve, take_port
from tests.fake_assistant import ARTICLES, FakeAssistant

LOADING = Status(
    ready=True,
    phase="Fetching the language model 312 of 1,117 MB",
    progress=0.28,
    can_cancel=True,
    articles=len(ARTICLES),
    model="Scripted model, on this machine",
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=7899)
    parser.add_argument("--pause", type=float, default=0.1)
    parser.add_argument("--loading", action="store_true")
    given = parser.parse_args()
    assistant = FakeAssistant(given.pause, LOADING if given.loading else None)
    serve(assistant, take_port("127.0.0.1", given.port))


if __name__ == "__main__":
    main()
