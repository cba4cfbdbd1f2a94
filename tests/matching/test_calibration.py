"""Calibration: probabilities from signals, the cut-off for answers, and the trained head."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.arrays import Doubles
from bot.matching.calibration import calibrate, cutoff
from bot.matching.classifier import train_head
from tests.typos import few

_SCORES = st.floats(-100, 100, allow_nan=False, width=32)
#: A signal, whether it was so, and how much that counts.
_OBSERVATION = st.tuples(_SCORES, st.booleans(), st.floats(0.01, 10))
_OBSERVATIONS = st.lists(_OBSERVATION, min_size=1, max_size=40)


def columns(observations: list[tuple[float, bool, float]]) -> tuple[Doubles, Doubles, Doubles]:
    signals, outcomes, importance = (np.array(column, np.float64) for column in zip(*observations, strict=True))
    return signals, outcomes, importance


# --- Probabilities ---


@few
@given(_OBSERVATIONS, st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=10))
def test_whatever_was_observed_each_probability_is_between_0_and_1(
    observations: list[tuple[float, bool, float]], asked: list[float]
) -> None:
    signals, outcomes, importance = columns(observations)
    found = calibrate(signals[:, None], outcomes, importance).probabilities(np.array(asked)[:, None])

    assert found.shape == (len(asked),)
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()


@few
@given(st.lists(_SCORES, min_size=1, max_size=20), st.booleans())
def test_outcomes_that_are_all_the_same_are_expected_again(scores: list[float], outcome: bool) -> None:
    signals = np.array(scores)[:, None]
    found = calibrate(signals, np.full(len(scores), float(outcome)), np.ones(len(scores))).probabilities(signals)

    assert ((found > 0.5) == outcome).all()


@few
@given(st.lists(st.floats(0.6, 1), min_size=1, max_size=20), st.lists(st.floats(0, 0.4), min_size=1, max_size=20))
def test_probabilities_rise_with_a_signal_that_separates(so: list[float], not_so: list[float]) -> None:
    signals = np.array(so + not_so)[:, None]
    outcomes = np.array([1.0] * len(so) + [0.0] * len(not_so))
    calibration = calibrate(signals, outcomes, np.ones(len(signals)))
    rising = calibration.probabilities(np.linspace(0, 1, 11)[:, None])

    assert (np.diff(rising) >= 0).all()
    assert rising[0] < rising[-1]
    assert calibration.probabilities(signals)[: len(so)].min() > calibration.probabilities(signals)[len(so) :].max()


def test_a_signal_that_tells_nothing_leaves_how_often_it_was_so() -> None:
    outcomes = np.array([1.0, 1.0, 1.0, 0.0])
    found = calibrate(np.zeros((4, 1)), outcomes, np.ones(4)).probabilities(np.zeros((1, 1)))

    assert abs(found[0] - 0.75) < 0.01


# --- The cutoff ---


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.01, 10)), min_size=1, max_size=40),
    st.floats(0.05, 1),
)
def test_the_cutoff_is_the_lowest_probability_from_which_on_enough_is_right(
    observations: list[tuple[float, bool, float]], precision: float
) -> None:
    probabilities, outcomes, importance = columns(observations)
    found = cutoff(probabilities, outcomes, importance, precision)

    def precise(lowest: float, slack: float) -> bool:
        answered = probabilities >= lowest
        return bool(outcomes[answered] @ importance[answered] >= (precision + slack) * importance[answered].sum())

    if found > 1:
        assert not any(precise(lowest, 1e-9) for lowest in probabilities)
    else:
        assert found in probabilities
        assert precise(found, -1e-9)
        assert not any(precise(lowest, 1e-9) for lowest in probabilities[probabilities < found])


# --- The trained head ---

_OWNERS = st.lists(st.integers(0, 3), min_size=2, max_size=12).map(
    lambda owners: np.unique(owners, return_inverse=True)[1].astype(np.int32)
)


@few
@given(_OWNERS, st.integers(0, 2**32 - 1))
def test_the_shares_of_the_head_sum_to_1_and_each_phrasing_puts_its_own_entry_first(
    owners: np.ndarray[tuple[int], np.dtype[np.int32]], seed: int
) -> None:
    # Phrasings of one entry point the same way, apart from some noise; those of two entries do not.
    directions = np.eye(4, 16)[owners] + 0.1 * np.random.default_rng(seed).normal(size=(len(owners), 16))
    vectors = (directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float32)
    kernel = vectors @ vectors.T
    shares = train_head(kernel, owners, int(owners.max()) + 1).shares(kernel)

    assert (shares >= 0).all()
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-5)
    assert (shares.argmax(axis=1) == owners).all()
