"""Intervals: known cases, coverage of the truth, pairing."""

import numpy as np
import pytest

from eval.intervals import auroc, difference, estimate
from eval.metrics import Part


def test_a_mean_with_its_interval() -> None:
    """70 of 100: the standard error is 0.0458, so the interval is about 0.61 to 0.79."""
    found = estimate([Part(1)] * 70 + [Part(0)] * 30)
    assert (found.value, found.n) == (0.7, 100)
    assert found.low == pytest.approx(0.61, abs=0.015)
    assert found.high == pytest.approx(0.79, abs=0.015)


def test_a_ratio_counts_citations_but_resamples_questions() -> None:
    """Ten answers with ten citations each, all right or all wrong: as uncertain as ten questions, not as a hundred."""
    found = estimate([Part(10, 10)] * 5 + [Part(0, 10)] * 5)
    assert (found.value, found.n) == (0.5, 100)
    assert found.high is not None
    assert found.low is not None
    assert found.high - found.low > 0.5


def test_n_can_count_questions() -> None:
    assert estimate([Part(2, 2), Part(0, 1)], per_question=True).n == 2


def test_nothing_one_and_agreement() -> None:
    assert estimate([]) == estimate([]).__class__(None, 0, None, None)
    one = estimate([Part(1)])
    assert (one.value, one.n, one.low, one.high) == (1.0, 1, None, None)
    same = estimate([Part(1)] * 5)
    assert (same.low, same.high) == (1.0, 1.0)


def test_one_run_gives_one_interval() -> None:
    some = [Part(n % 3 == 0) for n in range(40)]
    assert estimate(some) == estimate(some)


def test_the_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    chance = np.random.default_rng(3)
    held = 0
    for _ in range(60):
        found = estimate([Part(float(x)) for x in chance.random(60) < 0.6])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.6 <= found.high
    assert held >= 51


def test_pairing_sees_what_two_intervals_cannot() -> None:
    """The second run is right wherever the first is, and in five more questions of a hundred."""
    first = [Part(n < 50) for n in range(100)]
    second = [Part(n < 55) for n in range(100)]
    paired = difference(first, second)
    assert paired.value == pytest.approx(0.05)
    assert paired.low is not None
    assert paired.low > 0
    assert paired.above is not None
    assert paired.above > 0.95
    shuffled = difference(first, list(reversed(second)))
    assert shuffled.low is not None
    assert shuffled.low < 0


def test_no_difference_is_even() -> None:
    some = [Part(n % 2) for n in range(20)]
    found = difference(some, some)
    assert (found.value, found.low, found.high, found.above) == (0, 0, 0, 0.5)


def test_a_question_may_be_without_a_part_in_one_run() -> None:
    """Without a citation there is nothing to be right about: 1 of 2 before, 1 of 1 after."""
    found = difference([Part(1), Part(0), Part(0, 0)], [Part(1), Part(0, 0), Part(0, 0)])
    assert (found.value, found.n) == (0.5, 2)
    assert difference([Part(0, 0)], [Part(0, 0)]).value is None
    assert difference([Part(1)], [Part(0)]).low is None


def test_the_area_under_the_curve_counts_pairs_in_order_and_ties_half() -> None:
    """Of four pairs three are in order and one is a tie."""
    found = auroc([True, True, False, False], [0.9, 0.4, 0.4, 0.1])
    assert (found.value, found.n) == (3.5 / 4, 4)
    assert found.low is not None and found.high is not None
    assert 0 <= found.low <= 3.5 / 4 <= found.high <= 1
    assert auroc([True, True], [0.9, 0.4]).value is None
