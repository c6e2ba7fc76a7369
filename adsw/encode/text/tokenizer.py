"""Tokenizers from an encoder's folder: the files read, and a check that the tokenizer knows letters.

transformers makes an empty tokenizer where a folder has none of the files, and every text becomes unknown tokens.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adsw.encode.pretrained import ModelFolder
from adsw.quiet_transformers import quiet_transformers

JSON = "tokenizer.json"
SENTENCEPIECE = "spiece.model"
BYTE_PAIRS = ((JSON,), ("vocab.json", "merges.txt"))
UNIGRAMS = ((JSON,), (SENTENCEPIECE,))
"""Sets of files for one tokenizer, in transformers' order of preference."""
BESIDE = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
"""Files that are read beside any of them."""
_PROBE = "a slow waltz for the violin"


def tokenizer_files(folder: Path | None, sets: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the first set of files that a folder holds completely; the first of all if it holds none."""
    if folder is None:
        return sets[0]
    return next((names for names in sets if all((folder / name).is_file() for name in names)), sets[0])


def load_tokenizer(folder: ModelFolder, files: Sequence[str], class_name: str, vocabulary: int) -> Any:
    """Load a tokenizer of transformers and check that it fits the model.

    Args:
        folder: of the model.
        files: those that it is read from, by `tokenizer_files`.
        class_name: its class in transformers.
        vocabulary: number of tokens that the model knows.

    Raises:
        InputError: the files are damaged, or another model's; or the package sentencepiece is needed and not installed.
    """
    import transformers

    if SENTENCEPIECE in files and importlib.util.find_spec("sentencepiece") is None:
        fix = "Run: pip install 'adsw[sentence]'"
        raise folder.fault("needs the package sentencepiece to be read", file=SENTENCEPIECE, fix=fix)
    try:
        with quiet_transformers():
            tokenizer = getattr(transformers, class_name).from_pretrained(str(folder.path), local_files_only=True)
    except Exception as error:  # tokenizers raises nothing more precise
        why = " ".join(str(error).split())[:300]
        raise folder.fault(f"cannot be read: {why}", file=files[0]) from error
    highest = max(tokenizer.get_vocab().values())
    if highest >= vocabulary:
        raise folder.fault(f"must have no token beyond the model's {vocabulary:,}", highest, file=files[0])
    # Out of an empty folder transformers makes an empty tokenizer without a word.
    if not set(tokenizer(_PROBE)["input_ids"]) - set(tokenizer.all_special_ids):
        raise folder.fault("must know letters; it makes nothing but special tokens of a text", file=files[0])
    return tokenizer
