"""`adsw.load`: files and texts in, the store's own embeddings out; other encoders are refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

import adsw
from adsw.audio.decode import Excerpt, read_wave
from adsw.encoders.audio.spectral import SAMPLE_RATE, Spectral
from adsw.encoders.protocol import AudioSettings, EncoderInfo, Parts
from adsw.errors import InputError
from adsw.model import Model, load
from adsw.store.schema import Dimensions
from adsw.store.store import Store
from adsw.train import checkpoint as checkpoints
from adsw.train.checkpoint import untrained_heads
from adsw.train.recipe import resolve
from tests.adsw.small_stores import TEXT, Eye, store_of

DIMENSIONS = Dimensions(audio_tokens=16, audio_features=152, text_tokens=2, text_features=5)
SPECTRAL = Spectral(Parts("spectral", None, AudioSettings()))
GIVEN = EncoderInfo(
    name="given:ear", revision="given", kind="audio", tokens=3, features=4, parameters=0, licence="none", source="hand"
)


def saved(path: Path, audio: EncoderInfo, text: EncoderInfo = TEXT) -> Path:
    """Untrained heads over these encoders."""
    dimensions = DIMENSIONS.model_copy(update={"audio_tokens": audio.tokens, "audio_features": audio.features})
    folder = store_of(path / "store", {"test": []}, audio_encoder=audio, text_encoder=text, dimensions=dimensions)
    recipe = resolve({"head.width": 8, "head.out": 6, "head.layers": 1})
    checkpoints.save(path / "saved", recipe, untrained_heads(dimensions, recipe), Store.open(folder).info, {})
    return path / "saved"


@pytest.fixture
def eye(monkeypatch: pytest.MonkeyPatch) -> Eye:
    encoder = Eye()
    monkeypatch.setattr("adsw.encoders.registry.text_encoder", lambda wanted: {"eye": encoder}[wanted.name])
    return encoder


@pytest.fixture
def model(tmp_path: Path, eye: Any) -> Model:
    del eye
    return adsw.load(saved(tmp_path, SPECTRAL.info))


@pytest.fixture
def tones(tmp_path: Path) -> list[Path]:
    time = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    paths = [tmp_path / f"{pitch}.wav" for pitch in (220, 330, 440)]
    for path in paths:
        soundfile.write(path, 0.3 * np.sin(2 * np.pi * int(path.stem) * time), SAMPLE_RATE)
    return paths


def test_importing_adsw_loads_nothing_heavy() -> None:
    script = "import sys, adsw; print(sorted({'torch', 'numpy', 'pydantic', 'transformers'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_audio_files_get_the_embedding_they_have_in_a_store(model: Model, tones: list[Path]) -> None:
    found = model.encode_audio(tones)
    assert (found.shape, found.dtype) == ((3, 6), np.float32)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3), abs=1e-6)
    stored = SPECTRAL.encode([read_wave(path, Excerpt(), SAMPLE_RATE, 10.0) for path in tones]).astype(np.float16)
    assert np.array_equal(found, model.checkpoint.heads.audio(torch.from_numpy(stored)).numpy())
    assert np.array_equal(model.encode_audio([str(tones[1])])[0], found[1])


def test_batches_change_nothing(model: Model, tones: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = model.encode_audio(tones)
    monkeypatch.setattr("adsw.model.BATCH", 2)
    assert np.allclose(model.encode_audio(tones), whole, atol=1e-6)


def test_texts_get_the_embedding_they_have_in_a_store(model: Model) -> None:
    found = model.encode_text(["a slow tune", "", "a slow tune"])
    assert (found.shape, found.dtype) == ((3, 6), np.float32)
    stored = Eye().encode(["a slow tune", ""]).astype(np.float16)
    expected = model.checkpoint.heads.text(torch.from_numpy(stored)).numpy()
    assert found[:2] == pytest.approx(expected, abs=1e-6)
    assert np.array_equal(found[0], found[2])


def test_nothing_gives_nothing(model: Model) -> None:
    assert model.encode_audio([]).shape == (0, 6)
    assert model.encode_text([]).shape == (0, 6)


def test_one_string_is_no_list(model: Model) -> None:
    with pytest.raises(TypeError, match="texts must be a list"):
        model.encode_text("a tune")
    for one in ("a.wav", Path("a.wav")):
        with pytest.raises(TypeError, match="files must be a list"):
            model.encode_audio(one)  # type: ignore[arg-type]


def test_every_bad_file_is_told(model: Model, tones: list[Path], tmp_path: Path) -> None:
    silent, noise = tmp_path / "silent.wav", tmp_path / "noise.wav"
    soundfile.write(silent, np.zeros(100), SAMPLE_RATE)
    noise.write_bytes(b"no audio")
    with pytest.raises(InputError) as caught:
        model.encode_audio([*tones, silent, noise, tmp_path / "gone.wav", "memory://a.wav"])
    message = str(caught.value)
    assert len(caught.value.faults) == 4
    for words in ("silent.wav: cannot be used, silent", "noise.wav: cannot be used, not-audio", "gone.wav", "memory:"):
        assert words in message
    with pytest.raises(InputError, match="nothing here can fetch"):
        model.encode_audio(["odd://a.wav"])


def test_texts_that_are_no_unicode_are_told(model: Model) -> None:
    with pytest.raises(InputError, match="text 1: must be valid Unicode") as caught:
        model.encode_text(["a", "b\udcff", "\ud83d"])
    assert len(caught.value.faults) == 2


def test_other_encoders_are_refused_both_at_once(tmp_path: Path, eye: Any) -> None:
    eye.info = eye.info.model_copy(update={"revision": "2"})
    path = saved(tmp_path, SPECTRAL.info.model_copy(update={"revision": "0"}))
    with pytest.raises(InputError) as caught:
        load(path)
    assert len(caught.value.faults) == 2
    for words in ("spectral@0", "spectral@1", "eye@1", "eye@2"):
        assert words in str(caught.value)


def test_an_encoder_that_is_not_there_is_refused_unless_it_is_not_needed(tmp_path: Path, eye: Any) -> None:
    del eye
    path = saved(tmp_path, SPECTRAL.info.model_copy(update={"name": "spectrla"}))
    with pytest.raises(InputError, match="Did you mean 'spectral'"):
        load(path)
    text_only = load(path, modalities=["text"])
    assert text_only.encode_text(["a"]).shape == (1, 6)
    with pytest.raises(InputError, match="Did you mean 'spectral'"):
        text_only.encode_audio(["a.wav"])


def test_a_foreign_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a folder"):
        adsw.load(tmp_path / "nothing")


def test_ready_made_embeddings_are_read_from_their_files(tmp_path: Path, eye: Any) -> None:
    del eye
    model = load(saved(tmp_path, GIVEN))
    array = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    np.save(tmp_path / "a.npy", array)
    found = model.encode_audio([tmp_path / "a.npy"])
    expected = model.checkpoint.heads.audio(torch.from_numpy(array.astype(np.float16)[None])).numpy()
    assert np.array_equal(found, expected)
    np.save(tmp_path / "b.npy", array[:2])
    with pytest.raises(InputError, match="shape"):
        model.encode_audio([tmp_path / "b.npy"])


def test_an_encoder_that_breaks_its_promise_is_no_fault_of_the_user(model: Model, monkeypatch: Any) -> None:
    def wrong(self: Eye, texts: Sequence[str]) -> np.ndarray:
        del self
        return np.zeros((len(texts), 1, 5), np.float32)

    monkeypatch.setattr(Eye, "encode", wrong)
    with pytest.raises(ValueError, match=r"eye gave \(1, 1, 5\)"):
        model.encode_text(["a"])


def test_a_text_has_one_embedding_in_all_its_unicode_forms_and_blanks(model: Model) -> None:
    one, *others = model.encode_text(["a café tune", "a cafe\u0301  tune", "a\u00a0café tune "])
    assert all(np.array_equal(one, other) for other in others)
