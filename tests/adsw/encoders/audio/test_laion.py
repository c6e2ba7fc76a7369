"""laion-clap's class is had, and the process is as it was."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from adsw.encoders.audio import laion
from benchmarks.weights.htsat import write

SCRIPT = """
import importlib.util, json, os, socket, sys, threading
import numpy, torch, torchlibrosa.stft  # what the model is made of; their traces are not ours
from adsw.encoders.registry import audio_encoder

def refused(*_):
    raise AssertionError("asked for the network")

socket.socket.connect = socket.getaddrinfo = refused
asked = []
sys.addaudithook(lambda event, values: asked.append(values[0]) if event == "import" else None)
before = dict(path=list(sys.path), environment=dict(os.environ), meta=list(sys.meta_path), argv=list(sys.argv))
origins = [importlib.util.find_spec(name).origin for name in ("torchvision", "laion_clap", "h5py")]
found = [None] * 2

def work(number):
    found[number] = audio_encoder("htsat=" + sys.argv[1]).encode([numpy.ones(100, dtype=numpy.float32)])

threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
foreign = ("torchvision", "laion_clap", "clap_module", "h5py", "wandb")
print(json.dumps({
    "shapes": [list(array.shape) for array in found],
    "equal": all((array == found[0]).all() for array in found),
    "asked": [name for name in asked if name.split(".")[0] in foreign],
    "left": [name for name in sys.modules if name.split(".")[0] in foreign],
    "same": before == dict(
        path=list(sys.path), environment=dict(os.environ), meta=list(sys.meta_path), argv=list(sys.argv)
    ),
    "origins": origins == [importlib.util.find_spec(name).origin for name in ("torchvision", "laion_clap", "h5py")],
}))
import torchvision
print(torchvision.mine)
"""


def test_a_process_is_as_before_and_its_own_torchvision_is_untouched(tmp_path: Path) -> None:
    """With two threads at once, no network, and a torchvision installed that must be found afterwards."""
    place = write(tmp_path / "weights", "htsat", tiny=True)
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text("mine = 'the real one'\n")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{SCRIPT}", str(place)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[4],
    )
    assert done.returncode == 0, done.stderr
    report, torchvision = done.stdout.splitlines()
    assert json.loads(report) == {
        "shapes": [[1, 16, 128]] * 2,
        "equal": True,
        "asked": [],
        "left": [],
        "same": True,
        "origins": True,
    }
    assert torchvision == "the real one"
    assert done.stderr == ""  # no warning of torch's or laion-clap's


def test_without_the_package_it_is_an_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    laion._htsat_class.cache_clear()
    with pytest.raises(ImportError, match="laion_clap is not installed"):
        laion.unset_htsat()
    laion._htsat_class.cache_clear()


def test_a_release_laid_out_otherwise_is_an_import_error(tmp_path: Path) -> None:
    with pytest.raises(ImportError, match=r"htsat\.py is missing: this release"):
        laion._Files(tmp_path).module("htsat")
