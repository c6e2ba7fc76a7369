"""Ends what a Ray that was started here leaves behind if its driver is killed.

Raylet, server and workers end by themselves, but Ray's agents wait a minute for a server that is gone. A small process
waits for the driver's death, which closes a pipe, and then ends those that are left. It imports nothing but the
standard library, as it is run as a script.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_S = 8.0
"""Seconds after the driver's death that its processes get to end by themselves."""

_running: list[subprocess.Popen[bytes]] = []


def below() -> set[int]:
    """Return the processes that this one has started, and all below them."""
    return set(_below(os.getpid()))


def begin(before: set[int], grace: float = GRACE_S) -> None:
    """Start to watch over the processes that this one has started since they were `before`, and all below them."""
    left = [f"{pid}:{_start_of(pid)}" for pid in below() - before]
    command = [sys.executable, "-S", "-E", __file__, str(grace), *left]
    # In a session of its own, so that Ctrl-C does not end it.
    _running.append(subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True))


def end() -> None:
    """Stop watching: the driver ends its processes itself."""
    while _running:
        with contextlib.suppress(OSError):  # it was killed
            _running[-1].communicate(b".")
        _running.pop()


def _below(root: int) -> list[int]:
    """Return the processes below one."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            children.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    found = list(children.get(root, ()))
    for pid in found:  # grows while it is walked through
        found.extend(children.get(pid, ()))
    return found


def _start_of(pid: int) -> str:
    """Return when a process started, which tells it from a later one of the same number; empty if there is none."""
    try:
        return _stat(pid)[19]
    except (OSError, IndexError):
        return ""


def _stat(pid: int) -> list[str]:
    """Return the fields of a process after its name, which may contain spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _watch(grace: float, left: list[str]) -> None:
    """Wait for the driver's word or death; after its death end what is left."""
    if sys.stdin.buffer.read(1):
        return
    known = dict(entry.split(":") for entry in left)
    time.sleep(grace)
    # Workers that raylet has started since then carry its number, also those that have not come to say so.
    marks = {f"RAY_RAYLET_PID={pid}".encode() for pid in known}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            started = known.get(folder.name)
            same = bool(started) and _start_of(int(folder.name)) == started
            if same or not marks.isdisjoint((folder / "environ").read_bytes().split(b"\0")):
                os.kill(int(folder.name), signal.SIGKILL)


if __name__ == "__main__":
    _watch(float(sys.argv[1]), sys.argv[2:])
