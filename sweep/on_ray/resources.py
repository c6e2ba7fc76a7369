"""Cores, accelerators and memory that a running Ray cluster offers to a sweep."""

from __future__ import annotations

from pathlib import Path

import ray

from sweep.on_ray import session
from sweep.resources import Resources


def cluster_resources(address: str, disk: Path) -> Resources:
    """Return cores, accelerators and memory of all nodes together, and the free disk of this node.

    Raises:
        InputError: no cluster answers at `address`.
    """
    with session.session(0, None, address):
        total = ray.cluster_resources()
    local = Resources.here(disk, gpus=0)
    return Resources(
        cpus=int(total.get("CPU", 0)),
        gpus=int(total.get("GPU", 0)),
        memory_bytes=int(total.get("memory", 0) + total.get("object_store_memory", 0)),
        disk_free=local.disk_free,
    )
