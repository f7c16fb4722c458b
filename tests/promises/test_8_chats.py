"""Promise 8 for chats: an endpoint that says the key back gets it neither into their file nor into an export."""

from __future__ import annotations

from pathlib import Path

from rag.assistant import Assistant, complete
from rag.chats import CHATS_FILE, Chats, Thumb
from rag.export import FORMATS, Document, exported
from rag.models.hosted import HostedModel
from rag.ui.turns import entry_of
from tests.promises.endpoint import Endpoint
from tests.promises.test_8_your_key import ECHOES, KEY, PASSWORD, QUESTION, endpoint, forms, hosted, leaks

__all__ = ["endpoint", "hosted"]


def test_no_key_is_kept_or_exported(hosted: Assistant, endpoint: Endpoint, tmp_path: Path) -> None:
    chats = Chats(tmp_path / CHATS_FILE, "seeds-1")
    shown = ""
    for n, where in enumerate(sorted(ECHOES.keys() - {"silence"})):
        for secret in (KEY, PASSWORD):
            said = forms(secret)[n % 3]
            endpoint.behave = lambda _, where=where, said=said: ECHOES[where](said)
            model = hosted._model
            assert isinstance(model, HostedModel)
            model._rests_until = 0.0
            place = chats.begin("", QUESTION, 0)
            for answer in hosted.ask(QUESTION):
                chats.write(place, answer)
            chats.thumb(place, Thumb(False, "wrong"))
            document = Document(QUESTION, "", (entry_of(answer, hosted.article),))
            shown += "".join(exported(document, form).data.decode("latin-1") for form in FORMATS if form != "docx")
    assert complete(hosted.ask(QUESTION)).done
    files = [file for file in tmp_path.glob(f"{CHATS_FILE}*") if file.is_file()]
    assert files and leaks("".join(file.read_bytes().decode("latin-1") for file in files)) == []
    assert leaks(shown) == []
