"""The seeds with which the configurations of an ablation are trained: listed, or as many as it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_serializer, model_validator

from sweep.space.part import Part

MOST_REPLICATES = 1000

TUNING_SEEDS = 10_000
"""Added to the recipe's seed: the first seed of tuning trials, beyond all that `until_decided` may use."""

CONFIRMATION_SEEDS = 20_000
"""Added to the recipe's seed: the first seed with which a search's winner is trained again."""

UNTIL_DECIDED = "until_decided"

Seed = Annotated[int, Field(ge=0, lt=2**63)]


class UntilDecided(Part):
    """Replicates are added until every comparison is decided, or there are as many as allowed."""

    first: Annotated[int, Field(ge=2, le=MOST_REPLICATES)] = 5
    """Before the first look."""
    step: Annotated[int, Field(ge=1, le=MOST_REPLICATES)] = 3
    """Between one look and the next."""
    most: Annotated[int, Field(ge=2, le=MOST_REPLICATES)] = 20
    """At the last look, which may come after fewer than `step`."""

    @model_validator(mode="after")
    def _in_order(self) -> UntilDecided:
        if self.most < self.first:
            raise ValueError(f"most must be at least first, and {self.most} is below {self.first}")
        return self

    def seeds(self, base_seed: int) -> tuple[int, ...]:
        """Return the seeds of all replicates that there may be.

        >>> UntilDecided(first=2, step=1, most=4).seeds(7)
        (7, 8, 9, 10)
        """
        return tuple(range(base_seed, base_seed + self.most))

    def looks(self) -> tuple[int, ...]:
        """Return the numbers of replicates after which the arms are compared.

        >>> UntilDecided(first=5, step=3, most=12).looks()
        (5, 8, 11, 12)
        """

        return looks(self.first, self.step, self.most)

    def words(self) -> str:
        """Return a description for people: ``5 to 20 replicates``."""
        return f"{self.first} to {self.most} replicates" if self.first < self.most else f"{self.most} replicates"


class Replication(Part):
    """What the file's `replicates` says: a list of seeds, or ``until_decided``, alone or with its three numbers."""

    seeds: tuple[Seed, ...] = ()
    until_decided: UntilDecided | None = None

    @property
    def counts(self) -> tuple[int, int]:
        """The fewest and the most replicates of each configuration that is compared.

        >>> Replication.model_validate([3, 1]).counts, Replication.model_validate("until_decided").counts
        ((2, 2), (5, 20))
        """
        if self.until_decided is not None:
            return self.until_decided.first, self.until_decided.most
        return max(len(self.seeds), 1), max(len(self.seeds), 1)

    def training_seeds(self, base_seed: int) -> tuple[int, ...]:
        """Return the seeds of all replicates that there may be, only the recipe's if none are asked for.

        >>> Replication.model_validate([3, 1]).training_seeds(7), Replication.model_validate([]).training_seeds(7)
        ((3, 1), (7,))
        """
        return self.until_decided.seeds(base_seed) if self.until_decided is not None else self.seeds or (base_seed,)

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, value: Any) -> Any:
        if isinstance(value, Replication):
            return value
        if isinstance(value, list | tuple):
            twice = [item for index, item in enumerate(value) if item in value[:index]]
            if twice:
                raise ValueError(f"must not repeat, and {twice[0]!r} does")
            return {"seeds": tuple(value)}
        if value == UNTIL_DECIDED:
            return {UNTIL_DECIDED: {}}
        if isinstance(value, Mapping) and set(value) == {UNTIL_DECIDED}:
            numbers = value[UNTIL_DECIDED]
            return {UNTIL_DECIDED: {} if numbers is None else numbers}
        raise ValueError("must be a list of seeds, until_decided, or {until_decided: {first: 5, step: 3, most: 20}}")

    @model_serializer
    def _to_file(self) -> Any:
        if self.until_decided is not None:
            return {UNTIL_DECIDED: self.until_decided.model_dump()}
        return list(self.seeds)


class Tune(Part):
    """Nuisance parameters are tuned for every arm of its own, before its replicates are trained.

    Every arm tries all points of the grid on the same seeds, which are not the replicates'; the replicates train with
    the point whose objective is best on average. So no arm is judged with another's learning rate.
    """

    replicates: Annotated[int, Field(ge=1, le=MOST_REPLICATES)]
    """Seeds on which every point is tried."""

    def seeds(self, base_seed: int) -> tuple[int, ...]:
        """Return the seeds of the tuning trials."""
        first = base_seed + TUNING_SEEDS
        return tuple(range(first, first + self.replicates))


def looks(first: int, step: int, most: int) -> tuple[int, ...]:
    """Return the replicates at which the arms are looked at: from `first` on every `step`, and at `most`.

    Raises:
        ValueError: not 2 <= first <= most, or a step below 1.

    >>> looks(5, 3, 20), looks(5, 10, 12)
    ((5, 8, 11, 14, 17, 20), (5, 12))
    """
    if not 2 <= first <= most or step < 1:
        raise ValueError(f"looks need 2 <= first <= most and a step of 1 or more, not {first}, {step}, {most}")
    return (*range(first, most, step), most)
