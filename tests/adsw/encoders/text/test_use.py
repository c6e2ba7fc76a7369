"""The multilingual sentence encoder: what it finds across languages, and files that are not the tried ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from adsw.encoders.protocol import Parts, Settings
from adsw.encoders.text import use
from adsw.encoders.text.use import SHA256, Use
from adsw.errors import InputError
from adsw.packaged import package_folder

ENGLISH = ["a slow sad waltz for piano", "a fast dance for the fiddle", "a choir sings a sacred song"]
OTHERS = {
    "German": ["ein langsamer trauriger Walzer für Klavier", "ein schneller Tanz für die Geige",
               "ein Chor singt ein geistliches Lied"],
    "Spanish": ["un vals lento y triste para piano", "un baile rápido para el violín",
                "un coro canta una canción sagrada"],
    "Chinese": ["一首缓慢而悲伤的钢琴圆舞曲", "一首快速的小提琴舞曲", "合唱团唱一首圣歌"],
}  # fmt: skip


def built(folder: Path | None = None) -> Use:
    return Use(Parts("use-multilingual", None, Settings()), folder)


@pytest.mark.parametrize("language", sorted(OTHERS))
def test_translations_are_nearest(language: str) -> None:
    encoder = built()
    cosines = encoder.encode(ENGLISH)[:, 0] @ encoder.encode(OTHERS[language])[:, 0].T
    assert cosines.argmax(axis=1).tolist() == [0, 1, 2]


def test_embeddings_are_unit_vectors() -> None:
    norms = np.linalg.norm(built().encode(["", *ENGLISH])[:, 0], axis=1)
    np.testing.assert_allclose(norms, 1, atol=1e-5)


@pytest.mark.parametrize("name", sorted(SHA256))
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "resources"
    shutil.copytree(package_folder(use.PACKAGE, "text", "use-multilingual", "") / "resources", folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(InputError, match="SHA-256") as caught:
        built(folder)
    assert [Path(fault.where).name for fault in caught.value.faults] == [name]


def test_all_missing_files_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        built(tmp_path)
    assert [Path(fault.where).name for fault in caught.value.faults] == list(SHA256)


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use, "PACKAGE", "no_such_package")
    with pytest.raises(InputError, match=r"adsw\[quickstart\]"):
        built()
