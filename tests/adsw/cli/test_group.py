"""What stands before any command, and the project file's defaults."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adsw.cli.app import main as adsw_main
from adsw.console import be_quiet, console
from sweep.cli.app import main as sweep_main
from tests.adsw.train.synthetic import synthetic_store

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command line in a folder of its own; gives exit status, standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)

    def call(command: str, *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [command, *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            (adsw_main if command == "adsw" else sweep_main)()
        be_quiet(False)
        out = capsys.readouterr()
        return int(end.value.code or 0), out.out, out.err

    return call


def test_version_and_names_nearly_right(run: Run) -> None:
    assert run("adsw", "--version") == run("sweep", "--version") == (0, "0.1.0\n", "")
    status, _, said = run("sweep", "rnu")
    assert (status, "Did you mean 'run'" in said) == (2, True)


def test_help_says_how_to_complete_and_completion_knows_the_commands(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--install-completion" in run("adsw", "--help")[1]
    monkeypatch.setenv("_SWEEP_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "sweep run --max")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert run("sweep")[1].split() == ["--max-failures"]


def test_no_colours_where_none_are_wanted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    for words in (("adsw", "--help"), ("sweep", "--help"), ("sweep", "status", "one")):
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]", "".join(map(str, run(*words))))
    assert console().no_color


def test_quiet_commands_print_results_and_errors_only(run: Run) -> None:
    assert "There is no run in runs" in run("sweep", "list")[2]
    assert run("sweep", "list", "-q") == run("sweep", "--quiet", "list") == (0, "", "")
    status, _, said = run("sweep", "-q", "status", "one")
    assert (status, "there is no such run" in said) == (2, True)


def test_the_project_file_gives_defaults_and_says_so(run: Run, tmp_path: Path) -> None:
    synthetic_store(tmp_path / "stores" / "mine", tracks=30)
    (tmp_path / "adsw.toml").write_text('store = "stores/mine"\nruns = "here"\n')
    run("adsw", "init", "demo")
    (tmp_path / "demo" / "adsw.toml").unlink()
    plan = ("plan", "demo/space.yaml", "--no-measure", "--json", "--cells", "1")
    status, out, said = run("sweep", *plan, "-v")
    assert status == 0, said
    assert json.loads(out)["trials"] == 18
    assert f"store = stores/mine, unless given: from {tmp_path / 'adsw.toml'}" in said
    assert "There is no run in here" in run("sweep", "list")[2]
    assert "There is no run in there" in run("sweep", "list", "--runs", "there")[2]
    assert "Defaults from" in run("adsw", "train", "--help")[1]
    status, _, said = run("sweep", *plan, "--store", "nowhere")
    assert (status, "nowhere" in said) == (2, True)


def test_the_project_file_is_found_upward_and_its_faults_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "adsw.toml").write_text('stor = "x"\ncells = 0\nruns = 3\n')
    status, _, said = run("sweep", "list")
    assert status == 2
    for part in ("unknown key 'stor'. Did you mean 'store'?", "adsw.toml: cells: must be a whole", "adsw.toml: runs"):
        assert part in said


def test_a_starter_folder_is_complete_and_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    from adsw.corpus.manifest import read_manifest
    from sweep.space.load import load_space

    assert run("adsw", "init", "demo")[0] == 0
    tracks = read_manifest(tmp_path / "demo" / "tracks.csv")
    assert [list(track.tags) for track in tracks] == [["genre", "instrument", "mood"]] * 2
    assert [len(track.captions) for track in tracks] == [1, 1]
    assert load_space(tmp_path / "demo" / "space.yaml").trials == 12
    status, _, said = run("adsw", "init", "demo")
    assert (status, said.count("is there already")) == (2, 4)


@pytest.mark.parametrize("command", ["adsw", "sweep"])
def test_help_is_there_at_once(command: str) -> None:
    script = f"import sys; sys.argv = ['{command}', '--help']; from {command}.cli import main; main()"
    modules = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", script], capture_output=True, text=True, check=False
    ).stderr
    loaded = {line.rpartition("|")[2].strip() for line in modules.splitlines()}
    # What takes the time beside typer and rich themselves, which take a tenth of a second.
    assert not loaded & {"pydantic", "yaml", "http.client", "numpy", "adsw.cli.prepare", "sweep.cli.run"}
