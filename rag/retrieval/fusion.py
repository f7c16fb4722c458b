"""Weighted reciprocal rank fusion. Pure arithmetic on ranked ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

RRF_K = 10
"""Smaller than the 60 of Cormack, Clarke and Büttcher (SIGIR 2009): a weak lane then disturbs a strong one's first
places less (docs/log.md)."""


def fuse(lanes: Mapping[str, Sequence[str]], weights: Mapping[str, float], k: int = RRF_K) -> list[tuple[str, float]]:
    """Ids by the weighted sum of ``1 / (k + rank)`` over the lanes, best first; ties keep the first lane's order.

    Args:
        lanes: for each lane its ids, best first.
        weights: each lane's weight; a lane that is not named counts 0.
    """
    scores: dict[str, float] = {}
    for lane, ids in lanes.items():
        weight = weights.get(lane, 0.0)
        for rank, id in enumerate(ids, 1):
            scores[id] = scores.get(id, 0.0) + weight / (k + rank)
    return sorted(((id, score) for id, score in scores.items() if score > 0), key=lambda pair: -pair[1])
