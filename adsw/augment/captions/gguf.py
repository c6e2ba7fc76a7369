"""Weights in a GGUF file, which transformers turns back into floating point: ``local:FILE.gguf``.

It takes some 15 CPU seconds for 135 M parameters; the packages gguf and accelerate do the reading.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from adsw.errors import Fault, Faults, InputError
from adsw.fingerprint import file_sha256
from adsw.hub import quiet_transformers

SUFFIX = ".gguf"
TITLE = "The language model cannot be used"
INSTALL = "pip install 'gguf>=0.17,<1' 'accelerate>=1.1,<2'"
_MAGIC = b"GGUF"
_READERS = ("gguf", "accelerate")


class Weights(NamedTuple):
    """Which words a file makes a model say."""

    sha256: str
    computed_by: str
    """What computes with it, to the version and the type: other versions may round otherwise."""

    @property
    def revision(self) -> str:
        """Both in one line."""
        return f"sha256:{self.sha256} by {self.computed_by}"


def is_gguf(address: str) -> bool:
    """Return whether an address names a GGUF file."""
    return address.lower().endswith(SUFFIX)


def weights_in(path: Path, dtype: str = "float32") -> Weights:
    """Check a file and what reads it, without loading the model.

    Args:
        path: of the file.
        dtype: that the CPU computes in.

    Raises:
        InputError: it is missing or no GGUF file, or a package is missing.
    """
    faults = Faults(TITLE)
    for package in _READERS:
        if importlib.util.find_spec(package) is None:
            faults.add("--captioner", f"a GGUF file needs the package {package}", str(path), f"Run: {INSTALL}")
    try:
        with path.open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                faults.add(str(path), "must be a GGUF file", None, "Download it again, or give a model's folder.")
    except OSError as error:
        faults.add(str(path), f"cannot be read: {error.strerror}", None, "Give a file with the ending .gguf.")
    faults.raise_if_any()
    return Weights(file_sha256(path), f"transformers {version('transformers')}, {dtype}")


def load_gguf(path: Path, dtype: Any) -> tuple[Any, Any]:
    """Return a file's tokenizer and its model, de-quantised.

    Raises:
        InputError: it is damaged, or its architecture is not known.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    named = {"gguf_file": path.name, "local_files_only": True}
    try:
        # The reader's progress bar cannot be switched off.
        with quiet_transformers(), contextlib.redirect_stderr(io.StringIO()):
            tokenizer = AutoTokenizer.from_pretrained(path.parent, padding_side="left", **named)
            # Without this newer versions keep the weights packed in types other than float32.
            whole = {"quantization_config": GgufConfig(dequantize=True)}
            model = AutoModelForCausalLM.from_pretrained(path.parent, dtype=dtype, **named, **whole)
    # The readers raise what a damaged file happens to cause: IndexError, UnicodeDecodeError, struct.error, ...
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        fix = "Download it again; transformers names the architectures that it reads from GGUF."
        raise InputError(TITLE, [Fault(str(path), f"cannot be read as a model: {why}", None, fix)]) from error
    return tokenizer, model
