"""Examination of processors, memory and GPUs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from adsw.doctor.line import GIGABYTE, Line, gigabytes

_LEAST_MEMORY = 4 * GIGABYTE
"""Free bytes below which memory is warned of: a small encoder, Ray and a small training need as much."""
_MEMORY = Path("/proc/meminfo")
_SHARED_BY_RAY = 0.3
"""Share of the free memory that Ray uses for its objects."""


def machine() -> Iterator[Line]:
    """Report processors, memory and shared memory, and what torch computes on."""
    yield _processors()
    yield _memory()
    yield from _shared_memory(Path("/dev/shm"))
    yield from torch_lines()


def torch_lines() -> Iterator[Line]:
    """Report torch's build, and the GPUs that it sees."""
    import torch

    build = f"{torch.__version__}, {torch.get_num_threads()} threads"
    if not torch.cuda.is_available():
        yield _without_gpu(build, torch.version.cuda)
        return
    yield Line(area="machine", name="torch", state="ok", said=f"{build}, CUDA {torch.version.cuda}")
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        half = "bf16 and fp16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16, no bf16"
        said = f"{properties.name}, {gigabytes(properties.total_memory)}, {half}"
        yield Line(area="machine", name=f"GPU {index}", state="ok", said=said)


def _without_gpu(build: str, cuda: str | None) -> Line:
    """Report torch on the CPU, and why if the machine has a GPU that torch does not see."""
    said = f"{build}, on the CPU"
    if shutil.which("nvidia-smi") is None and not Path("/dev/nvidiactl").exists():
        return Line(area="machine", name="torch", state="ok", said=said)
    why = "was built without CUDA" if cuda is None else f"needs a driver for CUDA {cuda}"
    fix = "Install the build of torch for your driver: https://pytorch.org/get-started/locally"
    return Line(area="machine", name="torch", state="warn", said=f"{said}: there is a GPU, but torch {why}", fix=fix)


def _processors() -> Line:
    """Report the processors that this process may use, and a warning if its time on them is limited."""
    installed = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else installed
    # "quota period" in microseconds, or "max period": a container may see more processors than it gets time on.
    allowed = _cgroup("cpu.max").split()
    quota = int(allowed[0]) / int(allowed[1]) if len(allowed) == 2 and allowed[0].isdigit() else float(usable)
    said = f"{usable} of {installed} processors"
    if quota < usable:
        fix = f"Give --workers {max(1, int(quota))}: more would wait for one another."
        return Line(area="machine", name="processors", state="warn", said=f"{said}, time of {quota:g}", fix=fix)
    return Line(area="machine", name="processors", state="ok", said=said)


def _memory() -> Line:
    """Report the free memory."""
    total, free = memory()
    fine = free >= _LEAST_MEMORY
    fix = "" if fine else "Close other programs, or give fewer --workers."
    said = f"{gigabytes(free)} of {gigabytes(total)} free"
    return Line(area="machine", name="memory", state="ok" if fine else "warn", said=said, fix=fix)


def memory() -> tuple[float, float]:
    """Return the bytes of memory in all and still free, within the limits of this process's control group.

    If the system does not say what is free, as on macOS, all of it counts as free.
    """
    total = free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if _MEMORY.exists():
        lines = _MEMORY.read_text("ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    limit, used = _cgroup("memory.max"), _cgroup("memory.current")
    if limit.isdigit() and used.isdigit() and int(limit) < total:
        total, free = int(limit), min(free, int(limit) - int(used))
    return total, free


def _shared_memory(folder: Path) -> Iterator[Line]:
    """Report the free shared memory, which containers limit to less than Ray needs."""
    if not folder.exists():
        return
    free, wanted = shutil.disk_usage(folder).free, _SHARED_BY_RAY * memory()[1]
    fine = free >= wanted
    yield Line(
        area="machine",
        name="shared memory",
        state="ok" if fine else "warn",
        said=f"{gigabytes(free)} free at {folder}" + ("" if fine else f"; Ray would use {gigabytes(wanted)}"),
        fix="" if fine else f"In a container: --shm-size={wanted / GIGABYTE:.0f}g. Ray is slower without.",
    )


def _cgroup(name: str) -> str:
    """Return the content of a file of this process's control group, or an empty string if there is none."""
    try:
        return (Path("/sys/fs/cgroup") / name).read_text("ascii").strip()
    except OSError:
        return ""
