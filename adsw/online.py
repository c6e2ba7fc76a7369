"""Texts of visits as strings: the sampling rules applied without a bank."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from adsw.arrays import Halves as Halfs
from adsw.augment.captions.protocol import Captioner
from adsw.augment.swap import swap
from adsw.augment.views import flat_tags, sample_view
from adsw.augment.vocabulary import Vocabulary
from adsw.draws import generator
from adsw.encoders.inference import halves
from adsw.encoders.protocol import TextEncoder
from adsw.spelling import one_text
from adsw.store.schema import SOURCES
from adsw.train.bank import Gather, Rows
from adsw.train.block import Block
from adsw.train.sampling import MixConfig, SwapConfig, TextConfig, TextDraws

_TAGS, _CAPTION, _HUMAN = (SOURCES.index(name) for name in ("tags", "caption", "human"))


@dataclass(frozen=True, slots=True)
class Words:
    """The material of a track's texts."""

    track_id: str
    tags: dict[str, tuple[str, ...]]
    """Category -> tags."""
    captions: tuple[str, ...]
    """Written by people."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a track within an epoch, from 0."""

    words: Words
    number: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The texts of one visit; the fields of `adsw.train.sampling.TextDraws`, with strings for texts."""

    text: str
    swap: str | None
    wanted: bool
    source: int
    kept_share: float
    other_source: bool


@dataclass(slots=True)
class _Draft:
    """A visit on its way to `Shown`."""

    words: Words
    key: str
    """Key of the caption's wording."""
    rng: np.random.Generator
    source: int
    other_source: bool
    view: dict[str, tuple[str, ...]]
    """The tags kept; empty for a human caption."""
    text: str
    """Empty until the captioner has worded it."""


class Writer:
    """Draws and writes the texts of visits, by draws of (seed, epoch, track, visit) alone.

    Args:
        vocabulary: finds what to swap, and what by.
        captioner: words the views.
    """

    def __init__(self, vocabulary: Vocabulary, captioner: Captioner) -> None:
        self._vocabulary = vocabulary
        self._captioner = captioner

    def write(self, config: TextConfig, seed: int, epoch: int, visits: Sequence[Visit]) -> list[Shown]:
        """Draw and write the text of each visit at an epoch (0-based) under a seed.

        Raises:
            ValueError: a track has neither tags nor captions.
        """
        drafts = [_draft(config, seed, epoch, visit) for visit in visits]
        wordless = [draft for draft in drafts if draft.source == _CAPTION]
        if wordless:
            captions = self._captioner.caption([draft.view for draft in wordless], [draft.key for draft in wordless])
            for draft, caption in zip(wordless, captions, strict=True):
                draft.text = caption.text
        probability = config.swap.probability.at(epoch)
        return [self._finished(draft, config.swap, probability) for draft in drafts]

    def _finished(self, draft: _Draft, config: SwapConfig, probability: float) -> Shown:
        """Return the draft with its hard negative, if one is drawn for and the text has something to swap."""
        tags = [tag for _, tag in flat_tags(draft.words.tags)]
        wanted = bool(draft.rng.random() < probability)
        made = None
        if wanted:
            made = swap(draft.text, self._vocabulary, tags, draft.rng, config.max_terms, config.categories)
        kept = len(flat_tags(draft.view))
        share = kept / len(tags) if kept else np.nan
        return Shown(draft.text, made.text if made else None, wanted, draft.source, share, draft.other_source)


def _draft(config: TextConfig, seed: int, epoch: int, visit: Visit) -> _Draft:
    """Draw the source, the view and, where no captioner is needed, the text of a visit."""
    words = visit.words
    # One generator per visit, whose draws come in a fixed order: source, then text or view, last the swap.
    rng = generator("online", seed, epoch, words.track_id, visit.number)
    source, other = _source(config.mix, epoch, words, rng)
    view: dict[str, tuple[str, ...]] = {}
    text = ""
    if source == _HUMAN:
        text = words.captions[int(rng.integers(len(words.captions)))]
    else:
        view = sample_view(words.tags, config.view_dropout.rate.at(epoch), config.view_dropout.balance, rng)
    if source == _TAGS:
        tags = [tag for _, tag in flat_tags(view)]
        text = ", ".join(tags[place] for place in rng.permutation(len(tags)))
    key = f"online/{seed}/{epoch}/{words.track_id}/{visit.number}"
    return _Draft(words, key, rng, source, other, view, text)


def _source(mix: MixConfig, epoch: int, words: Words, rng: np.random.Generator) -> tuple[int, bool]:
    """Draw a source by the mix among those the track has; return it and whether the mix weighs none of them."""
    tagged = bool(flat_tags(words.tags))
    has = np.array([bool(words.captions) if name == "human" else tagged for name in SOURCES])
    if not has.any():
        raise ValueError(f"track {words.track_id} has no text to draw")
    weights = has * np.array([getattr(mix, name).at(epoch) for name in SOURCES])
    other = not weights.any()
    weights = has.astype(np.float64) if other else weights
    return int(rng.choice(len(SOURCES), p=weights / weights.sum())), other


OnEncoded = Callable[[int, int], None]
"""Called with how many texts of a request are encoded, and how many there are to encode."""

MOST_BYTES = 1 << 30

_CHUNK = 256
"""Texts encoded between two reports of progress."""


def nobody(done: int, total: int) -> None:
    """Ignore progress."""
    del done, total


class TextMemory:
    """Encodes texts, in fp16 as a store holds them, and forgets those that were not asked for the longest time.

    Args:
        encoder: a frozen text encoder.
        most_bytes: of embeddings remembered; 0 remembers none.
    """

    def __init__(self, encoder: TextEncoder, most_bytes: int = MOST_BYTES) -> None:
        self._encoder = encoder
        self._most = most_bytes // (2 * encoder.info.tokens * encoder.info.features)
        self._known: dict[str, Halfs] = {}  # the one asked for longest ago comes first
        self.on_encoded: OnEncoded = nobody
        """Called with progress."""
        self.asked = 0
        """Texts asked for so far."""
        self.encoded = 0
        """Texts encoded so far."""
        self.seconds = 0.0
        """Wall time spent on encoding so far."""

    def embeddings(self, texts: Sequence[str]) -> Halfs:
        """Return the embeddings of texts, fp16 [texts, T_t, D_t].

        Raises:
            ValueError: the encoder gave a wrong shape, or values that are not finite.
        """
        embeddings = {text: self._known.pop(text) for text in dict.fromkeys(texts) if text in self._known}
        # By length: encoders batch neighbours, and then have little to pad.
        missing = sorted({text for text in texts if text not in embeddings}, key=lambda text: (len(text), text))
        embeddings |= zip(missing, self._encode(missing), strict=True)
        # Taken out above and put back here, at the end: the texts asked for longest ago come first.
        self._known |= embeddings
        for text in list(self._known)[: max(0, len(self._known) - self._most)]:
            del self._known[text]
        self.asked += len(texts)
        shape = (self._encoder.info.tokens, self._encoder.info.features)
        return np.array([embeddings[text] for text in texts], dtype=np.float16).reshape(-1, *shape)

    def _encode(self, texts: Sequence[str]) -> list[Halfs]:
        """Encode texts in chunks and count them, fp16 [T_t, D_t] each."""
        encoded: list[Halfs] = []
        started = time.perf_counter()
        for first in range(0, len(texts), _CHUNK):
            self.on_encoded(first, len(texts))
            part = halves(self._encoder.encode(texts[first : first + _CHUNK]), self._encoder.info)
            if not np.isfinite(part).all():
                raise ValueError(f"{self._encoder.info.name} gave values that are not finite")
            encoded += list(part)
        self.seconds += time.perf_counter() - started
        self.encoded += len(texts)
        return encoded


class DrawnTexts:
    """The texts drawn for a window so far, by any trial: each distinct string once, with its embedding.

    Args:
        words: of the window's tracks, in order.
        writer: draws and writes.
        memory: encodes.
        key: equal for strings that are one text (`adsw.store.schema.Dimensions.key`).
    """

    def __init__(
        self, words: list[Words], writer: Writer, memory: TextMemory, key: Callable[[str], str] = one_text
    ) -> None:
        self._words, self._writer, self._memory, self._key = words, writer, memory, key
        self._numbers: dict[str, int] = {}
        self._codes: dict[str, int] = {}
        self.codes: Rows = np.empty(0, dtype=np.int64)
        """int64 [M], equal for spellings of one text."""
        self.embeddings: Halfs = memory.embeddings([])
        """fp16 [M, T_t, D_t]."""

    @property
    def strings(self) -> tuple[str, ...]:
        """The M texts."""
        return tuple(self._numbers)

    def add(self, strings: Sequence[str]) -> None:
        """Encode and number the texts that are new."""
        fresh = [text for text in dict.fromkeys(strings) if text not in self._numbers]
        self._numbers |= zip(fresh, range(len(self._numbers), len(self._numbers) + len(fresh)), strict=True)
        codes = [self._codes.setdefault(key, len(self._codes)) for key in map(self._key, fresh)]
        self.codes = np.concatenate([self.codes, np.array(codes, dtype=np.int64)])
        self.embeddings = np.concatenate([self.embeddings, self._memory.embeddings(fresh)])

    def draw(self, config: TextConfig, seed: int, epoch: int, rows_n: Rows, visits_n: Rows) -> TextDraws:
        """Draw, write and encode the texts of each visit; see `TextSampler.draw`."""
        visits = zip(rows_n.tolist(), visits_n.tolist(), strict=True)
        shown = self._writer.write(config, seed, epoch, [Visit(self._words[row], number) for row, number in visits])
        strings = [item.text for item in shown] + [item.swap for item in shown if item.swap is not None]
        self.add(strings)
        return TextDraws(
            text=np.array([self._numbers[item.text] for item in shown], dtype=np.int64),
            swap=np.array([-1 if item.swap is None else self._numbers[item.swap] for item in shown], dtype=np.int64),
            wanted=np.array([item.wanted for item in shown], dtype=np.bool_),
            source=np.array([item.source for item in shown], dtype=np.int64),
            kept_share=np.array([item.kept_share for item in shown], dtype=np.float64),
            other_source=np.array([item.other_source for item in shown], dtype=np.bool_),
        )


class OnlineBank:
    """An `adsw.train.bank.Bank` without a bank: audio from the store, texts as they are drawn.

    It grows with every draw, so it should serve one epoch of one window and be let go.

    Args:
        block: the tracks; of their texts only the human captions are used.
        writer, memory: see `DrawnTexts`.
        device, dtype, resident: see `adsw.train.bank.BankMaker`.
    """

    def __init__(
        self,
        block: Block,
        writer: Writer,
        memory: TextMemory,
        device: torch.device,
        dtype: torch.dtype,
        resident: bool = False,
    ) -> None:
        self.block = block
        self.index = DrawnTexts(words_of(block), writer, memory, block.dimensions.key)
        self._device, self._dtype = device, dtype
        self._audio = Gather(block.audio, device, dtype, resident)

    def audio(self, rows: Rows) -> Tensor:
        """Return the audio tokens of tracks, [*rows, T_a, D_a]."""
        return self._audio(rows)

    def text(self, texts: Rows) -> Tensor:
        """Return the embeddings of texts, numbered in the order in which they were first drawn, [*texts, T_t, D_t]."""
        return Gather(self.index.embeddings, self._device, self._dtype)(texts)

    def text_code(self, texts: Rows) -> Rows:
        """Return numbers of texts, equal for spellings of one text."""
        return self.index.codes[texts]


def words_of(block: Block) -> list[Words]:
    """Return the tags and human captions of a block's tracks, in order."""
    human = np.flatnonzero((block.source == SOURCES.index("human")) & (block.swap_of < 0))
    captions: list[list[str]] = [[] for _ in range(len(block))]
    for text, track in zip(human.tolist(), block.track_of_text[human].tolist(), strict=True):
        captions[track].append(block.texts[text].as_py())
    tags = [
        {category: tuple(given) for category, given in json.loads(column).items()}
        for column in block.table.column("tags").to_pylist()
    ]
    return [
        Words(name, given, tuple(written)) for name, given, written in zip(block.track_ids, tags, captions, strict=True)
    ]
