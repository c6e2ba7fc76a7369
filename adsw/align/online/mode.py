"""Online training on a store: the same encoder, captioner and vocabulary that the store was made with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import torch

from adsw.align.block import Block
from adsw.align.online.bank import OnlineBank
from adsw.align.online.memory import MOST_BYTES, TextMemory
from adsw.align.online.visits import Writer
from adsw.augment.bank import corpus_vocabulary
from adsw.augment.captions.protocol import Captioner
from adsw.augment.captions.registry import captioner_named
from adsw.augment.vocabulary import Vocabulary
from adsw.corpus.track import Track
from adsw.encode import registry
from adsw.encode.plan import vocabulary_identity
from adsw.encode.protocol import EncoderInfo, TextEncoder
from adsw.encode.store import Store
from adsw.errors import Faults, InputError


@dataclass(frozen=True, slots=True)
class OnlineMode:
    """Makes the banks of an online training (`adsw.align.bank.BankMaker`)."""

    writer: Writer
    memory: TextMemory
    vocabulary: str
    """Identity of the vocabulary that swaps are made with."""
    same_vocabulary: bool
    """Whether that is the store's vocabulary. It is another one if a track whose audio could not be used had a tag that
    no other has, or if the store was made with a vocabulary file or with another version's built-in vocabulary."""

    @classmethod
    def of(cls, store: Store, base: Vocabulary | None = None, most_bytes: int = MOST_BYTES) -> OnlineMode:
        """Return the mode for a store.

        Args:
            store: its audio, tags and human captions are used, its captions and swaps are not.
            base: the vocabulary that the corpus's tags extend; None for the built-in one.
            most_bytes: of embeddings remembered between visits.

        Raises:
            InputError: the store's text encoder or captioner is not available, or is of another revision here.
        """
        tracks = (Track("", None, None, None, tags, (), "", "", "") for tags in _all_tags(store))
        vocabulary = corpus_vocabulary(tracks, base)
        faults = Faults(f"The store {store.path} cannot be trained on online")
        encoder = _encoder(store.info.text_encoder, faults)
        captioner = _captioner(store.info.captioner, vocabulary, faults)
        faults.raise_if_any()
        assert encoder is not None
        assert captioner is not None
        named = vocabulary_identity(vocabulary)
        memory = TextMemory(encoder, most_bytes)
        return cls(Writer(vocabulary, captioner), memory, named, named == store.info.vocabulary)

    def bank(self, block: Block, device: torch.device, dtype: torch.dtype, resident: bool) -> OnlineBank:
        """Make the bank of a window for one epoch."""
        return OnlineBank(block, self.writer, self.memory, device, dtype, resident)

    def document(self) -> dict[str, Any]:
        """Return what was done so far, for a record of the training."""
        return {
            "vocabulary": self.vocabulary,
            "same_vocabulary": self.same_vocabulary,
            "texts_asked": self.memory.asked,
            "texts_encoded": self.memory.encoded,
            "seconds_encoding": self.memory.seconds,
        }


def _all_tags(store: Store) -> list[dict[str, tuple[str, ...]]]:
    """Return the tags of every track, split by split."""
    columns = [store.table(split, ["tags"])["tags"].to_pylist() for split in store.splits]
    return [
        {category: tuple(tags) for category, tags in json.loads(given).items()}
        for column in columns
        for given in column
    ]


def _encoder(wanted: EncoderInfo, faults: Faults) -> TextEncoder | None:
    """Return the store's text encoder, or None after noting faults."""
    try:
        encoder = registry.text_encoder(registry.reference_to(wanted))
    except InputError as error:
        faults.extend(error.faults)
        return None
    # Another encoder's embeddings would not lie in the space of the store's own texts.
    if encoder.info != wanted:
        rule = f"must be {wanted.name} of revision {wanted.revision}, which encoded the store"
        faults.add("text encoder", rule, encoder.info.revision, "Install that one, or prepare the store again.")
    return encoder


def _captioner(wanted: str, vocabulary: Vocabulary, faults: Faults) -> Captioner | None:
    """Return the store's captioner, ``name@version``, or None after noting faults."""
    name = wanted.rpartition("@")[0]
    try:
        captioner = captioner_named(name, vocabulary)
    except InputError as error:
        faults.extend(error.faults)
        return None
    installed = f"{captioner.name}@{captioner.version}"
    if installed != wanted:
        rule = f"must be {wanted}, which worded the store's captions"
        faults.add("captioner", rule, installed, "Use the version that prepared the store, or prepare it again.")
    return captioner
