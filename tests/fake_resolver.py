"""A `SuperResolver` whose small networks hold noise: it enlarges, and every setting gives another picture."""

from __future__ import annotations

import torch
from torch import nn

from cgan_demo.srntt.predictor import SuperResolver
from cgan_demo.srntt.transfer import ReferenceSR


def fake_resolver() -> SuperResolver:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = ReferenceSR(width=8, blocks=1, description=4, fine=8, coarse=8, transfer_blocks=(2, 1))
    for layer, amount in ((network.plain.grow, 0.02), (network.faithful.out, 0.1), (network.sharp.out, 0.3)):
        nn.init.normal_(layer.weight, std=amount)  # they begin as zeros, which would say nothing
    return SuperResolver(network, "cpu", "super-resolution")
