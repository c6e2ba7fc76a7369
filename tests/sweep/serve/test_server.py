"""`sweep serve` in this process: what it answers, to whom, and that it changes nothing unasked."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.serve.run_data import Runs, stamp_of
from sweep.serve.server import HOST, Server

from ..report.simulated import METRIC, Simulation

TOKEN = "opensesame"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """One finished run."""
    Simulation(trials=4, failed=(3,)).write(tmp_path, "small")
    return tmp_path


@pytest.fixture
def server(runs: Path) -> Iterator[Server]:
    """A server that takes orders, on any free port."""
    with Server(runs, 0, TOKEN) as made:
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


def ask(server: Server, path: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, Any, str]:
    """Return status, body (JSON where it is JSON) and content type."""
    connection = http.client.HTTPConnection(HOST, server.server_address[1], timeout=60)
    text = None if body is None else json.dumps(body)
    connection.request(method, path, text, headers)
    answer = connection.getresponse()
    content, kind = answer.read(), answer.getheader("Content-Type") or ""
    return answer.status, json.loads(content) if kind == "application/json" else content.decode(), kind


def test_it_lists_runs_and_shows_one(server: Server) -> None:
    status, listed, _ = ask(server, "/api/runs")
    assert status == 200
    (line,) = listed["runs"]
    assert (line["name"], line["status"], line["metric"]) == ("small", "done", METRIC)
    assert line["states"] == {"completed": 3, "failed": 1} or sum(line["states"].values()) == 4
    _, run, _ = ask(server, "/api/runs/small")
    assert len(run["trials"]) == run["total"] == 4
    first = next(trial for trial in run["trials"] if trial["number"] == 0)
    assert first["arm"] == "default"
    assert first["curve"][-1][1] == pytest.approx(first["value"])
    _, page, kind = ask(server, "/runs/small")
    assert kind.startswith("text/html")
    assert "/assets/run.js" in page


def test_only_what_is_new_is_sent_again(server: Server, runs: Path) -> None:
    _, run, _ = ask(server, "/api/runs/small")
    record = TrialRecord(number=4, state=TrialState.COMPLETED, epochs=2, metrics={METRIC: 0.9})
    RunFolder(runs / "small").append_trial(record)
    _, later, _ = ask(server, f"/api/runs/small?after=4&generation={run['generation']}")
    assert (later["after"], later["total"]) == (4, 5)
    assert [trial["number"] for trial in later["trials"]] == [4]
    # A trial that is opened again is no longer as it was: all are sent.
    RunFolder(runs / "small").reopen_trials([4])
    _, again, _ = ask(server, f"/api/runs/small?after=5&generation={run['generation']}")
    assert (again["after"], again["total"]) == (0, 4)


def test_a_line_that_is_being_written_is_left_for_the_next_look(runs: Path) -> None:
    known, folder = Runs(runs), RunFolder(runs / "small")
    assert len(known.records(folder)[0]) == 4
    line = TrialRecord(number=9, state=TrialState.COMPLETED).model_dump_json()
    with folder.trials_file.open("a") as file:
        file.write(line[:20])
    assert len(known.records(folder)[0]) == 4
    with folder.trials_file.open("a") as file:
        file.write(line[20:] + "\n")
    assert [record.number for record in known.records(folder)[0]][-1] == 9


def test_a_trial_has_its_recipe_and_what_sets_it_apart(server: Server) -> None:
    _, trial, _ = ask(server, "/api/runs/small/trials/1")
    assert "text:" in trial["recipe"]
    assert any("learning rate" in line.lower() for line in trial["differences"])
    assert {row["set"] for row in trial["sources"]} >= {"valid"}
    assert trial["checkpoint"] is None
    status, refused, _ = ask(server, "/api/runs/small/trials/99")
    assert status == 400
    assert "has not ended" in refused["error"]
    status, refused, _ = ask(server, "/api/runs/small/trials/1/hear?text=piano")
    assert status == 400
    assert "no checkpoint" in refused["error"]


def test_news_are_told_as_they_come(server: Server, runs: Path) -> None:
    connection = http.client.HTTPConnection(HOST, server.server_address[1], timeout=30)
    connection.request("GET", "/api/events?run=small")
    stream = connection.getresponse()
    assert stream.getheader("Content-Type") == "text/event-stream"
    assert stream.readline() == b"data: news\n"
    assert stream.readline() == b"\n"
    RunFolder(runs / "small").append_trial(TrialRecord(number=7, state=TrialState.COMPLETED))
    assert stream.readline() == b"data: news\n"
    connection.close()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1"])
def test_a_foreign_host_is_refused(server: Server, host: str) -> None:
    status, refused, _ = ask(server, "/api/runs", Host=host)
    assert status == 403
    assert "own address" in refused["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/runs/..%2Fsmall",
        "/api/runs/%2e%2e",
        "/api/runs/small%00",
        "/report/..%2f..%2fetc",
        "/compare?run=..%2Fsmall&run=small",
        "/api/runs/small/trials/1/clip?track=..%2F..%2Fetc%2Fpasswd",
        "/assets/server.py",
        "/assets/..%2Fserver.py",
        "/api/events?run=..",
    ],
)
def test_no_path_leads_out_of_the_folder(server: Server, path: str) -> None:
    status, refused, _ = ask(server, path)
    assert status in (400, 404)
    assert "error" in refused


def test_orders_need_the_token_and_change_nothing_without(server: Server, runs: Path) -> None:
    before = stamp_of(runs / "small")
    wanted = {"note": "good", "tags": ["paper"]}
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil"},
    ):
        status, refused, _ = ask(server, "/api/runs/small/notes", "POST", wanted, **headers)
        assert status == 400
        assert "refused" in refused["error"]
    assert stamp_of(runs / "small") == before
    allowed = {"Authorization": f"Bearer {TOKEN}"}
    status, kept, _ = ask(server, "/api/runs/small/notes", "POST", wanted, **allowed)
    assert (status, kept) == (200, wanted)
    assert ask(server, "/api/runs")[1]["runs"][0]["tags"] == ["paper"]
    status, refused, _ = ask(server, "/api/runs/small/notes", "POST", {"note": 3}, **allowed)
    assert status == 400
    status, refused, _ = ask(server, "/api/runs/small/stop", "POST", {}, **allowed)
    assert "is not running" in refused["error"]


def test_a_running_sweep_is_asked_to_stop(server: Server, runs: Path) -> None:
    folder = Simulation(trials=2, failed=(), tested=False, status="running").write(runs, "going")
    with folder.driving():
        status, said, _ = ask(server, "/api/runs/going/stop", "POST", {}, Authorization=f"Bearer {TOKEN}")
        assert (status, said) == (200, {"said": "going was asked to stop."})
        assert folder.stop_requested()


def test_without_a_token_no_order_is_taken(runs: Path) -> None:
    with Server(runs, 0) as made:
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        status, refused, _ = ask(made, "/api/runs/small/notes", "POST", {}, Authorization="Bearer ")
        made.shutdown()
    assert status == 400
    assert "--token" in refused["error"]


def test_the_report_is_the_file_while_it_is_fresh(server: Server, runs: Path) -> None:
    page = runs / "small" / "report.html"
    page.write_text("<p>made before</p>")
    assert ask(server, "/report/small")[1] == "<p>made before</p>"
