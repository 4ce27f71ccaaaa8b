"""What several processes share: gradients, running statistics, one clock, and one decision to stop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

if TYPE_CHECKING:
    from accelerate import Accelerator


class Reachable(nn.Module):
    """A network whose other methods can be called through the wrapper that averages gradients.

    That wrapper knows `forward` alone, and of gradients that come from elsewhere it promises nothing.
    """

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, *args: Any, method: str = "forward", **kwargs: Any) -> Any:
        return (self.network if method == "forward" else getattr(self.network, method))(*args, **kwargs)


def wrapped(network: nn.Module, accelerator: Accelerator) -> nn.Module:
    """`network` on its device; among several processes inside the wrapper that averages gradients.

    All begin with the weights of the main process, which the wrapper sees to, and with its buffers: where a network
    draws these at random, as spectral norms do, processes would else train different functions.
    """
    if accelerator.num_processes == 1:
        return accelerator.prepare_model(network)
    from accelerate.utils import broadcast

    made = accelerator.prepare_model(Reachable(network))
    broadcast(list(network.buffers()))
    return made


def unwrapped(network: nn.Module, accelerator: Accelerator) -> nn.Module:
    """What `wrapped` was given."""
    inner = accelerator.unwrap_model(network)
    return inner.network if isinstance(inner, Reachable) else inner


@torch.no_grad()
def share_statistics(networks: Iterable[nn.Module], accelerator: Accelerator) -> None:
    """Give every process the mean of all processes' running statistics of batch norms.

    So all hold the same network after each step: it does not matter which of them is saved, and batch norms that are
    frozen late in a training are frozen alike.
    """
    if accelerator.num_processes == 1:
        return
    norms = [m for network in networks for m in network.modules() if isinstance(m, _BatchNorm)]
    kept = [x for m in norms for x in (m.running_mean, m.running_var) if x is not None]
    if not kept:
        return
    means = accelerator.reduce(torch.cat(kept), "mean").split([len(x) for x in kept])  # type: ignore[union-attr]
    for ours, mean in zip(kept, means, strict=True):
        ours.copy_(mean)


def any_says(accelerator: Accelerator, flag: bool) -> bool:
    """Whether any process says so: all have to stop and save at the same step."""
    if accelerator.num_processes == 1:
        return flag
    votes = torch.tensor([float(flag)], device=accelerator.device)
    return bool(_sum(accelerator, votes) > 0)


def agreed(accelerator: Accelerator, seconds: float) -> float:
    """The main process's clock: progress, and with it learning rates, must not differ between processes."""
    if accelerator.num_processes == 1:
        return seconds
    clock = torch.tensor([seconds if accelerator.is_main_process else 0.0], device=accelerator.device)
    return _sum(accelerator, clock)


def _sum(accelerator: Accelerator, value: Tensor) -> float:
    return float(accelerator.reduce(value, "sum").item())  # type: ignore[union-attr]
