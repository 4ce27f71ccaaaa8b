"""Drawings of photos as thin black lines, by a network that mixes ink and paper.

Ink is a float map (1, H, W): 1 where the pen went, 0 on paper.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from ..images import to_tensor

SIDE = 256  # px, of the pictures the bundled model knows


def to_ink(drawing: Tensor) -> Tensor:
    """(..., 3, H, W) in [-1, 1], dark lines on light paper -> (..., 1, H, W) in [0, 1], 1 being ink."""
    return (0.5 - 0.5 * drawing.mean(-3, keepdim=True)).clamp(0, 1)


def thin(mask: np.ndarray) -> np.ndarray:
    """Thin the lines of a bool mask (H, W) to 1 px, connected as before.

    Zhang and Suen, *A Fast Parallel Algorithm for Thinning Digital Patterns*, CACM 27(3), 1984.
    """
    image = np.pad(mask.astype(np.uint8), 1)
    while True:
        removed = 0
        for first in (True, False):
            # The eight neighbours, clockwise from the one above.
            shifts = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
            p = [np.roll(image, (-dy, -dx), (0, 1)) for dy, dx in shifts]
            count = sum(x.astype(np.int8) for x in p)
            turns = sum((p[i] == 0) & (p[(i + 1) % 8] == 1) for i in range(8))
            north, east, south, west = p[0], p[2], p[4], p[6]
            corner = (east if first else north) & south & west | north & east & (south if first else west)
            gone = (image == 1) & (count >= 2) & (count <= 6) & (turns == 1) & (corner == 0)
            image[gone] = 0
            removed += int(gone.sum())
        if not removed:
            return image[1:-1, 1:-1].astype(bool)


@torch.inference_mode()
def draw_edges(network: nn.Module, photos: list[Image.Image], threshold: float = 0.3) -> list[Image.Image]:
    """Line drawings, 1 px black on white, of RGB photos of one size, its sides multiples of the network's stride."""
    x = torch.cat([to_tensor(photo) for photo in photos])
    ink = to_ink(network(x)).numpy()[:, 0]  # (N, H, W)
    return [Image.fromarray(np.where(thin(i > threshold), 0, 255).astype(np.uint8)).convert("RGB") for i in ink]
