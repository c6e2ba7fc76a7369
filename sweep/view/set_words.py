"""The agreement of evaluation sets in plain words."""

from __future__ import annotations

from sweep.view.scores import excludes_zero
from sweep.view.set_agreement import AgreementOfSets, PairOfSets, Picking
from sweep.view.statement import GOOD, OPEN, PLAIN, WARN, Statement
from sweep.view.wording import is_rank, listed, metric_number, plural, signed

ALIKE, IN_PART = 0.7, 0.4
"""From these Kendall correlations on, two sets are said to order trials alike, and in part alike."""


def pair_words(pair: PairOfSets) -> str:
    """How alike two sets order trials."""
    names = f"{pair.one} and {pair.other}"
    if pair.agreement is None:
        return f"{names}: {plural(pair.trials, 'trial')} on both, too few or too alike to tell whether they agree."
    tau = pair.agreement.tau
    if tau.low <= 0 <= tau.high:
        how = "cannot be said to put trials in the same order"
    elif tau.high < 0:
        how = "put trials in reverse order"
    else:
        much = "nearly" if tau.value >= ALIKE else "partly" if tau.value >= IN_PART else "hardly"
        how = f"put trials in {much} the same order"
    figure = f"Kendall {signed(tau.value, 2)}, 95 % {signed(tau.low, 2)} to {signed(tau.high, 2)}"
    return f"{names} {how} ({figure}, over {plural(pair.trials, 'trial')})."


def picking_words(one: Picking, found: AgreementOfSets) -> str:
    """What picking by a set costs on another."""
    if one.same:
        return f"Picking by {one.by}: {one.picked}, which is the best on {one.on} too."
    digits = 1 if is_rank(found.measure) else 4
    text = (
        f"Picking by {one.by}: {one.picked}, which is number {one.place} of {one.units} on {one.on} and loses "
        f"{metric_number(found.measure, one.lost)} there against {one.best}"
    )
    if one.gap is None:
        return f"{text}."
    sure = "a real loss" if excludes_zero(one.gap) else "which may be none"
    return f"{text} ({sure}: 95 % {signed(one.gap.low, digits)} to {signed(one.gap.high, digits)}, paired over tracks)."


def statements(found: AgreementOfSets | None) -> list[Statement]:
    """For the verdict: whether the other sets would have picked the same."""
    if found is None:
        return []
    others = [pair for pair in found.pairs if found.own in (pair.one, pair.other)]
    own = [one for one in found.pickings if one.by == found.own]
    same = [one.on for one in own if one.same]
    differing = [one for one in own if not one.same]
    told = []
    if differing:
        sure = [one for one in differing if one.gap is not None and excludes_zero(one.gap)]
        parts = [f"on {one.on} {one.best} leads{'' if one in sure else ', not for certain'}" for one in differing]
        also = f"; on {listed(same)} it is the same" if same else ""
        text = f"Other evaluation sets have another best {found.noun} than {found.own}: {'; '.join(parts)}{also}."
        told.append(Statement(WARN if sure else OPEN, text))
    elif same:
        sets = listed([found.own, *same])
        told.append(Statement(GOOD, f"Sets {sets} have the same best {found.noun}: {own[0].picked}."))
    return [*told, *(Statement(_tone(pair), _sentence(pair_words(pair))) for pair in others[:3])]


def _tone(pair: PairOfSets) -> str:
    if pair.agreement is None or pair.agreement.tau.low <= 0 <= pair.agreement.tau.high:
        return OPEN
    return PLAIN if pair.agreement.tau.low > 0 else WARN


def _sentence(text: str) -> str:
    return text if text[0].isupper() else f"Sets {text}"


def disagreeing(found: AgreementOfSets | None) -> list[PairOfSets]:
    """Pairs with the objective's set that are not shown to order trials alike."""
    if found is None:
        return []
    return [
        pair
        for pair in found.pairs
        if found.own in (pair.one, pair.other)
        and pair.agreement is not None
        and (pair.agreement.tau.low <= 0 or pair.agreement.tau.value < IN_PART)
    ]
