"""Trains the face finder on faces put into photographs at random."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor, nn
from torch.nn import functional as F

from ..data.cache import decoded_once
from ..data.paired import EXTENSIONS
from ..errors import DataError
from ..training.loop import System
from .alignment import LEFT_EYE, RIGHT_EYE, Eyes
from .dataset import Faces
from .finder import CELL, FaceFinder
from .recipes import FinderRecipe

SPAN = RIGHT_EYE[0] - LEFT_EYE[0]  # between the eyes, as a share of a face's picture


def load_scenes(root: Path, side: int, cache: Path, limit: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Photographs without large faces, stretched to a square: for training, and every fifth for validation.

    Shape: uint8 (n, side, side, 3) each.
    """
    files = sorted(f for f in root.rglob("*") if f.suffix.lower() in EXTENSIONS)[:limit]
    if not files:
        raise DataError(f"{root} holds no pictures ({', '.join(sorted(EXTENSIONS))}).")

    def read(i: int) -> np.ndarray:
        return np.asarray(Image.open(files[i]).convert("RGB").resize((side, side), Image.Resampling.BOX))

    key = f"{root.resolve()}|{side}|{len(files)}|{files[0].name}|{files[-1].name}"
    scenes = decoded_once(cache, "scenes", key, (len(files), side, side, 3), read)
    held = np.arange(len(files)) % 5 == 0
    return np.array(scenes[~held] if len(files) > 1 else scenes), np.array(scenes[held])


def paste_face(scene: Image.Image, face: Image.Image, eyes: Eyes, rng: np.random.Generator) -> None:
    """Draw `face`, an aligned picture, into `scene` so that its eyes come to `eyes`, its borders faded out."""
    side, size = face.width, scene.size
    span = SPAN * side
    # From a pixel of the scene to one of the face: the inverse of a turn, zoom and shift.
    ux, uy = ((eyes.right[k] - eyes.left[k]) / span for k in (0, 1))
    norm = ux * ux + uy * uy
    a, b, d, e = ux / norm, uy / norm, -uy / norm, ux / norm
    x0, y0 = LEFT_EYE[0] * side, LEFT_EYE[1] * side
    shift = x0 - a * eyes.left[0] - b * eyes.left[1], y0 - d * eyes.left[0] - e * eyes.left[1]
    if (zoom := math.sqrt(norm)) < 0.5:  # a small face: shrink first, or single pixels are taken
        small = max(8, round(2 * zoom * side))
        face, k = face.resize((small, small), Image.Resampling.BOX), small / side
        a, b, d, e, shift = a * k, b * k, d * k, e * k, (shift[0] * k, shift[1] * k)
        side = small
    matrix = (a, b, shift[0], d, e, shift[1])
    fade = _oval(side, rng)
    placed = face.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    scene.paste(placed, (0, 0), fade.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR))


def _oval(side: int, rng: np.random.Generator) -> Image.Image:
    """A mask of a face's picture: an oval that fades out, or at times nearly all of it."""
    y, x = np.mgrid[0:side, 0:side] / (side - 1) - 0.5
    power = float(rng.choice([2.0, 3.0, 8.0]))
    radius = (np.abs(x / 0.48) ** power + np.abs(y / 0.49) ** power) ** (1 / power)
    mask = Image.fromarray((np.clip((1 - radius) * 12, 0, 1) * 255).astype(np.uint8))
    return mask.filter(ImageFilter.BoxBlur(side / 64))


class ComposedFaces(torch.utils.data.Dataset):
    """An endless, seeded stream of photographs with faces in them and the maps a finder should answer.

    `dataset[position]` -> {"picture": (3, S, S) in [-1, 1], "heat": (1, S/4, S/4), "way": (2, S/4, S/4), "eyes":
    (most, 4): x and y of left and right in px, NaN where there are fewer faces}.
    """

    def __init__(self, faces: Faces, scenes: np.ndarray, recipe: FinderRecipe, seed: int = 0):
        self.faces, self.scenes, self.recipe, self.seed = faces, scenes, recipe, seed

    def __len__(self) -> int:
        return len(self.faces)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng, r = np.random.default_rng([self.seed, position]), self.recipe
        scene = Image.fromarray(np.array(self.scenes[int(rng.integers(len(self.scenes)))]))
        if scene.size != (r.side, r.side):
            scene = scene.resize((r.side, r.side), Image.Resampling.BOX)
        placed: list[Eyes] = []
        for _ in range(int(rng.integers(r.most + 1)) if rng.random() < 0.6 else 1):
            eyes = self._place(rng)
            if all(math.dist(eyes.middle, other.middle) > 1.6 * (eyes.distance + other.distance) for other in placed):
                face = Image.fromarray(self.faces.picture(int(rng.integers(len(self.faces)))))
                paste_face(scene, ImageOps.mirror(face) if rng.integers(2) else face, eyes, rng)
                placed.append(eyes)
        picture = _photographed(torch.from_numpy(np.array(scene)).permute(2, 0, 1).float() / 127.5 - 1, rng)
        heat, way = target_maps(placed, r.side)
        points = [(*eyes.left, *eyes.right) for eyes in placed]
        points += [(math.nan,) * 4] * (r.most - len(points))
        return {
            "picture": picture,
            "heat": heat,
            "way": way,
            "eyes": torch.tensor(points[: r.most], dtype=torch.float32),
        }

    def _place(self, rng: np.random.Generator) -> Eyes:
        r = self.recipe
        distance = r.side * math.exp(rng.uniform(math.log(r.distance[0]), math.log(r.distance[1])))
        angle = math.radians(float(np.clip(rng.normal(0, r.turn), -45, 45)))
        dx, dy = distance / 2 * math.cos(angle), distance / 2 * math.sin(angle)
        margin = min(0.45 * r.side, 0.8 * distance)
        x, y = (float(rng.uniform(margin, r.side - margin)) for _ in range(2))
        return Eyes((x - dx, y - dy), (x + dx, y + dy))


def _photographed(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """Lighter or darker, with a little noise, and one in ten without colour."""
    noise = torch.from_numpy(rng.normal(0, 0.03 * float(rng.random()), picture.shape)).float()
    picture = (picture + 1) * float(np.exp(rng.normal(0, 0.2))) - 1 + noise
    if rng.random() < 0.1:
        picture = picture.mean(0, keepdim=True).expand(3, -1, -1)
    return picture.clamp(-1, 1).contiguous()


def target_maps(faces: list[Eyes], side: int) -> tuple[Tensor, Tensor]:
    """Heat (1, side/4, side/4), 1 at the points between the eyes and falling off, and way (2, ...) to the right eye."""
    cells = side // CELL
    centres = (torch.arange(cells) + 0.5) * CELL
    heat, way = torch.zeros(1, cells, cells), torch.zeros(2, cells, cells)
    for eyes in faces:
        x, y = eyes.middle
        spread = max(CELL * 0.75, 0.1 * eyes.distance)
        bell = torch.exp(-((centres[None, :] - x) ** 2 + (centres[:, None] - y) ** 2) / (2 * spread**2))
        bell = bell / bell.max()  # the cell in which the face lies is 1, wherever in it that is
        nearer = bell > heat[0]
        heat[0] = torch.where(nearer, bell, heat[0])
        for k, step in enumerate((eyes.right[0] - x, eyes.right[1] - y)):
            way[k] = torch.where(nearer, torch.full_like(bell, step / CELL), way[k])
    return heat, way


class FinderTraining(System):
    """Cross-entropy of the heat map, near places weighing less than far ones, and L1 of the way where there is a face.

    The weights of the heat map's places are those of Law and Deng, *CornerNet*, ECCV 2018, equation 1.
    """

    def __init__(self, recipe: FinderRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        network = FaceFinder(recipe.widths)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.networks = {"generator": network}
        self.optimizers = {"generator": torch.optim.AdamW(network.parameters(), recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        with self.accelerator.autocast():
            maps = self.networks["generator"](batch["picture"]).float()
        heat, way = batch["heat"], batch["way"]
        losses = {"heat": heat_loss(maps[:, :1], heat), "way": way_loss(maps[:, 1:], way, heat)}
        self.optimizers["generator"].zero_grad(set_to_none=True)
        self.accelerator.backward(losses["heat"] + 0.5 * losses["way"])
        self.optimizers["generator"].step()
        return losses

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Pictures with their heat map in red."""
        picture = self.examples["picture"].to(self.accelerator.device)
        heat = F.interpolate(generator(picture)[:, :1].float().sigmoid(), picture.shape[2:], mode="nearest")
        red = torch.tensor([1.0, -1.0, -1.0], device=picture.device).view(1, 3, 1, 1)
        return torch.lerp(picture, red.expand_as(picture), 0.7 * heat).cpu(), 4


def heat_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """Focal cross-entropy of a heat map, per face. Shapes (N, 1, h, w)."""
    probability = logits.sigmoid()
    face = (heat > 0.85).float()  # the cell of a face, or the two that share it
    hit = face * (1 - probability) ** 2 * F.logsigmoid(logits)
    miss = (1 - face) * (1 - heat) ** 4 * probability**2 * F.logsigmoid(-logits)
    return -(hit + miss).sum() / face.sum().clamp_min(1)


def way_loss(found: Tensor, way: Tensor, heat: Tensor) -> Tensor:
    """L1 of the way to the right eye as a share of its length, weighted by heat. Shapes (N, 2, h, w), (N, 1, h, w)."""
    weight = heat * (heat > 0.3)
    length = way.norm(dim=1, keepdim=True).clamp_min(0.5)
    return (weight * (found - way).abs() / length).sum() / weight.sum().clamp_min(1)
