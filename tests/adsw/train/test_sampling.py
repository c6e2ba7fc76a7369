"""Sampling from the bank has the law it states, and belongs to (seed, epoch, track) alone."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import chisquare

from adsw.draws import keys_of
from adsw.store.schema import SOURCES
from adsw.train.block import Block
from adsw.train.recipe import resolve
from adsw.train.sampling import TextConfig, TextDraws, TextSampler, log_binomial

from .synthetic import DIMENSIONS, synthetic_table, table_of, text_of

TRACKS = 4000
UNLIKELY = 1e-4
"""A right law fails one test in ten thousand; the draws are fixed, so it fails always or never."""


def config(**settings: Any) -> TextConfig:
    return resolve({f"text.{name.replace('__', '.')}": value for name, value in settings.items()}).text


def draw(block: Block, text: TextConfig, seed: int = 0, epoch: int = 0) -> TextDraws:
    rows = np.arange(len(block))
    return TextSampler(block).draw(text, seed, epoch, rows, np.zeros(len(rows), dtype=np.int64))


def counted(texts: list[dict[str, object]], text: TextConfig, epoch: int = 0) -> TextDraws:
    """Draws for as many tracks as `TRACKS`, all with these texts; `text` and `swap` count within the track."""
    one = table_of({"track": texts})
    keys = pa.array(keys_of(f"track {number}" for number in range(TRACKS)))
    table = one.take([0] * TRACKS)
    table = table.set_column(table.schema.get_field_index("track_key"), "track_key", keys)
    block = Block.from_table(table, DIMENSIONS)
    drawn = draw(block, text, epoch=epoch)
    start = block.offsets[:-1]
    swap = np.where(drawn.swaps.swap >= 0, drawn.swaps.swap - start[:, None], -1)
    return replace(drawn, text=drawn.text - start, swaps=replace(drawn.swaps, swap=swap))


def assert_law(found: Counter[Any], law: dict[Any, float]) -> None:
    assert set(found) <= {key for key, probability in law.items() if probability > 0}
    keys = [key for key, probability in law.items() if probability > 0]
    if len(keys) < 2:
        return
    total = sum(found.values())
    assert chisquare([found[key] for key in keys], [law[key] * total for key in keys]).pvalue > UNLIKELY


def all_views(tags: str) -> list[dict[str, object]]:
    """Every subset of the tags, each as likely as its size allows; subsets with tag 'a' weigh more by category."""
    texts = []
    for kept in range(1, len(tags) + 1):
        subsets = list(itertools.combinations(tags, kept))
        heavy = [3.0 if "a" in subset else 1.0 for subset in subsets]
        for subset, weight in zip(subsets, heavy, strict=True):
            view = len(texts)
            texts.append(text_of("".join(subset), "tags", kept, view, 1 / len(subsets), weight / sum(heavy)))
    return texts


def law_of_dropping(tags: str, rate: float) -> dict[str, float]:
    """Each tag kept with probability 1 - rate, given that one is: by going through all subsets."""
    law = {
        "".join(subset): (1 - rate) ** kept * rate ** (len(tags) - kept)
        for kept in range(1, len(tags) + 1)
        for subset in itertools.combinations(tags, kept)
    }
    return {key: value / sum(law.values()) for key, value in law.items()}


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_views_have_the_law_of_dropping_tags(rate: float) -> None:
    texts = all_views("abcd")
    drawn = counted(texts, config(view_dropout__rate=rate, mix__caption=0))
    law = dict.fromkeys("abcd", 0.25) if rate == 1.0 else law_of_dropping("abcd", rate)
    assert_law(Counter(str(texts[place]["text"]) for place in drawn.text), law)


def test_category_balance_uses_its_own_weights() -> None:
    texts = all_views("abc")
    drawn = counted(texts, config(view_dropout__balance="category", view_dropout__rate=0.5))
    count_law = {kept: math.comb(3, kept) / 7 for kept in (1, 2, 3)}
    law = {
        place: count_law[int(str(text["kept"]))] * float(str(text["weight_category"]))
        for place, text in enumerate(texts)
    }
    assert_law(Counter(drawn.text.tolist()), law)


def test_views_that_weigh_nothing_are_not_drawn() -> None:
    texts = [text_of("a", weight=0.0, weight_category=1.0), text_of("b", view=1), text_of("c", view=2, weight=0.0)]
    assert set(counted(texts, config()).text.tolist()) == {1}


HUMAN = [text_of("h", "human", 0, -1), text_of("i", "human", 0, -1)]


def test_sources_follow_the_mix_among_those_a_track_has() -> None:
    text = config(mix__tags=1, mix__caption=2, mix__human=1)
    all_sources = counted([text_of("x"), text_of("c", "caption"), *HUMAN], text)
    assert_law(Counter(all_sources.text.tolist()), {0: 0.25, 1: 0.5, 2: 0.125, 3: 0.125})
    human = all_sources.source == SOURCES.index("human")
    assert np.array_equal(np.isnan(all_sources.kept_share), human)
    no_caption = counted([text_of("y"), HUMAN[0]], text)
    assert_law(Counter(no_caption.text.tolist()), {0: 0.5, 1: 0.5})
    tags_only = counted([text_of("z")], text)
    assert not (all_sources.other_source | no_caption.other_source | tags_only.other_source).any()


@pytest.mark.parametrize("p_cap", [0.0, 0.25, 0.5, 1.0])
def test_p_cap_is_the_mix_of_tags_and_captions(p_cap: float) -> None:
    """Whatever the weights' scale: p_cap is caption / (caption + tags)."""
    for scale in (1.0, 7.0):
        drawn = counted(
            [text_of("x"), text_of("c", "caption")], config(mix__tags=scale * (1 - p_cap), mix__caption=scale * p_cap)
        )
        assert_law(Counter(drawn.text.tolist()), {0: 1 - p_cap, 1: p_cap})


@pytest.mark.parametrize("epoch", [0, 3, 6, 9])
def test_three_sources_follow_three_schedules(epoch: int) -> None:
    shapes = {
        "tags": {"kind": "linear", "start": 1, "end": 0, "epochs": 6},
        "caption": {"kind": "piecewise", "points": [[0, 0.2], [3, 1], [9, 0.4]]},
        "human": {"kind": "step", "start": 0, "end": 0.6, "epochs": 6, "steps": 2},
    }
    text = config(mix=shapes)
    weights = {name: getattr(text.mix, name).at(epoch) for name in SOURCES}
    whole = sum(weights.values())
    drawn = counted([text_of("x"), text_of("c", "caption"), text_of("h", "human", 0, -1)], text, epoch)
    law = {place: weights[name] / whole for place, name in enumerate(("tags", "caption", "human"))}
    assert_law(Counter(drawn.text.tolist()), law)


def test_a_track_without_a_wanted_source_shows_what_it_has() -> None:
    text = config(mix__tags=0, mix__caption=0, mix__human=1)
    bare = counted([text_of("x"), text_of("c", "caption")], text)
    assert_law(Counter(bare.text.tolist()), {0: 0.5, 1: 0.5})
    assert bare.other_source.all()
    assert not counted([text_of("x"), HUMAN[0]], text).other_source.any()


def test_the_mix_follows_its_schedule() -> None:
    ramp = {"kind": "linear", "start": 0, "end": 1, "epochs": 4}
    text = config(mix__tags=1, mix__caption=ramp)
    for epoch, share in ((0, 0.0), (2, 1 / 3), (4, 0.5)):
        drawn = counted([text_of("x"), text_of("c", "caption")], text, epoch)
        assert_law(Counter(drawn.text.tolist()), {0: 1 - share, 1: share})


def test_missing_counts_are_renormalised() -> None:
    some = counted([text_of("a"), text_of("abc", kept=3, view=1)], config(view_dropout__rate=0.5))
    assert_law(Counter(some.text.tolist()), {0: 0.75, 1: 0.25})
    texts = [text_of("a"), text_of("b", "caption", 3)]
    assert set(counted(texts, config(view_dropout__rate=0, mix__caption=0)).text.tolist()) == {0}


def test_uses_are_drawn_independently() -> None:
    """The source says nothing about the kept count, the view or the hard negative."""
    texts = [text | {"swappable": ["x"]} for text in all_views("abc")]
    captions = [text | {"source": "caption"} for text in texts]
    swaps = [text_of("s", swap_of=place, swap_terms=1, swap_categories=["x"]) for place in range(14)]
    drawn = counted([*texts, *captions, *swaps], config(swap__probability=0.5, view_dropout__rate=0.5))
    found = Counter(zip(drawn.text.tolist(), drawn.swaps.wanted.tolist(), strict=True))
    assert_law(found, {(place, wanted): 1 / 28 for place in range(14) for wanted in (False, True)})


def test_draws_belong_to_the_track() -> None:
    table = synthetic_table(40)
    order = np.random.default_rng(0).permutation(len(table))
    shown = []
    for each in (table, table.take(order), table.take(order[:11])):
        block = Block.from_table(each, DIMENSIONS)
        drawn = draw(block, config(swap__probability=0.4), seed=3, epoch=5)
        texts = block.texts.to_pylist()
        told = [
            (texts[text], texts[swap] if swap >= 0 else "")
            for text, swap in zip(drawn.text, drawn.swaps.swap[:, 0], strict=True)
        ]
        shown.append(dict(zip(block.track_ids, told, strict=True)))
    assert shown[0] == shown[1]
    assert shown[2].items() <= shown[0].items()


def test_draws_change_with_seed_epoch_and_visit() -> None:
    block = Block.from_table(synthetic_table(40), DIMENSIONS)
    index, rows = TextSampler(block), np.arange(40)
    first, second = np.zeros(40, dtype=np.int64), np.ones(40, dtype=np.int64)
    ways = [(0, 0, first), (1, 0, first), (0, 1, first), (0, 0, second)]
    drawn = [index.draw(config(), seed, epoch, rows, visits).text.tolist() for seed, epoch, visits in ways]
    assert len({tuple(texts) for texts in drawn}) == len(ways)


def test_texts_belong_to_their_track_and_swaps_to_their_text() -> None:
    block = Block.from_table(synthetic_table(60), DIMENSIONS)
    drawn = draw(block, config(swap__probability=1.0))
    assert block.track_of_text[drawn.text].tolist() == list(range(60))
    assert (block.swap_of[drawn.text] == -1).all()
    assert (block.swap_of[drawn.swaps.swap[:, 0]] == drawn.text).all()
    assert (drawn.kept_share <= 1).all()


def test_a_track_without_text_is_refused() -> None:
    with pytest.raises(ValueError, match="1 tracks have no text to draw, mute among them"):
        TextSampler(Block.from_table(table_of({"heard": [text_of("x")], "mute": []}), DIMENSIONS))


def test_the_table_of_the_law_is_the_binomial() -> None:
    law = np.exp(log_binomial(5, 0.3))[5, 1:]
    expected = [math.comb(5, m) * 0.7**m * 0.3 ** (5 - m) for m in range(1, 6)]
    assert law == pytest.approx(expected)


def test_one_call_gives_what_single_calls_give() -> None:
    block = Block.from_table(synthetic_table(30), DIMENSIONS)
    index = TextSampler(block)
    together = draw(block, config(swap__probability=0.5), 9, 2)
    for row in range(30):
        alone = index.draw(config(swap__probability=0.5), 9, 2, np.array([row]), np.zeros(1, dtype=np.int64))
        assert alone.text[0] == together.text[row]
        assert alone.swaps.swap[0] == together.swaps.swap[row]
