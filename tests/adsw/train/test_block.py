"""A block holds what its table holds, flat."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from adsw.store.schema import SOURCES
from adsw.train.block import Block, _keys

from .synthetic import DIMENSIONS, synthetic_table, table_of, text_of


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return synthetic_table(7)


def check(block: Block, table: pa.Table) -> None:
    rows = table.to_pylist()
    assert block.track_ids == [row["track_id"] for row in rows]
    assert block.groups == [row["group"] or row["track_id"] for row in rows]
    assert block.track_keys.tolist() == [row["track_key"] for row in rows]
    names, codes = block.datasets
    assert [names[code] for code in codes] == [row["dataset"] for row in rows]
    categories, masks = block.swap_categories
    for index, row in enumerate(rows):
        start, end = block.offsets[index : index + 2]
        assert block.audio[index].tobytes() == row["audio"]
        assert block.text_embeddings[start:end].tobytes() == row["text_embeddings"]
        assert block.texts[start:end].to_pylist() == [text["text"] for text in row["texts"]]
        for place, text in zip(range(start, end), row["texts"], strict=True):
            assert block.track_of_text[place] == index
            assert SOURCES[block.source[place]] == text["source"]
            assert (block.kept[place], block.view[place]) == (text["kept"], text["view"])
            assert block.weight_none[place] == pytest.approx(text["weight_none"])
            assert block.swap_of[place] == (start + text["swap_of"] if text["swap_of"] >= 0 else -1)
            assert block.swap_terms[place] == text["swap_terms"]
            held = {name for bit, name in enumerate(categories) if int(masks[place]) >> bit & 1}
            assert held == set(text["swap_categories"])


def test_a_block_is_its_table(table: pa.Table) -> None:
    check(Block.from_table(table, DIMENSIONS), table)


def test_slices_and_chunks_are_read_right(table: pa.Table) -> None:
    chunked = pa.concat_tables([table.slice(0, 3), table.slice(3, 1), table.slice(4)])
    check(Block.from_table(chunked, DIMENSIONS), table)
    check(Block.from_table(table.slice(2, 3), DIMENSIONS), table.slice(2, 3))


def test_equal_strings_have_equal_codes(table: pa.Table) -> None:
    block = Block.from_table(table, DIMENSIONS)
    codes: dict[str, int] = {}
    for text, code in zip(block.texts.to_pylist(), block.text_code, strict=True):
        assert codes.setdefault(text, int(code)) == code
    assert len(set(codes.values())) == len(codes)


def test_an_empty_block_is_empty() -> None:
    block = Block.from_table(synthetic_table(1).slice(0, 0), DIMENSIONS)
    assert len(block) == 0
    assert block.audio.shape == (0, DIMENSIONS.audio_tokens, DIMENSIONS.audio_features)
    assert block.datasets[0] == ()


def test_bytes_count_embeddings_once(table: pa.Table) -> None:
    block = Block.from_table(table, DIMENSIONS)
    assert block.audio.nbytes + block.text_embeddings.nbytes < block.nbytes
    assert block.nbytes < 3 * table.nbytes


def test_wrong_dimensions_are_refused(table: pa.Table) -> None:
    with pytest.raises(ValueError, match="audio of"):
        Block.from_table(table, DIMENSIONS.model_copy(update={"audio_features": 3}))
    with pytest.raises(ValueError, match="one vector sequence per text"):
        Block.from_table(table, DIMENSIONS.model_copy(update={"text_features": 3}))


def test_unknown_sources_are_refused() -> None:
    table = table_of({"a": [text_of("x", source="poem")]})
    with pytest.raises(ValueError, match="missing or unknown"):
        Block.from_table(table, DIMENSIONS)


def test_no_more_categories_than_bits() -> None:
    swaps = [text_of("x", swap_of=0, swap_terms=1, swap_categories=[f"category {index}"]) for index in range(65)]
    block = Block.from_table(table_of({"a": [text_of("x"), *swaps]}), DIMENSIONS)
    with pytest.raises(ValueError, match="at most 64 categories"):
        _ = block.swap_categories


def test_embeddings_are_views_of_the_table(table: pa.Table) -> None:
    one_chunk = table.combine_chunks()
    block = Block.from_table(one_chunk, DIMENSIONS)
    assert block.audio.ctypes.data == one_chunk["audio"].chunk(0).buffers()[1].address
    assert block.text_embeddings.dtype == np.float16


@pytest.mark.parametrize("uncased", [False, True])
def test_spellings_of_one_text_have_one_number(uncased: bool) -> None:
    dimensions = DIMENSIONS.model_copy(update={"uncased": uncased})
    strings = ["A slow jig", "a slow jig", "A  slow jig", " A slow jig", "A slow\u00a0jig", "A slow\njig", "caf\u00e9"]
    strings += ["cafe\u0301", "CAFÉ", "", "a", "Straße", "STRASSE", "~", "A\u200b"]
    keys = _keys(pa.array(strings), dimensions).to_pylist()
    assert keys == [dimensions.key(text) for text in strings]
    assert len(set(keys[:6])) == (1 if uncased else 2)
    assert _keys(pa.array(strings * 2)[7:15], dimensions).to_pylist() == keys[7:15]
