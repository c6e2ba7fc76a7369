"""The choice of the next word: by a seed per question, so that an answer does not depend on the questions beside it."""

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

_LIKELIEST = 512
"""Number of words that are sorted first; all are where a row's nucleus is larger."""


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
        chosen = self.chosen(scores, range(len(scores)), input_ids.shape[1] - self._prompt_length)
        return torch.full_like(scores, -torch.inf).scatter(1, chosen[:, None], 0.0)

    def chosen(self, scores: Tensor, rows: Sequence[int], step: int) -> Tensor:
        """Return the drawn words [B].

        Args:
            scores: [B, V].
            rows: which of the questions they belong to.
            step: number of words drawn before.
        """
        temperatures_B1 = self._temperatures_B1[list(rows)]
        if not temperatures_B1.any():
            return scores.argmax(dim=-1)
        device = scores.device
        logits = scores.float() / temperatures_B1.clamp(min=_COLDEST).to(device)
        shares = torch.softmax(logits, dim=-1)
        nuclei_B1 = self._nuclei_B1[list(rows)].to(device)
        uniforms_B1 = self._uniforms_BT[list(rows), step, None].to(device)
        # To sort the whole vocabulary takes longer than the model.
        likely, order = torch.topk(shares, min(_LIKELIEST, shares.shape[1]), dim=-1)
        if likely.shape[1] < shares.shape[1] and bool((likely.sum(dim=-1, keepdim=True) < nuclei_B1).any()):
            likely, order = torch.sort(shares, dim=-1, descending=True, stable=True)
        # The share before a word, not up to it, so that the nucleus includes the word that reaches it.
        before = likely.cumsum(dim=-1) - likely
        reached = torch.where(before < nuclei_B1, likely, 0.0).cumsum(dim=-1)
        wanted = uniforms_B1 * reached[:, -1:]
        places = (reached <= wanted).sum(dim=-1, keepdim=True).clamp(max=order.shape[1] - 1)
        return order.gather(1, places)[:, 0]


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
