"""What the card of the face finder reports: are the eyes found, and nothing else?

Validation faces are put into photographs that no training saw, at a size, angle and place drawn at random, and the
finder is asked as the page asks it. The reference of each figure is the first look alone, without the second from close
by.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from torch import nn
from tqdm import tqdm

from ..data.alignment import Eyes
from ..data.faces import Faces, load_faces
from ..errors import DataError
from ..evaluation.report import Figures, table, without_nan
from .composed import clear_of, load_scenes, mirrored, paste_face, random_eyes
from .light import FaceFinder, FinderRecipe
from .predictor import Finder

SIDE = 480  # px of the composed pictures: more than a look, as in an upload
CLOSE = 0.06  # of the eyes' distance, up to which their mean error is close enough to align a face
TWO = (0.05, 0.15)  # smallest and largest distance of the eyes where there are two faces, as a share of the side
FOUND = 0.25  # of the eyes' distance, up to which a face counts as found at all

Look = Callable[[Image.Image], list[Eyes]]


@dataclass(frozen=True)
class Composed:
    """A picture and the eyes of the faces in it, in px."""

    picture: Image.Image
    eyes: list[Eyes]


def compose(scenes: np.ndarray, faces: Faces, count: int, seed: int, each: int = 1) -> list[Composed]:
    """`count` pictures with `each` face in them, the same for the same arguments.

    The faces are spread evenly over `faces`; tilts, and the sizes of single faces, are those of the bundled recipe.

    scenes: uint8 (n, S, S, 3).
    """
    recipe, rows = FinderRecipe(), np.linspace(0, len(faces) - 1, count * each).round().astype(int)
    made = []
    for i in range(count):
        rng, placed = np.random.default_rng([seed, i]), list[Eyes]()
        scene = Image.fromarray(np.array(scenes[i % len(scenes)]))
        while len(placed) < each:
            eyes = random_eyes(rng, scene.width, recipe.distance if each == 1 else TWO, recipe.turn)
            if clear_of(placed, eyes):
                face = Image.fromarray(faces.picture(int(rows[i + count * len(placed)])))
                paste_face(scene, mirrored(face) if rng.integers(2) else face, eyes, rng)
                placed.append(eyes)
        made.append(Composed(scene, placed))
    return made


def error(found: Eyes, true: Eyes) -> float:
    """Mean distance of the two eyes from where they are, as a share of their distance from each other."""
    return (math.dist(found.left, true.left) + math.dist(found.right, true.right)) / (2 * true.distance)


def single_figures(look: Look, pictures: list[Composed]) -> dict[str, float]:
    """Of pictures of one face: the error of the largest face found. Where none is found, it is infinite."""
    found = [look(p.picture) for p in tqdm(pictures, desc="one face", unit="picture", mininterval=2)]
    largest = [max(eyes, key=lambda e: e.distance, default=None) for eyes in found]
    errors = np.array([error(eyes, p.eyes[0]) if eyes else math.inf for eyes, p in zip(largest, pictures, strict=True)])
    right = [any(error(e, p.eyes[0]) < FOUND for e in eyes) for eyes, p in zip(found, pictures, strict=True)]
    return {
        f"eyes within {CLOSE:.0%}": float((errors < CLOSE).mean()),
        "median error": float(np.median(errors)),
        "faces not found": 1 - float(np.mean(right)),
        "further faces, per picture": float(np.mean([len(e) - r for e, r in zip(found, right, strict=True)])),
    }


def several_figures(look: Look, pictures: list[Composed]) -> dict[str, float]:
    """Of pictures of two faces: how often both are found, and how often as many as there are."""
    found = [look(p.picture) for p in tqdm(pictures, desc="two faces", unit="picture", mininterval=2)]
    both = [
        all(any(error(e, true) < FOUND for e in eyes) for true in p.eyes)
        for eyes, p in zip(found, pictures, strict=True)
    ]
    counted = [len(eyes) == len(p.eyes) for eyes, p in zip(found, pictures, strict=True)]
    return {"both of two faces found": float(np.mean(both)), "two faces counted as two": float(np.mean(counted))}


def empty_figures(look: Look, scenes: np.ndarray) -> dict[str, float]:
    """Of photographs without a face, uint8 (n, S, S, 3): faces that are said to be there."""
    found = [len(look(Image.fromarray(s))) for s in tqdm(scenes, desc="no face", unit="picture", mininterval=2)]
    return {"false faces, per picture without one": float(np.mean(found))}


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    count: int = 200,
    size: int = SIDE,
    *,
    scenes: Path | None = None,
) -> dict:
    """Measure a face finder on `count` composed pictures, print a table and return it (JSON-able).

    Half as many pictures more have two faces.

    scenes: the photographs that training got too; of those, the ones held out are taken.

    Raises:
        DataError: there are no scenes, or it is another network.
    """
    if not isinstance(network, FaceFinder):
        raise DataError(f"{model_id} is {type(network).__name__}, which is no face finder.")
    if scenes is None:
        raise DataError("The face finder is measured on faces put into photographs: give their folder with --scenes.")
    (_, faces), (_, held) = load_faces(data, 128, cache), load_scenes(scenes, size, cache)
    finder = Finder(network, model_id=model_id)
    one, two = compose(held, faces, count, seed=0), compose(held, faces, max(1, count // 2), seed=1, each=2)
    values, references = (
        single_figures(look, one) | several_figures(look, two) | empty_figures(look, held)
        for look in (finder, finder.glance)
    )
    figures: Figures = {k: {"value": v, "reference": references[k]} for k, v in values.items()}
    report = {"model": model_id, "pairs": count, "of": "pictures", "size": size, "reference": "first look alone"}
    report |= {"scenes": len(held), "figures": without_nan(figures)}
    print(table(report))
    return report
