"""Chats that are kept: every question with its whole answer, written as it streams. Knows no page and no model."""

from __future__ import annotations

from rag.chats.forms import UnknownForm, packed, unpacked
from rag.chats.keeper import CHATS_FILE, Chats, ChatsError, chats_of
from rag.chats.values import REASONS, Chat, KeptTurn, Listed, Place, Thumb

__all__ = [
    "CHATS_FILE",
    "REASONS",
    "Chat",
    "Chats",
    "ChatsError",
    "KeptTurn",
    "Listed",
    "Place",
    "Thumb",
    "UnknownForm",
    "chats_of",
    "packed",
    "unpacked",
]
