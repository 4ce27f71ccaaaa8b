"""Aligning faces, and finding them: geometry, composed training pictures, peaks, and learning."""

import json
import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from cgan_demo.caae.alignment import LEFT_EYE, RIGHT_EYE, Eyes, align, crop_transform
from cgan_demo.caae.dataset import load_faces
from cgan_demo.caae.finder import CELL, FaceFinder, Finder, peaks
from cgan_demo.caae.finder_training import (
    ComposedFaces,
    FinderTraining,
    heat_loss,
    load_scenes,
    target_maps,
    way_loss,
)
from cgan_demo.caae.recipes import FinderRecipe
from cgan_demo.data.fake import write_fake_faces
from cgan_demo.errors import DataError, InputError
from cgan_demo.training.loop import RunSettings, train

RECIPE = FinderRecipe(widths=(8, 8), side=64, distance=(0.2, 0.4), turn=5, batch=4, precision="no")


def spot(picture: Image.Image, at: tuple[float, float], color: str, radius: float) -> None:
    x, y = at
    ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)


def centre_of(picture: Image.Image, channel: int) -> tuple[float, float]:
    values = np.asarray(picture, float)
    weight = np.clip(values[..., channel] - values[..., 2], 0, None)
    ys, xs = np.mgrid[0 : weight.shape[0], 0 : weight.shape[1]]
    return float((weight * xs).sum() / weight.sum()), float((weight * ys).sum() / weight.sum())


@pytest.mark.parametrize(("left", "right"), [((90, 80), (130, 84)), ((60, 140), (160, 70)), ((300, 200), (560, 260))])
def test_aligning_brings_the_eyes_to_their_places(left, right):
    photo = Image.new("RGB", (800, 500), "black")
    radius = math.dist(left, right) / 10
    spot(photo, left, "red", radius)
    spot(photo, right, "lime", radius)
    face = align(photo, Eyes(left, right), 128)
    assert face.size == (128, 128)
    for channel, place in ((0, LEFT_EYE), (1, RIGHT_EYE)):
        assert math.dist(centre_of(face, channel), [128 * p for p in place]) < 1.2
    a, b, c, d, e, f = crop_transform(Eyes(left, right), 128)
    x, y = (128 * p for p in RIGHT_EYE)
    assert (a * x + b * y + c, d * x + e * y + f) == pytest.approx(right)


def test_the_crop_has_the_faces_own_resolution():
    photo = Image.new("RGB", (2000, 2000), "gray")
    sides = [align(photo, Eyes((900, 900), (900 + d, 900))).width for d in (20, 100, 400)]
    assert sides == [128, round(100 * 128 / 49.5), 512]
    with pytest.raises(InputError, match="click the centre"):
        align(photo, Eyes((9, 9), (10, 9)))


@pytest.fixture(scope="module")
def composed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    training, _ = load_faces(write_fake_faces(folder / "faces"), 64, folder / "cache")
    (folder / "scenes").mkdir()
    for i in range(4):
        Image.effect_noise((90, 70), 40 + 20 * i).save(folder / "scenes" / f"{i}.png")
    scenes, held = load_scenes(folder / "scenes", 64, folder / "cache")
    assert (len(scenes), len(held)) == (3, 1)
    with pytest.raises(DataError, match="holds no pictures"):
        load_scenes(folder / "cache", 64, folder / "cache")
    return ComposedFaces(training, scenes, RECIPE)


def test_composed_pictures_are_reproducible_and_their_maps_say_where_the_eyes_are(composed):
    items = [composed[i] for i in range(12)]
    assert all(torch.equal(composed[3][k], items[3][k]) for k in ("picture", "heat", "way"))
    counts = [int((~item["eyes"][:, 0].isnan()).sum()) for item in items]
    assert {0, 1, 2} >= set(counts) and 1 in counts
    for item, count in zip(items, counts, strict=True):
        assert item["picture"].abs().max() <= 1 and (item["heat"] == 1).sum() >= count
        maps = torch.cat([torch.logit(item["heat"].clamp(0.001, 0.999)), item["way"]])
        found = peaks(maps)
        assert len(found) == count
        for truth in item["eyes"][:count].tolist():
            error = min(math.dist(e.left + e.right, truth) / e.distance for e in found)
            assert error < 0.25  # to a fraction of a cell, on faces of 3 to 6 cells


def test_losses_are_least_at_the_truth():
    heat, way = target_maps([Eyes((20, 30), (44, 34))], 64)
    heat, way = heat[None], way[None]
    right = torch.where(heat > 0.85, 9.0, -9.0)
    assert heat_loss(right, heat) < 1e-3 < heat_loss(torch.zeros_like(heat), heat) < heat_loss(-right, heat)
    assert way_loss(way, way, heat) == 0
    length = math.hypot(12, 2) / CELL
    assert float(way_loss(way + 1, way, heat)) == pytest.approx(2 / length, rel=1e-3)


def test_the_finder_learns_to_find_a_face(composed, tmp_path):
    torch.manual_seed(0)
    system = FinderTraining(RECIPE, {"picture": torch.stack([composed[i]["picture"] for i in range(4)])})
    settings = RunSettings(images=800, batch=4, cpu=True, progress_bar=False, report_images=200)
    train(system, composed, tmp_path, settings)
    rows = [json.loads(line) for line in (tmp_path / "stats.jsonl").read_text().splitlines()]
    rows = [row for row in rows if "heat" in row]  # the last one may close an empty stretch
    assert rows[-1]["heat"] < 0.6 * rows[0]["heat"] and rows[-1]["way"] < rows[0]["way"]


class Marked(FaceFinder):
    """Says that there are faces where the picture is pure red, eyes 16 px apart."""

    def forward(self, x):
        cells = torch.nn.functional.avg_pool2d(x, CELL)
        red = (cells[:, :1] - cells[:, 1:2] - 1.2) * 10
        return torch.cat([red, torch.full_like(red, 2.0), torch.zeros_like(red)], 1)


def test_one_face_is_aligned_none_or_several_are_told():
    finder = Finder(Marked((8, 8)))
    photo = Image.new("RGB", (192, 144), "gray")
    assert finder(photo) == []
    with pytest.raises(InputError, match="No face"):
        finder.aligned(photo)
    spot(photo, (60, 70), "red", 5)
    found = finder(photo)
    assert len(found) == 1 and math.dist(found[0].middle, (60, 70)) < 3
    assert finder.aligned(photo).size == (128, 128)
    spot(photo, (140, 60), "red", 5)
    assert len(finder(photo)) == 2
    with pytest.raises(InputError, match="There are 2 faces"):
        finder.aligned(photo)


def test_the_finder_takes_any_size():
    torch.manual_seed(0)
    finder = Finder(FaceFinder((8, 8)))
    for size in ((16, 16), (4000, 3000), (40, 1200)):
        assert isinstance(finder(Image.new("RGB", size, "gray")), list)
