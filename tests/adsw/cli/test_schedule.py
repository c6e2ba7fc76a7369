"""`adsw schedule`: values, plots and pages of schedules."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from adsw.cli.app import main
from adsw.cli.schedule_screen import draw_line
from adsw.train.recipe import resolve

PAPER = "{kind: linear, start: 0, end: 0.15, epochs: 20}"
RAISED = "{kind: adaptive, start: 0, end: 0.4, steps: 2, threshold: 0.5}"
CURVE = [
    {"epoch": epoch + 1, "audio_accuracy": value, "text_accuracy": value, "valid/t2m/mAP@10": value}
    for epoch, value in enumerate([0.1, 0.6, 0.3, 0.7, 0.8])
]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command; gives its status, standard output and standard error."""

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["adsw", "schedule", *arguments])
        monkeypatch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        return int(str(left.value.code)), shown.out, shown.err

    return command


def test_values_in_a_table(run: Any) -> None:
    status, out, err = run(PAPER, "--epochs", "22")
    assert (status, err) == (0, "")
    assert "Schedule: linear from 0 to 0.15 over 20 epochs." in out
    rows = dict(re.findall(r"^ *(\d+(?: to \d+)?) +([\d.]+) ", out, flags=re.MULTILINE))
    assert (rows["0"], rows["10"], rows["20 to 22"]) == ("0", "0.075", "0.15")


def test_a_long_table_says_that_it_is_thinned(run: Any) -> None:
    _, out, _ = run("{kind: linear, start: 1, end: 0, epochs: 500}")
    assert "24 of 501 values; all of them: --json" in out
    assert re.search(r"^ +500 to 576 +0 ", out, flags=re.MULTILINE)


def test_json_is_one_document(run: Any) -> None:
    status, out, err = run(PAPER, "--name", "text.swap.probability", "--json", "--plot")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert (document["name"], document["signals"]) == ("text.swap.probability", None)
    assert document["schedule"]["kind"] == "linear"
    assert document["epochs"] == list(range(31)), "those of the recipe"
    assert document["values"][10] == 0.075
    assert document["values"][20:] == [0.15] * 11


@pytest.mark.parametrize(
    "text", [PAPER, RAISED, "0", "{kind: constant, value: -3}", "{kind: step, start: 1e-7, end: 1, epochs: 999}"]
)
def test_the_plot_fits_eighty_columns(run: Any, text: str) -> None:
    _, out, _ = run(text, "--plot")
    assert max(map(len, out.splitlines())) <= 80
    assert sum("│" in line or "┤" in line for line in out.splitlines()) == 11
    assert "epochs" in out


def test_lines_are_drawn_where_the_values_are() -> None:
    flat = draw_line(lambda _: 1.0, 1.0, 0.0, 1.0, width=3, height=2)
    assert flat == ["⠉⠉⠉", "⠀⠀⠀"]
    jump = draw_line(lambda x: float(x >= 0.5), 1.0, 0.0, 1.0, width=2, height=2)
    assert jump == ["⠀⡏", "⣀⠇"], "an upright line at the jump"
    down = draw_line(lambda x: 1.0 - x, 1.0, 0.0, 1.0, width=1, height=1)
    assert down == ["⢱"]


def test_adaptive_paths_say_what_they_follow(run: Any, tmp_path: Path) -> None:
    (tmp_path / "trials.jsonl").write_text(json.dumps({"number": 3, "curve": CURVE}))

    def values(*arguments: str) -> tuple[list[float], str]:
        document = json.loads(run(RAISED, *arguments, "--json")[1])
        return document["values"], document["signals"]

    assert values("--epochs", "3") == (
        [0, 0.2, 0.4, 0.4],
        "simulated signals: every epoch speaks for a raise, the fastest it can go",
    )
    assert values("--epochs", "3", "--signal", "0.1,0.5") == (
        [0, 0, 0.2, 0.4],
        "simulated signals: accuracy of 0.1, 0.5, the last one to the end",
    )
    recorded = f"signals recorded in {tmp_path / 'trials.jsonl'}, trial 3"
    assert values("--curve", str(tmp_path)) == ([0, 0, 0.2, 0.2, 0.4, 0.4], recorded)
    assert values("--curve", str(tmp_path), "--trial", "3", "--epochs", "2") == ([0, 0, 0.2], recorded)
    _, out, _ = run(RAISED, "--signal", ",".join(["0.2"] * 12))
    assert "0.2, 0.2, ..., the last one to the end" in " ".join(out.split())


def test_a_page_holds_its_plot_and_loads_nothing(run: Any, tmp_path: Path) -> None:
    page = tmp_path / "deep" / "page.html"
    page.parent.mkdir()
    status, _, err = run(RAISED, "--name", "text.swap.probability", "--signal", "0.6", "--html", str(page))
    assert status == 0
    assert str(page) in err.replace("\n", "")
    text = page.read_text()
    assert not re.search(r"(src|href)=|<script|@import|url\(", text)
    assert "simulated signals: accuracy of 0.6" in text
    wide, narrow = (ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL))
    for drawing in (wide, narrow):
        line = drawing.find("polyline")
        assert line is not None
        heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
        assert heights == sorted(heights, reverse=True), "it only rises"
        assert len(drawing.findall("circle")) == 31
    assert "<td>2 to 30</td><td>0.4</td>" in text


def test_a_long_page_leaves_values_out_and_says_so(run: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run("{kind: linear, start: 1, end: 0, epochs: 300}", "--html", str(page))[0] == 0
    text = page.read_text()
    assert "values between are left out" in text
    assert "<circle" not in text
    assert text.count("<tr>") == 61


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], ["needs a schedule or a name"]),
        (["0.3", "--epochs", "0", "--trial", "2"], ["--epochs: must lie between 1", "--trial: is of a recorded curve"]),
        ([RAISED, "--signal", "0.1", "--curve", "x"], ["--signal, --curve: exclude each other"]),
        (
            ["0.3", "--signal", "0.1"],
            ["--signal: is for adaptive schedules: constant follows nothing", "set kind: adaptive"],
        ),
        (["0.3", "--curve", "x"], ["--curve: is for adaptive schedules"]),
        ([RAISED, "--signal", "0.1,high"], ["--signal: must be numbers with commas between (given: '0.1,high')"]),
        ([RAISED, "--signal", "nan"], ["--signal: accuracy is watched and is nan"]),
        ([RAISED, "--curve", "nowhere"], ["nowhere: there is no such file"]),
        (["{kind: linar}"], ["Did you mean 'linear'?"]),
    ],
)
def test_wrong_input_is_told_at_once(run: Any, arguments: list[str], told: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    for expected in told:
        assert expected in " ".join(err.split())


def test_a_curve_without_the_watched_metric_is_told(run: Any, tmp_path: Path) -> None:
    (tmp_path / "trials.jsonl").write_text(json.dumps({"number": 3, "curve": CURVE}))
    text = "{kind: adaptive, signal: plateau, metric: valid/m2t/R@1, start: 0, end: 1}"
    status, _, err = run(text, "--curve", str(tmp_path))
    assert status == 2
    assert "--curve: valid/m2t/R@1 is watched and was not measured" in " ".join(err.split())


def test_the_schedules_of_a_recorded_training(run: Any, tmp_path: Path) -> None:
    recipe = resolve({"text.swap.probability": {"kind": "adaptive", "start": 0, "end": 0.4, "steps": 2}, "epochs": 4})
    points = [{"epoch": n, "audio_accuracy": 0.2 * n, "text_accuracy": 0.2 * n} for n in range(1, 5)]
    (tmp_path / "metrics.json").write_text(json.dumps({"curve": points}))
    (tmp_path / "recipe.json").write_text(json.dumps({"recipe": recipe.model_dump(mode="json")}))
    status, out, _ = run("--curve", str(tmp_path), "--name", "text.swap.probability", "--json")
    assert status == 0
    # 0.2, then 0.4 and 0.6, which reach the threshold of 0.3.
    assert json.loads(out)["values"] == [0, 0, 0.2, 0.4, 0.4]
    status, out, _ = run("--curve", str(tmp_path), "--name", "text.view_dropout.rate", "--json")
    assert (status, set(json.loads(out)["values"])) == (0, {0.1})
    record = {"number": 7, "curve": points, "recipe": recipe.model_dump(mode="json")}
    (tmp_path / "trials.jsonl").write_text(json.dumps(record) + "\n")
    status, out, _ = run("--curve", str(tmp_path), "--name", "text.swap.probability")
    assert status == 0
    assert "trial 7" in out
