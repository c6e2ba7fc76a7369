"""Two thousand hostile files, every reader in turn: each is a fault that names its place, or read as it was meant."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adsw.corpus.importers.run import SETS, import_set
from adsw.corpus.manifest import read_manifest
from adsw.corpus.track import Track
from adsw.errors import InputError
from adsw.spelling import one_text
from tests.adsw.corpus.hostile_files import Case
from tests.adsw.corpus.hostile_published import CAPTIONS, cases

CASES, SEED = 2000, 20
LIMIT_S = 5


class HangError(BaseException):
    """A case took too long. No `Exception`, which a reader may turn into a fault."""


@contextmanager
def limited() -> Iterator[None]:
    """End the block if it takes too long, also within a system call."""

    def hang(*_: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, hang)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def read(name: str, case: Case) -> list[Track]:
    if name in SETS:
        return import_set(SETS[name], [case.path], case.path.parent / "out.jsonl").tracks
    return read_manifest(case.path)


def is_meant(name: str, case: Case, tracks: list[Track]) -> bool:
    """Whether tracks hold what was meant."""
    if name not in SETS:
        return tracks == [
            Track(
                track_id=row["track_id"],
                audio=row["audio"],
                start_s=row["start_s"],
                duration_s=row["duration_s"],
                tags={category: tuple(names) for category, names in row["tags"].items()},
                captions=tuple(map(one_text, row["captions"])),
                split=row["split"],
                group=row["group"],
                dataset=one_text(row["dataset"]),
            )
            for row in case.meant
        ]
    rows = [row["cells"] for row in case.meant]
    if name == "mtg-jamendo":
        tags = [[f"{category}---{tag}" for category, names in t.tags.items() for tag in names] for t in tracks]
        wanted = [[*filter(None, row[5:])] for row in rows]
        return tags == wanted and [(t.track_id, t.group) for t in tracks] == [(row[0], row[1]) for row in rows]
    return [t.captions for t in tracks] == [(one_text(row[CAPTIONS[name]]),) for row in rows]


def test_hostile_files_are_faults_or_read_as_meant(tmp_path: Path) -> None:
    wrong: list[str] = []
    seen: Counter[tuple[str, str, bool]] = Counter()
    for number, (name, case) in enumerate(cases(tmp_path, CASES, SEED)):
        what = f"case {number}, {name} {case.kind}"
        seen[name, case.kind, bool(case.named)] += 1
        try:
            with limited():
                tracks = read(name, case)
        except InputError as error:
            told = str(error)
            if not case.named or not any(part in told for part in case.named):
                wrong.append(f"{what}: should tell {case.named or 'nothing'}, tells {told[:600]}")
            told.encode()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            wrong.append(f"{what}: {type(error).__name__}: {str(error)[:200]}")
        else:
            if case.named:
                wrong.append(f"{what}: should tell {case.named}, is read: {str(tracks)[:300]}")
            elif not is_meant(name, case, tracks):
                wrong.append(f"{what}: is read as {str(tracks)[:300]}")
    assert not wrong, f"{len(wrong)} of {CASES}:\n" + "\n".join(wrong)
    assert len(seen) > 75, "every kind in every reader"
