"""The broker's rules: grants, slots, fences, one count per epoch."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.cell.broker import Broker
from sweep.cell.messages import TrialRequest, Work


def request(number: int, epochs: int = 4, epoch: int = 0, token: str = "a") -> TrialRequest:
    curve = tuple({"epoch": float(done + 1), "seconds": 1.0} for done in range(epoch))
    return TrialRequest(number, token, {"recipe": {"seed": number}}, epochs, epoch, curve)


def broker_with(*numbers: int, capacity: int = 1, granted: int = 4) -> tuple[Broker, int]:
    broker = Broker()
    incarnation = broker.attach("c0", capacity)
    for number in numbers:
        broker.submit(request(number))
        broker.grant(number, "a", granted)
    return broker, incarnation


def numbers_of(work: Work | None) -> list[int]:
    return [] if work is None else [job.number for job in work.jobs]


def test_nothing_is_trained_before_it_is_granted() -> None:
    broker = Broker()
    incarnation = broker.attach("c0", 1)
    broker.submit(request(0))
    assert broker.next("c0", incarnation) is None
    broker.grant(0, "a", 1)
    assert numbers_of(broker.next("c0", incarnation)) == [0]


def test_a_trial_keeps_its_slot_until_its_grant_is_used_up_and_then_leaves_it_to_another() -> None:
    broker, incarnation = broker_with(0, 1, granted=2)
    order = []
    for _ in range(4):
        work = broker.next("c0", incarnation)
        assert work is not None
        (job,) = work.jobs
        order.append(job.number)
        assert broker.report("c0", incarnation, job.number, job.epoch + 1, {"seconds": 0.5})
    assert order == [0, 0, 1, 1]
    assert broker.next("c0", incarnation) is None
    assert broker.snapshot().cells[0].busy_s == 2.0


def test_a_grant_never_passes_the_trials_own_epochs_and_never_shrinks() -> None:
    broker, incarnation = broker_with(0, granted=99)
    broker.grant(0, "a", 1)
    for epoch in range(1, 5):
        assert numbers_of(broker.next("c0", incarnation)) == [0]
        assert broker.report("c0", incarnation, 0, epoch, {})
    assert broker.next("c0", incarnation) is None


def test_an_epoch_counts_once() -> None:
    broker, incarnation = broker_with(0)
    broker.next("c0", incarnation)
    assert broker.report("c0", incarnation, 0, 1, {"x": 1.0})
    assert not broker.report("c0", incarnation, 0, 1, {"x": 2.0})
    assert not broker.report("c0", incarnation, 0, 3, {"x": 3.0})
    progress = broker.progress(0)
    assert progress is not None
    assert progress.curve == ({"x": 1.0},)


def test_words_of_a_replaced_cell_are_ignored_and_its_trials_go_on_elsewhere() -> None:
    broker, old = broker_with(0)
    broker.next("c0", old)
    new = broker.attach("c0", 1)
    assert new == old + 1
    assert not broker.report("c0", old, 0, 1, {})
    assert broker.next("c0", old) == Work(close=True)
    broker.fail("c0", old, 0, "late news")
    progress = broker.progress(0)
    assert progress is not None
    assert progress.why is None
    assert numbers_of(broker.next("c0", new)) == [0]
    assert broker.report("c0", new, 0, 1, {})


def test_words_of_a_replaced_client_are_ignored() -> None:
    broker, _ = broker_with(0)
    broker.submit(request(0, token="b"))
    assert not broker.knows(0, "a")
    broker.release(0)
    assert broker.progress(0) is None


def test_submitting_again_keeps_what_was_trained() -> None:
    broker, incarnation = broker_with(0)
    broker.next("c0", incarnation)
    broker.report("c0", incarnation, 0, 1, {"x": 1.0})
    broker.submit(request(0, token="b"))
    progress = broker.progress(0)
    assert progress is not None
    assert progress.epoch == 1


def test_a_resumed_trial_starts_at_its_saved_epoch() -> None:
    broker = Broker()
    incarnation = broker.attach("c0", 1)
    broker.submit(request(7, epoch=2))
    broker.grant(7, "a", 4)
    work = broker.next("c0", incarnation)
    assert work is not None
    (job,) = work.jobs
    assert (job.epoch, len(job.curve)) == (2, 2)
    assert not broker.report("c0", incarnation, 7, 2, {})
    assert broker.report("c0", incarnation, 7, 3, {})


def test_an_idle_cell_takes_over_a_waiting_trial_but_not_one_in_training() -> None:
    broker, first = broker_with(0, 1, granted=1)
    second = broker.attach("c1", 1)
    assert numbers_of(broker.next("c0", first)) == [0]
    broker.report("c0", first, 0, 1, {})
    assert numbers_of(broker.next("c0", first)) == [1]
    broker.grant(0, "a", 2)
    assert numbers_of(broker.next("c1", second)) == [0]
    assert not broker.report("c0", first, 0, 2, {})
    assert broker.next("c1", second) is not None
    broker.report("c0", first, 1, 1, {})
    work = broker.next("c0", first)
    assert work is not None
    assert work.forget == (0,)


def test_a_cell_is_told_to_forget_an_ended_trial() -> None:
    broker, incarnation = broker_with(0)
    broker.next("c0", incarnation)
    broker.release(0)
    assert broker.next("c0", incarnation) == Work(forget=(0,))
    assert broker.next("c0", incarnation) is None


def test_a_failed_trial_is_not_trained_again() -> None:
    broker, incarnation = broker_with(0)
    broker.next("c0", incarnation)
    broker.fail("c0", incarnation, 0, "loss is NaN")
    assert broker.next("c0", incarnation) is None
    progress = broker.progress(0)
    assert progress is not None
    assert progress.why == "loss is NaN"


def test_closing_ends_every_cell() -> None:
    broker, incarnation = broker_with(0)
    broker.close()
    assert broker.next("c0", incarnation) == Work(close=True)
    assert broker.next("never attached", 1) == Work(close=True)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_every_epoch_of_every_trial_is_trained_exactly_once_whatever_happens(data: st.DataObject) -> None:
    """Cells die, clients are replaced and grants come late, in any order: each epoch still counts once, in order."""
    trials, epochs = 3, 3
    broker = Broker()
    alive = {name: broker.attach(name, data.draw(st.integers(1, 2))) for name in ("c0", "c1")}
    held: dict[str, Work] = {}
    for number in range(trials):
        broker.submit(request(number, epochs))
    for _ in range(400):
        done = [broker.progress(number) for number in range(trials)]
        if all(progress is not None and progress.epoch == epochs for progress in done):
            break
        cell = data.draw(st.sampled_from(["c0", "c1"]))
        action = data.draw(st.sampled_from(["work", "work", "work", "grant", "die", "client"]))
        number = data.draw(st.integers(0, trials - 1))
        if action == "grant":
            broker.grant(number, "a", data.draw(st.integers(1, epochs)))
        elif action == "client":
            broker.submit(request(number, epochs))
        elif action == "die":
            alive[cell] = broker.attach(cell, 1)
            held.pop(cell, None)
        elif cell in held:
            for job in held.pop(cell).jobs:
                assert broker.report(cell, alive[cell], job.number, job.epoch + 1, {"epoch": float(job.epoch + 1)})
        else:
            work = broker.next(cell, alive[cell])
            if work is not None:
                in_training = {job.number for other in held.values() for job in other.jobs}
                assert in_training.isdisjoint(job.number for job in work.jobs)
                held[cell] = work
    for number in range(trials):
        progress = broker.progress(number)
        assert progress is not None
        assert [point["epoch"] for point in progress.curve] == [float(n + 1) for n in range(progress.epoch)]
