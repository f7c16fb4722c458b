"""Settings and check-up as HTML, by the templates. Knows no route."""

from __future__ import annotations

from markupsafe import Markup

from rag.preferences import KEY, MODELS
from rag.status import Status
from rag.ui import render
from rag.ui.contract import AssistantLike
from rag.ui.settings.checkup import State, as_text, grade
from rag.ui.settings.choosing import Desk, Outcome, is_open
from rag.ui.settings.table import fields, key_words, models, rows, source
from rag.ui.theme import THEMES, theme


def settings_html(
    assistant: AssistantLike, desk: Desk, outcome: Outcome | None = None, chosen: str | None = None
) -> Markup:
    """All settings. ``outcome``: what came of the form before. ``chosen``: the theme, where it has just been chosen."""
    config = assistant.config
    return render.fill(
        "settings.html",
        outcome=outcome,
        loading=loading_html(assistant.status()),
        models=models(assistant),
        model_fixed="" if is_open(config, "model") else source(config, "model"),
        choosable=MODELS,
        fields=fields(config),
        key=key_words(config),
        key_open=is_open(config, KEY) and is_open(config, "llm_url"),
        key_chosen=KEY in config.chosen.values,
        key_kept=config.chosen.keep_key,
        any_chosen=bool(config.chosen.values),
        revision=desk.revision,
        rows=rows(config),
        data=config.data,
        themes=THEMES,
        theme_now=chosen or theme(),
    )


def loading_html(status: Status) -> Markup:
    """What answers now, and how far the model is that was chosen."""
    return render.fill("loading.html", status=status, busy=bool(status.phase))


def doctor_html(state: State, *, asking: bool, note: str) -> Markup:
    """The findings. ``asking``: whether to ask once more before the library is made anew."""
    findings = state.findings or ()
    counts = {name: sum(grade(finding) == name for finding in findings) for name in ("broken", "see to", "ok")}
    notes = (*state.notes, *((note,) if note else ()))
    return render.fill(
        "doctor.html",
        state=state,
        findings=[(finding, grade(finding)) for finding in findings],
        counts=counts,
        text=as_text(findings),
        asking=asking,
        notes=notes,
        failed=state.failed or bool(note),
    )
