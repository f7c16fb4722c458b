"""The locks hold what is asked for, whole; the table of dependencies is complete."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.small import script

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-cpu.lock", "requirements-cuda.lock", "requirements-dev.lock")


@pytest.fixture(scope="module")
def dependencies() -> ModuleType:
    return script("dependencies")


@pytest.mark.parametrize("kind", ["", "-dev"])
def test_the_lock_holds_every_direct_dependency_at_its_version(kind: str, dependencies: ModuleType) -> None:
    wanted, locked = dependencies.direct(f"requirements{kind}.txt"), dependencies.locked(f"requirements{kind}.lock")
    lines = (ROOT / f"requirements{kind}.txt").read_text(encoding="utf-8").splitlines()
    assert len(wanted) == sum(bool(line.strip()) and not line.startswith("#") for line in lines), "every one is pinned"
    versions = {name: locked.get(dependencies.normal(name), (set(), set()))[0] for name in wanted}
    assert {name: {version} for name, (version, _) in wanted.items()} == versions, "run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_in_a_lock_has_its_hashes_and_no_index(lock: str, dependencies: ModuleType) -> None:
    assert all(hashes for _, hashes in dependencies.locked(lock).values())
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not any(word in text for word in ("://", "--index", "--extra", "--find-links", " @ ", "-e "))


def test_the_lock_agrees_with_that_of_the_tests(dependencies: ModuleType) -> None:
    run, test = (dependencies.locked(f"requirements{kind}.lock") for kind in ("", "-dev"))
    assert {name: run[name][0] for name in run.keys() & test.keys()} == {
        n: test[n][0] for n in run.keys() & test.keys()
    }


def test_what_is_installed_is_what_is_locked(dependencies: ModuleType) -> None:
    from importlib.metadata import PackageNotFoundError, version

    if not dependencies.holds():
        pytest.skip("the lock has not been tried on this system")
    locked, other = dependencies.locked("requirements.lock"), {}
    for name in dependencies.direct("requirements.txt"):
        try:
            installed = version(name).partition("+")[0]
        except PackageNotFoundError:
            installed = "none"
        if installed not in locked[dependencies.normal(name)][0]:
            other[name] = installed
    assert other == {}


def test_the_table_of_dependencies_is_complete(dependencies: ModuleType) -> None:
    table = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for file in ("requirements.txt", "requirements-dev.txt"):
        for name, (version, reason) in dependencies.direct(file).items():
            assert reason, f"{name} in {file} needs its reason"
            line = next((line for line in table.splitlines() if line.startswith(f"| {name} | {version} |")), "")
            assert line.count("|") == 5, f"{name}: run python docs/dependencies.py table"
            assert line.split("|")[-2].strip() not in ("", "?", "see the package"), name


def test_the_lock_is_for_the_pythons_that_are_named(dependencies: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for version, holds in (((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False)):
        monkeypatch.setattr(sys, "version_info", (*version, 0))
        monkeypatch.setattr(dependencies.platform, "system", lambda: "Linux")
        monkeypatch.setattr(dependencies.platform, "machine", lambda: "x86_64")
        assert dependencies.holds() is holds
    monkeypatch.setattr(dependencies.platform, "machine", lambda: "aarch64")
    assert not dependencies.holds()
