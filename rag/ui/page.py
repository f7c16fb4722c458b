"""The chat page in Gradio: which parts there are, and what happens when one is used. Knows no model and no HTML.

The file that imports Gradio (serve.py mounts what it makes). That takes seconds, so it is imported when the page is
built, never before.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.events import api

from rag.chats import Chats
from rag.domain import Answer, Turn
from rag.errors import FootnoteError
from rag.ui import render
from rag.ui.asking import Asking
from rag.ui.chats.tab import Keeping
from rag.ui.contract import AssistantLike
from rag.ui.conversation import Conversation
from rag.ui.door import CLIENT
from rag.ui.draft import Draft
from rag.ui.headers import HERE
from rag.ui.places import AT_ONCE, MOST_WAITING, Places
from rag.ui.tellings import add_tellings
from rag.ui.why import Kept, why_address

HISTORY_TURNS = 12
"""Earlier turns of a question over HTTP that count; older ones are left out, as they are on the page."""
HISTORY_CHARACTERS = 24_000
"""Of these turns together; the page's own answers stay far below."""
JOBS = AT_ONCE + MOST_WAITING + 16
"""Events that Gradio works on at a time: every question that has a place or waits for one, and room for the rest."""
SESSIONS = 2000
"""Tabs whose conversations are kept; each takes some 30 kB with its conversation."""
BUSY_TICK, QUIET_TICK = 1.0, 15.0
"""Seconds between looks at the status: while something loads, and after."""

Update = Any
"""A new value for a component, or ``gr.skip()``."""

_SKIP = '<a class="skip" href="#live">Skip to the answer</a>'

# Buttons live in our own HTML; a click is handed to Python as an event of the component that holds them.
_EVENTS_JS = """
const names = ['pick', 'retry', 'new_chat', 'not_now', 'fetch', 'refresh', 'edit', 'keep',
  'narrow', 'widen', 'everywhere'];
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-event]');
  if (button && names.includes(button.dataset.event)) {
    trigger(button.dataset.event, {question: button.dataset.question || ''});
  }
});
"""


class Window:
    """What the page's parts do. One for all tabs; what belongs to a tab is in its ``gr.State`` or keyed by its hash."""

    def __init__(self, assistant: AssistantLike, keeping: Keeping | None = None) -> None:
        self._assistant = assistant
        self._keeping = keeping or Keeping(Chats(None, ""), assistant.article)
        self.kept = Kept()
        self._newest: dict[str, str] = {}
        self._lock = threading.Lock()
        self._running: dict[str, Asking] = {}
        self._calls: defaultdict[str, set[Asking]] = defaultdict(set)
        self.places = Places()
        """Where questions get their places, those of other programs too."""

    # Asking. Outputs: textbox, past, live, talk, send, stop, draft, above, more.

    async def ask(
        self, question: str, talk: Conversation, draft: Draft, request: gr.Request
    ) -> AsyncIterator[tuple[Update, ...]]:
        """Answer what was typed; the textbox is emptied at once and then left alone, for the next question."""
        if draft.editing is not None:
            talk = talk.before(draft.editing)
        async for shown in self._answer(question, talk, draft, request, typed=""):
            yield shown

    async def pick(
        self, event: gr.EventData, talk: Conversation, draft: Draft, request: gr.Request
    ) -> AsyncIterator[tuple[Update, ...]]:
        """Answer an example question; what is in the textbox stays."""
        async for shown in self._answer(_said(event), talk, draft, request):
            yield shown

    async def everywhere(
        self, event: gr.EventData, talk: Conversation, draft: Draft, request: gr.Request
    ) -> AsyncIterator[tuple[Update, ...]]:
        """Answer a question from all articles, and keep to nothing from then on."""
        async for shown in self._answer(_said(event), talk, draft.minus(""), request):
            yield shown

    async def retry(self, talk: Conversation, draft: Draft, request: gr.Request) -> AsyncIterator[tuple[Update, ...]]:
        """Answer the last question once more, in the place of its answer."""
        if talk.answers:
            async for shown in self._answer(talk.answers[-1].question, talk.without_last(), draft, request):
                yield shown

    async def _answer(
        self, question: str, talk: Conversation, draft: Draft, request: gr.Request, typed: Update | None = None
    ) -> AsyncIterator[tuple[Update, ...]]:
        session = _session(request)
        asking = self._begin(session, question.strip(), talk, draft, _client(request))
        if asking is None:
            return
        beside: tuple[Update, ...] = (*self._drafted(replace(draft, editing=None)), "")
        emptied = gr.skip() if typed is None else typed
        lookup, before = self._assistant.article, talk.history()
        self._remember(talk)
        writing = None
        try:
            writing = await self._keeping.begin(talk, question.strip())
            talk = replace(talk, chat=writing.place.chat or talk.chat)  # One that branches off has a place from now on.
            past: Update = render.turns_html(talk, lookup, await self._keeping.thumbs(talk.chat))
            async for answer in asking:
                kept: Update = gr.skip()
                if answer.done:
                    kept = talk.plus(answer, await writing.finish(answer), writing.place.chat)
                else:
                    writing.grow(answer)
                number = writing.place.number
                live = render.turn_html(answer, number, lookup, before, last=True, keep=writing.keep)
                if answer.done:
                    self.kept.keep(answer, before)
                    self._newest[session] = why_address(answer)
                    self._end(session, asking)  # Before it is seen, for the next question may follow at once.
                buttons = gr.Button(visible=answer.done), gr.Button(visible=not answer.done)
                yield emptied, past, live, kept, *buttons, *beside
                emptied = past = gr.skip()
                beside = (gr.skip(),) * 3
            if asking.dropped:
                # Gradio repeats a generator's last value at its end; it must not bring the conversation back.
                yield _emptied()
        finally:
            self._end(session, asking)
            if writing:
                writing.end()

    def _begin(self, session: str, question: str, talk: Conversation, draft: Draft, client: str) -> Asking | None:
        with self._lock:
            if not question or session in self._running:
                return None
            self._running[session] = Asking(
                self._assistant, question, talk.history(), self.places, client, draft.within
            )
            return self._running[session]

    def _end(self, session: str, asking: Asking) -> None:
        asking.stop()
        with self._lock:
            if self._running.get(session) is asking:
                del self._running[session]

    async def resume(self, request: gr.Request) -> tuple[Update, ...]:
        """Go on with the chat that the page's address names. Outputs: past, live, talk."""
        named = str(request.query_params.get("chat") or "")
        if not named:
            return gr.skip(), gr.skip(), gr.skip()
        talk, thumbs, problem = await self._keeping.resume(named)
        past, live = render.resumed_html(talk, self._assistant.article, thumbs)
        self._remember(talk)
        return past, live or render.note_html(problem), talk

    def _remember(self, talk: Conversation) -> None:
        """Why the answers on the page are what they are can be asked of all of them."""
        for _, answer, asked_with in talk.finished():
            self.kept.keep(answer, asked_with)

    # What the next question is asked with. Outputs: draft, above; for ``edit`` also the textbox.

    def _above(self, draft: Draft) -> str:
        found = (self._assistant.article(id) for id in draft.within.articles)
        return render.above_html(draft, {article.id: article.title for article in found if article})

    def _drafted(self, draft: Draft) -> tuple[Update, ...]:
        return draft, self._above(draft)

    async def narrow(self, event: gr.EventData, draft: Draft) -> tuple[Update, ...]:
        """Keep questions to one more thing."""
        return self._drafted(draft.plus(_said(event)))

    async def widen(self, event: gr.EventData, draft: Draft) -> tuple[Update, ...]:
        """Keep questions to one thing less."""
        return self._drafted(draft.minus(_said(event)))

    async def opened(self, draft: Draft, request: gr.Request) -> tuple[Update, ...]:
        """Keep questions to the article that the page's address names, if any: ``/?only=ID``."""
        only = str(request.query_params.get("only", ""))
        return self._drafted(draft.plus(f"article:{only}") if self._assistant.article(only) else draft)

    async def edit(self, event: gr.EventData, talk: Conversation, draft: Draft) -> tuple[Update, ...]:
        """Put an earlier question into the box; what is asked next takes its place."""
        number = _said(event)
        known = {str(place): (place, answer.question) for place, answer, _ in talk.finished()}
        if number not in known:
            return gr.skip(), gr.skip(), gr.skip()
        place, question = known[number]
        return *self._drafted(replace(draft, editing=place)), question

    async def keep(self, draft: Draft) -> tuple[Update, ...]:
        """Edit nothing after all."""
        return *self._drafted(replace(draft, editing=None)), ""

    async def follow(self, talk: Conversation, draft: Draft, request: gr.Request) -> Update:
        """Questions that lead on from the newest answer, which is there already. Output: more."""
        if not talk.answers or not self._is_newest(talk.answers[-1], _session(request)):
            return ""
        asked = [answer.question for answer in talk.answers]
        try:
            found = await asyncio.to_thread(self._assistant.followups, talk.answers[-1], asked, draft.within)
        except FootnoteError:  # The library has gone, or nothing is left in it of what questions are kept to.
            return ""
        return render.followups_html(found) if self._is_newest(talk.answers[-1], _session(request)) else ""

    def _is_newest(self, answer: Answer, session: str) -> bool:
        """Whether the tab's conversation ends with this answer, and nothing more has been asked since."""
        return session not in self._running and self._newest.get(session) == why_address(answer)

    # Everything else.

    async def stop(self, request: gr.Request) -> None:
        """Cut this tab's answer off; the part that is there stays."""
        with self._lock:
            asking = self._running.get(_session(request))
        if asking:
            asking.stop()

    async def new_chat(self, request: gr.Request) -> tuple[Update, ...]:
        """Empty the conversation, and drop an answer that is on its way. Outputs as for asking."""
        await self.leave(request)
        return _emptied()

    async def leave(self, request: gr.Request) -> None:
        """The tab is closed, or its conversation dropped: nobody waits for its answer any more."""
        with self._lock:
            asking = self._running.pop(_session(request), None)
            self._newest.pop(_session(request), None)
        if asking:
            asking.drop()
        self.hung_up(_session(request))

    def hung_up(self, session: str) -> None:
        """Whoever asked over HTTP no longer listens for the answer: the model is free for others."""
        for asking in list(self._calls.get(session, ())):
            asking.drop()

    async def tick(self) -> tuple[Update, ...]:
        """How things stand now. Outputs: bar, welcome, timer."""
        status = self._assistant.status()
        examples = self._assistant.examples() if status.ready else []
        settled = status.ready and not status.phase and not status.choosing
        return (
            render.bar_html(status),
            render.welcome_html(status, examples),
            gr.Timer(QUIET_TICK if settled else BUSY_TICK),
        )

    async def not_now(self) -> tuple[Update, ...]:
        """Decline the download of the model. Outputs as for ``tick``."""
        self._assistant.not_now()
        return await self.tick()

    async def fetch(self) -> tuple[Update, ...]:
        """Fetch the model after all. Outputs as for ``tick``."""
        self._assistant.fetch()
        return await self.tick()

    async def api_ask(
        self, question: str, request: gr.Request, history: list[dict[str, str]] | None = None
    ) -> dict[str, Any]:
        """Answer a question from the articles.

        Args:
            question: the question, as a reader would type it.
            history: earlier turns, oldest first, each with "question" and "answer", for a question that leans on them.

        Returns:
            The Answer JSON: text, sentences with citation numbers, citations and evidence with exact spans, timings.
        """
        session = _session(request)
        asking = Asking(self._assistant, str(question), _turns(history), self.places, _client(request))
        self._calls[session].add(asking)
        try:
            async for answer in asking:
                last = answer
        finally:
            asking.stop()
            self._hear_no_more(session, asking)
        if asking.failure or asking.dropped:
            raise gr.Error(asking.failure or "Nobody listens any more.", print_exception=False)
        return last.to_json()

    def _hear_no_more(self, session: str, asking: Asking) -> None:
        self._calls[session].discard(asking)
        if not self._calls[session]:
            del self._calls[session]


def _emptied() -> tuple[Update, ...]:
    """The page without a conversation; the textbox keeps what is typed. Outputs as for asking."""
    draft, buttons = Draft(), (gr.Button(visible=True), gr.Button(visible=False))
    return gr.skip(), "", "", Conversation(), *buttons, draft, render.above_html(draft, {}), ""


def _said(event: gr.EventData) -> str:
    """What the button that was pressed says."""
    return str(event._data.get("question", ""))


def _session(request: gr.Request) -> str:
    return request.session_hash or ""


def _client(request: gr.Request) -> str:
    """Whose question it is. On this machine every tab is a client of its own; what names no tab is one together."""
    scope = request.request.scope if request.request else {}
    client = str(scope.get(CLIENT, HERE))
    named = client == HERE and str(scope.get("path")).endswith("/queue/join")
    return f"{client} {_session(request)}" if named else client


def _turns(history: list[dict[str, str]] | None) -> list[Turn]:
    turns: list[Turn] = []
    given = history or []
    for i, item in list(enumerate(given, 1))[-HISTORY_TURNS:]:
        if not isinstance(item, dict) or not {"question", "answer"} <= item.keys():
            raise gr.Error(
                f'history item {i} is {item!r:.200}; an object with "question" and "answer" is expected.',
                print_exception=False,
            )
        turns.append(Turn(str(item["question"]), str(item["answer"])))
    size = sum(len(turn.question) + len(turn.answer) for turn in turns)
    if size > HISTORY_CHARACTERS:
        raise gr.Error(
            f"The history has {size:,} characters in its last {HISTORY_TURNS} turns; "
            f"at most {HISTORY_CHARACTERS:,} are read: shorten it.",
            print_exception=False,
        )
    return turns


def build(assistant: AssistantLike, window: Window | None = None) -> gr.Blocks:
    """The page, not yet served. Nothing is asked of the assistant before somebody opens it."""
    window = window or Window(assistant)
    page = gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True, fill_height=True)
    # What ``launch`` would be given. Another number of threads than 40 also means threads of Gradio's own: the routes
    # for articles keep Starlette's to themselves.
    page.max_threads, page.state_session_capacity = JOBS, SESSIONS
    page.queue(api_open=False)  # Nothing passes the queue.
    with page:
        talk, draft = gr.State(Conversation()), gr.State(Draft())
        timer = gr.Timer(BUSY_TICK)
        _html("skip", _SKIP)
        bar = _html("bar", render.bar_html(assistant.status()))
        with gr.Row(elem_id="grid"):
            # In the order of the Tab key: box, answers with their numbers, panel. The sheet puts the box below.
            with gr.Column(elem_id="chat"):
                above = _html("scope", render.above_html(Draft(), {}))
                with gr.Row(elem_id="ask"):
                    typed, send, stop = _controls()
                _html("onward", _SKIP)
                with gr.Column(elem_id="log"):
                    welcome = _html("welcome", render.welcome_html(assistant.status(), []))
                    past, live, more = _html("past"), _html("live"), _html("more")
            _html("panel", render.panel_html())
        drafted, with_draft = [draft, above], [talk, draft]
        outputs = [typed, past, live, talk, send, stop, *drafted, more]
        hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        # The order is that of our own places, which is fair where Gradio's queue is first come, first served.
        asking: dict[str, Any] = {**hidden, "outputs": outputs, "concurrency_id": "ask", "concurrency_limit": None}
        status: dict[str, Any] = {**hidden, "outputs": [bar, welcome, timer], "queue": False}

        # First, for Gradio numbers names that repeat, and the event of the same name is nobody's business.
        api(window.api_ask, api_name="ask", concurrency_limit=None)
        add_tellings(assistant)
        asked = [
            gr.on([typed.submit, send.click], window.ask, inputs=[typed, *with_draft], **asking),
            *(part.pick(window.pick, inputs=with_draft, **asking) for part in (welcome, live, past, more)),
            *(part.everywhere(window.everywhere, inputs=with_draft, **asking) for part in (live, past)),
            live.retry(window.retry, inputs=with_draft, **asking),
        ]
        for each in asked:
            each.then(window.follow, inputs=with_draft, outputs=more, concurrency_limit=4, **hidden)
        quick: dict[str, Any] = {**hidden, "queue": False}
        above.narrow(window.narrow, inputs=draft, outputs=drafted, **quick)
        above.widen(window.widen, inputs=draft, outputs=drafted, **quick)
        above.keep(window.keep, inputs=draft, outputs=[*drafted, typed], **quick)
        for part in (live, past):
            part.edit(window.edit, inputs=with_draft, outputs=[*drafted, typed], **quick)
        page.load(window.opened, inputs=draft, outputs=drafted, **quick)
        stop.click(window.stop, queue=False, **hidden)
        bar.new_chat(window.new_chat, outputs=outputs, concurrency_limit=None, **hidden)
        bar.not_now(window.not_now, **status)
        bar.fetch(window.fetch, **status)
        bar.refresh(window.tick, **status)
        page.load(window.tick, **status)
        page.load(window.resume, outputs=[past, live, talk], queue=False, **hidden)
        timer.tick(window.tick, **status)
        page.unload(window.leave)
    return page


def _html(name: str, value: str = "") -> Any:
    """A part of the page that we set ourselves; typed loosely, for its events are named by ``_EVENTS_JS``."""
    return gr.HTML(value, elem_id=name, js_on_load=_EVENTS_JS, apply_default_css=False, padding=False)


def _controls() -> tuple[gr.Textbox, gr.Button, gr.Button]:
    typed = gr.Textbox(
        placeholder="Ask the articles…",
        label="Question",
        show_label=False,
        container=False,
        lines=1,
        max_lines=6,
        autofocus=True,
        elem_id="question",
        html_attributes=gr.InputHTMLAttributes(spellcheck=True, autocapitalize="sentences"),
    )
    send = gr.Button("Send", elem_id="send", variant="primary", min_width=0, scale=0)
    stop = gr.Button("Stop", elem_id="stop", visible=False, min_width=0, scale=0)
    return typed, send, stop
