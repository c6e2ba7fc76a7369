"""The cells of a sweep are kept running: what has ended is started anew elsewhere, or given up with its reason."""

from __future__ import annotations

import pytest

from adsw.errors import InputError
from sweep.cell.messages import CellView, RefusedHost, Snapshot, TrialView
from sweep.on_ray.cells import RESTARTS, Cells
from sweep.on_ray.snapshot_memory import SnapshotMemory


class FinalError(Exception):
    """Too many deaths."""


class FakeCell:
    def __init__(self, name: str, avoid: frozenset[str]) -> None:
        self.name, self.avoid = name, avoid
        self.alive, self.joined = True, False
        self.error: BaseException | None = None

    def is_alive(self) -> bool:
        return self.alive

    def join(self, timeout: float | None = None) -> None:
        del timeout
        self.joined = True

    def end(self, error: BaseException | None = None) -> None:
        self.alive, self.error = False, error


class Started:
    """Cells on nodes with room for so many."""

    def __init__(self, count: int, **room: int) -> None:
        self.cells: list[FakeCell] = []
        self.detached: list[str] = []
        self.refused: list[RefusedHost] = []
        self.told: list[str] = []
        self.kept = Cells(
            [f"cell-{index}" for index in range(count)],
            start=self._start,
            detach=self.detached.append,
            room=lambda: room,
            is_final=lambda error: isinstance(error, FinalError),
            on_refused=self.refused.append,
            on_end=lambda cell, said: self.told.append(f"{cell}: {said}"),
        )

    def _start(self, name: str, avoid: frozenset[str]) -> FakeCell:
        self.cells.append(FakeCell(name, avoid))
        return self.cells[-1]


def refusal(cell: str, node: str = "bad") -> RefusedHost:
    return RefusedHost(cell, f"host-{node}", node, "/store: must be a folder")


def test_a_cell_that_ended_in_good_order_before_its_sweep_is_started_anew_and_gives_its_trials_back() -> None:
    started = Started(2, here=4)
    started.kept.look(())
    assert len(started.cells) == 2
    started.cells[0].end()
    started.kept.look(())
    assert started.detached == ["cell-0"]
    assert [cell.name for cell in started.cells] == ["cell-0", "cell-1", "cell-0"]
    assert started.told == ["cell-0: It ended before the sweep: no reason is known. It is started anew."]


def test_a_cell_is_not_started_anew_for_ever() -> None:
    started = Started(1, here=4)
    for _ in range(RESTARTS):
        started.cells[-1].end(OSError("its controller died"))
        started.kept.look(())
    started.cells[-1].end(OSError("its controller died"))
    with pytest.raises(RuntimeError, match=r"every training cell died; see sweep\.log"):
        started.kept.look(())
    assert len(started.cells) == 1 + RESTARTS


def test_a_cell_whose_workers_died_too_often_is_given_up_and_the_others_go_on() -> None:
    started = Started(2, here=4)
    started.cells[0].end(FinalError("5 deaths"))
    started.kept.look(())
    assert started.told == ["cell-0: Its workers died more often than allowed: 5 deaths. The others go on."]
    assert started.detached == ["cell-0"]
    assert len(started.cells) == 2


def test_a_refused_host_is_told_once_and_its_cells_go_where_there_is_room() -> None:
    started = Started(2, bad=8, good=2)
    said = (refusal("cell-0"), refusal("cell-1"))
    for cell in started.cells:
        cell.end()
    started.kept.look(said)
    started.kept.look(said)
    assert [one.host for one in started.refused] == ["host-bad"]
    assert [(cell.name, cell.avoid) for cell in started.cells[2:]] == [
        ("cell-0", frozenset({"bad"})),
        ("cell-1", frozenset({"bad"})),
    ]


def test_without_room_elsewhere_the_cells_that_have_some_go_on() -> None:
    started = Started(2, bad=8, good=1)
    started.cells[0].end()
    started.kept.look([refusal("cell-0")])
    assert len(started.cells) == 2


def test_when_no_host_can_train_the_sweep_ends_with_all_reasons() -> None:
    started = Started(2, bad=8, worse=8)
    for cell in started.cells:
        cell.end()
    with pytest.raises(InputError, match="No host can train this sweep") as failed:
        started.kept.look([refusal("cell-0"), refusal("cell-1", "worse")])
    assert "host-bad: /store: must be a folder" in str(failed.value)
    assert "host-worse" in str(failed.value)


def view(cell: str, epochs: int, incarnation: int = 1) -> CellView:
    return CellView(cell, incarnation, (), epochs, epochs / 2)


def trial(number: int, epoch: int, cell: str | None = None) -> TrialView:
    return TrialView(number, epoch, 9, cell, ())


def test_a_brokers_restart_shows_in_no_figure() -> None:
    memory = SnapshotMemory()
    first = Snapshot((view("c0", 7, 2), view("c1", 3)), (trial(0, 4, "c0"), trial(1, 2), trial(2, 2)), life="a")
    assert memory.complete(first) == first
    memory.forget(2)
    empty = memory.complete(Snapshot(life="b"))
    assert [(cell.cell, cell.epochs, cell.incarnation) for cell in empty.cells] == [("c0", 7, 2), ("c1", 3, 1)]
    assert empty.trials == (trial(0, 4), trial(1, 2))
    memory.forget(1)
    back = memory.complete(Snapshot((view("c0", 8, 2),), (trial(0, 5, "c0"),), life="b"))
    assert [(cell.cell, cell.epochs) for cell in back.cells] == [("c0", 8), ("c1", 3)]
    assert back.trials == (trial(0, 5, "c0"),)


def test_only_cells_that_are_up_are_waited_for() -> None:
    started = Started(3, a=3)
    started.kept.join(1.0, {"cell-0", "cell-2"})
    assert [cell.name for cell in started.cells if cell.joined] == ["cell-0", "cell-2"]
