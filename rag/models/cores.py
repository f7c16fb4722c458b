"""How many threads pay: physical cores that this process may use. Knows no model."""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup/cpu.max")
_TOPOLOGY = Path("/sys/devices/system/cpu")


def usable_cores() -> int:
    """Physical cores within this process's affinity and its container's quota; at least 1.

    Two threads on one physical core slow llama.cpp down, and so do more threads than a container's quota.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = _physical(os.sched_getaffinity(0))
    else:  # macOS and Windows do not tell; half of the logical ones is right for hyper-threads and efficiency cores.
        logical = os.cpu_count() or 1
        cores = logical // 2 if logical > 4 else logical
    return max(1, min(cores, _quota()))


def _physical(cpus: set[int]) -> int:
    """Groups of hyper-threads among ``cpus``; their number where the system does not tell."""
    groups = set()
    for cpu in cpus:
        try:
            groups.add((_TOPOLOGY / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text())
        except OSError:
            return len(cpus)
    return len(groups)


def _quota() -> int:
    """The container's share of processors, rounded up; very many when there is none (cgroup v2: "max 100000")."""
    try:
        allowed, period = _CGROUP.read_text().split()
        return math.ceil(int(allowed) / int(period))
    except (OSError, ValueError):
        return 1 << 16
