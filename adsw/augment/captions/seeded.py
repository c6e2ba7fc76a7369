"""Sampling of words with a seed per row, so that a row's words do not depend on the rows beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from transformers import LogitsProcessor, StoppingCriteria

from adsw.draws import generator

_COLDEST = 1e-6
"""Temperature that stands for 0, by which scores cannot be divided."""
_ONE_WORD = 1e-9
"""A nucleus so small that it holds the likeliest word alone."""


class SeededSampling(LogitsProcessor):  # type: ignore[misc]
    """Draws each row's next word from its own uniform numbers, by inverting the distribution.

    Leaves one possible word per row, so the generation around it is the greedy one. Temperature and nucleus
    (Holtzman et al., *The Curious Case of Neural Text Degeneration*, ICLR 2020) per row; a temperature of 0
    takes the likeliest word.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        temperatures: Sequence[float],
        nuclei: Sequence[float],
        prompt_length: int,
        steps: int,
    ) -> None:
        """Draw the uniform numbers of all steps.

        Args:
            seeds: one per row.
            temperatures: one per row.
            nuclei: top-p, one per row.
            prompt_length: number of tokens before the first drawn one.
            steps: largest number of drawn tokens.
        """
        drawn = np.stack([generator(seed, "words").random(steps, dtype=np.float32) for seed in seeds])
        self._uniforms_BT = torch.from_numpy(drawn)
        self._temperatures_B1 = torch.tensor(list(temperatures), dtype=torch.float32)[:, None]
        # At temperature 0, scores divided by _COLDEST may still tie.
        held = [nucleus if heat > 0 else _ONE_WORD for nucleus, heat in zip(nuclei, temperatures, strict=True)]
        self._nuclei_B1 = torch.tensor(held, dtype=torch.float32)[:, None]
        self._prompt_length = prompt_length

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return scores [B, V] with all but the drawn word at minus infinity."""
        device = scores.device
        step = input_ids.shape[1] - self._prompt_length
        temperatures = self._temperatures_B1.to(device).clamp(min=_COLDEST)
        logits, order = torch.sort(scores.float() / temperatures, dim=-1, descending=True, stable=True)
        shares = torch.softmax(logits, dim=-1)
        # The share before a word, not up to it, so that the nucleus includes the word that reaches it.
        before = shares.cumsum(dim=-1) - shares
        kept = torch.where(before < self._nuclei_B1.to(device), shares, 0.0)
        reached = kept.cumsum(dim=-1)
        wanted = self._uniforms_BT[:, step : step + 1].to(device) * reached[:, -1:]
        places = (reached <= wanted).sum(dim=-1, keepdim=True).clamp(max=scores.shape[1] - 1)
        chosen = order.gather(1, places)
        return torch.full_like(scores, -torch.inf).scatter(1, chosen, 0.0)


class LineEnd(StoppingCriteria):  # type: ignore[misc]
    """Ends a row at the first line break after some text, where a completion model would begin another example."""

    def __init__(self, tokenizer: object, prompt_length: int) -> None:
        self._tokenizer = tokenizer
        self._prompt_length = prompt_length

    def __call__(self, input_ids: Tensor, scores: Tensor, **_: object) -> Tensor:
        """Return whether each row has ended, bool [B]."""
        del scores
        texts = self._tokenizer.batch_decode(input_ids[:, self._prompt_length :], skip_special_tokens=True)  # type: ignore[attr-defined]
        return torch.tensor(["\n" in text.lstrip() for text in texts], device=input_ids.device)
