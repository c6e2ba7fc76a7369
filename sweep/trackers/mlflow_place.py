"""Where MLflow keeps its runs: the values of ``--mlflow``, checked before anything starts."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adsw.errors import Fault, InputError

LOCAL = "local"
"""A database beside the runs, created when needed."""

OFF = "off"
"""No tracking from now on; for resumed sweeps."""

SCHEMES = ("http", "https", "sqlite", "postgresql", "mysql", "mssql", "databricks")

_URI = re.compile(r"[a-z][a-z0-9+.\-]*:/.*|databricks(:.*)?")

_TITLE = "MLflow cannot be used"


def is_place(word: str) -> bool:
    """Return whether a word of a command line is a value of ``--mlflow``, and not the next argument."""
    return word in (LOCAL, OFF) or _URI.fullmatch(word) is not None


def require_place(place: str) -> None:
    """Check a place without connecting to it.

    Raises:
        InputError: MLflow is not installed, or this is no place for it.
    """
    if place == OFF:
        return
    faults = []
    if importlib.util.find_spec("mlflow") is None:
        faults.append(Fault("--mlflow", "needs the package mlflow", None, "Run: pip install 'adsw[mlflow]'"))
    scheme = urlsplit(place).scheme.partition("+")[0]
    if place not in (LOCAL, "databricks") and scheme not in SCHEMES:
        fix = f"Give {LOCAL}, http://HOST:PORT of a tracking server, or sqlite:////PATH/mlflow.db."
        faults.append(Fault("--mlflow", "must be a tracking server or a database", place, fix))
    elif urlsplit(place).password:
        fix = "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or put a tracking server before the database."
        faults.append(Fault("--mlflow", "must hold no password: it would be kept in sweep.json", None, fix))
    if faults:
        raise InputError(_TITLE, faults)


def require_reachable(place: str, runs: Path) -> None:
    """Check that the place answers, so that a mistyped address is reported before the sweep starts.

    Raises:
        InputError: as `require_place`, or it does not answer.
    """
    require_place(place)
    if place in (OFF, LOCAL):
        return
    from sweep.trackers.protocol import reason_of

    # Any request would do; this one is answered at once.
    try:
        client_of(place, runs).search_experiments(max_results=1)
    except Exception as error:
        fix = "Start the server (mlflow server --port 5000), or correct the address."
        raise InputError(
            _TITLE, [Fault("--mlflow", f"must answer, and does not: {reason_of(error)}", place, fix)]
        ) from None


def tracking_uri(place: str, runs: Path) -> str:
    """Return MLflow's URI of a place; the local one is a database in ``mlruns`` of the folder of all runs."""
    return f"sqlite:///{(runs / 'mlruns' / 'mlflow.db').resolve()}" if place == LOCAL else place


def artifact_place(place: str, runs: Path) -> str | None:
    """Return where files of a new experiment go, or None to leave that to the server."""
    return (runs / "mlruns" / "artifacts").resolve().as_uri() if place == LOCAL else None


_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Defaults for variables that are not set: few retries and a short timeout, since the relay repeats attempts itself;
no telemetry; nothing printed to standard output."""


def client_of(place: str, runs: Path) -> Any:
    """Return an MLflow client of a place (see `mlflow_place`)."""
    # Before the import: MLflow reads some of them only then.
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from mlflow.tracking import MlflowClient

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    uri = tracking_uri(place, runs)
    if uri.startswith("sqlite:///"):
        # SQLite makes a file, but not its folder.
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return MlflowClient(tracking_uri=uri)
