"""What a killed driver leaves behind is ended; what a living one has started is not touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DRIVER = """
import os, subprocess, sys, time
from sweep.on_ray import watchdog
other = subprocess.Popen(["sleep", "60"])
before = watchdog.below()
below = subprocess.Popen(["sh", "-c", "sleep 60 & wait"], start_new_session=True)
time.sleep(0.3)
watchdog.begin(before, 0.5)
if sys.argv[1] == "ends":
    watchdog.end()
mark = {**os.environ, "RAY_RAYLET_PID": str(below.pid)}
later = subprocess.Popen(["sleep", "60"], env=mark, start_new_session=True)
print(below.pid, later.pid, other.pid, flush=True)
time.sleep(60 if sys.argv[1] == "lives" else 0)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(("how", "left"), [("lives", False), ("ends", True)])
def test_only_a_killed_drivers_processes_are_ended(how: str, left: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", DRIVER, how], stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        below, later, other = map(int, driver.stdout.readline().split())
        time.sleep(1.0)
        assert alive(below), "nothing is ended while the driver lives"
        if how == "lives":
            driver.send_signal(signal.SIGKILL)
        driver.wait(20)
    until = time.monotonic() + (2 if left else 10)
    while (alive(below) or alive(later)) and time.monotonic() < until:
        time.sleep(0.1)
    assert (alive(below), alive(later)) == (left, left)
    assert alive(other), "Ray did not start it"
    os.kill(other, signal.SIGKILL)
    if left:
        os.killpg(below, signal.SIGKILL)
        os.kill(later, signal.SIGKILL)
