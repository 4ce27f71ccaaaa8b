"""Directions through a latent space: from labelled samples, and from the generator itself.

Labelled: samples are painted, something is read off each, and the direction is that in which the reading rises most
evenly, or is learned from there through the generator, see `steering.py`.

The generator's own: those along which its first activations vary most (Härkönen et al., *GANSpace*, NeurIPS 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import weights
from ..data.faces import load_faces
from ..features import efficientnet_lite
from .dataset import is_faces
from .evaluation import SEEN, Enlarging, along, draws, painted, rank_correlation
from .model import Direction, LatentModel, latent_model, with_directions
from .readers import FaceReader, Quality, TurnReader, color_qualities, readings
from .steering import steered

REACH = 3.0  # standard deviations of a draw to either side
FURTHER = 4 / 3  # of it, for a learned direction, which changes less on the way, and no longer all that goes together
STEPS = 9  # places at which an effect is measured


def regression(z: Tensor, values: Tensor) -> Tensor:
    """The unit direction (Z,) along which values (N,) rise most evenly: least squares over latents (N, Z)."""
    solution = torch.linalg.lstsq(z - z.mean(0), (values - values.mean())[:, None], driver="gelsd").solution
    return F.normalize(solution[:, 0], dim=0)


def mean_difference(z: Tensor, values: Tensor, share: float = 0.2) -> Tensor:
    """The paper's way (section 6.3.2): the mean latent of the `share` with the highest values minus that of the lowest.

    It is how the paper makes its "turn" vector. z (N, Z), values (N,) -> (Z,) of unit length.
    """
    order, count = values.argsort(), max(1, round(share * len(values)))
    return F.normalize(z[order[-count:]].mean(0) - z[order[:count]].mean(0), dim=0)


def independent(vectors: Tensor) -> Tensor:
    """Each direction (K, Z) without its part along the others, so that moving along one leaves what they change."""
    if len(vectors) < 2:
        return vectors
    freed = []
    for k, vector in enumerate(vectors):
        others = torch.cat([vectors[:k], vectors[k + 1 :]])
        along_others = torch.linalg.lstsq(others.T, vector[:, None]).solution[:, 0] @ others
        freed.append(F.normalize(vector - along_others, dim=0))
    return torch.stack(freed)


@torch.no_grad()
def activation_directions(generator: nn.Module, z: Tensor, count: int) -> Tensor:
    """GANSpace: principal components of what the first block gives for latents z (N, Z), as directions, (count, Z).

    The direction in z for a component is found by regression, as the paper does for generators without a mapping.
    """
    kept: list[Tensor] = []
    hook = generator.early().register_forward_hook(lambda _module, _given, out: kept.append(out.flatten(1)))  # type: ignore[operator]
    try:
        for part in z.split(32):
            generator(part)
    finally:
        hook.remove()
    seen = torch.cat(kept).float()
    components = torch.linalg.svd(seen - seen.mean(0), full_matrices=False).U[:, :count]  # (N, count)
    return torch.stack([regression(z, c) for c in components.T]) if count else z[:0]


def beside(vectors: Tensor, known: Tensor) -> Tensor:
    """Directions (K, Z) without their parts along known ones, at a right angle to one another, too."""
    basis, rows = list(_orthonormal(known)), []
    for vector in vectors:
        for other in basis:
            vector = vector - (vector @ other) * other
        if float(vector.norm()) > 1e-3:
            vector = F.normalize(vector, dim=0)
            basis.append(vector)
            rows.append(vector)
    return torch.stack(rows) if rows else vectors[:0]


def _orthonormal(vectors: Tensor) -> Tensor:
    return torch.linalg.qr(vectors.T).Q.T if len(vectors) else vectors


def find_directions(
    model: LatentModel,
    qualities: Sequence[Quality],
    samples: int = 3000,
    principal: int = 3,
    reach: float = REACH,
    seeds: int = 64,
    steps: int = 150,
) -> LatentModel:
    """The same model with a direction for each quality and `principal` of the generator's own, all measured.

    samples: painted and read to find the directions. seeds: on which effects are measured; none of those.
    steps: of learning a direction, for a quality that asks for it.
    """
    z = draws(model, samples, first=10**7)
    scale = float(z.std())
    read = torch.from_numpy(readings(qualities, painted(model, z))).float()
    ways = [(mean_difference if q.means else regression)(z, read[:, k]) for k, q in enumerate(qualities)]
    labelled = independent(torch.stack(ways))
    scored = [q for q in qualities if q.score is not None]
    for k, q in enumerate(qualities):
        if q.learned:
            labelled[k] = steered(model, labelled[k], q, [o for o in scored if o is not q], reach * scale, steps)
    own = beside(activation_directions(model.generator, z[:1000], principal), labelled)
    told = [
        Direction(q.name, -far, far, q.less, q.more, "labelled samples", q.unit)
        for q in qualities
        for far in [reach * scale * (FURTHER if q.learned else 1)]
    ]
    told += [
        Direction(f"principal {k + 1}", -reach * scale, reach * scale, source="activations", measure="levels of 255")
        for k in range(len(own))
    ]
    found = with_directions(model, told, torch.cat([labelled, own]))
    return measured(found, qualities, seeds)


def measured(model: LatentModel, qualities: Sequence[Quality], seeds: int = 64) -> LatentModel:
    """The same model with the effects of its directions as they are read off `seeds` other samples.

    Where a quality has a direction's name, it is read; of the others the mean difference between the ends is told.
    """
    by_name = {q.name: q for q in qualities}
    z, told = draws(model, seeds, first=2 * 10**7), []
    for k, direction in enumerate(model.directions):
        pictures = along(model, k, z, STEPS)  # (seeds, STEPS, S, S, 3)
        if direction.name in by_name:
            values = by_name[direction.name].read(pictures.reshape(-1, *pictures.shape[2:])).reshape(seeds, STEPS)
            effect = float((values[:, -1] - values[:, 0]).mean())
            told.append(replace(direction, effect=effect, agreement=float(rank_correlation(values).mean())))
        else:
            difference = np.abs(pictures[:, -1].astype(np.float32) - pictures[:, 0]).mean()
            told.append(replace(direction, effect=float(difference)))
    return with_directions(model, told, model.vectors)


def qualities_of(data: Path, cache: Path, features: nn.Module | None = None) -> list[Quality]:
    """What directions are found for: age, gender and turn of faces, the colours of other pictures.

    features: that faces are read through; EfficientNet-lite0 by default, as the protocol takes another.
    """
    if not is_faces(data):
        return color_qualities()
    training, _ = load_faces(data, SEEN, cache)
    looking = Enlarging(features or efficientnet_lite("lite0"))
    return [*FaceReader(looking, training).qualities(), TurnReader(looking, training).quality()]


def write_directions(folder: Path, data: Path, cache: Path, samples: int = 3000, principal: int = 3) -> None:
    """Find the directions of the model in a weights folder, and write them into it; see `find_directions`.

    data: what it was trained on.
    """
    found = find_directions(latent_model(folder), qualities_of(data, cache), samples, principal)
    weights.save_network(found, folder, "dcgan")
    for direction in found.directions:
        print(f"{direction.name}: {direction.effect:+.2f} {direction.measure}, agreement {direction.agreement:.2f}")
