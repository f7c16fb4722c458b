"""A question put into English by the language model, for articles that are in English. Knows no article."""

from __future__ import annotations

from contextlib import closing

from rag.errors import ModelError
from rag.models.base import LanguageModel, Message

MAX_TOKENS = 80
_EXAMPLES = (
    ("Wann wurde die Brücke geschlossen?", "When was the bridge closed?"),
    ("Résume l'article sur le moulin.", "Summarise the article about the mill."),
    ("Что сказала Ольга Берг о пароме?", "What did Olga Berg say about the ferry?"),
)


def in_english(model: LanguageModel, text: str) -> str:
    """``text`` in English; "" where the model fails or says nothing."""
    messages = [Message("system", "Translate the user's message into English. Reply with the translation alone.")]
    for foreign, english in _EXAMPLES:
        messages += [Message("user", foreign), Message("assistant", english)]
    try:
        with closing(model.stream([*messages, Message("user", text)], max_tokens=MAX_TOKENS)) as chunks:  # type: ignore[type-var]
            said = "".join(chunk.text for chunk in chunks)
    except ModelError:
        return ""
    return said.strip().split("\n")[0].strip()
