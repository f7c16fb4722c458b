"""The weights that ship with the code: whole, missing, damaged."""

import hashlib
from pathlib import Path

import pytest

from rag.errors import WeightsError
from rag.models import own


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(own, "FOLDER", tmp_path)
    monkeypatch.setattr(own, "SHA256", {own.READER: hashlib.sha256(b"weights").hexdigest()})
    return tmp_path / own.READER


def test_weights_that_are_whole_are_told_by_their_place(file: Path) -> None:
    file.write_bytes(b"weights")
    assert own.checked(own.READER) == file


def test_missing_weights_are_named_with_what_to_do(file: Path) -> None:
    with pytest.raises(WeightsError) as error:
        own.checked(own.READER)
    assert str(error.value) == f"{file} cannot be read (No such file or directory): install Footnote anew."


@pytest.mark.parametrize("found", [b"", b"weight", b"weights!"])
def test_damaged_weights_are_named_with_what_to_do(file: Path, found: bytes) -> None:
    file.write_bytes(found)
    with pytest.raises(WeightsError, match=r"is damaged .*: install Footnote anew\.$") as error:
        own.checked(own.READER)
    assert str(error.value).startswith(str(file))


@pytest.mark.parametrize("name", [own.READER, own.READER_TOKENS, own.ADAPTER])
def test_the_weights_that_ship_are_whole(name: str) -> None:
    assert own.checked(name).is_file()
