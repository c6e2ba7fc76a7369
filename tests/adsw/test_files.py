"""Publication: the whole new file or the whole old one, and no litter."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from adsw.files import publish_bytes, publish_json, publish_text, publishing


def test_a_file_appears_whole_in_a_folder_made_for_it(tmp_path: Path) -> None:
    publish_text(tmp_path / "a" / "b.txt", "naïve")
    assert (tmp_path / "a" / "b.txt").read_text("utf-8") == "naïve"
    publish_bytes(tmp_path / "a" / "b.txt", b"new")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    publish_json(target, {"old": 1})

    def fail_halfway() -> None:
        with publishing(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError("disk")

    with pytest.raises(RuntimeError, match="disk"):
        fail_halfway()
    assert json.loads(target.read_text()) == {"old": 1}
    assert list(tmp_path.iterdir()) == [target]


def test_json_refuses_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        publish_json(tmp_path / "x.json", {"a": math.nan})
    assert list(tmp_path.iterdir()) == []
