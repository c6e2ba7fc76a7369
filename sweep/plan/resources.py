"""Cores, accelerators, memory and disk that a machine or a cluster offers to a sweep."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True, slots=True)
class Resources:
    """Cores, accelerators, bytes of memory in all, bytes free on the run folder's disk."""

    cpus: int
    gpus: int
    memory_bytes: int
    disk_free: int

    @classmethod
    def here(cls, disk: Path, gpus: int | None = None) -> Resources:
        """Return what this process may use of this machine: its cores, the memory of its container.

        Args:
            disk: a folder, existing or not, on the disk that counts.
            gpus: accelerators, if they are known already; None counts them.
        """
        if gpus is None:
            gpus = torch.cuda.device_count()
        place = disk.resolve()
        while not place.exists():
            place = place.parent
        return cls(len(os.sched_getaffinity(0)), gpus, memory_limit(), shutil.disk_usage(place).free)


def memory_limit(root: Path = Path("/")) -> int:
    """Return the bytes of memory of this machine, or of the container around this process if that is less.

    Args:
        root: folder in which `proc` and `sys` lie.
    """
    limits = [_meminfo(root, "MemTotal")]
    # Files of cgroup v2 and v1; v2 writes "max" for no limit.
    for name in ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"):
        path = root / name
        if path.is_file() and (text := path.read_text().strip()).isdigit():
            limits.append(int(text))
    return min(limits)


def available_memory(root: Path = Path("/")) -> int:
    """Return the bytes of memory that are free on this machine, or in the container around this process if less.

    Args:
        root: folder in which `proc` and `sys` lie.
    """
    free = [_meminfo(root, "MemAvailable")]
    for folder, limit, used, cache in (
        ("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
        ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        files = [root / folder / name for name in (limit, used, "memory.stat")]
        if all(file.is_file() for file in files):
            most, taken, stat = (file.read_text().strip() for file in files)
            # Pages of files that were read count as used, and are given back on demand.
            kept = next((int(line.split()[1]) for line in stat.splitlines() if line.split()[0] == cache), 0)
            if most.isdigit():
                free.append(int(most) - int(taken) + kept)
    return max(0, min(free))


def _meminfo(root: Path, name: str) -> int:
    """Return a figure of /proc/meminfo in bytes."""
    lines = (root / "proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
