"""Aligning faces, and finding them: geometry, composed training pictures, peaks, and learning."""

import json
import math
from pathlib import Path

import matplotlib.cbook
import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

import cgan_demo
from cgan_demo.data.alignment import LEFT_EYE, RIGHT_EYE, Eyes, align, crop_transform
from cgan_demo.data.faces import load_faces
from cgan_demo.data.fake import write_fake_faces
from cgan_demo.errors import DataError, InputError
from cgan_demo.face_finder.composed import CELL, ROOM, ComposedFaces, load_scenes, target_maps
from cgan_demo.face_finder.evaluation import error
from cgan_demo.face_finder.light import FaceFinder, FinderRecipe, FinderTraining, heat_loss, way_loss
from cgan_demo.face_finder.predictor import CLOSE, Finder, peaks
from cgan_demo.images import open_reduced
from cgan_demo.training.loop import RunSettings, train
from cgan_demo.weights import save_network

BUNDLED = Path(__file__).parents[2] / "weights"
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
    sides = [align(photo, Eyes((900, 900), (900 + d, 900))).width for d in (20, 100, 600)]
    assert sides == [128, round(100 * 128 / 49.5), 1024]
    with pytest.raises(InputError, match="click the centre"):
        align(photo, Eyes((9, 9), (10, 9)))


def test_a_crop_is_the_same_wherever_the_face_lies_in_a_larger_photo():
    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 255, (60, 80, 3), np.uint8)).resize((640, 480), Image.Resampling.BICUBIC)
    eyes = Eyes((280, 230), (370, 250))
    large = Image.new("RGB", (1500, 1200), "blue")
    large.paste(photo, (700, 600))
    there = Eyes((980, 830), (1070, 850))
    for side in (None, 64):  # at the face's own resolution, and shrunk
        a, b = (np.asarray(align(p, e, side), float) for p, e in ((photo, eyes), (large, there)))
        assert np.abs(a - b).max() <= (0 if side is None else 16) and np.abs(a - b).mean() < 1
    beyond = align(large, Eyes((5, 20), (95, 20)))  # shows more than the photo: filled with the mean of its border
    assert beyond.getpixel((2, 2)) == pytest.approx((0, 0, 255), abs=60)


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


def test_scenes_come_split_where_there_are_two_folders(tmp_path):
    for name, color in (("train/a", "red"), ("train/b", "red"), ("val/a", "blue")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (9, 9), color).save(tmp_path / f"{name}.png")
    training, held = load_scenes(tmp_path, 8, tmp_path / "cache")
    assert training.shape == (2, 8, 8, 3) and training[..., 0].min() == 255 and training[..., 2].max() == 0
    assert held.shape == (1, 8, 8, 3) and held[..., 2].min() == 255


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
            assert error < 0.01


def test_losses_are_least_at_the_truth():
    heat, way = target_maps([Eyes((20, 30), (44, 34))], 64)
    heat, way = heat[None], way[None]
    right = torch.where(heat > 0.85, 9.0, -9.0)
    assert heat_loss(right, heat) < 1e-3 < heat_loss(torch.zeros_like(heat), heat) < heat_loss(-right, heat)
    assert way_loss(way, way, heat) == 0
    length = math.hypot(12, 2) / CELL
    assert float(way_loss(way + 1, way, heat)) == pytest.approx(4 / length, rel=1e-3)


def test_the_finder_learns_to_find_a_face(composed, tmp_path):
    torch.manual_seed(0)
    system = FinderTraining(RECIPE, {"picture": torch.stack([composed[i]["picture"] for i in range(4)])})
    settings = RunSettings(images=800, batch=4, cpu=True, progress_bar=False, report_images=200)
    train(system, composed, tmp_path, settings)
    rows = [json.loads(line) for line in (tmp_path / "stats.jsonl").read_text().splitlines()]
    rows = [row for row in rows if "heat" in row]  # the last one may close an empty stretch
    assert rows[-1]["heat"] < 0.6 * rows[0]["heat"] and rows[-1]["way"] < rows[0]["way"]


class Marked(FaceFinder):
    """Says that there are faces where the picture is pure red, their eyes as far apart as in the closer look."""

    def forward(self, x):
        cells = torch.nn.functional.avg_pool2d(x, CELL)
        red = (cells[:, :1] - cells[:, 1:2] - 1.2) * 10
        return torch.cat(
            [
                red,
                torch.full_like(red, (RIGHT_EYE[0] - LEFT_EYE[0]) / ROOM * CLOSE / CELL / 2),
                torch.zeros_like(red).expand(-1, 3, -1, -1),
            ],
            1,
        )


def test_one_face_is_aligned_none_or_several_are_told():
    finder = Finder(Marked((8, 8)))
    photo = Image.new("RGB", (192, 144), "gray")
    assert finder(photo) == []
    with pytest.raises(InputError, match="No face"):
        finder.aligned(photo)
    spot(photo, (60, 70), "red", 5)
    found = finder(photo)
    assert len(found) == 1 and math.dist(found[0].middle, (60, 70)) < 4
    face = finder.aligned(photo)
    assert face.width == face.height >= 128
    assert math.dist(centre_of(face, 0), ((LEFT_EYE[0] + RIGHT_EYE[0]) / 2 * face.width, LEFT_EYE[1] * face.width)) < 9
    spot(photo, (140, 60), "red", 5)
    assert len(finder(photo)) == 2
    with pytest.raises(InputError, match="There are 2 faces"):
        finder.aligned(photo)


def test_a_mirror_image_is_read_back_as_the_picture():
    class Knows(FaceFinder):
        """Marks the brightest cell; the right eye is 3 cells to the right and, in the picture itself, 1 below."""

        def forward(self, x):
            cells = torch.nn.functional.avg_pool2d(x, CELL).mean(1, keepdim=True)
            left_is_darker = torch.where(x[:, :, :, :CELL].mean((1, 2, 3)) < 0, 1.0, -1.0).view(-1, 1, 1, 1)
            heat, one = 20 * cells - 8, torch.ones_like(cells)
            return torch.cat([heat, 3 * one, one * left_is_darker, 0.25 * one * left_is_darker, 0.5 * one], 1)

    picture = Image.new("RGB", (64, 64), "gray")
    picture.paste("black", (0, 0, CELL, 64))
    picture.paste("silver", (60, 0, 64, 64))
    picture.paste("white", (20, 32, 24, 36))
    once, both = (Finder(Knows((8, 8)))._look(picture, 0.5, mirrored=mirrored)[0] for mirrored in (False, True))
    assert both.left == pytest.approx(once.left) and both.right == pytest.approx(once.right)
    assert once.middle == pytest.approx((22 + 1, 34 + 2)) and once.right == pytest.approx((22 + 1 + 12, 34 + 2 + 4))


def test_the_finder_takes_any_size():
    torch.manual_seed(0)
    finder = Finder(FaceFinder((8, 8)))
    for size in ((16, 16), (4000, 3000), (40, 1200)):
        assert isinstance(finder(Image.new("RGB", size, "gray")), list)


def test_a_photo_as_it_comes_from_a_camera(tmp_path):
    finder = Finder(Marked((8, 8)))
    photo = Image.new("RGB", (300, 200), "gray")
    spot(photo, (60, 70), "red", 6)
    for source in (photo, np.asarray(photo)):
        assert math.dist(finder(source)[0].middle, (60, 70)) < 6
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side: the upright photo is 200 px wide
    photo.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    expected = 200 - 70, 60
    for source in (
        tmp_path / "turned.jpg",
        (tmp_path / "turned.jpg").read_bytes(),
        Image.open(tmp_path / "turned.jpg"),
    ):
        assert math.dist(finder(source)[0].middle, expected) < 6
    kept = photo.copy()
    kept.info["exif"] = exif.tobytes()  # a picture in memory may carry it too
    assert math.dist(finder(kept)[0].middle, expected) < 6
    before = photo.tobytes()
    finder.aligned(photo)
    assert photo.tobytes() == before
    for bad in (b"no picture", tmp_path / "none.jpg", Image.new("RGB", (0, 0))):
        with pytest.raises(InputError):
            finder(bad)


def test_a_large_photo_is_decoded_no_larger_than_its_face_needs(tmp_path, monkeypatch):
    finder, opened = Finder(Marked((8, 8))), []

    def noted(source, enough):
        opened.append(open_reduced(source, enough))
        return opened[-1]

    monkeypatch.setattr("cgan_demo.face_finder.predictor.open_reduced", noted)
    photo, path = Image.new("RGB", (4000, 3000), "gray"), tmp_path / "large.jpg"
    spot(photo, (1200, 1400), "red", 100)
    photo.save(path, quality=95)
    (whole,), (eyes,) = finder(photo), finder(path)
    assert [times for _, times in opened] == [2]
    assert math.dist(whole.left + whole.right, eyes.left + eyes.right) < 0.02 * whole.distance
    sides = []
    for small in (False, True):  # the half of the photo does not have the px of a crop
        distance = 100 if small else 900
        monkeypatch.setattr(finder, "search", lambda picture, d=distance: [face(picture, d)])
        for source in (path, path.open("rb")):
            opened.clear()
            sides.append(finder.aligned(source).width)
            assert [times for _, times in opened] == ([2, 1] if small else [2])
    assert sides == [1024, 1024, round(100 * 128 / 49.5), round(100 * 128 / 49.5)]


def face(picture: Image.Image, distance: float) -> Eyes:
    """In the middle of a photo that is 4000 px wide as a whole; `distance` is between the eyes in px of the whole."""
    share = distance / 4000
    return Eyes((0.5 - share / 2, 0.5), (0.5 + share / 2, 0.5)).scaled(*picture.size)


def test_the_bundled_finder_finds_the_eyes_of_a_real_photo():
    if not (BUNDLED / "face-finder").is_dir():
        pytest.skip("not trained yet")
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        photo = Image.open(file).convert("RGB")
    true = Eyes((221.7, 190.0), (305.8, 186.7))  # the pupils, read off by hand
    finder = cgan_demo.load("face-finder", device="cpu")
    for turn in (0, 20):  # degrees
        turned = photo.rotate(turn, Image.Resampling.BICUBIC, fillcolor=(40, 80, 150))
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        x0, y0 = photo.width / 2, photo.height / 2
        ends = [
            (x0 + c * (x - x0) + s * (y - y0), y0 - s * (x - x0) + c * (y - y0)) for x, y in (true.left, true.right)
        ]
        found = finder(turned)
        assert error(found[0], Eyes(ends[0], ends[1])) < 0.08
        assert all(other.distance < 0.5 * found[0].distance for other in found[1:])


def test_a_finder_saved_as_part_of_face_ageing_still_loads(tmp_path):
    folder = save_network(FaceFinder((8, 8)), tmp_path / "finder", "caae")
    assert json.loads((folder / "config.json").read_text())["system"] == "caae"
    assert isinstance(cgan_demo.load(str(folder), device="cpu"), Finder)
