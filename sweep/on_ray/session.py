"""Starts Ray on this machine or joins a running cluster, quietly, and leaves it again."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray

from adsw.errors import Fault, InputError, StoppedError
from sweep.on_ray import watchdog
from sweep.on_ray.cluster_watch import ClusterLostError
from sweep.on_ray.clusters import LOCAL, require_answer, require_none_here
from sweep.plan.resources import Resources

# One thread per process: two OpenMP threads on busy cores are up to ten times slower than one.
WORKER_ENV = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TQDM_DISABLE": "1",
    "RAY_TRAIN_V2_ENABLED": "1",
}

_DRIVER_ENV = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_TRAIN_V2_ENABLED": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Processes started side by side: one per core makes the cells wait for each other, and warns about it.
    "RAY_worker_maximum_startup_concurrency": "16",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_MAX_PENDING_TRIALS_PG": "64",
    "TUNE_WARN_INSUFFICENT_RESOURCE_THRESHOLD_S": "0",
}

logger = logging.getLogger(__name__)

_SLOW = re.compile("time[d]?.?out|failed to get node info|no node info found|overloaded", re.IGNORECASE)
"""What Ray says where its processes were not up in time."""

_LIBRARIES = (
    "ray",
    "ray.data",
    "ray.tune",
    "ray.train",
    "ray.serve",
    "optuna",
    "torch",
    "transformers",
    "urllib3",
)


def start(cpus: int, log: Path | None = None, address: str | None = None, gpus: int | None = None) -> bool:
    """Start Ray on this machine, or connect to the cluster at `address`, without output on the screen.

    Args:
        cpus: logical processors to offer on this machine (not used with an address).
        log: file for the log lines of libraries in this process; without it they are dropped.
        address: address of a running cluster, or ``auto``; None or ``local`` starts Ray here.
        gpus: accelerators to offer on this machine; None counts them.

    Returns:
        True if this call started or joined Ray, so that `stop` must leave it; False if this process used Ray already.

    Raises:
        InputError: no cluster answers at `address`; or none is given, and one runs on this machine.
        StoppedError: Ray did not start.
    """
    for name, value in _DRIVER_ENV.items():
        os.environ.setdefault(name, value)
    import ray  # reads its environment on import, so only now; likewise in `executor` and `llm`

    _redirect(log)
    if ray.is_initialized():
        return False
    # Worker processes may be on other nodes, so that their environment must be passed on explicitly.
    common: dict[str, Any] = {
        "configure_logging": True,
        "logging_level": logging.ERROR,
        "log_to_driver": False,
        "runtime_env": {"env_vars": {**WORKER_ENV}, "worker_process_setup_hook": quiet_worker},
    }
    if address and address != LOCAL:
        require_answer(address)
        try:
            ray.init(address=address, **common)
        except (ConnectionError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
            message = f"no Ray cluster answers ({error})"
            fix = "Start one with `ray up cluster.yaml` or `ray start --head`, or leave --address out."
            raise InputError("Ray cannot be reached", [Fault("--address", message, address, fix)]) from error
    else:
        if address is None:
            require_none_here()
        others = watchdog.below()
        # Without the dashboard Ray Train's placement-group cleaner logs an error every few seconds.
        common |= {"num_cpus": cpus, "num_gpus": gpus, "include_dashboard": True, "dashboard_host": "127.0.0.1"}
        # ``local``, as without an address Ray looks for a cluster once more.
        _start_here(lambda: ray.init(address=LOCAL, **common))
        watchdog.begin(others)
    quiet_data()
    _redirect(log)
    return True


def _start_here(begin: Callable[[], Any]) -> None:
    """Start Ray on this machine, a second time if it was too slow.

    Raises:
        OSError: of the system, as a full disk under Ray's own folder.
        StoppedError: it did not start.
    """
    for left in (1, 0):
        try:
            begin()
            return
        except OSError as error:
            if not isinstance(error, TimeoutError):
                raise
            failed: Exception = error
        except Exception as error:
            failed = error
        ray.shutdown()
        logger.error("Ray did not start", exc_info=failed)
        if not left or not (isinstance(failed, TimeoutError) or _SLOW.search(str(failed))):
            raise StoppedError(
                f"Ray did not start on this machine ({str(failed).strip() or type(failed).__name__})",
                "Start it again when the machine is less busy; Ray's own logs are in /tmp/ray/session_latest/logs.",
            ) from failed


def stop() -> None:
    """Leave Ray, and end it if it was started here."""
    import ray

    ray.shutdown()
    watchdog.end()


@contextmanager
def session(cpus: int, log: Path | None = None, address: str | None = None, gpus: int | None = None) -> Iterator[None]:
    """Start or join Ray for the context; a Ray that this process used before stays."""
    started = start(cpus, log, address, gpus)
    try:
        yield
    except ClusterLostError:  # leaving it would wait for it
        started = False
        raise
    finally:
        if started:
            stop()


def quiet_data() -> None:
    """Set Ray Data to be quiet and fast."""
    from ray.data import DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.use_datasource_v2 = False  # the Parquet reader v2 is 5 to 10 times slower on the stores' shards


def quiet_worker() -> None:
    """Silence the libraries; runs in every worker process at its start."""
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)


def _redirect(log: Path | None) -> None:
    """Send the libraries' log lines to the log file, and none to the screen."""
    logging.raiseExceptions = False  # a log that cannot be written is told once, at the end
    handler: logging.Handler = logging.NullHandler()
    if log is not None:
        handler = logging.FileHandler(log, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in (*_LIBRARIES, "sweep", "adsw"):
        logger = logging.getLogger(name)
        for old in list(logger.handlers):
            logger.removeHandler(old)
            old.close()
        logger.propagate = False
    for name in ("ray", "optuna", "torch", "transformers", "urllib3", "sweep", "adsw"):
        logging.getLogger(name).addHandler(handler)
    for name in ("ray.data", "ray.tune", "ray.train", "ray.serve"):
        logging.getLogger(name).propagate = True


def cluster_resources(address: str, disk: Path) -> Resources:
    """Return cores, accelerators and memory of all nodes together, and the free disk of this node.

    Raises:
        InputError: no cluster answers at `address`.
    """
    with session(0, None, address):
        total = ray.cluster_resources()
    local = Resources.here(disk, gpus=0)
    return Resources(
        cpus=int(total.get("CPU", 0)),
        gpus=int(total.get("GPU", 0)),
        memory_bytes=int(total.get("memory", 0) + total.get("object_store_memory", 0)),
        disk_free=local.disk_free,
    )
