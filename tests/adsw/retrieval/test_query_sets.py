"""Parts of a split as evaluation sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adsw.errors import InputError
from adsw.retrieval.queries import QUERY_SOURCES, QuerySet, read_queries
from adsw.store.store import Store
from tests.sweep.conftest import write_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return write_store(tmp_path_factory.mktemp("sets"), {"train": 6, "valid": 11, "test": 4})


def test_a_whole_split_is_what_it_was(store: Store) -> None:
    whole = QuerySet.from_table(store.table("valid"), store.info.dimensions)
    assert read_queries(store, "valid").identity == whole.identity


def test_one_data_set_is_its_own_pool(store: Store) -> None:
    even = read_queries(store, "valid", dataset="even")
    assert even.track_ids == tuple(f"valid-{index}" for index in range(0, 11, 2))


def test_one_source_keeps_the_pool_and_its_targets(store: Store) -> None:
    whole = read_queries(store, "valid")
    tags = read_queries(store, "valid", source="tags")
    assert tags.track_ids == whole.track_ids
    assert 0 < len(tags) < len(whole)
    kinds = {name for bit, name in enumerate(QUERY_SOURCES) for bits in tags.sources if bits & (1 << bit)}
    assert kinds <= {"full_tags", "partial_tags"}
    for text, begin, end in zip(tags.texts, tags.targets.starts, tags.targets.starts[1:], strict=False):
        at = whole.texts.index(text)
        theirs = whole.targets.items[whole.targets.starts[at] : whole.targets.starts[at + 1]]
        assert np.array_equal(tags.targets.items[begin:end], theirs)
        assert np.array_equal(tags.text_embeddings[tags.texts.index(text)], whole.text_embeddings[at])


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"split": "vaild"}, "vaild"),
        ({"split": "valid", "dataset": "evne"}, "Did you mean 'even'"),
        ({"split": "valid", "source": "captions"}, "captions"),
        ({"split": "valid", "source": "human"}, "must hold texts of source human"),
    ],
)
def test_what_is_not_there_is_told(store: Store, options: dict[str, str], part: str) -> None:
    with pytest.raises(InputError, match=part):
        read_queries(store, **options)


def test_an_empty_split_is_told(tmp_path: Path) -> None:
    empty = write_store(tmp_path / "empty", {"train": 3, "valid": 0, "test": 2})
    with pytest.raises(InputError, match="must hold tracks"):
        read_queries(empty, "valid")
