"""The build plan of a store, pinned in `prepare.json` so that two preparations never mix in one folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from adsw.augment.bank import BankConfig
from adsw.augment.captions.model_captioner import ModelPlan
from adsw.augment.captions.protocol import CaptionModel, CaptionOptions
from adsw.augment.vocabulary import Vocabulary
from adsw.corpus.track import SPLITS, Track
from adsw.draws import key_of
from adsw.encoders.protocol import EncoderInfo
from adsw.errors import Fault, InputError, faults_of
from adsw.files import publish_json, publish_text
from adsw.fingerprint import fingerprint
from adsw.json_text import json_lines, parse_json
from adsw.parquet_file import read_parquet
from adsw.store.duplicates import OnDuplicate
from adsw.store.schema import Dimensions
from adsw.store.store import PLAN_FILE, QUARANTINE_FILE, SHARDS_FOLDER, STORE_FILE

ROWS_PER_SHARD = 64

WORK_FOLDER = "work"


class CaptionPlan(CaptionModel):
    """The language model of a plan, and the options of its captions."""

    options: CaptionOptions
    """Options, with the prompt's version in place of its name."""

    @classmethod
    def of(cls, plan: ModelPlan) -> CaptionPlan:
        """Return what decides the captions; where the model and its files are takes no part."""
        options = plan.options.model_copy(update={"prompt": plan.prompt.version})
        model = plan.model
        return cls(
            model=plan.name,
            revision=model.revision,
            package=model.package,
            weights=dict(model.weights),
            options=options,
        )


class Plan(BaseModel):
    """`prepare.json`: everything that decides what the store will hold. No times and no absolute places."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    schema_version: int
    audio_encoder: EncoderInfo
    text_encoder: EncoderInfo
    captioner: str
    captions: CaptionPlan | None = None
    """Null for the template."""
    bank: BankConfig
    rows_per_shard: int
    vocabulary: str
    """Identity of the swap vocabulary: the built-in one with the tags of these tracks."""
    tracks: str
    """Identity of the tracks used: all that the manifest says of them."""
    on_duplicate: OnDuplicate = "warn"
    """What is done about recordings that stand in several splits."""
    decoding: int = 1
    """Version of `adsw.audio.decode`; folders begun before it was noted have the first."""
    tracks_used: int
    without_audio: int
    without_text: int

    @property
    def dimensions(self) -> Dimensions:
        """Shapes of the embeddings."""
        return Dimensions(
            audio_tokens=self.audio_encoder.tokens,
            audio_features=self.audio_encoder.features,
            text_tokens=self.text_encoder.tokens,
            text_features=self.text_encoder.features,
            uncased=self.text_encoder.uncased,
        )


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """A run of tracks that are prepared together and end in one shard."""

    split: str
    number: int
    rows: int
    """Tracks; `adsw.store.plan` has them."""

    @property
    def name(self) -> str:
        """Its name among the intermediate files."""
        return f"{self.split}-{self.number:05d}"

    @property
    def part(self) -> str:
        """Its file under ``shards/<split>/``."""
        return f"part-{self.number:05d}.parquet"


def cut_shards(tracks: Sequence[Track], rows: int) -> Iterator[tuple[ShardPlan, list[Track]]]:
    """Yield the shards of each split with their tracks: in the order of the tracks' keys, cut in runs of `rows`.

    Raises:
        ValueError: a track has no split; see `adsw.corpus.track.assign_splits`.
    """
    stray = [track.track_id for track in tracks if track.split not in SPLITS]
    if stray:
        raise ValueError(f"{len(stray)} tracks have no split, such as {stray[0]!r}")
    for split in SPLITS:
        ordered = sorted(
            (track for track in tracks if track.split == split),
            key=lambda track: (key_of(track.track_id), track.track_id),
        )
        for number, start in enumerate(range(0, len(ordered), rows)):
            run = ordered[start : start + rows]
            yield ShardPlan(split, number, len(run)), run


def place_of(audio: str, store: Path) -> str:
    """Return a track's audio as the store names it: relative if it lies in the store, so that both can move."""
    if "://" in audio:
        return audio
    path, root = Path(audio), store.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else audio


def tracks_identity(tracks: Sequence[Track], store: Path) -> str:
    """Return the identity of what the manifest says of these tracks, whatever their order."""
    ordered = sorted(tracks, key=lambda track: track.track_id)
    # One by one: as a whole, what is hashed would take several times the memory of the tracks.
    return fingerprint(
        [fingerprint({**asdict(track), "audio": place_of(track.audio or "", store)}) for track in ordered]
    )


def vocabulary_identity(vocabulary: Vocabulary) -> str:
    """Return the identity of a vocabulary: its terms, forms, relations and categories, in order."""
    terms = [asdict(term) for term in vocabulary.terms]
    grammars, single = list(vocabulary.grammars.items()), sorted(vocabulary.single)
    return fingerprint({"terms": terms, "grammars": grammars, "names": vocabulary.names, "single": single})


def begin(store: Path, plan: Plan, resume: bool) -> None:
    """Claim a folder for a plan: write `prepare.json`, or check that the one there is the same.

    Raises:
        InputError: the folder holds another program's files, other settings, or an unfinished preparation and
            `resume` is false.
    """
    file = store / PLAN_FILE
    title = f"Cannot prepare into {store}"
    if store.exists() and not store.is_dir():
        raise InputError(title, [Fault(str(store), "must be a folder", None, "Name another folder.")])
    if not file.exists():
        names = (STORE_FILE, SHARDS_FOLDER, WORK_FOLDER, QUARANTINE_FILE)
        foreign = [name for name in names if (store / name).exists()]
        if foreign:
            fix = "Name another folder."
            raise InputError(title, [Fault(str(store), f"holds {', '.join(foreign)} of other origin", None, fix)])
        publish_json(file, plan.model_dump(mode="json"))
        return
    differing = _differences(_read(file, title), plan, store)
    if differing:
        raise InputError(f"{title}: it was begun with other settings", differing)
    if not resume and not (store / STORE_FILE).exists():
        fault = Fault(str(store), "holds an unfinished preparation", None, "Continue it with --resume.")
        raise InputError(title, [fault])


def _read(file: Path, title: str) -> Plan:
    """Read `prepare.json`.

    Raises:
        InputError: it cannot be read, or is no plan.
    """
    try:
        return Plan.model_validate(parse_json(file.read_bytes()))
    except ValidationError as error:
        raise InputError(title, faults_of(error, Plan, str(file))) from error
    except (OSError, ValueError) as error:
        raise InputError(title, [Fault(str(file), f"cannot be read: {error}", None, "Name another folder.")]) from error


_OF_WEIGHTS = re.compile(r"(audio_encoder|text_encoder|captions)\.(place|uncased|package|weights)\b")


def _differences(begun: Plan, wanted: Plan, store: Path) -> list[Fault]:
    """Return one fault per setting that differs, named by its dotted key."""
    before, now = _flat(begun.model_dump(mode="json")), _flat(wanted.model_dump(mode="json"))
    fix = "Use the same settings, or another folder."
    if (store / STORE_FILE).exists():
        fix = f"Use the same settings, or another folder: --store NEW --reuse {store} encodes only what differs."
    return [
        Fault(f"{PLAN_FILE}: {key}", f"was {before.get(key)!r} when the folder was begun", now.get(key), fix)
        for key in sorted(before.keys() | now.keys())
        # The same weights may lie elsewhere now, and not all of this was always recorded; the revision tells whether
        # they are the same.
        if before.get(key) != now.get(key) and not _OF_WEIGHTS.match(key)
    ]


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested mapping flattened to dotted keys."""
    flat: dict[str, Any] = {}
    for key, item in value.items():
        flat.update(_flat(item, f"{prefix}{key}.") if isinstance(item, Mapping) else {prefix + key: item})
    return flat


TRACKS_FOLDER = "tracks"

AUDIO_FOLDER = "audio"


@dataclass(frozen=True, slots=True)
class TrackFiles:
    """Reads and writes the tracks of shards, by the shards' names."""

    work: Path
    """The folder of all stages' files."""

    def write(self, shard: str, tracks: Sequence[Track]) -> None:
        """Publish a shard's tracks, unless they are there: a folder has one plan, and a plan one list of tracks."""
        file = self._file(shard)
        if not file.exists():
            publish_text(file, "".join(json.dumps(asdict(track)) + "\n" for track in tracks))

    def all(self, shard: str) -> list[Track]:
        """Read a shard's tracks, in order."""
        return [_track(line) for _, line in json_lines(self._file(shard).read_text("utf-8"))]

    def usable(self, shard: str) -> list[Track]:
        """Read the tracks of a shard whose audio the audio stage could use.

        Raises:
            RuntimeError: the audio stage's file is of other tracks.
        """
        file = audio_file(self.work / AUDIO_FOLDER, shard)
        results = read_parquet(file, columns=["track_id", "kind"])
        tracks = self.all(shard)
        if results["track_id"].to_pylist() != [track.track_id for track in tracks]:
            raise RuntimeError(f"{file} belongs to other tracks")
        kinds = results["kind"].to_pylist()
        return [track for track, kind in zip(tracks, kinds, strict=True) if kind is None]

    def _file(self, shard: str) -> Path:
        return self.work / TRACKS_FOLDER / f"{shard}.jsonl"


def audio_file(folder: Path, shard: str) -> Path:
    """Return the file of the audio stage's result for a shard."""
    return folder / f"{shard}.parquet"


def _track(line: str) -> Track:
    """Return the track of a line."""
    fields = parse_json(line, any_strings=True)
    tags = {category: tuple(names) for category, names in fields["tags"].items()}
    return Track(**{**fields, "tags": tags, "captions": tuple(fields["captions"])})
