"""What a running Ray cluster offers to a sweep."""

from __future__ import annotations

from pathlib import Path

import ray

from sweep.on_ray import session
from sweep.resources import Resources


def cluster_resources(address: str, disk: Path) -> Resources:
    """Cores, accelerators and memory of all nodes together; the disk is this node's, where the run folder lies.

    Raises:
        InputError: no cluster answers at `address`.
    """
    with session.session(0, None, address):
        total = ray.cluster_resources()
    here = Resources.here(disk, gpus=0)
    return Resources(
        cpus=int(total.get("CPU", 0)),
        gpus=int(total.get("GPU", 0)),
        memory_bytes=int(total.get("memory", 0) + total.get("object_store_memory", 0)),
        disk_free=here.disk_free,
    )
