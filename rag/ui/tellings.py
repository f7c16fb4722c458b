"""Endpoints beside ``ask``: brief, timeline and people, which give the Answer JSON of the commands of that name.

Imports Gradio; knows no page and no model.
"""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr
from gradio.events import api

from rag.domain import Telling, told_as
from rag.errors import FootnoteError
from rag.ui.asking import BROKEN
from rag.ui.contract import AssistantLike

AT_ONCE = 2
"""Of each at a time: no language model is waited for, and each takes a core while it lasts."""

_log = logging.getLogger(__name__)


class Tellings:
    """What the articles tell by name; errors reach the caller as one sentence."""

    def __init__(self, assistant: AssistantLike) -> None:
        self._assistant = assistant

    def brief(self, article: str = "") -> dict[str, Any]:
        """What the articles are about, or what one of them says.

        Args:
            article: words that name an article; "" for an overview of all.
        """
        return self._told("brief", article)

    def timeline(self, about: str = "") -> dict[str, Any]:
        """What happened when.

        Args:
            about: an article or a topic; "" for everything.
        """
        return self._told("timeline", about)

    def people(self, about: str = "") -> dict[str, Any]:
        """Who is who, or who one person is and what they say.

        Args:
            about: a person or an article; "" for everybody.
        """
        return self._told("people", about)

    def _told(self, telling: Telling, about: str) -> dict[str, Any]:
        about = str(about or "")
        try:
            return self._assistant.tell(told_as(telling, about), about).to_json()
        except FootnoteError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            _log.exception("Telling %s about %r failed.", telling, about)
            raise gr.Error(BROKEN, print_exception=False) from error


def add_tellings(assistant: AssistantLike) -> None:
    """Give the page that is being built these endpoints."""
    tellings = Tellings(assistant)
    for endpoint in (tellings.brief, tellings.timeline, tellings.people):
        api(endpoint, api_name=endpoint.__name__, concurrency_limit=AT_ONCE)
