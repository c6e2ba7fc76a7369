"""Ablations: planted differences are decided, arms alike are not, and the words say what the numbers do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adsw.report.statement import GOOD, OPEN, PLAIN
from sweep.report.ablation.results import Ablation, ablation_of
from sweep.report.ablation.text import ablation_caveats, headline, statements, verdict_word
from sweep.report.data import RunData, read_run

from .ablated import LADDER, SQUARE, SWAP, Ablated

Study = Callable[..., tuple[RunData, Ablation]]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Writes an ablation and computes it."""

    def make(**fields: Any) -> tuple[RunData, Ablation]:
        run = read_run(Ablated(**fields).write(tmp_path_factory.mktemp("runs")).path)
        found = ablation_of(run)
        assert found is not None
        return run, found

    return make


@pytest.fixture(scope="module")
def square(study: Study) -> tuple[RunData, Ablation]:
    """A 2 x 2 design in which view dropout helps and swapping does nothing."""
    return study(quality={"drop": 0.8, "both": 0.8})


def words(found: Ablation) -> str:
    return " ".join([headline(found).text, *(one.text for one in statements(found))])


def test_a_planted_difference_is_decided_and_nothing_else(square: tuple[RunData, Ablation]) -> None:
    _, found = square
    verdicts = {one.name: verdict_word(one, found.primary) for one in found.primary.comparisons}
    assert verdicts == {"drop": "decided: better", "swap": "undecided", "both": "decided: better"}
    assert found.reference == "neither"
    assert found.primary.metric.full == "test/t2m/mAP@10"
    assert found.other is not None
    assert found.other.metric.full == "valid/t2m/mAP@10"
    assert headline(found).tone == GOOD
    assert "beats “neither”" in headline(found).text


def test_the_figures_are_those_of_the_trials(square: tuple[RunData, Ablation]) -> None:
    run, found = square
    drop = next(one for one in found.primary.comparisons if one.name == "drop")
    by_seed = [
        [run.test[record.number].metrics["test/t2m/mAP@10"] for record in run.records if record.arm == arm]
        for arm in ("drop", "neither")
    ]
    assert drop.seeds == (0, 1, 2, 3, 4)
    assert drop.pairing is not None
    assert drop.pairing.differences == pytest.approx(np.subtract(*by_seed))
    assert drop.value == pytest.approx(np.mean(by_seed[0]) - np.mean(by_seed[1]))
    assert drop.tracks is not None
    assert drop.tracks.value == pytest.approx(drop.value)
    assert drop.tracks.low < drop.pairing.difference.value < drop.tracks.high
    score = next(one for one in found.primary.arms if one.name == "neither")
    assert score.values == pytest.approx(by_seed[1])


def test_the_square_is_seen_for_the_design_it_is(square: tuple[RunData, Ablation]) -> None:
    _, found = square
    assert found.design is not None
    factors = {factor.name: (factor.low, factor.high) for factor in found.design.factors}
    assert factors == {SWAP: ("0", "linear, end 0.5, epochs 3"), "text.view_dropout.rate": ("0", "0.5")}
    decided = {effect.factors for effect, call in found.primary.effects if call.decided}
    assert decided == {("text.view_dropout.rate",)}
    assert "Effects of the 2 factors and their interactions: decided: view_dropout.rate" in words(found)


def test_few_replicates_say_what_they_cannot(square: tuple[RunData, Ablation]) -> None:
    run, found = square
    assert found.smallest == 0.0625
    assert found.fewest == 7
    assert "no p below 0.0625; from 7 replicates on it decides" in words(found)
    caveats = " ".join(ablation_caveats(run, found))
    assert "with 5 the smallest p that the exact test can give is 0.0625" in caveats
    assert "not tuned again" in caveats


def test_arms_alike_are_left_undecided(study: Study) -> None:
    _, found = study(arms=LADDER, seeds=tuple(range(8)))
    assert not any(one.decided for one in found.primary.comparisons)
    assert found.design is None
    assert headline(found).tone == OPEN
    assert "Nothing was decided" in headline(found).text
    assert "exact sign-flip test over replicates" in words(found)
    assert "A difference of this size needs" in words(found)


def test_a_worse_arm_is_named(study: Study) -> None:
    run, found = study(arms=LADDER, quality={"captions": -1.0}, seeds=tuple(range(10)), tested=False)
    assert headline(found).tone == PLAIN
    assert "“captions” is worse" in headline(found).text
    assert found.primary.metric.full == "valid/t2m/mAP@10"
    assert found.other is None
    assert not found.gaps
    assert not any("Few replicates" in caveat for caveat in ablation_caveats(run, found))


def test_one_seed_decides_nothing(study: Study) -> None:
    run, found = study(quality={"drop": 3.0}, seeds=(4,))
    assert not any(one.decided for one in found.primary.comparisons)
    assert all(one.pairing is None and one.tracks is not None for one in found.primary.comparisons)
    assert found.primary.effects == ()
    assert "what another seed would change is not known" in words(found)
    assert "one seed" in ablation_caveats(run, found)[0]


def test_a_failed_replicate_shortens_only_its_own_pairs(study: Study) -> None:
    run, found = study(quality={"drop": 0.8}, failed=(1,))
    seeds = {one.name: one.seeds for one in found.primary.comparisons}
    assert seeds["drop"] == (1, 2, 3, 4)
    assert seeds["swap"] == (0, 1, 2, 3, 4)
    assert found.replicates == 4
    assert any("“drop” (4)" in caveat for caveat in ablation_caveats(run, found))


def test_a_reference_without_shared_seeds_is_not_compared(study: Study) -> None:
    _, found = study(arms=LADDER, seeds=(0, 1), failed=(0, 4))
    captions = next(one for one in found.primary.comparisons if one.name == "captions")
    assert captions.seeds == ()
    assert captions.tracks is None
    assert captions.judgement is None


def test_identical_arms_share_their_results(study: Study) -> None:
    arms = {"one": {}, "other": {}}
    _, found = study(arms=arms, duplicates=("other",))
    (same,) = found.primary.comparisons
    assert same.value == 0
    assert same.pairing is not None
    assert same.pairing.flips.p == 1
    assert not same.decided


def test_a_searched_nuisance_is_said_to_be_one(study: Study) -> None:
    run, found = study(arms=LADDER, fields={"space": {"optim.lr": {"choice": [1e-3, 1e-4], "role": "nuisance"}}})
    assert found.nuisances_tuned
    assert any("several values of the nuisance" in caveat for caveat in ablation_caveats(run, found))


def test_many_arms_are_not_all_told_in_sentences(study: Study) -> None:
    arms = {f"rate{index}": {"text.view_dropout.rate": index / 10} for index in range(9)}
    _, found = study(arms=arms, seeds=(0, 1))
    assert "2 more comparisons in the table" in words(found)


def test_what_asks_for_no_comparison_gets_none(tmp_path: Path) -> None:
    alone = Ablated(arms={"only": SQUARE["drop"]}, seeds=(0, 1)).write(tmp_path, "alone")
    assert ablation_of(read_run(alone.path)) is None
    failed = Ablated(arms=LADDER, seeds=(0,), failed=(0, 1)).write(tmp_path, "failed")
    assert ablation_of(read_run(failed.path)) is None
