"""Pictures to train and measure the face finder on: faces put into photographs at random."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor

from ..data.alignment import LEFT_EYE, RIGHT_EYE, Eyes
from ..data.download import obtain
from ..data.faces import Faces
from ..data.pictures import READ, decoded_pictures, pictures_in, read_picture, stretched
from ..errors import DataError
from ..images import from_pixels

if TYPE_CHECKING:
    from .light import FinderRecipe

CELL = 4  # px of the picture per cell of the maps
ROOM = 1.4  # the finder's second look sees this many times the face's own frame
SPAN = RIGHT_EYE[0] - LEFT_EYE[0]  # between the eyes, as a share of a face's picture
DECOYS = 0.4  # of the pictures have ovals in them that are no face, or the oval itself would be what is learnt
CLOSE = 0.3  # of the pictures show one face as the second look sees it
CUT = 0.3  # of those reach beyond their photo
BLURRED = 0.3  # of the pictures are blurred, as a small face is that is looked at from close by


def load_scenes(root: Path, side: int, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """Photographs without faces, of a folder or archive, stretched to a square: for training, and for validation.

    Those of `root/train` and `root/val`, or, where there are no such folders, every fifth of `root` for validation.
    A face in one of them teaches the finder that a face is none: sort them out before.

    Shape: uint8 (n, side, side, 3) each.

    Raises:
        DataError: there is no picture.
    """
    root = obtain(root, cache)
    files = pictures_in(root, below=True)
    if not files:
        raise DataError(f"{root} holds no pictures ({READ}).")

    def read(i: int) -> np.ndarray:
        return np.asarray(stretched(read_picture(files[i]), side, Image.Resampling.BOX))

    scenes = decoded_pictures(cache, "scenes", files, (len(files), side, side, 3), "stretched", read)
    if (root / "val").is_dir():
        held = np.array([(root / "val") in f.parents for f in files])
    else:
        held = (np.arange(len(files)) % 5 == 0) & (len(files) > 1)
    return np.array(scenes[~held]), np.array(scenes[held])


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


def mirrored(face: Image.Image) -> Image.Image:
    """An aligned face mirrored where its eyes are: their middle is not quite that of the picture."""
    axis = (LEFT_EYE[0] + RIGHT_EYE[0]) * face.width
    return face.transform(face.size, Image.Transform.AFFINE, (-1, 0, axis, 0, 1, 0), Image.Resampling.BILINEAR)


def _oval(side: int, rng: np.random.Generator) -> Image.Image:
    """A mask of a face's picture: an oval that fades out, or at times nearly all of it."""
    y, x = np.mgrid[0:side, 0:side] / (side - 1) - 0.5
    power = float(rng.choice([2.0, 3.0, 8.0]))
    radius = (np.abs(x / 0.48) ** power + np.abs(y / 0.49) ** power) ** (1 / power)
    mask = Image.fromarray((np.clip((1 - radius) * 12, 0, 1) * 255).astype(np.uint8))
    return mask.filter(ImageFilter.BoxBlur(side / 64))


class ComposedFaces(torch.utils.data.Dataset):
    """An endless, seeded stream of photographs with faces in them and the maps a finder should answer.

    `dataset[position]` -> {"picture": (3, S, S) in [-1, 1], "heat": (1, S/4, S/4), "way": (4, S/4, S/4), "eyes":
    (most, 4): x and y of left and right in px, NaN where there are fewer faces}.
    """

    def __init__(self, faces: Faces, scenes: np.ndarray, recipe: FinderRecipe, seed: int = 0):
        self.faces, self.scenes, self.recipe, self.seed = faces, scenes, recipe, seed

    def __len__(self) -> int:
        return len(self.faces)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng, r = np.random.default_rng([self.seed, position]), self.recipe
        scene, placed, close = self._part_of_a_scene(rng), list[Eyes](), rng.random() < CLOSE
        for _ in range(int(rng.integers(1, 3)) if rng.random() < DECOYS else 0):
            paste_face(scene, self._decoy(rng), random_eyes(rng, r.side, r.distance, r.turn), rng)
        for _ in range(int(rng.integers(r.most + 1)) if not close and rng.random() < 0.6 else 1):
            eyes = _eyes_close_by(rng, r.side) if close else random_eyes(rng, r.side, r.distance, r.turn)
            if clear_of(placed, eyes):
                face = Image.fromarray(self.faces.picture(int(rng.integers(len(self.faces)))))
                paste_face(scene, mirrored(face) if rng.integers(2) else face, eyes, rng)
                placed.append(eyes)
        if close and rng.random() < CUT:
            _cut_off(scene, rng)
        if rng.random() < BLURRED:
            small = round(r.side * float(rng.uniform(0.35, 0.9)))
            scene = scene.resize((small, small), Image.Resampling.BOX).resize(scene.size, Image.Resampling.BILINEAR)
        picture = _photographed(from_pixels(np.asarray(scene)), rng)
        heat, way = target_maps(placed, r.side)
        points = [(*eyes.left, *eyes.right) for eyes in placed]
        points += [(math.nan,) * 4] * (r.most - len(points))
        return {
            "picture": picture,
            "heat": heat,
            "way": way,
            "eyes": torch.tensor(points[: r.most], dtype=torch.float32),
        }

    def _part_of_a_scene(self, rng: np.random.Generator) -> Image.Image:
        """Between half of a scene and all of it, mirrored or not."""
        scene = Image.fromarray(np.array(self.scenes[int(rng.integers(len(self.scenes)))]))
        part = scene.width * float(rng.uniform(0.5, 1))
        x, y = (float(rng.uniform(0, scene.width - part)) for _ in range(2))
        side = self.recipe.side
        scene = scene.resize((side, side), Image.Resampling.BILINEAR, box=(x, y, x + part, y + part))
        return ImageOps.mirror(scene) if rng.integers(2) else scene

    def _decoy(self, rng: np.random.Generator) -> Image.Image:
        """A square that is no face: part of a scene, or a face upside down."""
        if rng.random() < 0.7:
            return self._part_of_a_scene(rng)
        return ImageOps.flip(Image.fromarray(self.faces.picture(int(rng.integers(len(self.faces))))))


def random_eyes(rng: np.random.Generator, side: int, distance: tuple[float, float], turn: float) -> Eyes:
    """The eyes of a face somewhere in a square picture of `side` px, most of it inside; see `FinderRecipe`."""
    apart = side * math.exp(rng.uniform(math.log(distance[0]), math.log(distance[1])))
    angle = math.radians(float(np.clip(rng.normal(0, turn), -45, 45)))
    dx, dy = apart / 2 * math.cos(angle), apart / 2 * math.sin(angle)
    margin = min(0.45 * side, 0.8 * apart)
    x, y = (float(rng.uniform(margin, side - margin)) for _ in range(2))
    return Eyes((x - dx, y - dy), (x + dx, y + dy))


def clear_of(placed: list[Eyes], eyes: Eyes) -> bool:
    """Whether a face with these eyes does not lie on one that was put there before."""
    return all(math.dist(eyes.middle, other.middle) > 1.6 * (eyes.distance + other.distance) for other in placed)


def _eyes_close_by(rng: np.random.Generator, side: int) -> Eyes:
    """The eyes of a face as the second look has it: about where `_widened` eyes of the first look put it."""
    span = SPAN / ROOM * math.exp(rng.normal(0, 0.12)) / 2
    angle, (x, y) = rng.normal(0, math.radians(6)), rng.normal(0, 0.03, 2)
    dx, dy = span * math.cos(angle), span * math.sin(angle)
    x, y = x + 0.5, y + 0.5 - (0.5 - RIGHT_EYE[1]) / ROOM
    return Eyes((side * (x - dx), side * (y - dy)), (side * (x + dx), side * (y + dy)))


def _cut_off(picture: Image.Image, rng: np.random.Generator) -> None:
    """One colour up to a quarter from one or two of the borders, as `align` shows what is beyond a photo."""
    side, color = picture.width, tuple(int(c) for c in rng.integers(256, size=3))
    for edge in rng.choice(4, int(rng.integers(1, 3)), replace=False):
        band = round(side * float(rng.uniform(0.02, 0.25)))
        left, top = (side - band if edge == k else 0 for k in (0, 1))
        right, bottom = (band if edge == k else side for k in (2, 3))
        picture.paste(color, (left, top, right, bottom))


def _photographed(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """Lighter or darker, with a little noise, and one in ten without colour."""
    noise = torch.from_numpy(rng.normal(0, 0.03 * float(rng.random()), picture.shape)).float()
    picture = (picture + 1) * float(np.exp(rng.normal(0, 0.2))) - 1 + noise
    if rng.random() < 0.1:
        picture = picture.mean(0, keepdim=True).expand(3, -1, -1)
    return picture.clamp(-1, 1).contiguous()


def target_maps(faces: list[Eyes], side: int) -> tuple[Tensor, Tensor]:
    """What `FaceFinder` should answer on a square picture of `side` px with `faces`.

    Returns: heat (1, side/4, side/4), 1 at the points between the eyes and falling off, and way (4, side/4, side/4),
        where there is heat: from that point to the right eye, and to that point from the cell's centre, in cells.
    """
    cells = side // CELL
    centres = (torch.arange(cells) + 0.5) * CELL
    heat, way = torch.zeros(1, cells, cells), torch.zeros(4, cells, cells)
    for eyes in faces:
        x, y = eyes.middle
        spread = max(CELL * 0.75, 0.1 * eyes.distance)
        bell = torch.exp(-((centres[None, :] - x) ** 2 + (centres[:, None] - y) ** 2) / (2 * spread**2))
        bell = bell / bell.max()  # the cell in which the face lies is 1, wherever in it that is
        nearer = bell > heat[0]
        heat[0] = torch.where(nearer, bell, heat[0])
        right = [torch.full_like(bell, p) for p in (eyes.right[0] - x, eyes.right[1] - y)]
        middle = [(x - centres)[None, :].expand_as(bell), (y - centres)[:, None].expand_as(bell)]
        way = torch.where(nearer, torch.stack([*right, *middle]) / CELL, way)
    return heat, way
