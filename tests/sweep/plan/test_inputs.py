"""What a sweep is made of is opened together, and all that does not fit is told before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from adsw.errors import InputError
from adsw.store.store import Store
from sweep.plan.inputs import _other_encoders, open_inputs
from tests.adsw.train.synthetic import synthetic_store

ARMS = {"plain": {}, "half": {"text.swap.probability": 0.5}}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Store]:
    folder = tmp_path_factory.mktemp("stores")
    return {
        "here": synthetic_store(folder / "here", tracks=30),
        "alike": synthetic_store(folder / "alike", tracks=30, seed=1),
        "strange": synthetic_store(folder / "strange", tracks=30, encoders=("mert", "minilm")),
    }


def opened(folder: Path, stores: dict[str, Path], **keys: Any) -> Any:
    space = {"objective": {"metric": "valid/t2m/R@10"}, "method": "grid", "arms": ARMS, **keys}
    file = folder / "space.yaml"
    file.write_text(yaml.safe_dump(space, sort_keys=False))
    return open_inputs(file, stores)


def told(folder: Path, stores: dict[str, Path], **keys: Any) -> str:
    with pytest.raises(InputError) as caught:
        opened(folder, stores, **keys)
    return str(caught.value)


def test_one_store_has_no_name_and_several_have_theirs(stores: dict[str, Store], tmp_path: Path) -> None:
    space, alone = opened(tmp_path, {"": stores["here"].path})
    assert (list(alone), list(space.arms)) == ([""], list(ARMS))
    space, both = opened(tmp_path, {"a": stores["here"].path, "b": stores["alike"].path}, arms="stores")
    assert (list(both), list(space.arms), space.arm_stores) == (["a", "b"], ["a", "b"], {"a": "a", "b": "b"})


def test_the_faults_of_space_and_stores_are_told_together(tmp_path: Path) -> None:
    text = told(tmp_path, {"a": tmp_path / "none", "b": tmp_path / "neither"}, method="gird")
    assert all(part in text for part in ("gird", "none", "neither"))


def test_an_objective_with_truth_by_tags_needs_a_store_that_knows_it(
    stores: dict[str, Store], make_store: Callable[..., Store], tmp_path: Path
) -> None:
    objective = {"metric": "valid/t2m/mAP@10.tags"}
    space, _ = opened(tmp_path, {"": stores["here"].path}, objective=objective)
    assert space.objective.mode == "max"
    # Its texts claim nothing that is known, as those of a store of version 3.
    unknowing = make_store()
    text = told(tmp_path, {"": unknowing.path}, objective=objective)
    assert all(
        part in text for part in ("objective.metric", "mAP@10.tags", "Prepare the store again", "valid/t2m/mAP@10.")
    )
    other = {"metric": "far/m2t/R@1.tags"}
    far = {"name": "far", "store": str(stores["alike"].path), "split": "test"}
    opened(tmp_path, {"": stores["here"].path}, objective=other, evaluate=[far])


def test_sets_of_another_store_need_the_same_encoders(
    stores: dict[str, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stores["alike"].path.parent)
    space, _ = opened(tmp_path, {"": stores["here"].path}, evaluate=["alike"])
    assert space.evaluate[0].store == str(stores["alike"].path), "found again from any folder"
    text = told(tmp_path, {"": stores["here"].path}, evaluate=["strange"])
    assert "evaluate.strange: must have the audio encoder of" in text
    assert "mert@synthetic" in text


def test_given_embeddings_of_another_shape_are_another_encoder(stores: dict[str, Store]) -> None:
    here = stores["here"]
    wider = here.info.audio_encoder.model_copy(update={"tokens": here.info.audio_encoder.tokens + 1})
    other = Store(here.path, here.info.model_copy(update={"audio_encoder": wider}))
    assert list(_other_encoders("evaluate.far", here, here)) == []
    (fault,) = _other_encoders("evaluate.far", other, here)
    assert fault.value == wider.identity


@pytest.mark.parametrize(
    ("one", "part"),
    [
        ({"name": "songs", "dataset": "oen"}, "Did you mean 'one'?"),
        ({"name": "people", "source": "human", "dataset": "one"}, None),
        ({"name": "far", "store": "nowhere"}, "nowhere"),
    ],
)
def test_what_a_set_asks_for_must_be_there(
    stores: dict[str, Store], tmp_path: Path, one: dict[str, Any], part: str | None
) -> None:
    if part is None:
        assert opened(tmp_path, {"": stores["here"].path}, evaluate=[one])[0].evaluate[0].source == "human"
    else:
        assert part in told(tmp_path, {"": stores["here"].path}, evaluate=[one])
