"""One process at a time in a folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adsw.errors import InputError
from adsw.store.planning import alone
from adsw.store.store import StoreInfo

from ..tiny_encoders import FailingExecutor, InterruptedWorkError

HOLD = """
import sys, time
from pathlib import Path
from adsw.store.planning import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_held_until_its_process_is_dead(tmp_path: Path) -> None:
    work = tmp_path / "store" / "work"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(work)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="being prepared by another process"), alone(work):
            pass
        process.kill()
    with alone(work):
        pass


def test_a_store_is_prepared_by_one_process(build: Callable[..., StoreInfo], tmp_path: Path) -> None:
    store = tmp_path / "store"
    with pytest.raises(InterruptedWorkError):
        build(store, executor=FailingExecutor(after=0))
    with alone(store / "work"), pytest.raises(InputError, match="another process"):
        build(store, resume=True)
    build(store, resume=True)


def test_it_is_let_go_of_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), alone(tmp_path):
        raise KeyError
    with alone(tmp_path):
        pass
