"""The loss against a plain loop over rows and columns, forward and backward."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from adsw.train.distributed import World
from adsw.train.loss import Pairs, contrast

P = 5


def make(S: int, B: int, K: int = 2, seed: int = 0, swaps: bool = True) -> tuple[Pairs, Tensor, Tensor]:
    """Random unit vectors in float64, some columns hidden and some hard negatives; scales and biases of hard ones."""
    generator = torch.Generator().manual_seed(seed)

    def vectors(*shape: int) -> Tensor:
        drawn = torch.randn(*shape, P, dtype=torch.float64, generator=generator)
        return normalize(drawn, dim=-1).requires_grad_()

    def some(share: float, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator) < share

    has_swap = some(0.6, S, B, K)
    pairs = Pairs(
        audio=vectors(S, B),
        text=vectors(S, B),
        swap=vectors(S, B, K) if swaps else None,
        has_swap=has_swap,
        text_hidden=some(0.3, S, B, B),
        audio_hidden=some(0.3, S, B, B),
        swap_hidden=~has_swap.view(S, 1, B * K) | some(0.3, S, B, B * K) if swaps else None,
    )
    scale = torch.rand(S, dtype=torch.float64, generator=generator) * 10 + 1
    bias = torch.linspace(-1, 1, S, dtype=torch.float64)
    return pairs, scale.requires_grad_(), bias


def by_loops(pairs: Pairs, scale: Tensor, bias: Tensor, slot: int) -> tuple[Tensor, int, int, int]:
    """The loss of one slot and the counts, term by term."""
    audio, text = pairs.audio[slot], pairs.text[slot]
    B, K = pairs.has_swap.shape[1:]
    losses, audio_right, text_right, swap_right = [], 0, 0, 0
    for i in range(B):
        to_text = {j: scale[slot] * audio[i] @ text[j] for j in range(B) if j == i or not pairs.text_hidden[slot, i, j]}
        to_audio = {
            j: scale[slot] * text[i] @ audio[j] for j in range(B) if j == i or not pairs.audio_hidden[slot, i, j]
        }
        hard = []
        if pairs.swap is not None and pairs.swap_hidden is not None:
            for j in range(B):
                for k in range(K):
                    logit = scale[slot] * audio[i] @ pairs.swap[slot, j, k]
                    if not pairs.swap_hidden[slot, i, j * K + k]:
                        hard.append(logit + bias[slot])
                    if j == i and pairs.has_swap[slot, j, k]:
                        swap_right += int(to_text[i] > logit)
        losses.append(torch.stack([*to_text.values(), *hard]).logsumexp(0) - to_text[i])
        losses.append(torch.stack([*to_audio.values()]).logsumexp(0) - to_audio[i])
        audio_right += int(max(to_text, key=lambda j: to_text[j].item()) == i)
        text_right += int(max(to_audio, key=lambda j: to_audio[j].item()) == i)
    return torch.stack(losses).sum() / (2 * B), audio_right, text_right, swap_right


@pytest.mark.parametrize("swaps", [True, False])
@pytest.mark.parametrize("K", [1, 3])
def test_the_loss_is_the_plain_one(K: int, swaps: bool) -> None:
    pairs, scale, bias = make(S=2, B=9, K=K, swaps=swaps)
    inputs = [pairs.audio, pairs.text, scale, *([pairs.swap] if pairs.swap is not None else [])]
    terms = contrast(pairs, scale, bias, World())
    gradients = torch.autograd.grad(terms.loss.sum(), inputs)
    expected = [by_loops(pairs, scale, bias, slot) for slot in range(2)]
    expected_gradients = torch.autograd.grad(torch.stack([loss for loss, *_ in expected]).sum(), inputs)
    for slot, (loss, *counts) in enumerate(expected):
        torch.testing.assert_close(terms.loss[slot], loss, rtol=1e-12, atol=0)
        found = [terms.audio_right[slot], terms.text_right[slot], terms.swap_right[slot]]
        if swaps:
            assert [int(count) for count in found] == counts
    for gradient, wanted in zip(gradients, expected_gradients, strict=True):
        torch.testing.assert_close(gradient, wanted, rtol=1e-10, atol=1e-14)


def plain(audio: Tensor, text: Tensor, **changes: Tensor) -> Pairs:
    """One slot, nothing hidden, no hard negatives unless given."""
    B = len(audio)
    given: dict[str, Tensor | None] = {"swap": None, "has_swap": torch.zeros(1, B, 1, dtype=torch.bool)}
    given |= {name: torch.zeros(1, B, B, dtype=torch.bool) for name in ("text_hidden", "audio_hidden")}
    given |= {"swap_hidden": None}
    return Pairs(audio=audio[None], text=text[None], **(given | changes))  # type: ignore[arg-type]


def loss_of(pairs: Pairs, weight: float = 1.0) -> float:
    return contrast(pairs, torch.ones(1), torch.tensor([math.log(weight)]), World()).loss.item()


def test_equal_embeddings_cost_the_logarithm_of_the_batch() -> None:
    same = torch.ones(8, 1)
    terms = contrast(plain(same, same), torch.ones(1), torch.zeros(1), World())
    assert terms.loss.item() == pytest.approx(math.log(8))
    assert terms.audio_right.item() == terms.text_right.item() == 0, "a tie is not right"


def test_hidden_columns_are_no_negatives_and_the_own_one_is_never_hidden() -> None:
    same, hidden = torch.ones(4, 1), torch.eye(4, dtype=torch.bool)[None]
    assert loss_of(plain(same, same, text_hidden=hidden)) == pytest.approx(math.log(4))
    hidden = hidden.clone()
    hidden[0, 0, 1] = True
    assert loss_of(plain(same, same, text_hidden=hidden)) == pytest.approx((7 * math.log(4) + math.log(3)) / 8)
    everything = torch.ones(1, 4, 4, dtype=torch.bool)
    assert loss_of(plain(same, same, text_hidden=everything, audio_hidden=everything)) == 0


def test_hard_negatives_enter_one_direction_with_their_weight() -> None:
    same = torch.ones(4, 1)
    hidden = torch.ones(1, 4, 4, dtype=torch.bool)
    hidden[0, 0, 0] = hidden[0, 3, 3] = False
    hard = {"swap": same[None, :, None], "has_swap": torch.tensor([[[True], [False], [False], [True]]])}
    pairs = plain(same, same, swap_hidden=hidden, **hard)
    assert loss_of(pairs) == pytest.approx((math.log(4) + (2 * math.log(5) + 2 * math.log(4)) / 4) / 2)
    assert loss_of(pairs, weight=3) == pytest.approx((math.log(4) + (2 * math.log(7) + 2 * math.log(4)) / 4) / 2)
    hidden[0, :, 0] = False
    seen = plain(same, same, swap_hidden=hidden, **hard)
    assert loss_of(seen) == pytest.approx((math.log(4) + (3 * math.log(5) + math.log(6)) / 4) / 2)


def test_a_batch_where_all_is_masked_has_finite_gradients() -> None:
    pairs, scale, bias = make(S=1, B=4)
    everything = torch.ones(1, 4, 8, dtype=torch.bool)
    hidden = replace(
        pairs,
        has_swap=torch.zeros(1, 4, 2, dtype=torch.bool),
        text_hidden=everything[..., :4],
        audio_hidden=everything[..., :4],
        swap_hidden=everything,
    )
    loss = contrast(hidden, scale, bias, World()).loss.sum()
    assert loss.item() == 0
    assert all((gradient == 0).all() for gradient in torch.autograd.grad(loss, [pairs.audio, scale]))


def test_a_slots_loss_has_the_same_bits_beside_others() -> None:
    pairs, scale, bias = make(S=3, B=9)
    together = contrast(pairs, scale, bias, World())
    fields = ("audio", "text", "swap", "has_swap", "text_hidden", "audio_hidden", "swap_hidden")
    for slot in range(3):
        alone = Pairs(**{name: getattr(pairs, name)[slot, None] for name in fields})
        terms = contrast(alone, scale[slot, None], bias[slot, None], World())
        assert torch.equal(terms.loss[0], together.loss[slot])


def test_a_slot_without_hard_negatives_has_the_bits_of_a_batch_without() -> None:
    pairs, scale, bias = make(S=2, B=9)
    assert pairs.swap_hidden is not None
    bare = replace(pairs, swap_hidden=pairs.swap_hidden | torch.tensor([[[True]], [[False]]]))
    without = replace(pairs, swap=None, swap_hidden=None)
    found, expected = (
        torch.autograd.grad(contrast(each, scale, bias, World()).loss[0], [pairs.audio, pairs.text])
        for each in (bare, without)
    )
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))
