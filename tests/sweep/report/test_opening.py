"""What the report says first: one sentence, one picture, how sure, what next; and how the winner is used."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from adsw.report.format import kept_digits
from adsw.report.opening import Bar, Opening, Picture, Step
from adsw.report.statement import GOOD, Statement
from adsw.stats.interval import Interval
from adsw.train.recipe import resolve
from sweep.report.document import markdown, report_document
from sweep.report.opening.screen import screen
from sweep.report.opening.steps import at_end
from sweep.report.opening.winner import differences_in_words
from sweep.report.report import Report
from sweep.space.distributions import Choices, Integers, Reals

from .ablated import Ablated
from .simulated import Simulation

Make = Callable[[Simulation], tuple[Report, Path]]


def test_a_winner_opens_with_one_short_sentence_and_its_size(large: tuple[Report, Path]) -> None:
    report = large[0]
    opening, gap = report.opening, report.results.objective.difference if report.results else None
    assert gap is not None
    assert opening.sentence.tone == GOOD
    assert len(opening.sentence.text) < 80
    assert f"by {gap.value:.{kept_digits(gap)}f} mAP@10" in opening.sentence.text
    assert opening.picture is not None
    assert gap in [bar.interval for bar in opening.picture.bars]
    assert any("`confirm: 3`" in step.text for step in opening.steps)
    assert "seed" in opening.sure.text


def test_an_interrupted_sweep_says_so_and_how_to_go_on(report_of: Make) -> None:
    opening = report_of(Simulation(trials=4, failed=(), tested=False, status="interrupted"))[0].opening
    assert opening.sure.text.startswith("The sweep is interrupted, with 4 of 16 trials ended.")
    assert [step.command.split()[:2] for step in opening.steps] == [["sweep", "resume"]]


def test_undecided_arms_are_told_what_would_decide(tmp_path: Path) -> None:
    from sweep.report.document import write_report

    report = write_report(Ablated(seeds=(0, 1, 2)).write(tmp_path).path, resamples=2)
    opening = report.opening
    assert opening.picture is not None
    assert {bar.label for bar in opening.picture.bars} <= {c.name for c in report.ablation.primary.comparisons}  # type: ignore[union-attr]
    assert opening.picture.ends == ("worse", "better")


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_fits_a_terminal(large: tuple[Report, Path], width: int) -> None:
    console = Console(width=width, record=True, file=io.StringIO())
    for part in screen(large[0], large[1] / "report.html", console):
        console.print(part, soft_wrap=True)
    lines = console.export_text().splitlines()
    assert sum(max(1, -(-len(line) // width)) for line in lines) < 24
    assert lines[0] == large[0].opening.sentence.text


def test_markdown_opens_the_same_way(large: tuple[Report, Path]) -> None:
    text = markdown(large[0])
    assert text.index(large[0].opening.sentence.text) < text.index("```text") < text.index("How sure: ")
    assert text.index("How sure: ") < text.index("What next:") < text.index("## Verdict")


def test_sections_go_from_evidence_to_doubts_to_provenance(large: tuple[Report, Path]) -> None:
    sections = report_document(large[0]).sections
    groups = [section.group for section in sections]
    assert list(dict.fromkeys(groups)) == ["Evidence", "Doubts", "Provenance"]
    assert groups == sorted(groups, key=["Evidence", "Doubts", "Provenance"].index)


def test_a_picture_is_the_same_in_characters() -> None:
    bars = (
        Bar("one", Interval(0.02, 0.01, 0.03), "better"),
        Bar("an arm with a very long name", Interval(-0.01, -0.02, 0.01)),
    )
    picture = Picture("test/t2m/R@10", bars, "", ("worse", "better"))
    head, first, second = picture.lines()
    assert max(map(len, (head, first, second))) <= 80
    assert head.split() == ["worse", "0", "better"]
    zero = head.index("0")
    assert first[zero] == "│"
    assert second[zero] == "┼"
    assert first.endswith("+0.020 (+0.010 to +0.030)")
    assert first.index("├") > zero


def test_an_opening_keeps_its_commands_whole() -> None:
    command = "sweep resume " + "a" * 100
    said = Opening(Statement(GOOD, "Yes."), Statement(GOOD, "Very."), steps=(Step("Go on:", command),))
    assert f"    {command}" in said.lines(60)


def test_the_end_of_a_range_is_one_that_could_be_moved() -> None:
    assert at_end(24, Integers(1, 24))
    assert not at_end(1, Integers(1, 24))
    assert at_end(1.02e-4, Reals(1e-4, 1e-2, log=True))
    assert not at_end(0.0, Reals(0.0, 0.9))
    assert not at_end("step", Choices(("step", "linear")))


def test_differences_are_said_in_words() -> None:
    base = resolve({"epochs": 24})
    late = resolve(
        {
            "epochs": 24,
            "optim": {"lr": 0.0006},
            "text": {"swap": {"probability": {"kind": "step", "start": 0.0, "end": 0.49, "epochs": 24}}},
            "head": {"layers": 1},
        }
    )
    said = "\n".join(differences_in_words(late, base))
    assert "It trains practically without swaps." in said
    assert "0.49 is reached only after its last epoch" in said
    assert "Learning rate (optim.lr): 0.0006" in said
    assert "head.layers: 1, instead of 2" in said
    assert list(differences_in_words(base, base)) == []
