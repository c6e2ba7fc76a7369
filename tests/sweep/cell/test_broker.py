"""The broker's rules: grants, slots, fences, one count per epoch."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.cell.broker import Broker
from sweep.cell.messages import RefusedHost, Served, TrialRequest, Work


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


def test_a_broker_that_was_started_again_asks_a_cell_to_attach_and_learns_what_it_counted() -> None:
    broker = Broker()
    assert broker.next("c0", 3) == Work(attach=True)
    assert broker.attach("c0", 1, Served(3, epochs=7, busy_s=2.5)) == 3
    assert broker.attach("c0", 1, Served(3, epochs=7, busy_s=2.5)) == 3, "a repeated call changes nothing"
    assert broker.next("c0", 3) is None
    (cell,) = broker.snapshot().cells
    assert (cell.incarnation, cell.epochs, cell.busy_s) == (3, 7, 2.5)
    assert broker.next("c0", 2) == Work(close=True), "an older one of the same cell"
    assert broker.attach("c0", 1) == 4, "one that was started anew"
    assert broker.next("c0", 3) == Work(close=True)


def test_the_epoch_under_way_at_a_brokers_death_counts_once() -> None:
    unknown, submitted, behind, taken = Broker(), Broker(), Broker(), Broker()
    assert unknown.report("c0", 1, 0, 2, {}), "its client will find the saved state"
    submitted.submit(request(0, epoch=2))
    assert submitted.report("c0", 1, 0, 2, {}), "its client has found it"
    behind.submit(request(0, epoch=1))
    assert behind.report("c0", 1, 0, 2, {"x": 1.0})
    progress = behind.progress(0)
    assert progress is not None
    assert (progress.epoch, progress.curve[-1]) == (2, {"x": 1.0})
    assert not behind.report("c0", 1, 0, 2, {"x": 1.0})
    taken.submit(request(0, epoch=1))
    taken.grant(0, "a", 4)
    taken.next("c1", taken.attach("c1", 1))
    assert not taken.report("c0", 1, 0, 2, {}), "another cell trains it"


def test_the_trials_of_a_cell_that_is_gone_go_to_the_others() -> None:
    broker, first = broker_with(0)
    broker.next("c0", first)
    second = broker.attach("c1", 1)
    assert broker.next("c1", second) is None
    broker.detach("c0")
    assert numbers_of(broker.next("c1", second)) == [0]
    refused = RefusedHost("c1", "east", "n1", "no store")
    broker.refuse(refused)
    broker.refuse(refused)
    assert broker.snapshot().refused == (refused,)
    assert numbers_of(broker.next("c0", first)) == [0]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.data())
def test_no_epoch_is_lost_or_counted_twice_whenever_the_broker_dies(data: st.DataObject) -> None:
    """Cells save before they report and clients bring what is saved: only the broker forgets."""
    trials, epochs, cells = 2, 3, ("c0", "c1")
    broker, saved = Broker(), dict.fromkeys(range(trials), 0)
    served = {cell: Served(broker.attach(cell, 1)) for cell in cells}
    held: dict[str, tuple[int, int] | None] = dict.fromkeys(cells)

    def counted(cell: str, number: int, epoch: int) -> bool:
        return broker.report(cell, served[cell].incarnation, number, epoch, {"epoch": float(epoch)})

    for _ in range(600):
        progress = [broker.progress(number) for number in range(trials)]
        if all(one is not None and one.epoch == epochs for one in progress):
            break
        action = data.draw(st.sampled_from(["work", "work", "work", "client", "client", "broker"]))
        cell, number = data.draw(st.sampled_from(cells)), data.draw(st.integers(0, trials - 1))
        job = held[cell]
        if action == "broker":
            broker = Broker()
        elif action == "client" and broker.progress(number) is None:
            broker.submit(request(number, epochs, saved[number]))
            broker.grant(number, "a", epochs)
        elif action == "work" and job is not None:
            number, epoch = job
            saved[number], held[cell] = max(saved[number], epoch), None
            if counted(cell, number, epoch):
                served[cell] = Served(served[cell].incarnation, served[cell].epochs + 1)
        elif action == "work":
            work = broker.next(cell, served[cell].incarnation) or Work()
            assert not work.close
            if work.attach:
                broker.attach(cell, 1, served[cell])
            held[cell] = next(((job.number, job.epoch + 1) for job in work.jobs), None)
    else:
        return  # too many deaths to come to an end
    for one in progress:
        assert one is not None
        assert len(one.curve) == one.epoch == epochs
    assert sum(one.epochs for one in served.values()) == trials * epochs
