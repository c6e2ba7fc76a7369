"""Texts of the bank: written for a few tracks at a time, then each distinct one encoded once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count, takewhile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from adsw.arrays import Halves
from adsw.augment.bank import BankConfig, BankText, track_texts
from adsw.augment.captions.model_captioner import ModelPlan
from adsw.augment.captions.protocol import Captioner
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.claims import truths_of
from adsw.augment.views import flat_tags, quotas
from adsw.augment.vocabulary import Vocabulary
from adsw.corpus.track import Track
from adsw.encoders.inference import halves
from adsw.encoders.protocol import EncoderInfo
from adsw.encoders.registry import reference_to, text_encoder
from adsw.files import publishing
from adsw.parquet_file import read_parquet, read_schema
from adsw.store.caption_stage import settled_captions
from adsw.store.plan import ShardPlan, TrackFiles
from adsw.store.reuse import Keys, Known, text_keys
from adsw.store.schema import TEXT
from adsw.store.stages import Done, Piece


def texts_file(folder: Path, name: str) -> Path:
    """Return the file of the texts of a part or chunk of a shard."""
    return folder / f"{name}.parquet"


def embeddings_file(folder: Path, name: str) -> Path:
    """Return the file of a chunk's embeddings, fp16 [texts, T_t x D_t]."""
    return folder / f"{name}.npy"


CHUNK = 1024
"""Texts encoded between two reports of progress, and kept if the work is interrupted: a minute's at most."""


class TextIndex:
    """Finds embeddings by text."""

    def __init__(self, folder: Path, sizes: dict[str, int], keys: Keys, places: NDArray[np.int64]) -> None:
        self.sizes = sizes
        """Number of texts in each chunk."""
        self._folder = folder
        self._keys = keys  # sorted
        self._places = places  # of each key: its number, all chunks' texts counted through
        self._names = list(sizes)
        self._starts = np.cumsum([0, *sizes.values()])
        self._opened: dict[str, Halves] = {}

    @classmethod
    def build(cls, bank: Path, folder: Path, names: Sequence[str]) -> TextIndex:
        """Find the distinct texts of all shards and publish them in chunks of at most `CHUNK` texts of a shard.

        Args:
            bank: folder of the shards' texts.
            folder: where chunks go; those that are there already are kept.
            names: the shards, in order.
        """
        keys_by_shard = [text_keys(_distinct(bank, name)) for name in names]
        starts = np.cumsum([0, *(len(keys) for keys in keys_by_shard)])
        # The first place of each key decides whose chunk the text is in.
        keys, first = np.unique(np.concatenate([text_keys([]), *keys_by_shard]), return_index=True)
        is_first = np.zeros(starts[-1], dtype=bool)
        is_first[first] = True
        sizes = {}
        for name, start, end in zip(names, starts[:-1], starts[1:], strict=True):
            size = int(is_first[start:end].sum())
            parts = {f"{name}-{begin // CHUNK:04d}": begin for begin in range(0, size, CHUNK)}
            sizes.update({part: min(CHUNK, size - begin) for part, begin in parts.items()})
            if not all(texts_file(folder, part).exists() for part in parts):
                chosen = pa.array(_distinct(bank, name)).filter(pa.array(is_first[start:end]))
                for part, begin in parts.items():
                    with publishing(texts_file(folder, part)) as temporary:
                        table = pa.table({"text": chosen.slice(begin, CHUNK)})
                        pq.write_table(table, temporary, compression="zstd")
        return cls(folder, sizes, keys, np.cumsum(is_first)[first] - 1)

    def embeddings(self, texts: Sequence[str]) -> Halves:
        """Return the embeddings of texts of the bank, fp16 [texts, T_t x D_t].

        Raises:
            KeyError: a text is not in the bank.
        """
        wanted = text_keys(texts)
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        if not np.array_equal(self._keys[at], wanted):
            raise KeyError(texts[int(np.flatnonzero(self._keys[at] != wanted)[0])])
        places = self._places[at]
        chunks = np.searchsorted(self._starts, places, side="right") - 1
        parts = {chunk: self._open(self._names[chunk]) for chunk in np.unique(chunks).tolist()}
        out = np.empty((len(texts), next(iter(parts.values())).shape[1] if parts else 0), dtype="<f2")
        for chunk, part in parts.items():
            rows = np.flatnonzero(chunks == chunk)
            out[rows] = part[places[rows] - self._starts[chunk]]
        return out

    def _open(self, name: str) -> Halves:
        """Return a chunk's embeddings, mapped into memory, fp16 [texts, T_t x D_t]."""
        if name not in self._opened:
            self._opened[name] = np.load(embeddings_file(self._folder, name), mmap_mode="r")
        return self._opened[name]


def _distinct(bank: Path, name: str) -> list[str]:
    """Read the distinct texts of a shard, by length and then by alphabet."""
    lists = bank_of(bank, name, ["texts"])["texts"].combine_chunks()
    texts = pc.struct_field(lists.flatten(), "text")
    return sorted(set(texts.to_pylist()), key=lambda text: (len(text), text))


PART = 8
"""Tracks whose texts are written between two reports of progress, and kept if the work is interrupted."""

PART_TEXTS = 2_000
"""About the number of texts at which a part ends before it has so many tracks: a few seconds' at most."""


class BankPart(NamedTuple):
    """Some tracks of a shard, one after another."""

    shard: str
    number: int
    """Of the run of `PART` tracks that it is, or lies in."""
    first: int
    """Place of its first track in the shard."""
    rows: int
    piece: int | None = None
    """Number within the run, if that has too many texts to be one part."""

    @property
    def name(self) -> str:
        """Its name among the intermediate files."""
        return f"{self.shard}-{self.number:04d}" + ("" if self.piece is None else f".{self.piece}")


def bank_pieces(folder: Path, shard: ShardPlan, tracks: TrackFiles, bank: BankConfig) -> Iterator[Piece]:
    """Yield the parts of a shard; of those that are done, the number of texts is read from `folder`."""
    sizes: list[int] = []
    for number, first in enumerate(range(0, shard.rows, PART)):
        run = BankPart(shard.name, number, first, min(PART, shard.rows - first))
        if texts_file(folder, run.name).exists():  # a run that an earlier version wrote as one part stays one
            parts = [run]
        else:
            sizes = sizes or [_about_texts(track, bank) for track in tracks.usable(shard.name)]
            parts = _cut(run, sizes[first : first + run.rows])
        for part in parts:
            file = texts_file(folder, part.name)
            if file.exists():
                yield Piece(part, part.rows, True, int(read_schema(file).metadata[_TEXTS]))
            else:
                yield Piece(part, part.rows)


def _about_texts(track: Track, bank: BankConfig) -> int:
    """Return about how many texts a track has, to a quarter or so with two categories of tags."""
    held = quotas(sum(map(len, track.tags.values())), bank.views_per_count, bank.levels, bank.most_views)
    views = sum(quota.uniform + quota.category for quota in held.values())
    swaps = bank.swaps_per_category + bank.swaps_per_text * (bank.swap_max_terms - 1)
    return (2 * views + len(track.captions)) * (1 + swaps)


def _cut(run: BankPart, sizes: Sequence[int]) -> list[BankPart]:
    """Return the parts of a run of tracks, given about how many texts each track has."""
    if sum(sizes) <= PART_TEXTS:
        return [run]
    parts: list[BankPart] = []
    begin = texts = 0
    for place, size in enumerate(sizes):
        if place > begin and texts + size > PART_TEXTS:
            parts.append(run._replace(first=run.first + begin, rows=place - begin, piece=len(parts)))
            begin, texts = place, 0
        texts += size
    return [*parts, run._replace(first=run.first + begin, rows=run.rows - begin, piece=len(parts))]


def bank_of(folder: Path, shard: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read the texts of a shard's tracks from the files of its parts, by `BANK`."""
    return pa.concat_tables([read_parquet(file, columns) for file in _part_files(folder, shard)])


def _part_files(folder: Path, shard: str) -> Iterator[Path]:
    """Yield the files of a shard's parts, in order."""
    for number in count():
        run = BankPart(shard, number, 0, 0)
        pieces = (run._replace(piece=piece) for piece in count())
        files = list(takewhile(Path.exists, (texts_file(folder, piece.name) for piece in pieces)))
        if texts_file(folder, run.name).exists():
            files = [texts_file(folder, run.name)]
        if not files:
            return
        yield from files


_TEXTS = b"texts"
"""Under this key a part's file holds the number of its texts."""

BANK = pa.schema([("track_id", pa.string()), ("truths", pa.list_(pa.string())), ("texts", pa.list_(TEXT))])


class BankWorker:
    """Writes the texts of some tracks of a shard."""

    def __init__(
        self,
        bank: BankConfig,
        vocabulary: Vocabulary,
        tracks: TrackFiles,
        folder: Path,
        model: ModelPlan | None,
        captions: Path,
    ) -> None:
        """Take the settings and folders.

        Args:
            bank: which texts to write.
            vocabulary: swaps are made with it.
            tracks: the tracks by shard.
            folder: where results go.
            model: the language model whose captions are settled in `captions`; None for the template.
            captions: folder of the caption stage.
        """
        self._bank = bank
        self._vocabulary = vocabulary
        self._folder = folder
        self._model = model
        self._captions = captions
        self._template = TemplateCaptioner(vocabulary)

        # Parts of one shard mostly follow each other.
        self._shard = lru_cache(maxsize=1)(lambda shard: (tracks.usable(shard), self._captioner_of(shard)))

    def __call__(self, part: BankPart) -> Done:
        """Write the texts of some tracks and publish them; return the number of tracks, and of texts."""
        tracks, captioner = self._shard(part.shard)
        rows = []
        for track in tracks[part.first : part.first + part.rows]:
            texts = track_texts(track, self._bank, self._vocabulary, captioner)
            truths = truths_of((tag for _, tag in flat_tags(track.tags)), self._vocabulary)
            rows.append({"track_id": track.track_id, "truths": truths, "texts": [_row(text) for text in texts]})
        made = sum(len(row["texts"]) for row in rows)
        schema = BANK.with_metadata({_TEXTS: str(made)})
        with publishing(texts_file(self._folder, part.name)) as temporary:
            pq.write_table(pa.Table.from_pylist(rows, schema=schema), temporary, compression="zstd")
        return Done(len(rows), made=made)

    def _captioner_of(self, shard: str) -> Captioner:
        """Return the captioner of a shard's texts."""
        return self._template if self._model is None else settled_captions(self._captions, shard, self._model)


class TextWorker:
    """Encodes chunks of distinct texts."""

    def __init__(self, encoder: EncoderInfo, folder: Path, work: Path) -> None:
        """Build the encoder.

        Args:
            encoder: the plan's text encoder.
            folder: of the chunks; their embeddings go there too.
            work: the folder of all stages' files, with the index of other stores.
        """
        self._encoder = text_encoder(reference_to(encoder))
        self._folder = folder
        self._known = Known.of(work, "texts")

    def __call__(self, name: str) -> Done:
        """Encode one chunk and publish the embeddings; return the number of texts.

        Raises:
            ValueError: the encoder gave a wrong shape, or values that are not finite.
        """
        texts = read_parquet(texts_file(self._folder, name))["text"].to_pylist()
        is_known, known = np.zeros(len(texts), dtype=bool), None
        if self._known is not None:
            is_known, known = self._known.find(text_keys(texts))
        info = self._encoder.info
        embeddings = np.empty((len(texts), info.tokens * info.features), dtype="<f2")
        if known is not None:
            embeddings[is_known] = known
        new = [text for text, skip in zip(texts, is_known, strict=True) if not skip]
        if new:
            embeddings[~is_known] = self._encoded(new)
        with publishing(embeddings_file(self._folder, name)) as temporary, temporary.open("wb") as stream:
            np.save(stream, embeddings)
        return Done(len(texts), len(texts) - len(new))

    def _encoded(self, texts: list[str]) -> Halves:
        """Encode texts that no other store has, fp16 [texts, T_t x D_t]."""
        embeddings = halves(self._encoder.encode(texts), self._encoder.info)
        if not np.isfinite(embeddings).all():
            raise ValueError(f"{self._encoder.info.name} gave values that are not finite")
        return embeddings.reshape(len(texts), -1)


def _row(text: BankText) -> dict[str, object]:
    """Return a text as a row of `TEXT`."""
    return {field.name: getattr(text, field.name) for field in TEXT}
