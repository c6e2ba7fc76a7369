"""Batched decoding that computes what all prompts begin with once: its keys and values are kept and shared by all rows.

A prompt with examples is ten times as long as the tags that follow it. The generation of transformers would hold a copy
of the examples' keys and values in every row of a batch, and copy all of them at every word. Here a row holds its own
words alone; attention reads the shared part once for all rows, and rows that have ended leave the batch.

Rows of one batch are padded between the shared part and their own, and the padding is masked: only rounding depends on
what is decoded together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch
from torch import Tensor

ATTENTION = "adsw_shared_prefix"

DECODABLE = frozenset({"llama"})
"""Types of models whose layers hand their keyword arguments on to attention, and see every word before."""

Choose = Callable[[Tensor, Sequence[int], int], Tensor]
"""From scores [B, V], the rows' numbers and the number of words before, the next word of each row [B]."""


class RowCache:
    """Keys and values of a batch's rows, after a shared beginning; the part of transformers' caches that models use."""

    is_compileable = False

    def __init__(self, shape: tuple[int, int, int, int, int], shared: Shared | None, like: Tensor) -> None:
        """Reserve the places.

        Args:
            shape: layers, rows B, heads K, places S, width D.
            shared: the beginning, if there is one.
            like: a tensor of the model, for the type and the device.
        """
        layers, *rest = shape
        self.shared = shared
        self.keys = [like.new_zeros(rest) for _ in range(layers)]
        self.values = [like.new_zeros(rest) for _ in range(layers)]
        self.mask_BST: Tensor | None = None
        """Added to scores: minus infinity, nearly, where a place must not be seen; [B, T, S] for T new words."""
        self.length = 0

    def update(self, key: Tensor, value: Tensor, layer_idx: int, *_: object, **__: object) -> tuple[Tensor, Tensor]:
        """Write a layer's new keys and values [B, K, T, D]; return all of the rows' own."""
        end = self.length + key.shape[2]
        keys, values = self.keys[layer_idx], self.values[layer_idx]
        keys[:, :, self.length : end] = key
        values[:, :, self.length : end] = value
        return keys[:, :, :end], values[:, :, :end]

    def get_seq_length(self, *_: object) -> int:
        """Return the number of words before, the shared ones included."""
        return self.length + (self.shared.length if self.shared is not None else 0)

    def get_mask_sizes(self, query_length: int, *_: object) -> tuple[int, int]:
        """Return the number of places of a mask that transformers would make, and the first."""
        return self.get_seq_length() + query_length, 0

    def keep(self, rows: Tensor) -> None:
        """Drop all rows but some."""
        self.keys = [keys[rows] for keys in self.keys]
        self.values = [values[rows] for values in self.values]


class Shared:
    """The keys and values of a beginning, each [K, P, D], by layer."""

    def __init__(self, tokens: Sequence[int], cache: RowCache) -> None:
        """Take them from a cache of one row that holds nothing else."""
        self.tokens = list(tokens)
        self.keys = [keys[0] for keys in cache.keys]
        self.values = [values[0] for values in cache.values]

    @property
    def length(self) -> int:
        """Number of its words."""
        return len(self.tokens)


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    rows: RowCache,
    **_: object,
) -> tuple[Tensor, None]:
    """Return attention [B, T, H, D] over the shared beginning and the rows' own words.

    Args:
        module: the layer, for its number.
        query: [B, H, T, D].
        key: the rows' own, [B, K, S, D]; each of the K heads serves H / K of the queries'.
        value: likewise.
        attention_mask: not used: `rows` has its own.
        scaling: of the scores.
        rows: the cache, with the beginning and the mask.
    """
    del attention_mask
    batch, heads, new, width = query.shape
    groups, own = key.shape[1], key.shape[2]
    query_BKTD = (query * scaling).reshape(batch, groups, -1, width)
    scores = query_BKTD @ key.transpose(-1, -2)
    if rows.mask_BST is not None:
        masked = scores.view(batch, groups, heads // groups, new, own) + rows.mask_BST[:, None, None]
        scores = masked.view(scores.shape)
    if rows.shared is None:
        found = torch.softmax(scores, dim=-1) @ value
    else:
        shared_keys, shared_values = rows.shared.keys[module.layer_idx], rows.shared.values[module.layer_idx]
        # One product for all rows: [K, B * T * H / K, D] with [K, D, P].
        together = query_BKTD.transpose(0, 1).reshape(groups, -1, width)
        shared_scores = _by_row(together @ shared_keys.transpose(1, 2), batch)
        weights = torch.softmax(torch.cat([shared_scores, scores], dim=-1), dim=-1)
        of_shared = weights[..., : rows.shared.length].transpose(0, 1).reshape(groups, -1, rows.shared.length)
        found = _by_row(of_shared @ shared_values, batch) + weights[..., rows.shared.length :] @ value
    return found.reshape(batch, heads, new, width).transpose(1, 2).contiguous(), None


def _by_row(joined: Tensor, batch: int) -> Tensor:
    """Return [K, B * N, X] as [B, K, N, X]."""
    groups, _, width = joined.shape
    return joined.view(groups, batch, -1, width).transpose(0, 1)


class SharedDecoder:
    """Decodes with a model whose type is one of `DECODABLE`."""

    def __init__(self, model: Any, stops: Collection[int]) -> None:
        """Switch the model to this module's attention.

        Args:
            model: of transformers.
            stops: the words that end a row.
        """
        from transformers import AttentionInterface

        AttentionInterface.register(ATTENTION, attend)
        model.set_attn_implementation(ATTENTION)
        self._model = model
        self._stops = frozenset(stops)
        self._shared: Shared | None = None

    def decode(self, prompts: Sequence[Sequence[int]], steps: int, choose: Choose, shared: int) -> list[list[int]]:
        """Return the words made for each prompt, up to and with the one that ends it.

        Args:
            prompts: their words; the first `shared` are the same in all, and none is only these.
            steps: most words of an answer.
            choose: takes the next words.
            shared: number of words that are computed once, and kept for the next call.
        """
        with torch.inference_mode():
            return self._decoded(prompts, steps, choose, self._beginning(prompts[0][:shared]))

    def _beginning(self, tokens: Sequence[int]) -> Shared | None:
        """Return the keys and values of a beginning, kept from the last call if it was the same."""
        if not tokens:
            return None
        if self._shared is None or self._shared.tokens != list(tokens):
            cache = self._cache(1, len(tokens), None)
            cache.mask_BST = self._causal(len(tokens))[None]
            self._scores(torch.tensor([list(tokens)]), torch.arange(len(tokens))[None], cache)
            self._shared = Shared(tokens, cache)
        return self._shared

    def _decoded(
        self, prompts: Sequence[Sequence[int]], steps: int, choose: Choose, shared: Shared | None
    ) -> list[list[int]]:
        """Decode after a beginning."""
        before = 0 if shared is None else shared.length
        own = [list(prompt[before:]) for prompt in prompts]
        longest = max(map(len, own))
        missing_B1 = torch.tensor([[longest - len(words)] for words in own])
        cache = self._cache(len(own), longest + steps, shared)
        lowest = torch.finfo(self._model.dtype).min
        unseen_BS = torch.zeros(len(own), longest + steps, dtype=self._model.dtype)
        unseen_BS.masked_fill_(torch.arange(longest + steps)[None] < missing_B1, lowest)
        cache.mask_BST = (unseen_BS[:, None, :longest] + self._causal(longest)).clamp(min=lowest)
        tokens = torch.tensor([[0] * (longest - len(words)) + words for words in own])
        places = (before + torch.arange(longest)[None] - missing_B1).clamp(min=0)
        scores, cache.length = self._scores(tokens, places, cache), longest
        made: list[list[int]] = [[] for _ in own]
        live, place_B1 = list(range(len(own))), places[:, -1:]
        for step in range(steps):
            chosen = choose(scores, live, step).cpu()
            for row, word in zip(live, chosen.tolist(), strict=True):
                made[row].append(word)
            going = [number for number, row in enumerate(live) if made[row][-1] not in self._stops]
            if not going or step == steps - 1:
                break
            if len(going) < len(live):
                kept = torch.tensor(going)
                live = [live[number] for number in going]
                chosen, place_B1, unseen_BS = chosen[kept], place_B1[kept], unseen_BS[kept]
                cache.keep(kept.to(self._model.device))
            place_B1 = place_B1 + 1
            cache.mask_BST = unseen_BS[:, None, : cache.length + 1]
            scores = self._scores(chosen[:, None], place_B1, cache)
            cache.length += 1
        return made

    def _scores(self, tokens_BT: Tensor, places_BT: Tensor, cache: RowCache) -> Tensor:
        """Return the scores [B, V] of the word after the last."""
        device = self._model.device
        cache.mask_BST = None if cache.mask_BST is None else cache.mask_BST.to(device)
        said = self._model(
            input_ids=tokens_BT.to(device),
            position_ids=places_BT.to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
            rows=cache,
        )
        scores: Tensor = said.logits[:, -1]
        return scores

    def _cache(self, rows: int, places: int, shared: Shared | None) -> RowCache:
        """Return an empty cache."""
        config = self._model.config
        heads = config.num_key_value_heads
        width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        like = next(self._model.parameters())
        return RowCache((config.num_hidden_layers, rows, heads, places, width), shared, like)

    def _causal(self, length: int) -> Tensor:
        """Return the mask by which a word sees itself and those before it, [length, length]."""
        lowest = torch.finfo(self._model.dtype).min
        return torch.full((length, length), lowest, dtype=self._model.dtype).triu(1)
