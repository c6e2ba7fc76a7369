"""The loss against a plain loop over rows and columns, forward and backward."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from adsw.train.distributed import World
from adsw.train.loss import Pairs, contrast

P = 5


def make(S: int, B: int, seed: int = 0, swaps: bool = True) -> tuple[Pairs, Tensor]:
    """Random unit vectors in float64, with repeated texts, repeated tracks and some hard negatives."""
    generator = torch.Generator().manual_seed(seed)

    def vectors() -> Tensor:
        return normalize(torch.randn(S, B, P, dtype=torch.float64, generator=generator), dim=-1).requires_grad_()

    def codes(count: int) -> Tensor:
        return torch.randint(0, count, (S, B), generator=generator)

    has_swap = torch.rand(S, B, generator=generator) < 0.6
    pairs = Pairs(
        audio=vectors(),
        text=vectors(),
        swap=vectors() if swaps else None,
        has_swap=has_swap if swaps else torch.zeros_like(has_swap),
        track=codes(2 * B),
        text_code=codes(B),
        swap_code=codes(B),
    )
    scale = torch.rand(S, dtype=torch.float64, generator=generator) * 10 + 1
    return pairs, scale.requires_grad_()


def by_loops(pairs: Pairs, scale: Tensor, batch_scope: bool, slot: int) -> tuple[Tensor, int, int, int]:
    """The loss of one slot and the counts, term by term."""
    audio, text = pairs.audio[slot], pairs.text[slot]
    track, code, swap_code = pairs.track[slot], pairs.text_code[slot], pairs.swap_code[slot]
    B = len(audio)
    losses, audio_right, text_right, swap_right = [], 0, 0, 0
    for i in range(B):
        allowed = [j for j in range(B) if j == i or (code[i] != code[j] and track[i] != track[j])]
        to_text = {j: scale[slot] * audio[i] @ text[j] for j in allowed}
        to_audio = {j: scale[slot] * text[i] @ audio[j] for j in allowed}
        hard = []
        if pairs.swap is not None:
            seen = range(B) if batch_scope else [i]
            hard = [
                scale[slot] * audio[i] @ pairs.swap[slot, j]
                for j in seen
                if pairs.has_swap[slot, j] and not (batch_scope and swap_code[j] == code[i])
            ]
            if pairs.has_swap[slot, i]:
                swap_right += int(to_text[i] > scale[slot] * audio[i] @ pairs.swap[slot, i])
        losses.append(torch.stack([*to_text.values(), *hard]).logsumexp(0) - to_text[i])
        losses.append(torch.stack([*to_audio.values()]).logsumexp(0) - to_audio[i])
        audio_right += int(max(to_text, key=lambda j: to_text[j].item()) == i)
        text_right += int(max(to_audio, key=lambda j: to_audio[j].item()) == i)
    return torch.stack(losses).sum() / (2 * B), audio_right, text_right, swap_right


@pytest.mark.parametrize("swaps", [True, False])
@pytest.mark.parametrize("scopes", [[False, False], [True, False], [True, True]])
def test_the_loss_is_the_plain_one(scopes: list[bool], swaps: bool) -> None:
    pairs, scale = make(S=2, B=9, swaps=swaps)
    inputs = [pairs.audio, pairs.text, scale, *([pairs.swap] if pairs.swap is not None else [])]
    terms = contrast(pairs, scale, torch.tensor(scopes), World())
    gradients = torch.autograd.grad(terms.loss.sum(), inputs)
    expected = [by_loops(pairs, scale, scope, slot) for slot, scope in enumerate(scopes)]
    expected_gradients = torch.autograd.grad(torch.stack([loss for loss, *_ in expected]).sum(), inputs)
    for slot, (loss, *counts) in enumerate(expected):
        torch.testing.assert_close(terms.loss[slot], loss, rtol=1e-12, atol=0)
        found = [terms.audio_right[slot], terms.text_right[slot], terms.swap_right[slot]]
        assert [int(count) for count in found] == counts
    for gradient, wanted in zip(gradients, expected_gradients, strict=True):
        torch.testing.assert_close(gradient, wanted, rtol=1e-10, atol=1e-14)


def plain(audio: Tensor, text: Tensor, **changes: Tensor) -> Pairs:
    """One slot, every text and track different, no hard negatives unless given."""
    numbers = torch.arange(len(audio))[None]
    given = {"swap": None, "has_swap": torch.zeros_like(numbers, dtype=torch.bool), "track": numbers}
    given |= {"text_code": numbers, "swap_code": numbers - 100}
    return Pairs(audio=audio[None], text=text[None], **(given | changes))  # type: ignore[arg-type]


def loss_of(pairs: Pairs, batch_scope: bool = False) -> float:
    return contrast(pairs, torch.ones(1), torch.tensor([batch_scope]), World()).loss.item()


def test_equal_embeddings_cost_the_logarithm_of_the_batch() -> None:
    same = torch.ones(8, 1)
    terms = contrast(plain(same, same), torch.ones(1), torch.tensor([False]), World())
    assert terms.loss.item() == pytest.approx(math.log(8))
    assert terms.audio_right.item() == terms.text_right.item() == 0, "a tie is not right"


def test_duplicates_are_not_negatives_of_each_other() -> None:
    same = torch.ones(4, 1)
    pairs = plain(same, same, text_code=torch.tensor([[7, 7, 1, 2]]))
    assert loss_of(pairs) == pytest.approx((2 * math.log(3) + 2 * math.log(4)) / 4)
    pairs = plain(same, same, track=torch.tensor([[0, 0, 0, 0]]))
    assert loss_of(pairs) == pytest.approx(0.0)


def test_hard_negatives_enter_one_direction_in_their_scope() -> None:
    same = torch.ones(4, 1)
    has_swap = torch.tensor([[True, False, False, True]])
    pairs = plain(same, same, swap=same[None], has_swap=has_swap)
    assert loss_of(pairs) == pytest.approx((math.log(4) + (2 * math.log(5) + 2 * math.log(4)) / 4) / 2)
    assert loss_of(pairs, batch_scope=True) == pytest.approx((math.log(4) + math.log(6)) / 2)
    own_text = plain(same, same, swap=same[None], has_swap=has_swap, swap_code=torch.tensor([[2, -1, -1, -2]]))
    expected = (math.log(4) + (3 * math.log(6) + math.log(5)) / 4) / 2
    assert loss_of(own_text, batch_scope=True) == pytest.approx(expected)


def test_a_batch_where_all_is_masked_has_finite_gradients() -> None:
    pairs, scale = make(S=1, B=4)
    hidden = Pairs(
        pairs.audio,
        pairs.text,
        pairs.swap,
        torch.zeros(1, 4, dtype=torch.bool),
        pairs.track,
        pairs.text_code,
        pairs.swap_code,
    )
    for scope in (False, True):
        loss = contrast(hidden, scale, torch.tensor([scope]), World()).loss.sum()
        assert all(gradient.isfinite().all() for gradient in torch.autograd.grad(loss, [pairs.audio, scale]))


def test_a_slots_loss_has_the_same_bits_beside_others() -> None:
    pairs, scale = make(S=3, B=9)
    scopes = torch.tensor([False, True, False])
    together = contrast(pairs, scale, scopes, World())
    fields = ("audio", "text", "swap", "has_swap", "track", "text_code", "swap_code")
    for slot in range(3):
        alone = Pairs(**{name: getattr(pairs, name)[slot, None] for name in fields})
        terms = contrast(alone, scale[slot, None], scopes[slot, None], World())
        assert torch.equal(terms.loss[0], together.loss[slot])
