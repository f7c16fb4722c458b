"""An OpenAI-compatible endpoint of ours on loopback that misbehaves in every way that we could think of."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = "YES. Jake Sullivan had a seven-hour meeting with Yang Jiechi in Rome [1]."
STREAM = {"Content-Type": "text/event-stream"}


@dataclass
class Request:
    """What came in."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Response:
    """What goes out: a status, headers, and pieces of the body as they come, ``pause`` seconds before each."""

    pieces: Iterator[bytes] | list[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: dict(STREAM))
    pause: float = 0.0


Behave = Callable[[Request], Response]


def event(body: Any) -> bytes:
    return b"data: " + (body if isinstance(body, bytes) else json.dumps(body).encode()) + b"\n\n"


def chunk(text: Any = None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}
    return event({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


def reply(text: str, finish: str | None = "stop") -> Response:
    end = [chunk(finish=finish), event(b"[DONE]")] if finish else []
    return Response([*(chunk(word + " ") for word in text.split()), *end])


def failing(status: int, body: str = "", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response([body.encode()], status, {"Content-Type": "application/json"} | named)


def endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


def slowly(body: bytes) -> Iterator[bytes]:
    return (body[at : at + 1] for at in range(len(body)))


class Endpoint:
    """Serves while it is open. ``behave`` is what it does next; ``asked`` what it was asked."""

    def __init__(self) -> None:
        self.behave: Behave = lambda _: reply(GOOD)
        self.asked: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.closing = threading.Event()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(outer) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                return

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                request = Request(self.path, dict(self.headers), body)
                outer.asked.append(request)
                response = outer.behave(request)
                with suppress(OSError):
                    self.answer(response)

            def answer(self, response: Response) -> None:
                if response.status == 0:  # Says nothing at all.
                    outer.closing.wait(30)
                    return
                self.send_response(response.status)
                for name, value in response.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in response.pieces:
                    if outer.closing.is_set():
                        return
                    time.sleep(response.pause)
                    self.wfile.write(piece)

        return Handler
