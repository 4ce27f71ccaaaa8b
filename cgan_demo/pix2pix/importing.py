"""Read a generator of the most used public implementation, pytorch-CycleGAN-and-pix2pix by junyanz.

Its own test script leaves batch norm and dropout as they are in training, unless it is run with --eval: each picture is
normalised by its own statistics, since it was trained on one picture at a time and the running statistics belong to
none. So do we, and `eval_mode` is its --eval.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from .. import weights
from ..errors import WeightsCorrupt
from .checkpoints import WANTED, State, read_generator
from .layouts import Misfit, layout_of, renamed

SIDE = 32  # px, at least, of the picture that an imported network is tried on
LARGEST_HALF = torch.finfo(torch.float16).max


def import_checkpoint(
    path: str | Path,
    folder: str | Path,
    half: bool = True,
    dropout: bool = True,
    eval_mode: bool = False,
    part: str | None = None,
) -> Path:
    """Turn `latest_net_G.pth` (U-Net or ResNet) into a model folder that `cgan_demo.load` can serve.

    Nothing in the file is executed, and nothing is written unless the network ran once.

    Args:
        half: write 16-bit floats where all weights fit into them.
        dropout: what was trained with dropout has it when serving, too. The file of a U-Net does not say whether it
            was, and it is taken to have been; that of a ResNet does.
        eval_mode: as their test script with --eval: running statistics in batch norms, and no dropout.
        part: which generator of a file with several, by the name it lies under, such as "netG_A".

    Raises:
        WeightsNotFound: no such file.
        WeightsCorrupt: not a checkpoint of such a generator.
        WeightsError: the folder cannot be written.
    """
    state = read_generator(Path(path), part)
    try:
        network = convert(state, dropout, eval_mode)
        _try(network)
    except Misfit as error:
        raise WeightsCorrupt(f"{path} {error}: {WANTED}.") from error
    fits = all(float(value.abs().max()) <= LARGEST_HALF for value in network.parameters())
    return weights.save_network(network, folder, half=half and fits and not eval_mode)


def convert(state: State, dropout: bool = True, eval_mode: bool = False) -> nn.Module:
    """Build our generator from the state dict of theirs, see `import_checkpoint`.

    Raises:
        Misfit: names or shapes are not those of a generator of theirs.
    """
    layout = layout_of(state, dropout, eval_mode)
    network = weights.empty(layout.network, **layout.arguments)
    network.load_state_dict(renamed(state, layout, network.state_dict()), assign=True)
    return network.eval().requires_grad_(False)


@torch.inference_mode()
def _try(network: Any) -> None:
    """Translate one small picture.

    Raises:
        Misfit: that fails, or gives no picture.
    """
    side = max(SIDE, network.stride)
    picture = torch.rand(1, network.in_channels, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1
    try:
        output = network(picture)
    except RuntimeError as error:
        raise Misfit("has layers that do not work together") from error
    if output.shape != (1, network.out_channels, side, side) or not torch.isfinite(output).all():
        raise Misfit(f"makes no picture of {side} x {side} px of one")


def described(config: dict[str, Any]) -> str:
    """What an imported model's config.json says, in words."""
    shape = f"{config['blocks']} blocks" if "blocks" in config else f"{config['depth']} levels"
    norm = {
        "picture": "batch norm with the statistics of each picture",
        "batch": "batch norm with running statistics",
        "instance": "instance norm",
        "none": "no norm",
    }[config["norm"]]
    ends = " to ".join(str(config[end]) for end in ("in_channels", "out_channels"))
    dropout = "with" if config["dropout"] else "without"
    return f"{config['architecture']}, {shape}, {ends} channels, {norm}, {dropout} dropout"
