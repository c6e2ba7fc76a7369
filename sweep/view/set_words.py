"""The agreement of evaluation sets in plain words."""

from __future__ import annotations

from adsw.metrics import digits_of
from adsw.report.format import listed, metric_number, plural, signed
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from sweep.statistics.set_agreement import SetAgreement
from sweep.view.scores import excludes_zero
from sweep.view.set_agreement import AgreementOfSets, PairOfSets, Picking

ALIKE, IN_PART = 0.7, 0.4
"""From these Kendall correlations on, two sets are said to order trials alike, and in part alike."""


def pair_words(pair: PairOfSets) -> str:
    """How alike two sets order trials."""
    names = f"{pair.one} and {pair.other}"
    if pair.agreement is None:
        return f"{names}: {plural(pair.trials, 'trial')} on both, too few or too alike to tell whether they agree."
    return f"{names}: {order_words(pair.agreement)}, over {plural(pair.trials, 'trial')}."


def order_words(found: SetAgreement) -> str:
    """How alike two orders of the same trials are, with the figure.

    >>> tau = Interval(0.8, 0.7, 0.9)
    >>> order_words(SetAgreement(40, tau, tau))
    'nearly the same order of trials (Kendall +0.80, 95 % +0.70 to +0.90)'
    """
    tau = found.tau
    if tau.low <= 0 <= tau.high:
        how = "not shown to have the same order of trials"
    elif tau.high < 0:
        how = "reverse orders of trials"
    else:
        much = "nearly" if tau.value >= ALIKE else "partly" if tau.value >= IN_PART else "hardly"
        how = f"{much} the same order of trials"
    return f"{how} (Kendall {signed(tau.value, 2)}, 95 % {signed(tau.low, 2)} to {signed(tau.high, 2)})"


def picking_words(one: Picking, found: AgreementOfSets) -> str:
    """What picking by a set costs on another."""
    if one.same:
        return f"Picking by {one.by}: {one.picked}, which is the best on {one.on} too."
    digits = digits_of(found.measure)
    text = (
        f"Picking by {one.by}: {one.picked}, which is number {one.place} of {one.units} on {one.on} and loses "
        f"{metric_number(found.measure, one.lost)} there against {one.best}"
    )
    if one.gap is None:
        return f"{text}."
    sure = "a real loss" if excludes_zero(one.gap) else "which may be none"
    return f"{text} ({sure}: 95 % {signed(one.gap.low, digits)} to {signed(one.gap.high, digits)}, paired over tracks)."


def statements(found: AgreementOfSets | None, but: str = "") -> list[Statement]:
    """For the verdict: whether the other sets would have picked the same; `but` one of them, told elsewhere."""
    if found is None:
        return []
    others = [pair for pair in found.pairs if found.own in (pair.one, pair.other) and but not in (pair.one, pair.other)]
    own = [one for one in found.pickings if one.by == found.own and one.on != but]
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
    known = [(_other(pair, found.own), pair.agreement) for pair in others if pair.agreement is not None]
    if not known:
        return told
    parts = [f"{name}: {order_words(agreement)}" for name, agreement in known]
    tone = PLAIN if all(agreement.tau.low > 0 for _, agreement in known) else OPEN
    return [*told, Statement(tone, f"Against {found.own}, {'; '.join(parts)}.")]


def _other(pair: PairOfSets, own: str) -> str:
    return pair.other if pair.one == own else pair.one


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
