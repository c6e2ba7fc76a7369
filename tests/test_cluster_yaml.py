"""cluster.yaml is one that Ray's own cluster launcher accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def cluster() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "cluster.yaml").read_text())
    return loaded


def test_ray_accepts_it(cluster: dict[str, Any]) -> None:
    import ray.autoscaler

    schema = json.loads(Path(ray.autoscaler.__file__).with_name("ray-schema.json").read_text())
    jsonschema.validate(cluster, schema)


def test_it_sets_up_what_the_makefile_offers(cluster: dict[str, Any]) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert any("make .venv/.ready" in command for command in cluster["setup_commands"])
    assert "READY  := $(VENV)/.ready" in makefile


def test_it_never_sends_environments_stores_or_runs(cluster: dict[str, Any]) -> None:
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()}
    assert {".venv", "stores", "runs"} <= ignored & set(cluster["rsync_exclude"])


def test_every_machine_has_the_token_and_says_that_it_is_wanted(cluster: dict[str, Any]) -> None:
    """A head takes a token that it finds for granted, and workers do not send it unless told."""
    starts = [
        command
        for kind in ("head_start_ray_commands", "worker_start_ray_commands")
        for command in cluster[kind]
        if "ray start" in command
    ]
    assert len(starts) == 2
    assert all(command.startswith("RAY_AUTH_MODE=token ") for command in starts)
    assert cluster["file_mounts"]["~/.ray/auth_token"] == "~/.ray/auth_token"
