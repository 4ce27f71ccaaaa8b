"""Validation faces at all ages, as the protocols of face ageing look at them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from ..data.ages import CENTRES
from ..data.faces import Faces
from ..images import from_pixels, to_pixels
from .change import repeated


@dataclass(frozen=True)
class Aged:
    """Validation faces at all ages.

    inputs: uint8 (n, S, S, 3); own: their reconstructions at their own age; made: (n, 10, S, S, 3) at `CENTRES`.
    ages, genders: the true ones, (n,). groups: the set's own label of the people's origin, (n,), -1 where not told.
    """

    inputs: np.ndarray
    own: np.ndarray
    made: np.ndarray
    ages: np.ndarray
    genders: np.ndarray
    groups: np.ndarray | None = None

    def with_detail(self, detail: float) -> Aged:
        """The same with a share of the inputs' own detail, as `predictor.Ager` carries it over.

        What the network cannot say is read off that of the ten which fits the input best, as nobody tells an age.
        """
        inputs, made = self.inputs.astype(np.float32), self.made.astype(np.float32)
        best = np.abs(made - inputs[:, None]).mean((2, 3, 4)).argmin(1)
        left = inputs - made[np.arange(len(made)), best]
        return replace(self, made=np.clip(made + detail * left[:, None], 0, 255).round().astype(np.uint8))


@torch.inference_mode()
def age_all(network: nn.Module, faces: Faces, count: int) -> Aged:
    """Show every so many-th of the validation faces, `count` in all, at all ages."""
    chosen = np.unique(np.linspace(0, len(faces) - 1, min(count, len(faces))).round().astype(int))
    inputs = np.stack([faces.picture(i) for i in chosen])
    own, made = [], []
    for i, picture in zip(chosen, tqdm(inputs, desc="ageing", unit="face", mininterval=2), strict=True):
        face = from_pixels(picture)[None]
        code = network.encode(face)  # type: ignore[operator]
        ages = torch.tensor([float(faces.ages[i]), *CENTRES])
        genders = torch.full_like(ages, float(faces.genders[i]))
        out = network.decode(repeated(code, len(ages)), ages, genders).clamp(-1, 1)  # type: ignore[operator]
        pictures = to_pixels(out)
        own.append(pictures[0])
        made.append(pictures[1:])
    return Aged(
        inputs,
        np.stack(own),
        np.stack(made),
        faces.ages[chosen],
        faces.genders[chosen],
        None if faces.groups is None else faces.groups[chosen],
    )
