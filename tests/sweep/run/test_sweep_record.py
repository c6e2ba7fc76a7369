"""`sweep.json`: what was written is read, field for field, and what is of another version is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from sweep.run.records import KEEP, SweepStatus
from sweep.run.sweep_record import SweepRecord, read_sweep_record, write_sweep_record

GOLDEN = Path(__file__).parent / "golden" / "sweep_version_1.json"
"""As the first release wrote it, of a search that is done."""
LATER = ("sets", "device", "max_failures", "keep", "reuse", "mlflow", "served", "startup_seconds")
"""Fields that were added without a new version."""


def written(folder: Path, **fields: Any) -> Path:
    path = folder / "sweep.json"
    path.write_text(json.dumps({**json.loads(GOLDEN.read_text()), **fields}))
    return path


def test_what_was_written_is_read_and_written_again_to_the_byte(tmp_path: Path) -> None:
    record = read_sweep_record(GOLDEN)
    assert (record.name, record.status, record.store.captioner) == ("first", SweepStatus.DONE, "template@1")
    assert (record.code.dirty, record.versions["ray"], record.cells, record.seconds) == (False, "2.60.0", 1, 205.2)
    assert record.fingerprint_of("") == record.store.fingerprint
    write_sweep_record(tmp_path / "sweep.json", record)
    assert (tmp_path / "sweep.json").read_bytes() == GOLDEN.read_bytes()


def test_fields_that_an_older_folder_lacks_have_defaults_and_are_not_made_up() -> None:
    document = {name: value for name, value in json.loads(GOLDEN.read_text()).items() if name not in LATER}
    del document["code"]["digest"]
    record = SweepRecord.model_validate(document)
    assert (record.keep, record.reuse, record.mlflow, record.code.digest) == (KEEP, False, "off", None)
    assert record.document() == document


def test_fields_of_a_newer_folder_of_this_version_are_kept(tmp_path: Path) -> None:
    record = read_sweep_record(written(tmp_path, mood="calm")).changed(cells=4)
    assert record.document()["mood"] == "calm"
    assert record.cell_count == 4


@pytest.mark.parametrize("version", [0, 2, "1", None, 1.5])
def test_another_version_is_refused(tmp_path: Path, version: object) -> None:
    with pytest.raises(InputError, match=r"must have schema_version 1.*another version of this one"):
        read_sweep_record(written(tmp_path, schema_version=version))


def test_a_field_that_does_not_fit_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"sweep\.json: code\.dirty.*\n.*sweep\.json: seconds"):
        read_sweep_record(written(tmp_path, seconds="long", code={"dirty": "very"}))


def test_a_field_that_there_is_not_cannot_be_set() -> None:
    record = read_sweep_record(GOLDEN)
    with pytest.raises(ValueError, match="no field cell"):
        record.changed(cell=3)
    with pytest.raises(ValueError, match="seconds"):
        record.changed(seconds="long")


def test_stores_by_name() -> None:
    first, second = {"fingerprint": "aa"}, {"fingerprint": "bb"}
    head = {"name": "one", "created": "now"}
    several = SweepRecord.model_validate({**head, "store": first, "stores": {"mert": first, "htsat": second}})
    assert [several.fingerprint_of(name) for name in ("", "mert", "htsat")] == ["aa", "aa", "bb"]
    with pytest.raises(KeyError):
        several.fingerprint_of("clap")
    assert SweepRecord.model_validate(head).fingerprint_of("") == ""
