"""One process at a time in a preparation's folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adsw.errors import Fault, InputError

LOCK_FILE = "lock"


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Hold a folder for this process; the system lets go of it however the process ends.

    Args:
        work: the folder; made if it is not there.

    Raises:
        InputError: another process holds it.
    """
    work.mkdir(parents=True, exist_ok=True)
    with (work / LOCK_FILE).open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fault = Fault(str(work.parent), "is being prepared by another process", None, "Wait for it, or stop it.")
            raise InputError(f"Cannot prepare into {work.parent}", [fault]) from None
        yield
