"""Small tracks, small encoders and executors that misbehave in known ways."""

from __future__ import annotations

import hashlib
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import soundfile

from adsw.augment.bank import BankConfig
from adsw.corpus.track import Track
from adsw.encoders import registry
from adsw.encoders.catalogue import Entry
from adsw.encoders.protocol import AudioSettings, EncoderInfo, Parts, Settings
from adsw.executor import LocalExecutor
from adsw.store.planning import Request
from adsw.store.prepare import prepare
from adsw.store.stages import Running
from adsw.store.store import StoreInfo

RATE = 8000
TAGS = {
    "instrument": ["flute", "violin", "piano"],
    "mode": ["major", "minor"],
    "tempo": ["slow", "fast"],
}
SPLITS = ["train", "train", "train", "valid", "test"]


class TinyAudio:
    """Loudness in four quarters; half a second is its window."""

    Settings = AudioSettings

    def __init__(self, parts: Parts | None = None) -> None:
        del parts

    info = EncoderInfo(
        name="tiny-audio",
        revision="1",
        kind="audio",
        tokens=4,
        features=2,
        sample_rate=RATE,
        seconds=0.5,
        parameters=0,
        licence="none",
        source="these tests",
    )

    def encode(self, waves: Sequence[Any]) -> Any:
        parts = [np.array_split(wave, 4) for wave in waves]
        values = [[[np.abs(p).mean(), p.std()] for p in quarters] for quarters in parts]
        return np.array(values, dtype=np.float32).reshape(len(waves), 4, 2)


class TinyText:
    """Digits of a text's SHA-256."""

    Settings = Settings

    def __init__(self, parts: Parts | None = None) -> None:
        del parts

    info = EncoderInfo(
        name="tiny-text",
        revision="1",
        kind="text",
        tokens=1,
        features=8,
        parameters=0,
        licence="none",
        source="these tests",
    )

    def encode(self, texts: Sequence[str]) -> Any:
        digits = [list(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        return (np.array(digits, dtype=np.float32) / 255).reshape(len(texts), 1, 8)


@pytest.fixture(autouse=True)
def _tiny_encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the tiny encoders beside the real ones."""
    module = types.ModuleType("tiny_encoders")
    module.TinyAudio, module.TinyText = TinyAudio, TinyText  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    more = {
        "tiny-audio": Entry("audio", "tiny_encoders:TinyAudio", {}),
        "tiny-text": Entry("text", "tiny_encoders:TinyText", {}),
    }
    monkeypatch.setattr(registry, "ENTRIES", MappingProxyType({**registry.ENTRIES, **more}))


def tone(path: Path, hertz: float, seconds: float = 1.0, rate: int = RATE) -> Path:
    """Write a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(rate * seconds)) / rate
    soundfile.write(path, (0.4 * np.sin(2 * np.pi * hertz * times)).astype(np.float32), rate)
    return path


def track(number: int, audio: Path | str | None, **changes: Any) -> Track:
    """A track with a tag of each category."""
    fields: dict[str, Any] = {
        "track_id": f"track-{number:03d}",
        "audio": None if audio is None else str(audio),
        "start_s": None,
        "duration_s": None,
        "tags": {name: (tags[number % len(tags)],) for name, tags in TAGS.items()},
        "captions": (f"Take {number} of a slow tune.",) if number % 2 else (),
        "split": SPLITS[number % len(SPLITS)],
        "group": f"group-{number}",
        "dataset": "tones",
    }
    return Track(**{**fields, **changes})


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> list[Track]:
    """60 tracks: three shards of train, one of each other split."""
    folder = tmp_path_factory.mktemp("tones")
    return [track(number, tone(folder / f"{number}.wav", 200 + 5 * number)) for number in range(60)]


Build = Callable[..., StoreInfo]


def arguments(store: Path, **changes: Any) -> dict[str, Any]:
    """Arguments of `prepare`, small ones; changes to fields of `Request` and `Running`, `tracks` or `resume`."""
    request: dict[str, Any] = {
        "audio_encoder": "tiny-audio",
        "text_encoder": "tiny-text",
        "bank": BankConfig(views_per_count=1),
    }
    running: dict[str, Any] = {"executor": LocalExecutor()}
    apart: dict[str, Any] = {}
    for name, value in changes.items():
        in_request, in_running = name in Request.__annotations__, name in Running.__annotations__
        (request if in_request else running if in_running else apart)[name] = value
    return {"store": store, **apart, "request": Request(**request), "running": Running(**running)}


@pytest.fixture
def build(tones: list[Track], monkeypatch: pytest.MonkeyPatch) -> Build:
    """`prepare` with small settings, any of which a test may change, and shards of 16 rows."""
    monkeypatch.setattr("adsw.store.planning.ROWS_PER_SHARD", 16)

    def run(store: Path, **changes: Any) -> StoreInfo:
        return prepare(**arguments(store, **{"tracks": tones, **changes})).info

    return run


class InterruptedWorkError(Exception):
    """What the failing executor raises."""


@dataclass
class FailingExecutor:
    """Works like the local one, and dies when `after` items are done."""

    after: int

    def start(self, workers: int) -> None:
        del workers

    def map(
        self, make_worker: Callable[[], Any], items: Sequence[Any], workers: int, *, accelerated: bool = False
    ) -> Iterator[Any]:
        del workers, accelerated
        worker = make_worker() if items else None
        for item in items:
            if self.after == 0:
                raise InterruptedWorkError
            self.after -= 1
            yield worker(item)  # type: ignore[misc]


class BackwardExecutor:
    """A worker per item, the last item first."""

    def start(self, workers: int) -> None:
        del workers

    def map(
        self, make_worker: Callable[[], Any], items: Sequence[Any], workers: int, *, accelerated: bool = False
    ) -> Iterator[Any]:
        del workers, accelerated
        for item in reversed(items):
            yield make_worker()(item)


def contents(folder: Path) -> Mapping[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
