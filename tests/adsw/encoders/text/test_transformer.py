"""Tokenizers read from files: those of the packages that made them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tokenizers
from sentencepiece import SentencePieceProcessor

from adsw.encoders.registry import text_encoder
from adsw.encoders.text.transformer import BYTE_PAIRS, UNIGRAMS, tokenizer_files
from benchmarks.weights.tokenizers_of_text import SENTENCES

TEXTS = [*SENTENCES, "jig,  fast\n violin", "", " a slow  waltz ", "guitar guitar Guitar"]


@pytest.fixture(scope="module")
def mt5(places: dict[str, Path]) -> Any:
    return text_encoder(f"mt5={places['mt5']}")._tokenizer


def test_mt5_has_the_pieces_of_sentencepiece_and_an_end(mt5: Any, places: dict[str, Path]) -> None:
    original = SentencePieceProcessor(model_file=str(places["mt5"] / "spiece.model"))
    assert mt5(TEXTS)["input_ids"] == [[*pieces, 1] for pieces in original.encode(TEXTS)]


def test_mt5_has_one_unknown_token_where_the_original_has_bytes(mt5: Any, places: dict[str, Path]) -> None:
    original = SentencePieceProcessor(model_file=str(places["mt5"] / "spiece.model"))
    sign = "guitar \U0001f3bb"
    assert mt5(sign)["input_ids"][-2] == mt5.unk_token_id
    assert len(original.encode(sign)) > len(mt5(sign)["input_ids"])


@pytest.mark.parametrize("name", ["clip", "t5", "roberta"])
def test_the_others_are_as_their_json_says(name: str, places: dict[str, Path]) -> None:
    original = tokenizers.Tokenizer.from_file(str(places[name] / "tokenizer.json"))
    ours = text_encoder(f"{name}={places[name]}")._tokenizer
    assert ours(TEXTS)["input_ids"] == [found.ids for found in original.encode_batch(TEXTS)]


def test_the_first_whole_set_of_files_is_read(tmp_path: Path) -> None:
    assert tokenizer_files(None, UNIGRAMS) == ("tokenizer.json",)
    assert tokenizer_files(tmp_path, UNIGRAMS) == ("tokenizer.json",)
    (tmp_path / "vocab.json").touch()
    assert tokenizer_files(tmp_path, BYTE_PAIRS) == ("tokenizer.json",)
    (tmp_path / "merges.txt").touch()
    assert tokenizer_files(tmp_path, BYTE_PAIRS) == ("vocab.json", "merges.txt")
    (tmp_path / "tokenizer.json").touch()
    assert tokenizer_files(tmp_path, BYTE_PAIRS) == ("tokenizer.json",)
