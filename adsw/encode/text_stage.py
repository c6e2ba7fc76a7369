"""Texts of the bank: written shard by shard, then each distinct one encoded once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from adsw.augment.bank import BankConfig, BankText, track_texts
from adsw.augment.captions.captioner import ModelPlan
from adsw.augment.captions.protocol import Captioner
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import Vocabulary
from adsw.encode.caption_stage import settled_captions
from adsw.encode.halves import Halves, halves
from adsw.encode.keys import text_keys
from adsw.encode.plan import ShardPlan
from adsw.encode.protocol import EncoderInfo
from adsw.encode.registry import reference_to, text_encoder
from adsw.encode.reuse import Known
from adsw.encode.schema import TEXT
from adsw.encode.stages import Done
from adsw.encode.text_index import embeddings_file, texts_file
from adsw.encode.track_files import TrackFiles
from adsw.publish import publishing

BANK = pa.schema([("track_id", pa.string()), ("texts", pa.list_(TEXT))])


class BankWorker:
    """Writes the texts of shards' tracks."""

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
        self._tracks = tracks
        self._folder = folder
        self._model = model
        self._captions = captions
        self._template = TemplateCaptioner(vocabulary)

    def __call__(self, shard: ShardPlan) -> Done:
        """Write the texts of a shard and publish them; return the number of tracks."""
        rows = []
        captioner = self._captioner_of(shard.name)
        for track in self._tracks.usable(shard.name):
            texts = track_texts(track, self._bank, self._vocabulary, captioner)
            rows.append({"track_id": track.track_id, "texts": [_row(text) for text in texts]})
        with publishing(texts_file(self._folder, shard.name)) as temporary:
            pq.write_table(pa.Table.from_pylist(rows, schema=BANK), temporary, compression="zstd")
        return Done(len(rows))

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
        texts = pq.read_table(texts_file(self._folder, name))["text"].to_pylist()
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
