"""Texts drawn online feed a training step, by the law of the bank's."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import chi2_contingency

from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import builtin
from adsw.online import DrawnTexts, OnlineBank, TextMemory, Writer, words_of
from adsw.spelling import folded
from adsw.store.schema import SOURCES
from adsw.store.store import Store
from adsw.train.bank import Gather, StoreBank
from adsw.train.block import Block
from adsw.train.recipe import resolve
from adsw.train.sampling import TextDraws
from adsw.trainer import OnlineMode

from .conftest import TAGS, BagOfWords

UNLIKELY = 1e-4
CPU = torch.device("cpu")
EPOCHS = 16
CATEGORY = {tag: category for category, tags in TAGS.items() for tag in tags}


@pytest.fixture(scope="module")
def block(store: Store) -> Block:
    return Block.from_table(store.table("train"), store.info.dimensions)


def online_bank(store: Store, block: Block, dtype: torch.dtype = torch.float32) -> OnlineBank:
    return OnlineMode.of(store).bank(block, CPU, dtype, False)


def draw(bank: StoreBank | OnlineBank, seed: int = 0, epoch: int = 0, **settings: Any) -> TextDraws:
    text = resolve({f"text.{name.replace('__', '.')}": value for name, value in settings.items()}).text
    rows = np.arange(len(bank.block))
    return bank.index.draw(text, seed, epoch, rows, np.zeros_like(rows))


def strings(bank: StoreBank | OnlineBank, texts: np.ndarray[Any, Any]) -> list[str]:
    if isinstance(bank, OnlineBank):
        return [bank.index.strings[text] for text in texts]
    return [bank.block.texts[text].as_py() for text in texts]


def kept(text: str) -> frozenset[str]:
    """The categories of which a text names a tag: as every track has one of each, they say which view it is."""
    return frozenset(CATEGORY[word] for word in text.replace(",", " ").split() if word in CATEGORY)


@pytest.mark.parametrize("settings", [{"rate": 0.3, "human": 0.0}, {"rate": 0.7, "human": 0.5}])
def test_the_bank_has_the_law_of_online_drawing(store: Store, block: Block, settings: dict[str, float]) -> None:
    """Source, view and hard negative, of two independent samples."""
    found = []
    for bank in (StoreBank(block, CPU, torch.float32), online_bank(store, block)):
        counts: Counter[Any] = Counter()
        for epoch in range(EPOCHS):
            drawn = draw(
                bank,
                epoch=epoch,
                view_dropout__rate=settings["rate"],
                mix__human=settings["human"],
                swap__probability=0.4,
            )
            views = [
                kept(text) if source == 0 else round(4 * share) if source == 1 else "human"
                for text, source, share in zip(
                    strings(bank, drawn.text), drawn.source.tolist(), drawn.kept_share.tolist(), strict=True
                )
            ]
            counts.update(zip(drawn.source.tolist(), views, (drawn.swaps.swap[:, 0] >= 0).tolist(), strict=True))
        found.append(counts)
    outcomes = [key for key in found[0] | found[1] if found[0][key] + found[1][key] >= 12]
    assert len(outcomes) > 30
    table = [[counts[key] for key in outcomes] for counts in found]
    assert chi2_contingency(table).pvalue > UNLIKELY


@pytest.mark.parametrize(
    "swap",
    [
        {"unit": "text", "probability": 1},
        {"unit": "term", "probability": 0.4},
        {"unit": "term", "probability": 0.4, "max_terms": 2, "negatives": 2},
        {"unit": "text", "probability": 0.7, "max_terms": 1, "categories": ["genre", "mood"]},
    ],
)
def test_swaps_replace_as_many_terms_as_the_banks(store: Store, block: Block, swap: dict[str, Any]) -> None:
    """How many terms are replaced, and of a single one its category; none where none is drawn."""
    found: list[Counter[Any]] = []
    asked: list[float] = []
    for bank in (StoreBank(block, CPU, torch.float32), online_bank(store, block)):
        counts: Counter[Any] = Counter()
        for epoch in range(5):
            drawn = draw(bank, epoch=epoch, swap=swap, mix__caption=0, view_dropout__rate=0)
            texts = strings(bank, drawn.text)
            for own, number in zip(texts, drawn.swaps.swap[:, 0].tolist(), strict=True):
                other = strings(bank, np.array([number]))[0] if number >= 0 else own
                gone = set(own.split(", ")) - set(other.split(", "))
                counts[CATEGORY[next(iter(gone))] if len(gone) == 1 else len(gone)] += 1
            asked += drawn.swaps.asked.round(6).tolist()
        found.append(counts)
    # Whole lists of tags: as many terms can be replaced, but for what stands beside them in another order.
    halves = [Counter(asked[: len(asked) // 2]), Counter(asked[len(asked) // 2 :])]
    assert halves[0].keys() == halves[1].keys()
    if len(halves[0]) > 1:
        assert chi2_contingency([[half[key] for key in sorted(halves[0])] for half in halves]).pvalue > UNLIKELY
    outcomes = sorted(found[0] | found[1], key=str)
    assert len(outcomes) > 2
    assert chi2_contingency([[counts[outcome] for outcome in outcomes] for counts in found]).pvalue > UNLIKELY


def test_online_texts_are_masked_where_they_are_true(store: Store, block: Block) -> None:
    bank = online_bank(store, block)
    drawn = draw(bank, view_dropout__rate=0.9, swap__probability=1, swap__negatives=2)
    rows = np.arange(len(block))
    texts = np.concatenate([drawn.text, drawn.swaps.swap.ravel()])
    found = bank.true_of(texts, rows)
    tags = [{tag for given in words.tags.values() for tag in given} for words in words_of(block)]
    assert bank.knows_truths
    for text, true in zip(texts.tolist(), found, strict=True):
        said = "" if text < 0 else bank.index.strings[text]
        stated = {word.strip(".,;") for word in said.split()} & CATEGORY.keys()
        for row in np.flatnonzero(true):
            assert stated <= tags[row]
    assert found[: len(rows)].sum() > 5 * len(rows)


def test_tensors_are_those_of_the_strings_drawn(store: Store, block: Block) -> None:
    bank = online_bank(store, block, torch.float64)
    drawn = draw(bank, swap__probability=0.5)
    swapped = drawn.swaps.swap[drawn.swaps.swap >= 0]
    assert 20 < len(swapped) < len(drawn.text)
    for texts in (drawn.text, swapped, drawn.text.reshape(2, -1)):
        wanted = BagOfWords().encode(strings(bank, texts.ravel())).astype(np.float16)
        found = bank.text(texts)
        assert found.dtype == torch.float64
        assert np.array_equal(found.numpy().reshape(wanted.shape), wanted)
    rows = np.array([[3, 1], [5, 3]])
    assert np.array_equal(bank.audio(rows).numpy(), block.audio[rows])


def test_equal_strings_have_equal_codes(store: Store, block: Block) -> None:
    bank = online_bank(store, block)
    drawn = draw(bank, view_dropout__rate=1, mix__caption=0)
    texts = strings(bank, drawn.text)
    assert len(set(texts)) < len(texts)
    assert len(set(zip(texts, bank.text_code(drawn.text).tolist(), strict=True))) == len(set(texts))


def test_trials_share_a_window_without_disturbing_each_other(store: Store, block: Block) -> None:
    alone, shared = online_bank(store, block), online_bank(store, block)
    draw(shared, seed=7)
    first, later = draw(alone), draw(shared)
    draw(shared, seed=8)
    assert strings(alone, first.text) == strings(shared, later.text)
    assert torch.equal(alone.text(first.text), shared.text(later.text))
    assert len(set(shared.index.strings)) == len(shared.index.strings) == len(shared.index.embeddings)


def test_only_human_captions_are_read_from_the_block(block: Block) -> None:
    words = words_of(block)
    assert [one.track_id for one in words] == block.track_ids
    assert {len(one.captions) for one in words} == {0, 1}
    human = block.source == SOURCES.index("human")
    assert sum(len(one.captions) for one in words) == (human & (block.swap_of < 0)).sum()
    assert all(set(one.tags) == set(TAGS) for one in words)


def test_a_gatherer_may_keep_a_copy(block: Block) -> None:
    rows = np.array([[0, 4], [4, 2]])
    near, kept_copy = (Gather(block.audio, CPU, torch.float32, resident) for resident in (False, True))
    assert torch.equal(near(rows), kept_copy(rows))


def test_spellings_of_one_text_have_one_number() -> None:
    drawn = DrawnTexts([], Writer(builtin(), TemplateCaptioner(builtin())), TextMemory(BagOfWords()), folded)
    drawn.add(dict.fromkeys(["a slow jig", "A Slow Jig", "a fast jig"]))
    drawn.add(dict.fromkeys(["a fast jig", "A FAST JIG"]))
    assert drawn.strings == ("a slow jig", "A Slow Jig", "a fast jig", "A FAST JIG")
    assert drawn.codes.tolist() == [0, 0, 1, 1]
