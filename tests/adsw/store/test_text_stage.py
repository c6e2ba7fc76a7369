"""Every distinct text once, and each found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.store.text_stage import BANK, BankPart, TextIndex, embeddings_file, texts_file

Bank = list[list[list[str]]]  # shards of tracks of texts


def write_bank(folder: Path, bank: Bank) -> list[str]:
    empty = dict.fromkeys(["source", "kept", "view", "weight_none", "weight_category", "swap_of", "swap_terms"])
    names = []
    for number, tracks in enumerate(bank):
        rows = [
            {"track_id": "", "texts": [{**empty, "text": text, "swap_categories": []} for text in texts]}
            for texts in tracks
        ]
        names.append(f"train-{number:05d}")
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=BANK), texts_file(folder, BankPart(names[-1], 0, 0, 0).name))
    return names


def encode_chunks(folder: Path, index: TextIndex) -> dict[str, float]:
    """Give every text a number of its own; fails where a text comes twice."""
    numbers: dict[str, float] = {}
    for name, size in index.sizes.items():
        assert texts_file(folder, name).exists() == (size > 0)
        if size:
            texts = pq.read_table(texts_file(folder, name))["text"].to_pylist()
            assert len(texts) == size
            assert texts == sorted(texts, key=lambda text: (len(text), text))
            assert not numbers.keys() & set(texts)
            new = {text: float(len(numbers) + place) for place, text in enumerate(texts)}
            np.save(embeddings_file(folder, name), np.array([[v, -v] for v in new.values()], dtype="<f2"))
            numbers.update(new)
    return numbers


words = st.text(alphabet="ab é\0", max_size=3)


@given(bank=st.lists(st.lists(st.lists(words, min_size=1, max_size=5), min_size=1, max_size=3), max_size=4))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_each_text_is_encoded_once_and_found(tmp_path_factory: pytest.TempPathFactory, bank: Bank) -> None:
    folder = tmp_path_factory.mktemp("index")
    names = write_bank(folder / "bank", bank)
    (folder / "chunks").mkdir()
    index = TextIndex.build(folder / "bank", folder / "chunks", names)
    numbers = encode_chunks(folder / "chunks", index)
    everything = [text for tracks in bank for texts in tracks for text in texts]
    assert numbers.keys() == set(everything)
    for texts in ([texts for tracks in bank for texts in tracks] + [everything]) if everything else []:
        expected = [[numbers[text], -numbers[text]] for text in texts]
        assert index.embeddings(texts).tolist() == expected


def test_a_text_belongs_to_the_first_shard_that_has_it(tmp_path: Path) -> None:
    names = write_bank(tmp_path, [[["b", "a"]], [["a", "c"], ["b"]], [["c"]]])
    chunks = tmp_path / "chunks"
    chunks.mkdir()
    assert list(TextIndex.build(tmp_path, chunks, names).sizes.values()) == [2, 1]


def test_chunks_that_are_there_are_kept(tmp_path: Path) -> None:
    names = write_bank(tmp_path, [[["a"]], [["b"]]])
    chunks = tmp_path / "chunks"
    chunks.mkdir()
    first, second = TextIndex.build(tmp_path, chunks, names).sizes
    before = texts_file(chunks, first).stat().st_mtime_ns
    texts_file(chunks, second).unlink()
    TextIndex.build(tmp_path, chunks, names)
    assert texts_file(chunks, first).stat().st_mtime_ns == before
    assert texts_file(chunks, second).exists()


def test_a_shard_of_many_texts_is_encoded_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a track of thousands of texts is neither silent for minutes nor lost as a whole."""
    monkeypatch.setattr("adsw.store.text_stage.CHUNK", 3)
    names = write_bank(tmp_path, [[["a", "b", "cc", "dd", "ee", "fff", "a"]], [["g", "a"]]])
    chunks = tmp_path / "chunks"
    chunks.mkdir()
    index = TextIndex.build(tmp_path, chunks, names)
    assert list(index.sizes.values()) == [3, 3, 1]
    numbers = encode_chunks(chunks, index)
    wanted = ["g", "fff", "a", "dd"]
    assert index.embeddings(wanted).tolist() == [[numbers[text], -numbers[text]] for text in wanted]


def test_an_unknown_text(tmp_path: Path) -> None:
    names = write_bank(tmp_path, [[["a"]]])
    with pytest.raises(KeyError, match="z"):
        TextIndex.build(tmp_path, tmp_path / "chunks", names).embeddings(["z"])
