"""Which hyperparameters decided whether a trial was among the good ones: PED-ANOVA, intervals and nulls.

PED-ANOVA (Watanabe, Bansal and Hutter, IJCAI 2023; with conditional parameters, arXiv 2601.20800; Optuna's
implementation) compares the density of a parameter among the best trials with its density among all of them.
With a few dozen trials its shares move a lot, so each comes with a bootstrap interval over trials and with
the share that shuffled objective values would give: a share below that is what noise looks like. A second null is
dummy parameters, columns of random values that go through the same estimator.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.draws import generator
from adsw.stats.interval import containing_interval
from adsw.stats.resampling import drawn_places
from sweep.space.distributions import Choices, Distribution, Integers, Reals

FEWEST_TRIALS = 8
"""Below this number of trials no importance is computed."""
TOP_TRIALS = 5
"""PED-ANOVA wants at least so many trials among the good ones (Optuna's documentation)."""
TOP_SHARE = 0.1
"""With many trials the good ones are the best tenth."""
RESAMPLES = 100
"""Bootstrap samples of trials, and shuffles."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One trial as importances see it."""

    params: Mapping[str, Any]
    """The active parameters by dotted name."""
    value: float


@dataclass(frozen=True, slots=True)
class Importance:
    """One parameter's share of the whole, between 0 and 1, with its 95 % interval."""

    name: str
    share: float
    low: float
    high: float
    noise: float
    """Mark set by shuffled objective values: in 95 of 100 shuffles no parameter is above its own."""
    above_noise: bool
    """Whether the parameter is above its mark: error control over all parameters together."""
    above_dummy: bool
    """Whether it is above `Importances.dummy`."""


@dataclass(frozen=True, slots=True)
class Importances:
    """The shares of all parameters, largest first, and what they rest on."""

    rows: tuple[Importance, ...]
    trials: int
    good_trials: int
    """Trials counted as good ones."""
    resamples: int
    dummy: float
    """Share that the largest dummy parameter, of as many as there are real ones, stays below in 95 of 100 draws."""


def importances(
    observations: Sequence[Observation],
    space: Mapping[str, Distribution],
    mode: str,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Importances | None:
    """Compute the PED-ANOVA shares of the searched parameters.

    Args:
        observations: trials of one fidelity with finite values. A parameter that is not of the space, or has
            a value outside it (an included configuration), counts as not active in that trial.
        space: the searched parameters' distributions by dotted name.
        mode: ``max`` or ``min``.
        seed: of the bootstrap and of the shuffles.
        resamples: number of bootstrap samples over trials, and of shuffles.

    Returns:
        The shares, or None if there are fewer than `FEWEST_TRIALS` trials, no parameter, or all values are equal.
    """
    values_N = np.array([observation.value for observation in observations], dtype=np.float64)
    encoded = [encoded_params(observation.params, space) for observation in observations]
    names = sorted({name for row in encoded for name in row})
    if len(observations) < FEWEST_TRIALS or not names or np.ptp(values_N) == 0.0:
        return None
    distributions = {name: for_optuna(space[name]) for name in names}
    losses_N = values_N if mode == "min" else -values_N
    drawn = _draws(encoded, losses_N, distributions, generator(seed, "importances"), resamples)
    share_P = _shares(drawn.measured[None, :])[0]
    spans = [containing_interval(float(share_P[i]), draws) for i, draws in enumerate(_shares(drawn.resampled).T)]
    marks_P, dummy = _noise_marks(drawn.shuffled), float(np.percentile(drawn.dummies, 95))
    total = float(drawn.measured.sum()) or 1.0
    rows = [
        Importance(
            name,
            share=spans[i].value,
            low=spans[i].low,
            high=spans[i].high,
            noise=float(min(1.0, marks_P[i] / total)),
            above_noise=bool(drawn.measured[i] > marks_P[i]),
            above_dummy=bool(drawn.measured[i] > dummy),
        )
        for i, name in enumerate(names)
    ]
    rows.sort(key=lambda row: (-row.share, row.name))
    good = math.ceil(_target_quantile(len(encoded)) * len(encoded))
    return Importances(tuple(rows), len(encoded), good, resamples, min(1.0, dummy / total))


@dataclass(frozen=True, slots=True)
class _Draws:
    """Divergences of the P parameters over R draws."""

    measured: NDArray[np.float64]
    """Of the trials themselves, [P]."""
    resampled: NDArray[np.float64]
    """Of bootstrap samples, [R, P]."""
    shuffled: NDArray[np.float64]
    """Under shuffled results, [R, P]."""
    dummies: NDArray[np.float64]
    """The largest among dummy parameters, [R]."""


def _draws(
    encoded: Sequence[Mapping[str, Any]],
    losses_N: NDArray[np.float64],
    distributions: Mapping[str, Any],
    rng: np.random.Generator,
    resamples: int,
) -> _Draws:
    """Compute the divergences of the trials, of bootstrap samples and of both nulls, as `distributions` lists them.

    Every shuffle also holds as many columns of uniform random values as there are parameters, for the second null.
    """
    from optuna.distributions import FloatDistribution

    count, names = len(encoded), list(distributions)
    dummies = [f"dummy {name}" for name in names]
    widened = {**distributions, **dict.fromkeys(dummies, FloatDistribution(0.0, 1.0))}
    everyone_N = np.arange(count)
    resampled_RP, nulls_RP = np.empty((resamples, len(names))), np.empty((resamples, 2 * len(names)))
    with quiet_optuna():
        measured_P = _divergences(encoded, losses_N, everyone_N, distributions)
        for row in range(resamples):
            drawn_N = drawn_places(count, 1, rng)[0]
            resampled_RP[row] = _divergences(encoded, losses_N[drawn_N], drawn_N, distributions)
            # Dummies may share the shuffle: to columns drawn anew each time it makes no difference.
            shuffled_N, columns = rng.permutation(losses_N), rng.random((count, len(names))).tolist()
            dummy_rows = (dict(zip(dummies, values, strict=True)) for values in columns)
            with_dummies = [{**real, **dummy} for real, dummy in zip(encoded, dummy_rows, strict=True)]
            nulls_RP[row] = _divergences(with_dummies, shuffled_N, everyone_N, widened)
    return _Draws(measured_P, resampled_RP, nulls_RP[:, : len(names)], nulls_RP[:, len(names) :].max(axis=1))


def _noise_marks(shuffled_RP: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a mark per parameter, [P], such that in 95 % of shuffles no parameter at all is above its own.

    Each parameter's 95th percentile, stretched by one factor for all: the 95th percentile of the largest share
    measured in its parameter's own percentile (the step of max-T, Westfall and Young 1993).
    """
    own_P = np.percentile(shuffled_RP, 95, axis=0)
    relative_RP = np.divide(shuffled_RP, own_P, out=np.zeros_like(shuffled_RP), where=own_P > 0)
    stretch = max(1.0, float(np.percentile(relative_RP.max(axis=1), 95)))
    marks_P: NDArray[np.float64] = own_P * stretch
    return marks_P


def _shares(divergences_RP: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide each row by its sum; a row of zeros stays one."""
    totals_R1 = divergences_RP.sum(axis=1, keepdims=True)
    return np.divide(divergences_RP, totals_R1, out=np.zeros_like(divergences_RP), where=totals_R1 > 0)


def encoded_params(params: Mapping[str, Any], space: Mapping[str, Distribution]) -> dict[str, Any]:
    """Return a trial's parameters whose value lies in the space, encoded as Optuna is given them."""
    return {
        name: space[name].encode(value) for name, value in params.items() if name in space and space[name].holds(value)
    }


def for_optuna(distribution: Distribution) -> Any:
    """Translate a distribution into Optuna's of the same values.

    Raises:
        TypeError: Optuna has no distribution for this kind.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(distribution, Reals):
        return FloatDistribution(distribution.low, distribution.high, log=distribution.log, step=distribution.step)
    if isinstance(distribution, Integers):
        return IntDistribution(distribution.low, distribution.high, log=distribution.log, step=distribution.step)
    if isinstance(distribution, Choices):
        return CategoricalDistribution([distribution.encode(value) for value in distribution.values])
    raise TypeError(f"no distribution of Optuna stands for {distribution!r}")


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Silence Optuna, which would print a line for each of the hundreds of studies made."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            # Optuna warns of few trials in a regime; the report says so in words and by the interval.
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


def held_study(params: Sequence[Mapping[str, Any]], values: Sequence[float], distributions: Mapping[str, Any]) -> Any:
    """Make an Optuna study, to be minimised, that holds these completed trials.

    Args:
        params: parameters of every trial, encoded for the distributions.
        values: objective of every trial.
        distributions: Optuna's, by name.
    """
    import optuna

    now = datetime.now()
    trials = [
        optuna.trial.FrozenTrial(
            number=number,
            trial_id=number,
            state=optuna.trial.TrialState.COMPLETE,
            value=float(value),
            datetime_start=now,
            datetime_complete=now,
            params=dict(row),
            distributions={name: distributions[name] for name in row},
            user_attrs={},
            system_attrs={},
            intermediate_values={},
        )
        for number, (row, value) in enumerate(zip(params, values, strict=True))
    ]
    study = optuna.create_study(direction="minimize", storage=optuna.storages.InMemoryStorage())
    # `add_trials` would check and copy every trial, which takes most of the time with hundreds of studies.
    study.get_trials = lambda *_, **__: list(trials)
    return study


def _target_quantile(trials: int) -> float:
    """Return the share of trials counted as good: the best tenth, at least `TOP_TRIALS`, and at most half."""
    return min(0.5, max(TOP_SHARE, TOP_TRIALS / trials))


def _divergences(
    params: Sequence[Mapping[str, Any]],
    losses_N: NDArray[np.float64],
    chosen_N: NDArray[np.int64],
    distributions: Mapping[str, Any],
) -> NDArray[np.float64]:
    """Compute PED-ANOVA's divergence of each parameter among the chosen trials, [P], as `distributions` lists them."""
    import optuna

    evaluator = optuna.importance.PedAnovaImportanceEvaluator(
        target_quantile=_target_quantile(len(chosen_N)), region_quantile=1.0, evaluate_on_local=True
    )
    rows = [params[index] for index in chosen_N]
    importance_by_name = evaluator.evaluate(held_study(rows, losses_N.tolist(), distributions))
    # A parameter that is active in few trials may be missing from a resample.
    return np.array([importance_by_name.get(name, 0.0) for name in distributions], dtype=np.float64)
