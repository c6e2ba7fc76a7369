"""An index on disk: a model and the embeddings of a store's tracks, ready to be searched anywhere.

DIR/checkpoint/          a copy of the checkpoint
DIR/tracks.parquet       the tracks: ids, splits, tags, paths of their audio
DIR/embeddings.npy       their embeddings, float32 [N, P]
DIR/lists.faiss          for large pools: see `adsw.search.nearest`
DIR/index.json           what it holds, with the checksum of every other file
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from adsw.errors import Fault, Faults, InputError, faults_of
from adsw.evaluate.compatibility import open_together
from adsw.files import check_new, clear, new_folder, publish_json
from adsw.fingerprint import file_sha256, fingerprint
from adsw.json_text import parse_json
from adsw.model import Model
from adsw.parquet_file import read_parquet
from adsw.search import nearest as approximate
from adsw.search.library import Library, store_pool
from adsw.search.nearest import Approximate, Recall, real_queries
from adsw.search.pool import TRACKS, Pool
from adsw.store.store import Store
from adsw.train import checkpoint as checkpoints
from adsw.train.checkpoint import MODEL_FILE, RECIPE_FILE, Checkpoint

FORMAT = 1
INDEX_FILE = "index.json"
EMBEDDINGS_FILE = "embeddings.npy"
TRACKS_FILE = "tracks.parquet"
LISTS_FILE = "lists.faiss"
CHECKPOINT_FOLDER = "checkpoint"
EXACT_UP_TO = 100_000
"""Number of tracks up to which a search is exact by default."""

Kind = Literal["exact", "approximate"]
OnProgress = Callable[[str, int, int], None]
"""Called with a stage (``embed``, ``lists``), the part of it that is done, and the whole."""


class IndexInfo(BaseModel):
    """Contents of `index.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["adsw-index"] = "adsw-index"
    format: int = FORMAT
    fingerprint: str
    """Identity of what is searched: the heads, the store, the splits."""
    model_sha256: str
    store_fingerprint: str
    splits: dict[str, int]
    """Split -> number of its tracks in the index."""
    width: int
    """P: number of features of an embedding."""
    search: Kind
    recall: Recall | None
    """Recall of the approximate search; None for an exact one."""
    files: dict[str, str]
    """File -> its SHA-256."""
    versions: dict[str, str]

    @property
    def tracks(self) -> int:
        """Number of tracks of all splits."""
        return sum(self.splits.values())


def write_index(
    checkpoint: Path,
    store: Path,
    out: Path,
    splits: Sequence[str] | None,
    search: Kind | None,
    on_progress: OnProgress,
    force: bool = False,
) -> IndexInfo:
    """Embed the tracks of a store under a checkpoint and write the index, atomically.

    Args:
        checkpoint: the heads' folder.
        store: made by the encoders that the heads were trained on.
        out: folder to write: new, or empty.
        splits: those to index; None for all.
        search: how it will be searched. By default exactly up to `EXACT_UP_TO` tracks, and beyond them
            approximately if FAISS is installed.
        on_progress: called as the work proceeds.
        force: whether an index that `out` holds is replaced, once this one is there.

    Raises:
        InputError: every fault of the three folders, an unknown split, or a pool without tracks or too small for lists.
    """
    trained, opened = _inputs(checkpoint, store, out, search, force)
    pool = store_pool(trained, opened, splits, lambda done, total: on_progress("embed", done, total))
    chosen = _chosen(search, pool, opened)
    lists, recall = None, None
    if chosen == "approximate":
        on_progress("lists", 0, 1)
        queries = real_queries(trained.heads, opened, list(pool.splits))
        lists, recall = approximate.build(pool.embeddings, queries)
        on_progress("lists", 1, 1)
    with new_folder(out) as folder:
        _write_files(folder, trained, pool, lists)
        info = _info(folder, trained, opened, pool, recall)
        publish_json(folder / INDEX_FILE, info.model_dump(mode="json"))  # last, with the checksums of all others
        clear(out)
    return info


def open_index(path: Path) -> tuple[Library, IndexInfo]:
    """Open an index; embeddings are mapped to memory, not read.

    Raises:
        InputError: the folder is missing, not an index, of another format, or any of its files was changed.
    """
    info = read_info(path)
    faults = Faults(f"The index {path} is damaged")
    for name, sha256 in info.files.items():
        file = path / name
        if not file.is_file():
            faults.add(str(file), "is missing", None, _AGAIN)
        elif file_sha256(file) != sha256:
            faults.add(str(file), "is not the file that was written", None, _AGAIN)
    faults.raise_if_any()
    trained = checkpoints.load(path / CHECKPOINT_FOLDER)
    # Undamaged files of two indexes may have been put together.
    if trained.info.model_sha256 != info.model_sha256:
        rule = f"must be the checkpoint {info.model_sha256[:12]} that the tracks were embedded by"
        faults.add(str(trained.path), rule, trained.info.model_sha256[:12], _AGAIN)
        faults.raise_if_any()
    pool = Pool(np.load(path / EMBEDDINGS_FILE, mmap_mode="r"), read_parquet(path / TRACKS_FILE), info.splits)
    lists = None if info.recall is None else Approximate.read(path / LISTS_FILE, info.recall.probes)
    return Library(Model(trained), pool, info.store_fingerprint, lists, info.recall), info


def read_info(path: Path) -> IndexInfo:
    """Read `index.json`.

    Raises:
        InputError: it is missing, not an index's, or of another format.
    """
    title = f"{path} is not an index that can be used"
    file = path / INDEX_FILE
    if not file.is_file():
        raise InputError(title, [Fault(str(file), "is missing", None, "Make an index with: adsw index")])
    try:
        document: Any = parse_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(title, [Fault(str(file), f"cannot be read: {error}", None, _AGAIN)]) from error
    if not isinstance(document, Mapping) or document.get("kind") != "adsw-index":
        raise InputError(title, [Fault(str(file), "must be written by adsw index", None, "Name another folder.")])
    if document.get("format") != FORMAT:
        raise InputError(title, [Fault(str(file), f"must have format {FORMAT}", document.get("format"), _AGAIN)])
    try:
        return IndexInfo.model_validate(document)
    except ValidationError as error:
        raise InputError(title, faults_of(error, IndexInfo, INDEX_FILE)) from error


_AGAIN = "Make the index again with: adsw index"


def _inputs(checkpoint: Path, store: Path, out: Path, search: Kind | None, force: bool) -> tuple[Checkpoint, Store]:
    """Open the checkpoint and the store, or raise every fault of them and of the folder to write."""
    faults = Faults("The index cannot be made so")
    check_new("--out", out, faults, INDEX_FILE, force)
    fault = approximate.missing()
    if search == "approximate" and fault:
        faults.extend([fault])
    try:
        trained, (opened,) = open_together(checkpoint, [store])
    except InputError as error:
        faults.extend(error.faults)
    faults.raise_if_any()
    return trained, opened


def _chosen(search: Kind | None, pool: Pool, store: Store) -> Kind:
    """Return how the pool will be searched, or raise a fault if it cannot be searched so."""
    faults = Faults("The index cannot be made so")
    if not len(pool):
        faults.add("--split", "must hold tracks, holds none", ", ".join(pool.splits))
    elif search == "approximate" and len(pool) < approximate.LEAST:
        rule = f"needs a pool of at least {approximate.LEAST} tracks; {store.path} has"
        faults.add("--search approximate", rule, len(pool), "Leave it out: a small pool is searched exactly.")
    faults.raise_if_any()
    # Exact search of 100,000 tracks takes 36 ms, far less than the start of the process.
    large = len(pool) > EXACT_UP_TO and approximate.missing() is None
    return search or ("approximate" if large else "exact")


def _write_files(folder: Path, trained: Checkpoint, pool: Pool, lists: Approximate | None) -> None:
    """Write all files of an index but `index.json`."""
    kept = folder / CHECKPOINT_FOLDER
    kept.mkdir(parents=True)
    for name in (MODEL_FILE, RECIPE_FILE):
        shutil.copyfile(trained.path / name, kept / name)
    np.save(folder / EMBEDDINGS_FILE, pool.embeddings)
    pq.write_table(pool.tracks.cast(TRACKS), folder / TRACKS_FILE)
    if lists is not None:
        lists.write(folder / LISTS_FILE)


def _info(folder: Path, trained: Checkpoint, store: Store, pool: Pool, recall: Recall | None) -> IndexInfo:
    """Return the description of an index whose other files are written."""
    identity = {
        "format": FORMAT,
        "model": trained.info.model_sha256,
        "store": store.info.fingerprint,
        "splits": pool.splits,
    }
    # The checksums are no part of the identity: the same tracks under the same heads are the same index.
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return IndexInfo(
        fingerprint=fingerprint(identity),
        model_sha256=trained.info.model_sha256,
        store_fingerprint=store.info.fingerprint,
        splits=pool.splits,
        width=pool.embeddings.shape[1],
        search="exact" if recall is None else "approximate",
        recall=recall,
        files={name: file_sha256(folder / name) for name in names},
        versions={"adsw": version("adsw")},
    )
