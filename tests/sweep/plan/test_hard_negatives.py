"""The share of texts that bring a hard negative, told before a sweep starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adsw.store.store import Store
from adsw.train.schedules import Constant
from adsw.train.swap_draws import SwapConfig
from sweep.cli.plan import show
from sweep.plan.hard_negatives import swap_share, swap_shares
from sweep.plan.plan import make_plan
from sweep.plan.resources import Resources
from sweep.plan.warnings import StoreFacts, read_facts, together
from sweep.space.load import parse_space

TERMS = {(): 1, ("genre",): 2, ("genre", "mood", "mood"): 1}
HALF = Constant(value=0.5)


@pytest.mark.parametrize(
    ("config", "share"),
    [
        (SwapConfig(unit="term", probability=HALF), (0 + 2 * 0.5 + 0.875) / 4),
        (SwapConfig(unit="text", probability=HALF), 0.5 * 3 / 4),
        (SwapConfig(unit="term", probability=HALF, categories=("mood",)), 0.75 / 4),
        (SwapConfig(unit="text", probability=HALF, categories=("mood",)), 0.5 / 4),
        (SwapConfig(unit="term", probability=Constant(value=1.0)), 3 / 4),
        (SwapConfig(unit="term"), (2 * 0.15 + 1 - 0.85**3) / 4),
        (SwapConfig(unit="term", probability=HALF, categories=("key",)), 0.0),
    ],
)
def test_the_share_is_that_of_the_law(config: SwapConfig, share: float) -> None:
    assert swap_share(config, TERMS) == pytest.approx(share)


def test_without_recipes_or_texts_nothing_is_known() -> None:
    assert swap_shares([], TERMS) is None
    assert swap_shares([SwapConfig()], {}) is None
    assert swap_shares([SwapConfig(unit="text", probability=HALF), SwapConfig(unit="text")], {("a",): 1}) == (0.15, 0.5)


def _planned(store: Store, facts: StoreFacts, **keys: Any) -> Any:
    base = {"objective": {"metric": "valid/t2m/R@10"}, "recipe": {"epochs": 2, "data.batch_size": 8}}
    resources = Resources(cpus=2, gpus=0, memory_bytes=1 << 34, disk_free=1 << 34)
    return make_plan(parse_space({**base, **keys}), store.info, resources, facts=facts)


def test_a_plan_tells_the_least_and_the_largest_share(tiny_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    facts = read_facts(tiny_store)
    assert facts.terms == {("genre",): 40, (): 120}  # one text of four has a term to replace
    assert together([facts, facts]).terms == {("genre",): 80, (): 240}
    searched = {"trials": 4, "space": {"text.swap.probability": {"uniform": [0.2, 0.8]}}}
    made = _planned(tiny_store, facts, **searched)
    assert made.swap_shares == pytest.approx((0.05, 0.2))
    show(made)
    assert made.swap_share == pytest.approx(0.15 / 4)
    assert "hard negative: 4% by the base recipe, 5% to 20% in the space," in " ".join(capsys.readouterr().out.split())
    arms = {"off": {"text.swap.probability": 0}, "on": {"text.swap.probability": 0.4}}
    assert _planned(tiny_store, facts, method="grid", arms=arms).swap_shares == pytest.approx((0, 0.1))
    unknown = _planned(tiny_store, replace(facts, terms={}), **searched)
    assert unknown.swap_shares is None
    show(unknown)
    assert "hard negative" not in capsys.readouterr().out
