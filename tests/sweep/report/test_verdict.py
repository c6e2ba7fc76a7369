"""The verdict and the caveats say what is true of the simulated sweeps, and nothing that is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adsw.report.format import kept_digits
from adsw.report.statement import GOOD, OPEN, WARN
from sweep.report.document import write_report
from sweep.report.report import Report
from sweep.run.records import TrialRecord, TrialState

from .simulated import EPOCHS, Simulation, evaluation_of

Make = Callable[[Simulation], tuple[Report, Path]]


def test_a_true_winner_is_named(large: tuple[Report, Path]) -> None:
    report = large[0]
    verdict, best = report.verdict, report.board.best
    assert best is not None
    assert best.number != 0
    assert verdict.tone == GOOD
    assert verdict.headline.startswith(f"Trial {best.number} beats the default: test/t2m/mAP@10")
    assert report.results is not None
    gap = report.results.objective.difference
    assert gap is not None
    assert gap.low > 0
    assert f"+{gap.value:.{kept_digits(gap)}f}" in verdict.headline
    text = "\n".join(verdict.lines())
    assert "differ plainly" in text
    assert "neither hopeless nor saturated" in text
    assert "Untrained heads are at chance" in text


def test_a_difference_is_put_down_to_the_whole_configuration(large: tuple[Report, Path], report_of: Make) -> None:
    report = large[0]
    best, default = report.board.best, report.board.default
    assert best is not None
    assert default is not None
    names = report.board.parameters
    changed = sum(best.params.get(name) != default.params.get(name) for name in names)
    text = "\n".join(report.verdict.lines())
    assert f"differs from the default in {changed} searched parameters at once, optim.lr among them" in text
    alone, _ = report_of(Simulation(trials=1, failed=()))
    assert "at once" not in "\n".join(alone.verdict.lines())


def test_a_change_of_one_scientific_parameter_is_attributed_to_it(tmp_path: Path) -> None:
    folder = Simulation(trials=1, failed=(), tested=False).write(tmp_path)
    default = folder.trials()[0]
    params = {**default.params, "text.swap.probability.end": 0.3}
    metrics = {name: (value or 0.0) * 1.1 for name, value in default.metrics.items()}
    folder.append_trial(
        TrialRecord(number=1, params=params, state=TrialState.COMPLETED, epochs=EPOCHS, metrics=metrics)
    )
    report = write_report(folder.path)
    assert report.board.best is not None
    assert report.board.best.number == 1
    assert "at once" not in "\n".join(report.verdict.lines())


def test_no_effect_is_called_not_distinguishable(zero: tuple[Report, Path]) -> None:
    verdict = zero[0].verdict
    assert verdict.tone == OPEN
    assert "is not distinguishable from the default here" in verdict.headline
    text = "\n".join(verdict.lines())
    assert "contains zero" in text
    assert "cannot be told apart for certain" in text
    assert "cannot be told from the best" in text


def test_a_winner_that_loses_on_test_is_said_to(report_of: Make) -> None:
    report, _ = report_of(Simulation(trials=6, failed=(), drop_on_test=1.5))
    assert report.verdict.tone == WARN
    assert report.verdict.headline.startswith("The default is better on test than trial")
    assert "wholly on the worse side" in "\n".join(report.verdict.lines())


def test_the_default_may_win(report_of: Make) -> None:
    report, _ = report_of(Simulation(trials=1, failed=()))
    assert report.verdict.headline.startswith("The default configuration leads with valid/t2m/mAP@10")
    assert "it is alone" in report.verdict.headline
    assert report.results is not None
    assert report.results.objective.difference is None
    assert report.influence.held_out is None
    report, _ = report_of(Simulation(trials=4, failed=(), effect=-1.0, stopping=False, base=1.5))
    assert "none of the 3 other completed trials did better" in report.verdict.headline


@pytest.mark.parametrize(
    ("base", "said"), [(-9.0, "close to hopeless"), (9.0, "The task is saturated")], ids=["hopeless", "saturated"]
)
def test_useless_tasks_are_called_so(report_of: Make, base: float, said: str) -> None:
    report, _ = report_of(Simulation(trials=2, failed=(), base=base, effect=0.0))
    statement = next(one for one in report.verdict.statements if said in one.text)
    assert statement.tone == WARN


def test_an_interrupted_sweep_says_what_is_missing(report_of: Make) -> None:
    simulation = Simulation(trials=7, failed=(), tested=False, status="interrupted", unfinished=(7, 8))
    report, path = report_of(simulation)
    best = report.board.best
    assert best is not None
    assert report.verdict.headline.startswith(f"Trial {best.number} leads with")
    assert report.verdict.headline.endswith("it was not measured on test.")
    text = "\n".join(report.verdict.lines())
    assert "was interrupted" in text
    assert "2 trials had begun and not ended" in text
    assert "There are no test results" in text
    assert "Only 7 of 16 planned trials have ended." in report.caveats
    assert "this one is interrupted" in (path / "report.html").read_text()


def test_a_sweep_that_failed_or_runs_says_so(tmp_path: Path) -> None:
    folder = Simulation(trials=1, tested=False, failed=(), status="failed").write(tmp_path, "failed")
    assert "failed before its end" in write_report(folder.path).verdict.statements[0].text
    folder = Simulation(trials=1, tested=False, failed=(), status="running").write(tmp_path, "running")
    with folder.driving():
        assert "still running" in write_report(folder.path).verdict.statements[0].text


def test_nothing_is_claimed_where_all_failed_or_nothing_ended(report_of: Make) -> None:
    report, path = report_of(Simulation(trials=3, failed=(0, 1, 2), tested=False))
    assert report.verdict.headline == "3 trials ended and none completed, so nothing is ranked."
    assert len(report.failures) == 3
    assert report.influence.bases == ()
    page = (path / "report.html").read_text()
    assert "no trial completed" in page
    assert "the loss is not a number &lt;at&gt; epoch 3" in page
    report, _ = report_of(Simulation(trials=0, tested=False, status="interrupted"))
    assert report.verdict.headline == "No trial has ended, so nothing is ranked."


def test_without_a_default_there_is_no_comparison(report_of: Make) -> None:
    report, path = report_of(Simulation(trials=3, failed=(), default=False, stopping=False))
    assert report.verdict.headline.endswith("the sweep held no default.")
    assert "the sweep held no default configuration" in (path / "report.html").read_text()


def test_a_default_that_was_not_tested_is_not_compared(tmp_path: Path) -> None:
    folder = Simulation(trials=4, failed=()).write(tmp_path)
    (folder.evaluations / "0000.test.npz").unlink()
    (folder.evaluations / "untrained.test.npz").unlink()
    verdict = write_report(folder.path, resamples=4).verdict
    assert verdict.headline.endswith("the default was not measured on test.")
    assert any("Untrained heads were not measured" in statement.text for statement in verdict.statements)


def test_results_on_different_queries_are_not_paired(tmp_path: Path) -> None:
    folder = Simulation(trials=4, failed=()).write(tmp_path)
    evaluation_of("test", 0.0, 77, 0).save(folder.evaluations / "0000.test.npz")
    report = write_report(folder.path, resamples=4)
    assert report.verdict.tone == WARN
    assert "measured on different queries: no comparison" in report.verdict.headline


def test_untrained_heads_off_chance_are_pointed_at(tmp_path: Path) -> None:
    folder = Simulation(trials=2, failed=()).write(tmp_path)
    evaluation_of("test", 1.0, 1, -1).save(folder.evaluations / "untrained.test.npz")
    text = "\n".join(write_report(folder.path, resamples=4).verdict.lines())
    assert "off chance, which should be looked into" in text


def test_ranks_are_judged_the_other_way(report_of: Make) -> None:
    simulation = Simulation(trials=5, failed=(), metric="valid/t2m/meanR", mode="min", stopping=False)
    report, _ = report_of(simulation)
    assert report.results is not None
    gap = report.results.objective.difference
    assert gap is not None
    assert gap.high < 0
    assert "beats the default" in report.verdict.headline
    assert "differ plainly" in "\n".join(report.verdict.lines())


def test_music_to_text_objectives_have_no_kinds_of_query(report_of: Make) -> None:
    report, path = report_of(Simulation(trials=3, failed=(), metric="valid/m2t/MedR", mode="min", stopping=False))
    assert report.results is not None
    assert report.results.by_source == ()
    assert report.results.objective.metric.full == "test/m2t/MedR"
    assert "music to text MedR by kind of query" in (path / "report.html").read_text()


def test_caveats_follow_from_the_run(large: tuple[Report, Path], zero: tuple[Report, Path]) -> None:
    text = "\n".join(large[0].caveats)
    for said in (
        "trained once, with one seed, the same for all (0)",
        "therefore optimistic",
        "stopped early (at epochs 3 and 6)",
        "1 of 16 trials failed",
        "Importances rest on 15 trials",
    ):
        assert said in text
    assert "stopped early" not in "\n".join(zero[0].caveats)


def test_caveats_on_seeds_code_and_missing_files(tmp_path: Path) -> None:
    folder = Simulation(trials=2, failed=(), tested=False).write(tmp_path)
    first = folder.trials()[0]
    again = TrialRecord(
        number=2,
        recipe={**first.recipe, "seed": 1},
        seed=1,
        state=TrialState.COMPLETED,
        epochs=EPOCHS,
        metrics=first.metrics,
    )
    folder.append_trial(again)
    folder.update_sweep(code={"revision": "abc", "dirty": True})
    (folder.evaluations / "0001.valid.npz").write_bytes(b"torn")
    text = "\n".join(write_report(folder.path).caveats)
    assert "1 of 2 configurations were trained with several seeds" in text
    assert "changes that were not committed" in text
    assert "Per-query results of trials 1 and 2 are missing" in text
    assert "Could not be read: 0001.valid.npz." in text
    assert "Importances could not be computed" in text
