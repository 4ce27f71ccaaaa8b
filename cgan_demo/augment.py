"""Differentiable augmentation for discriminators.

Zhao et al., *Differentiable Augmentation for Data-Efficient GAN Training*, NeurIPS 2020: the same random
transformations on what D sees, real and generated, with gradients flowing through to G.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def random_color(image: Tensor, strength: float = 1.0, tied: int = 1) -> Tensor:
    """Random brightness, saturation and contrast, one draw per picture. image: (N, 3, H, W) in [-1, 1].

    tied: into how many equal parts the batch falls that share their draws, picture by picture.
    """

    def draw() -> Tensor:
        shape = (image.shape[0] // tied, 1, 1, 1)
        return (torch.rand(shape, device=image.device, dtype=image.dtype) - 0.5).repeat(tied, 1, 1, 1)

    image = image + strength * draw()
    grey = image.mean(1, keepdim=True)
    image = grey + (image - grey) * (1 + 2 * strength * draw())
    mean = image.mean((1, 2, 3), keepdim=True)
    return mean + (image - mean) * (1 + strength * draw())


def random_translation(image: Tensor, ratio: float = 0.125, tied: int = 1) -> Tensor:
    """Shift each picture by up to `ratio` of its sides, zeros moving in. image: (N, C, H, W); tied as above."""
    n, _, h, w = image.shape
    dy, dx = int(h * ratio), int(w * ratio)
    padded = F.pad(image, (dx, dx, dy, dy))
    tops = torch.randint(0, 2 * dy + 1, (n // tied,)).tolist() * tied
    lefts = torch.randint(0, 2 * dx + 1, (n // tied,)).tolist() * tied
    cuts = zip(padded, tops, lefts, strict=True)
    return torch.stack([p[:, top : top + h, left : left + w] for p, top, left in cuts])


def augment_pair(image: Tensor, condition: Tensor, strength: float, tied: int = 1) -> tuple[Tensor, Tensor]:
    """Colour on the image alone, translation on image and condition together. `strength` 0 does nothing.

    tied: see `random_color`; 2 for a batch of real pictures followed by generated ones that are to be compared.
    """
    if not strength:
        return image, condition
    both = random_translation(torch.cat([random_color(image, strength, tied), condition], 1), tied=tied)
    return both[:, : image.shape[1]], both[:, image.shape[1] :]
