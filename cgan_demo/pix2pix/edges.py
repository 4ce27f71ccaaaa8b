"""Drawings from photos by our own photo-to-edges model, for training pairs and for "start from a photo"."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from tqdm import tqdm

from ..data.paired import EXTENSIONS
from ..errors import DataError
from ..images import to_tensor
from .strokes import thin, to_ink

SIDE = 256  # px, of the pictures the model knows


@torch.inference_mode()
def draw_edges(network: nn.Module, photos: list[Image.Image], threshold: float = 0.3) -> list[Image.Image]:
    """Line drawings, 1 px black on white, of RGB photos of one size, its sides multiples of the network's stride."""
    x = torch.cat([to_tensor(photo) for photo in photos])
    ink = to_ink(network(x)).numpy()[:, 0]  # (N, H, W)
    return [Image.fromarray(np.where(thin(i > threshold), 0, 255).astype(np.uint8)).convert("RGB") for i in ink]


def make_pairs(network: nn.Module, photos: Path, to: Path, batch: int = 8) -> int:
    """Write a drawing | photo pair, 512 x 256, for every picture below `photos`; those there already are left.

    Photos are stretched to a square, as the official edges2shoes set does with the same ones. Returns their number.

    Raises:
        DataError: no pictures there.
    """
    files = sorted(f for f in photos.rglob("*") if f.suffix.lower() in EXTENSIONS)
    if not files:
        raise DataError(f"{photos} holds no pictures ({', '.join(sorted(EXTENSIONS))}).")
    to.mkdir(parents=True, exist_ok=True)
    missing = [f for f in files if not _target(f, photos, to).exists()]
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for i in tqdm(range(0, len(missing), batch), desc="drawing edges", unit="batch"):
        chunk = missing[i : i + batch]
        pictures = [Image.open(f).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC) for f in chunk]
        for file, photo, drawing in zip(chunk, pictures, draw_edges(network, pictures), strict=True):
            sheet = Image.new("RGB", (2 * SIDE, SIDE))
            sheet.paste(drawing, (0, 0))
            sheet.paste(photo, (SIDE, 0))
            sheet.save(_target(file, photos, to), quality=92)
    return len(files)


def _target(file: Path, photos: Path, to: Path) -> Path:
    return to / ("-".join(file.relative_to(photos).with_suffix("").parts) + ".jpg")
