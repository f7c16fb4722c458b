"""placeholder until merged"""

from __future__ import annotations

from typing import Any


def find(desk: Any) -> tuple[Any, ...]:
    return ()
