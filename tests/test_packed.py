"""Tensors in few bytes: written and read again, each number is off by half a step of its scale at most."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.models import packed

Floats = NDArray[np.float32]


def _round_trip(file: Path, tensors: dict[str, Floats], four: frozenset[str] = frozenset()) -> dict[str, Floats]:
    packed.save(tensors, file, four=four)
    return packed.unpacked(packed.read(file))


def _random(*shape: int) -> Floats:
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.safetensors"


def test_a_matrix_of_8_bits_is_off_by_half_a_step_of_its_row_at_most(file: Path) -> None:
    matrix = _random(5, 40) * np.array([[0.01], [0.1], [1.0], [30.0], [0.0]], dtype=np.float32)
    found = _round_trip(file, {"m": matrix})["m"]
    assert found.dtype == np.float32 and found.shape == matrix.shape
    half_a_step = np.abs(matrix).max(axis=1, keepdims=True) / 127 / 2
    assert (np.abs(found - matrix) <= half_a_step * 1.01).all()
    assert (found[4] == 0).all()
    assert (np.abs(found - matrix) > half_a_step * 0.5).any(), "or nothing has been rounded"


def test_a_large_row_takes_nothing_from_the_others(file: Path) -> None:
    matrix = np.array([[1000.0, -500.0], [0.127, 0.001]], dtype=np.float32)
    assert _round_trip(file, {"m": matrix})["m"][1] == pytest.approx([0.127, 0.001], abs=1e-4)


def test_a_table_of_4_bits_is_off_by_half_a_step_of_its_group_at_most(file: Path) -> None:
    groups = 3
    table = _random(4, groups * packed.GROUP)
    table[:, packed.GROUP : 2 * packed.GROUP] *= 50
    found = _round_trip(file, {"t": table}, frozenset({"t"}))["t"]
    assert found.shape == table.shape
    apart = np.abs(found - table).reshape(4, groups, packed.GROUP)
    half_a_step = np.abs(table).reshape(4, groups, packed.GROUP).max(axis=2, keepdims=True) / 7 / 2
    assert (apart <= half_a_step * 1.01).all()
    assert (apart > half_a_step * 0.5).any()


def test_whole_steps_come_back_as_they_were(file: Path) -> None:
    eight = np.arange(-127, 128, dtype=np.float32).reshape(1, -1).repeat(2, axis=0) / 128
    four = np.resize(np.arange(-7, 8, dtype=np.float32), (2, packed.GROUP)) / 8
    found = _round_trip(file, {"eight": eight, "four": four}, frozenset({"four"}))
    assert (found["eight"] == eight).all()
    assert (found["four"] == four).all()


def test_what_is_small_is_kept_in_half_precision(file: Path) -> None:
    tensors = {"bias": np.array([1.5, -0.1], dtype=np.float32), "one.row": np.array([[0.1, 2.0]], dtype=np.float32)}
    found = _round_trip(file, tensors)
    for name, tensor in tensors.items():
        assert (found[name] == tensor.astype(np.float16).astype(np.float32)).all()


def test_the_file_has_a_byte_for_each_number_and_half_a_byte_for_each_of_a_table(file: Path) -> None:
    packed.save({"m": _random(64, 256), "t": _random(64, 256)}, file, four=frozenset({"t"}))
    scales = 2 * 64 + 2 * 64 * 256 // packed.GROUP
    assert 64 * 256 + 64 * 128 + scales < file.stat().st_size < 64 * 256 + 64 * 128 + scales + 500


@pytest.mark.parametrize("damage", [b"", b"not a file of tensors at all", None])
def test_a_damaged_file_is_no_file_of_tensors(file: Path, damage: bytes | None) -> None:
    packed.save({"m": _random(8, 8)}, file)
    file.write_bytes(file.read_bytes()[:-10] if damage is None else damage)
    with pytest.raises(ValueError, match=r"\w"):
        packed.read(file)


def test_a_file_that_is_not_there_and_a_scale_that_is_missing_are_told_apart(file: Path) -> None:
    with pytest.raises(OSError, match=file.name):
        packed.read(file)
    packed.save({"m": _random(8, 8)}, file)
    stored = {name: tensor for name, tensor in packed.read(file).items() if not name.endswith(packed.SCALE)}
    with pytest.raises(KeyError, match="m"):
        packed.unpacked(stored)
