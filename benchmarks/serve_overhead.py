"""What `sweep serve` takes from the sweep beside it: CPU seconds of the server per second, with a page that follows.

A copy of a run folder is replayed: its trials end one after the other, at the rate given, while a reader holds the
stream of events and fetches the run at each news, as the page does. What the server uses of the machine's cores is the
most that it can take from a sweep that uses all of them. With --space two sweeps are run as well, with and without a
server and its reader, and their epochs per second are set side by side.

    python benchmarks/serve_overhead.py --run runs/quickstart --seconds 60
    python benchmarks/serve_overhead.py --run runs/quickstart --space SPACE.yaml --store stores/quickstart
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sweep.run.folder import RunFolder

PORT = 8731
LIMIT = 0.03
"""Share of a sweep's epochs per second that a server may take."""


def fetch(path: str) -> bytes:
    """Return what the server answers."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    return connection.getresponse().read()


def follow(name: str, looks: list[int], over: threading.Event) -> None:
    """Do what the page does: wait for news, then fetch what is new."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    connection.request("GET", f"/api/events?run={name}")
    stream = connection.getresponse()
    while not over.is_set():
        if stream.readline().startswith(b"data:"):
            fetch(f"/api/runs/{name}?after={looks[0]}&generation=1")
            looks[0] += 1


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def serve(runs: Path) -> subprocess.Popen[bytes]:
    """Start a server, and wait until it answers."""
    code = "from sweep.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code, "serve", str(runs), "--port", str(PORT)])
    while True:
        try:
            fetch("/api/runs")
        except OSError:
            time.sleep(0.2)
        else:
            return process


def replayed(run: Path, seconds: float, every: float) -> tuple[float, int]:
    """Return the CPU seconds of the server per second while trials end, and how often the page looked."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "runs" / "replayed"
        copy.mkdir(parents=True)
        for name in ("sweep.json", "started"):
            source = run / name
            shutil.copytree(source, copy / name) if source.is_dir() else shutil.copy(source, copy / name)
        lines = (run / "trials.jsonl").read_text().splitlines()
        process, over, looks = serve(copy.parent), threading.Event(), [0]
        try:
            threading.Thread(target=follow, args=("replayed", looks, over), daemon=True).start()
            time.sleep(2)
            used, begun, number = cpu_seconds(process.pid), time.monotonic(), 0
            while time.monotonic() - begun < seconds:
                record = {**json.loads(lines[number % len(lines)]), "number": number}
                with (copy / "trials.jsonl").open("a") as file:
                    file.write(json.dumps(record) + "\n")
                number += 1
                time.sleep(every)
            return (cpu_seconds(process.pid) - used) / (time.monotonic() - begun), looks[0]
        finally:
            over.set()
            process.terminate()
            process.wait()


def swept(space: Path, store: Path, beside: bool) -> float:
    """Run a sweep and return its epochs per second after start-up, with a server beside it or without."""
    with tempfile.TemporaryDirectory() as place:
        runs, over = Path(place), threading.Event()
        server = serve(runs) if beside else None
        command = ["run", str(space), "--store", str(store), "--runs", str(runs), "--name", "measured", "--json"]
        process = subprocess.Popen(
            [sys.executable, "-c", "from sweep.cli import main; main()", *command], stdout=subprocess.DEVNULL
        )
        while server is not None and not (runs / "measured" / "sweep.json").exists():
            time.sleep(0.2)
        if server is not None:
            threading.Thread(target=follow, args=("measured", [0], over), daemon=True).start()
        process.wait()
        over.set()
        if server is not None:
            server.terminate()
            server.wait()
        folder = RunFolder(runs / "measured")
        sweep = folder.read_sweep()
        return sum(record.epochs for record in folder.trials()) / ((sweep.seconds or 0) - (sweep.startup_seconds or 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--run", type=Path, required=True, help="A finished run, to replay.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=2.0, help="Seconds between two trials that end.")
    parser.add_argument("--space", type=Path)
    parser.add_argument("--store", type=Path)
    given = parser.parse_args()
    table = Table("measure", "value")
    used, looks = replayed(given.run, given.seconds, given.every)
    table.add_row("looks of the page", str(looks))
    table.add_row("CPU seconds of the server per second", f"{used:.4f}")
    table.add_row(f"share of {os.cpu_count()} cores (limit {LIMIT:.0%})", f"{used / (os.cpu_count() or 1):.2%}")
    if given.space is not None and given.store is not None:
        alone, beside = swept(given.space, given.store, False), swept(given.space, given.store, True)
        table.add_row("epochs per second, alone", f"{alone:.3f}")
        table.add_row("epochs per second, beside a server", f"{beside:.3f} ({beside / alone - 1:+.1%})")
    Console().print(table)


if __name__ == "__main__":
    main()
