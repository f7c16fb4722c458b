"""A process that keeps a chat, to be killed or refused: ... chatting FILE TURNS [NTH ERRNO LASTING].

Says each turn on stdout when it is asked and when it is kept, and each sentence that the reader would be told.
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import replace
from pathlib import Path

from rag.chats import Chats, ChatsError, Place
from rag.domain import Answer
from tests.fake_assistant import ARTICLES, EXAMPLES, SCRIPT

LIBRARY = "harbour-1"
WHOLE = SCRIPT[EXAMPLES[0]]
SHORT = replace(WHOLE, text="The council", sentences=(), done=False)


def whole(n: int) -> Answer:
    """The answer to the n-th question."""
    return replace(WHOLE, question=f"Question {n}?")


def main(file: Path, turns: int, fault: list[int]) -> None:
    if fault:
        nth, number, lasting = fault
        ctypes.CDLL(None).fault_arm(os.fsencode(file.parent), ctypes.c_long(nth), number, lasting)
    chats, chat = Chats(file, LIBRARY), ""
    for n in range(turns):
        try:
            place = chats.begin(chat, f"Question {n}?", n)
            chat = place.chat
            say(f"asked {place.chat} {place.number} {n}")
            for _ in range(3):
                chats.write(place, replace(SHORT, question=f"Question {n}?"), ARTICLES)
            chats.write(Place(chat, place.number), whole(n), ARTICLES)
            say(f"kept {place.chat} {place.number} {n}")
        except ChatsError as error:
            say(f"told {error}")
    if fault:
        say(f"writes {ctypes.CDLL(None).fault_seen()}")


def say(words: str) -> None:
    os.write(1, f"{words}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), [int(each) for each in sys.argv[3:]])
