"""The spaces that come with the project: each says what it asks and what it costs, and each runs, at a small size."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from adsw.store.store import Store
from adsw.train.recipe import resolve
from adsw.yaml_file import read_yaml
from sweep.plan.inputs import require_all
from sweep.plan.plan import make_plan
from sweep.plan.resources import Resources
from sweep.report.document import write_report
from sweep.run.records import TrialState
from sweep.space.load import load_space, parse_space
from sweep.space.model import Space
from tests.adsw.train.synthetic import synthetic_store
from tests.sweep.in_process import begun, run_through

FOLDER = Path(__file__).parents[2] / "search_spaces"
FILES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
ASKED_FOR = {
    "quickstart",
    "swap_schedule",
    "view_dropout",
    "caption_mix",
    "adsw_full",
    "components",
    "ladder",
    "encoders",
    "curation",
    "captioners",
    "pareto",
    "text_swap",
}
SMALL = {"epochs": 3, "data.batch_size": 32, "head": {"width": 16, "out": 16}}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Store]:
    folder = tmp_path_factory.mktemp("stores")
    named = ("songs", "tunes", "works")
    return {
        "first": synthetic_store(folder / "first", tracks=150, datasets=named),
        "second": synthetic_store(
            folder / "second", tracks=150, datasets=named, captioner="other@1", encoders=("other", "minilm")
        ),
    }


def stores_of(space: Space, stores: dict[str, Store]) -> dict[str, Store]:
    """The stores that a space needs: one without a name, or one per arm."""
    return dict(stores) if space.named_arms.one_per_store else {"": stores["first"]}


def small(name: str) -> dict[str, Any]:
    """A space of the project with few epochs, small heads, few trials and few seeds."""
    document = dict(read_yaml(FOLDER / f"{name}.yaml").content)
    document["recipe"] = {**document.get("recipe", {}), **SMALL}
    if "trials" in document:
        document["trials"] = 5
        document["searcher"] = {**document["searcher"], "startup": 3}
    if "confirm" in document:
        document["confirm"] = 2
    if "scheduler" in document:
        document["scheduler"] = {**document["scheduler"], "grace_epochs": 1}
    if "replicates" in document:
        document["replicates"] = [0, 1]
    if "tune" in document:
        document["tune"] = {"replicates": 1}
    if "epochs" in document.get("space", {}):
        document["space"] = {**document["space"], "epochs": {"choice": [1, 3]}}
    return document


def test_all_that_was_promised_is_there() -> None:
    assert set(FILES) >= ASKED_FOR


@pytest.mark.parametrize("name", FILES)
def test_a_space_opens_with_its_question_its_command_and_its_cost(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text()
    head = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    assert re.search(r"\A# Question: .*\?", head, re.DOTALL)
    assert f"# Command:  sweep run search_spaces/{name}.yaml --store " in head
    assert re.search(r"# Cost:     \d+ ", head)
    assert load_space(FOLDER / f"{name}.yaml").name == name


@pytest.mark.parametrize("name", FILES)
def test_its_cost_is_its_plan(name: str, stores: dict[str, Store]) -> None:
    """The number of trials in the comment is what the plan says."""
    space = load_space(FOLDER / f"{name}.yaml")
    several = space.named_arms.one_per_store
    infos = {key: store.info for key, store in stores_of(space, stores).items()}
    filled = space.with_stores(tuple(infos))
    here = Resources(2, 0, 64 << 30, 64 << 30)
    plan = make_plan(filled, stores["first"].info, here, stores=infos)
    head = " ".join(line.strip("# ") for line in (FOLDER / f"{name}.yaml").read_text().splitlines() if line[:1] == "#")
    counts = re.findall(r"(\d+) (?:tuning trials|trials of|replicates of|on fresh seeds)", head.partition("Cost:")[2])
    assert sum(map(int, counts)) * (len(infos) if several else 1) == plan.trials


@pytest.mark.parametrize("name", FILES)
def test_it_runs_to_its_report(name: str, stores: dict[str, Store], tmp_path: Path) -> None:
    mine = stores_of(parse_space(small(name)), stores)
    space = parse_space(small(name)).with_stores(tuple(mine))
    require_all(space, mine)
    folder = begun(tmp_path, name, space, mine)
    handed_out = run_through(folder, space, mine)
    records = folder.trials()
    assert len(handed_out) == sum(record.state is not TrialState.DUPLICATE for record in records)
    assert {record.state for record in records} <= {TrialState.COMPLETED, TrialState.DUPLICATE}
    for objective in space.objectives:
        assert all(record.value(objective.metric) is not None for record in records)
    if space.arms:
        assert {record.arm for record in records if not record.purpose} == {*space.arms, *space.include}
        seeds = {arm: {r.seed for r in records if r.arm == arm and not r.purpose} for arm in space.arms}
        assert set(map(frozenset, seeds.values())) == {frozenset({0, 1})}, "arms of a replicate share its seed"
    if space.tune:
        assert any(record.purpose == "tune" for record in records)
    if space.confirm:
        assert sum(record.purpose == "confirm" for record in records) >= space.confirm
    report = write_report(folder.path, resamples=10)
    assert report.verdict.headline
    page = (folder.path / "report.html").read_text()
    assert len(page) < 5_000_000
    assert json.loads((folder.path / "statistics.json").read_text())["name"] == name


def test_schedules_that_are_compared_have_the_same_mean() -> None:
    space = load_space(FOLDER / "swap_schedule.yaml")
    base = resolve(space.recipe)
    means = {}
    for arm, overrides in space.arms.items():
        schedule = resolve(overrides, base).text.swap.probability
        if arm not in ("none", "adaptive"):
            means[arm] = sum(schedule.at(epoch) for epoch in range(base.epochs)) / base.epochs
    assert len(means) == 8
    assert means == pytest.approx(dict.fromkeys(means, 0.3), abs=1e-4)
