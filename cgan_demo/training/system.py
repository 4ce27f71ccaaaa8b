"""What the training loop trains. Nothing here needs accelerate: whoever serves a network may import its recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from .distributed import unwrapped

if TYPE_CHECKING:
    from accelerate import Accelerator


class System:
    """What the loop trains. A room subclasses it and fills in `step` and `preview`.

    Attributes:
        networks: trained modules by name; "generator" is the one that is averaged (EMA) and served.
        optimizers: by name, built over the networks' parameters.
        frozen: modules that only need to live on the device.
        decay, floor: see `learning_rate`; the factor ends at `floor`.
        accelerator: set by the loop before the first step; gives `backward` and `autocast`.
    """

    networks: dict[str, nn.Module]
    optimizers: dict[str, Optimizer]
    frozen: tuple[nn.Module, ...] = ()
    decay: float = 0.5
    floor: float = 0.0
    accelerator: Accelerator

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        """One optimisation step on `batch`; `progress` runs from 0 to 1. Returns scalars to report."""
        raise NotImplementedError

    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """A grid of samples (N, 3, H, W) in [-1, 1] and its number of columns."""
        raise NotImplementedError

    def learning_rate(self, progress: float) -> float:
        """Factor on every optimiser's learning rate: constant, then linear to 0 over the last share `decay`."""
        return min(1.0, (1 - progress) / self.decay + self.floor)

    def update(self, name: str, loss: Tensor, longest: float | None = None) -> None:
        """One step of the optimiser called `name` down `loss`.

        longest: length to which the gradient is shortened where it is longer.
        """
        self.optimizers[name].zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        if longest is not None:
            self.accelerator.clip_grad_norm_(self.networks[name].parameters(), longest)
        self.optimizers[name].step()

    def plain(self, name: str) -> nn.Module:
        """The network without the distributed wrapper: to look at, or to hold fixed in a loss of another's."""
        return unwrapped(self.networks[name], self.accelerator)

    def call(self, name: str, method: str, *args: Any) -> Any:
        """What `method` of a network that learns gives, for a loss: `plain` would leave gradients unaveraged."""
        if self.accelerator.num_processes == 1:
            return getattr(self.plain(name), method)(*args)
        return self.networks[name](*args, method=method)

    def extra_state(self) -> dict[str, Any]:
        """What else this process needs to go on exactly, such as a pool of pictures; nothing by default.

        Tensors, numbers, strings, and lists and dicts of these. Every process keeps its own.
        """
        return {}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Take up what `extra_state` gave; its tensors come back on the CPU."""


def adam(net: nn.Module, lr: float, betas: tuple[float, float]) -> Optimizer:
    """Adam over what is trained of a network."""
    return torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=lr, betas=betas)
