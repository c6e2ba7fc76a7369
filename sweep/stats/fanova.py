"""Share of the objective's variance that each parameter explains: functional ANOVA of a random forest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.draws import generator
from adsw.stats.interval import containing_interval
from adsw.stats.resampling import drawn_places
from sweep.space.distributions import Distribution, Integers, Reals
from sweep.stats.importance import Observation, encoded_params, for_optuna, held_study, quiet_optuna

FEWEST_TRIALS = 20
"""Below this number of trials a forest has too little to go by."""
RESAMPLES = 30
"""Bootstrap samples of trials; a forest is grown on each."""
TREES = 16
"""Trees of a forest."""


@dataclass(frozen=True, slots=True)
class VarianceShare:
    """One parameter's share of the variance that single parameters explain, with its 95 % interval."""

    name: str
    share: float
    low: float
    high: float
    above_dummy: bool
    """Whether the share is above `VarianceShares.dummy`."""


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """The shares of all parameters, largest first."""

    rows: tuple[VarianceShare, ...]
    dummy: float
    """Largest share that a column of random values had in any resample, relative to the sum of the real ones."""
    trials: int
    resamples: int
    left_out: tuple[str, ...]
    """Conditional parameters: a forest needs a value of every trial."""


def variance_shares(
    observations: Sequence[Observation],
    space: Mapping[str, Distribution],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> VarianceShares | None:
    """Compute fANOVA main effects, with bootstrap intervals over trials and dummy parameters as null.

    Hutter, Hoos and Leyton-Brown, *An Efficient Approach for Assessing Hyperparameter Importance*, ICML 2014, as Optuna
    computes it (`FanovaImportanceEvaluator`). Parameters searched on a logarithmic scale enter as logarithms. Every
    resample adds as many columns of uniform random values as there are real ones; a parameter above the largest of all
    of them stands out (if none has an effect, one would in about 1 of `resamples` + 1 sweeps). Unlike PED-ANOVA, which
    asks what good trials have in common, this explains the variance over all trials, bad ones too.

    Args:
        observations: trials of one fidelity with finite values.
        space: the searched parameters' distributions by dotted name.
        seed: of forests, bootstrap and dummies.
        resamples: bootstrap samples over trials.

    Returns:
        The shares, or None if there are fewer than `FEWEST_TRIALS` trials, no parameter that all have, or all values
        are equal.
    """
    encoded = [encoded_params(observation.params, space) for observation in observations]
    known = sorted({name for row in encoded for name in row})
    names = [name for name in known if all(name in row for row in encoded)]
    values_N = np.array([observation.value for observation in observations], dtype=np.float64)
    if len(encoded) < FEWEST_TRIALS or not names or np.ptp(values_N) == 0.0:
        return None
    columns = {name: _column([row[name] for row in encoded], space[name]) for name in names}
    rng = generator(seed, "fanova")
    everyone_N = np.arange(len(encoded))
    drawn_RP, dummies_R = np.empty((resamples, len(names))), np.empty(resamples)
    even = for_optuna(Reals(0.0, 1.0))
    with quiet_optuna():
        measured_P, _ = _shares(_explained(columns, values_N, everyone_N, seed), len(names))
        for row in range(resamples):
            chosen_N = drawn_places(len(encoded), 1, rng)[0]
            dummies = {f"dummy {name}": _Column(rng.random(len(encoded)).tolist(), even) for name in names}
            explained = _explained({**columns, **dummies}, values_N, chosen_N, seed + row + 1)
            drawn_RP[row], dummies_R[row] = _shares(explained, len(names))
    mark = float(dummies_R.max())
    spans = [containing_interval(float(share), draws) for share, draws in zip(measured_P, drawn_RP.T, strict=True)]
    rows = [
        VarianceShare(name, span.value, span.low, span.high, above_dummy=span.value > mark)
        for name, span in zip(names, spans, strict=True)
    ]
    rows.sort(key=lambda row: (-row.share, row.name))
    left_out = tuple(name for name in known if name not in names)
    return VarianceShares(tuple(rows), mark, len(encoded), resamples, left_out)


@dataclass(frozen=True, slots=True)
class _Column:
    """One parameter's values in all trials, and their distribution as Optuna's."""

    values: list[Any]
    distribution: Any


def _column(values: list[Any], distribution: Distribution) -> _Column:
    """Return one parameter's values as the forest takes them: logarithms where it was searched on that scale."""
    if isinstance(distribution, Reals | Integers) and distribution.log:
        # The forest's marginals are means over a parameter's range: over the range it was searched in.
        low, high = math.log(distribution.low), math.log(distribution.high)
        # Rounding may take the logarithm of an end just outside the range.
        logs = np.clip(np.log(np.asarray(values, dtype=np.float64)), low, high)
        return _Column(logs.tolist(), for_optuna(Reals(low, high)))
    return _Column(values, for_optuna(distribution))


def _shares(explained: NDArray[np.float64], real: int) -> tuple[NDArray[np.float64], float]:
    """Return the first `real` columns' shares of their sum, and the largest other column as a share of that sum."""
    total = float(explained[:real].sum()) or 1.0
    return explained[:real] / total, float(explained[real:].max(initial=0.0)) / total


def _explained(
    columns: Mapping[str, _Column], values_N: NDArray[np.float64], chosen_N: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Compute the variance that each column explains among the chosen trials, in the columns' order."""
    import optuna

    distributions = {name: column.distribution for name, column in columns.items()}
    rows = [{name: column.values[index] for name, column in columns.items()} for index in chosen_N]
    study = held_study(rows, values_N[chosen_N].tolist(), distributions)
    importances = optuna.importance.FanovaImportanceEvaluator(n_trees=TREES, seed=seed).evaluate(study)
    return np.array([importances[name] for name in columns], dtype=np.float64)
