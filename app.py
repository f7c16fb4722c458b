"""The door: settings, assistant, window. Knows nothing of what happens behind them; slow imports come last."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from rag import running
from rag.chats import chats_of
from rag.config import ENV_PREFIX, Config, load_config
from rag.errors import FootnoteError, LibraryBusy
from rag.keys import Keys
from rag.libraries import chosen
from rag.models.language import setting_of
from rag.running import Running
from rag.ui.contract import AssistantLike
from rag.ui.door import Access
from rag.ui.login import Login
from rag.ui.serve import is_open, page_address, serve, take_port

OPTIONS = ("host", "port", "articles", "data", "model")
"""Settings that can be given on the command line; --open is a switch."""
EVERYBODY = (
    "WARNING: this page is open to the network, and there is no password. Everybody who can reach this machine reads "
    "the articles,\nasks questions, and spends what a hosted model costs. Set FOOTNOTE_PASSWORD instead of "
    "FOOTNOTE_INSECURE_NO_PASSWORD."
)
GOODBYE = "\nFootnote has ended."
"""On a line of its own, below the terminal's ^C."""


def prepare(config: Config) -> AssistantLike:
    """The assistant, not yet started: quick, and refuses a folder or a library that cannot be used."""
    from rag.assistant import Assistant
    from rag.terminal import TerminalProgress

    return Assistant(config, TerminalProgress(), moved=partial(running.moved, config.data))


def access(config: Config, token: str, *, is_open: bool = False) -> Access:
    """Who may come in. ``token``: what the command line shows in place of the password; ``is_open``: to the network."""
    os.environ.pop(f"{ENV_PREFIX}PASSWORD", None)  # Children need not inherit it.
    local = not (is_open or config.password or config.allowed_hosts)  # Behind a further name there is a proxy.
    login = Login(config.password, token) if config.password else None
    return Access(config.names(), login, local, keys=Keys(config.data))


def arguments(argv: Sequence[str] | None = None) -> dict[str, str | bool | None]:
    """Command line to settings, None where not given. Values are judged by the config, in the same words as others."""
    parser = argparse.ArgumentParser(prog="app.py", description="Footnote: ask a folder of articles, in the browser.")
    for name in OPTIONS:
        parser.add_argument(f"--{name}", help=_help(name))
    parser.add_argument("--open", action="store_const", const=True, help=_help("open"))
    return vars(parser.parse_args(argv))


def _help(name: str) -> str:
    field = Config.model_fields[name]
    return f"{field.description} Default: {field.default}.".replace("%", "%%")


def main(argv: Sequence[str] | None = None) -> int:
    """Run until told to end. The exit status: 0 for an end that was asked for, 1 with one sentence otherwise."""
    given = arguments(argv)
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _leave)
    try:
        config = chosen(load_config(**given))
        listener = take_port(config.host, config.port, to_network=bool(config.password) or config.insecure_no_password)
        if is_open(listener) and not config.password:
            print(EVERYBODY, file=sys.stderr)
        assistant = prepare(config)
        token = secrets.token_urlsafe(32) if config.password else ""
        note = Running(page_address(listener), str(config.articles.resolve()), setting_of(config), token)
        running.announce(config.data, note)
        try:
            chats = chats_of(config.data, lambda: assistant.home().articles)
            who = access(config, token, is_open=is_open(listener))
            serve(assistant, listener, open_page=config.open, access=who, chats=chats)
        finally:
            running.withdraw(config.data)
    except LibraryBusy as error:
        other = running.find(config.data, config.articles, None)
        print(f"{error} It can be asked at {other.url}." if other else error, file=sys.stderr)
        return 1
    except FootnoteError as error:
        print(error, file=sys.stderr)
        return 1
    print(GOODBYE)
    return 0


def _leave(*_: object) -> NoReturn:
    """Told to end before the page is up: nothing is open yet, and an import must not turn the signal into its error."""
    os.write(1, f"{GOODBYE}\n".encode())
    os._exit(0)


def run() -> NoReturn:
    """``main`` as a program of its own."""
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: that would wait for threads that may sit in a library's import or a model for many seconds.
    os._exit(status)


if __name__ == "__main__":
    run()
