"""AdamW (Loshchilov and Hutter, *Decoupled weight decay regularization*, ICLR 2019) over a slot's flat vector."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from adsw.train.optim_config import OptimConfig


def learning_rate(config: OptimConfig, epoch: float, step_epochs: float) -> float:
    """Return the learning rate of a step, its warm-up applied.

    Args:
        config: gives the schedule and the warm-up.
        epoch: fractional epoch at which the step begins.
        step_epochs: length of a step, 1 / steps per epoch; the first step's warm-up is not 0.
    """
    warmup = min(1.0, (epoch + step_epochs) / config.warmup_epochs) if config.warmup_epochs else 1.0
    return config.lr.at(epoch) * warmup


class SlotOptimiser:
    """AdamW (Loshchilov and Hutter 2019) of one slot, fused, in place.

    Args:
        config: the rules.
        decayed: length of the vector's first part, the one with weight decay.
        device: of the vectors.
    """

    def __init__(self, config: OptimConfig, decayed: int, device: torch.device) -> None:
        self._config = config
        self._decayed = decayed
        # AdamW wants its parameters now; `bind` gives them their memory.
        nothing = torch.zeros(0, device=device)
        self._parts = [torch.nn.Parameter(nothing), torch.nn.Parameter(nothing)]
        groups = [
            {"params": [part], "weight_decay": decay}
            for part, decay in zip(self._parts, (config.weight_decay, 0.0), strict=True)
        ]
        self._adamw = torch.optim.AdamW(groups, fused=True)

    def bind(self, values_F: Tensor, gradient_F: Tensor) -> None:
        """Step over these vectors [F] from now on; the moments stay."""
        cut = self._decayed
        # Only the parameters' memory is exchanged: torch keys the moments by the parameter objects.
        for part, span in zip(self._parts, (slice(None, cut), slice(cut, None)), strict=True):
            part.grad = None
            part.data = values_F[span]
            part.grad = gradient_F[span]
        self._gradient = gradient_F

    def step(self, lr: float) -> None:
        """Clip the gradient's norm and step."""
        # By the norm of this slot's gradient alone: a trial must not depend on its neighbours. As by `clip_grad_norm_`,
        # 1e-6 included; the norm stays on the device.
        if self._config.clip is not None:
            norm = torch.linalg.vector_norm(self._gradient)
            self._gradient.mul_((self._config.clip / (norm + 1e-6)).clamp(max=1.0))
        for group in self._adamw.param_groups:
            group["lr"] = lr
        self._adamw.step()

    def state(self) -> list[dict[str, Any]]:
        """Return the moments and step counts, copied to the CPU; one mapping per part."""
        return [
            {name: value.detach().to("cpu", copy=True) for name, value in self._adamw.state[part].items()}
            for part in self._parts
        ]

    def load(self, state: list[dict[str, Any]]) -> None:
        """Take up what `state` returned; call it after `bind`."""
        for part, values in zip(self._parts, state, strict=True):
            if values:
                self._adamw.state[part] = {name: value.to(part.device, copy=True) for name, value in values.items()}
