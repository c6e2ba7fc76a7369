"""YouTube8M-MusicTextClips: splits by file, videos as groups, texts that stand on several clips."""

from __future__ import annotations

from pathlib import Path

from adsw.corpus.importers.base import Choice
from adsw.corpus.track import Track
from tests.adsw.corpus.importers.conftest import TEXT, Import, faults_of, touch, write_csv


def test_a_row_becomes_a_track(tmp_path: Path, imported: Import) -> None:
    train = write_csv(tmp_path / "train.csv", [TEXT])
    test = write_csv(tmp_path / "test.csv", [TEXT | {"video_id": "x", "start": "2.5", "end": "12.5"}])
    done = imported("yt8m-mtc", train, test)
    assert done.tracks == [
        Track("abcDEF_-123_30_40", None, None, None, {}, ("A quiet guitar.",), "train", "abcDEF_-123", "yt8m-mtc"),
        Track("x_2.5_12.5", None, None, None, {}, ("A quiet guitar.",), "test", "x", "yt8m-mtc"),
    ]


def test_a_text_on_several_clips_stays_on_all(tmp_path: Path, imported: Import) -> None:
    rows = [TEXT | {"video_id": name, "text": text} for name, text in (("a", "x"), ("b", "x"), ("c", "y"), ("d", "z"))]
    rows += [TEXT | {"video_id": "d", "text": "y"}, rows[0]]
    done = imported("yt8m-mtc", write_csv(tmp_path / "test.csv", rows))
    assert [track.captions for track in done.tracks] == [("x",), ("x",), ("y",), ("z", "y")]
    assert done.report.repeated_rows == 1
    assert (done.report.contents.shared_texts.texts, done.report.contents.shared_texts.tracks) == (2, 4)


def test_clips_of_a_video_stay_in_one_split(tmp_path: Path, imported: Import) -> None:
    train = write_csv(tmp_path / "train.csv", [TEXT, TEXT | {"video_id": "b"}])
    test = write_csv(tmp_path / "test.csv", [TEXT | {"start": 50, "end": 60}])
    done = imported("yt8m-mtc", train, test)
    assert [(track.group, track.split) for track in done.tracks] == [("b", "train"), ("abcDEF_-123", "test")]
    assert done.report.left_out == {"train tracks of a group that is also in test": 1}


def test_clips_of_a_video_have_audio_of_their_own(tmp_path: Path, imported: Import) -> None:
    root = touch(tmp_path / "clips", "abcDEF_-123_30_40.wav", "abcDEF_-123_50_60.wav")
    file = write_csv(tmp_path / "test.csv", [TEXT, TEXT | {"start": 50.0, "end": 60.0}])
    done = imported("yt8m-mtc", file, audio_root=str(root))
    assert [Path(str(track.audio)).name for track in done.tracks] == ["abcDEF_-123_30_40.wav", "abcDEF_-123_50_60.wav"]


def test_a_row_without_text_is_left_out(tmp_path: Path, imported: Import) -> None:
    done = imported("yt8m-mtc", write_csv(tmp_path / "train.csv", [TEXT, TEXT | {"video_id": "b", "text": ""}]))
    assert done.report.left_out == {"without text": 1}


def test_captions_with_markup_are_counted_and_stay(tmp_path: Path, imported: Import) -> None:
    texts = ["R&amp;B, slow.", "A <b>calm</b> one.", "R&B at < 90 bpm.", "Two; three & more."]
    rows = [TEXT | {"video_id": f"v{number}", "text": text} for number, text in enumerate(texts)]
    done = imported("yt8m-mtc", write_csv(tmp_path / "test.csv", rows))
    assert [track.captions for track in done.tracks] == [(text,) for text in texts]
    said = "2 captions hold markup or entities (&amp;, </b>, <b>), which are kept as they are: mend the file."
    assert said in done.report.remarks


def test_a_share_of_train_becomes_valid(tmp_path: Path, imported: Import) -> None:
    rows = [TEXT | {"video_id": f"v{number // 2}", "start": number, "end": 90} for number in range(80)]
    file = write_csv(tmp_path / "train.csv", rows)
    splits = imported("yt8m-mtc", file, valid_share=0.25).report.contents.splits
    assert set(splits) == {"train", "valid"}
    assert splits["valid"].groups + splits["train"].groups == 40
    assert 4 <= splits["valid"].groups <= 16
    assert any("no valid split" in remark for remark in imported("yt8m-mtc", file).report.remarks)


def test_whole_videos_and_patterns_go_together(tmp_path: Path, imported: Import) -> None:
    choice = Choice(patterns=("v/{ytid}.opus",), whole_videos=True)
    done = imported("yt8m-mtc", write_csv(tmp_path / "test.csv", [TEXT]), choice=choice)
    assert done.tracks[0].audio == str(tmp_path / "manifests/v/abcDEF_-123.opus")
    assert (done.tracks[0].start_s, done.tracks[0].duration_s) == (30.0, 10.0)


def test_faults_of_all_files_are_told_together(tmp_path: Path, imported: Import) -> None:
    train = write_csv(tmp_path / "train.csv", [TEXT | {"video_id": ""}])
    test = write_csv(tmp_path / "test.csv", [TEXT, TEXT | {"end": "?"}])
    assert faults_of(lambda: imported("yt8m-mtc", train, test, tmp_path / "no.csv")) == [
        f"{tmp_path / 'no.csv'}: cannot be read: No such file or directory. Give the file that the set publishes.",
        "train.csv line 2 video_id: is required and must not be empty",
        "test.csv line 3 end: must be a number of seconds (given: '?')",
    ]
