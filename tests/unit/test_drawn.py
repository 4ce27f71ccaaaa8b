"""Photos without drawings are told from pairs, and their drawings made on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from tiny import features
from tiny.bicyclegan import SKETCH

from cgan_demo.bicyclegan import drawn
from cgan_demo.bicyclegan.drawn import with_drawings
from cgan_demo.bicyclegan.evaluation import evaluate_sketches
from cgan_demo.data.fake import write_fake_pairs
from cgan_demo.data.paired import cached_pairs
from cgan_demo.errors import DataError
from cgan_demo.evaluation.metrics import PooledFeatures
from cgan_demo.pix2pix.light import INK_AND_PAPER, LightUNetGenerator
from cgan_demo.weights import save_network


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small photo-to-edges."""
    monkeypatch.setenv("CGAN_DEMO_WEIGHTS", str(tmp_path / "weights"))
    torch.manual_seed(0)
    save_network(LightUNetGenerator(widths=(8, 8), palette=INK_AND_PAPER), tmp_path / "weights" / "photo-to-edges")


def write_photos(folder: Path, count: int = 3, size: tuple[int, int] = (60, 40)) -> Path:
    """Dark things on white, as shops show them."""
    folder.mkdir(parents=True)
    for i in range(count):
        photo = Image.new("RGB", size, "white")
        ImageDraw.Draw(photo).ellipse((8, 8, 30 + 5 * i, 30), (20 * i, 10, 60))
        photo.save(folder / f"{i}.png")
    return folder


def outlined(size: tuple[int, int]) -> Image.Image:
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((3, 3, size[0] - 6, size[1] - 6), outline="black")
    return picture


def test_pairs_are_left_as_they_are(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    beside = write_fake_pairs(tmp_path / "beside", count=4, size=40)
    assert with_drawings(beside, cache) == beside and with_drawings(beside / "train", cache) == beside / "train"
    for ends in (("train/A", "train/B"), ("A/train", "B/train"), ("trainA", "trainB"), ("a", "b")):
        data = tmp_path / ends[0].replace("/", "-")
        for end in ends:
            write_photos(data / end)
        assert with_drawings(data, cache) == data
    narrow = tmp_path / "narrow"  # two portraits beside each other, which are as wide as one photo
    narrow.mkdir()
    for i in range(3):
        pair = Image.new("RGB", (60, 40), (90, 60, 20 * i))
        pair.paste(outlined((30, 40)), (0, 0))
        pair.save(narrow / f"{i}.png")
        pair.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert with_drawings(narrow, cache) == narrow
    assert with_drawings(narrow, cache, reverse=True) != narrow  # the drawing is not on the right
    for nothing in (tmp_path / "nowhere", cache / "empty"):
        assert with_drawings(nothing, cache) == nothing  # whoever reads it says what is wrong


def test_photos_become_pairs_that_are_made_once(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    data, cache = write_photos(tmp_path / "photos"), tmp_path / "cache"
    made = with_drawings(data, cache)
    assert made.parent == cache and f"{data} holds photos without drawings" in capsys.readouterr().out
    pairs = cached_pairs(made, 64, cache, "train")
    assert pairs.shape == (3, 2, 64, 64, 3)
    assert set(np.unique(pairs[:, 0] > 128)) <= {False, True} and pairs[:, 1].mean() > 100
    before = {f: f.stat().st_mtime_ns for f in made.iterdir()}
    assert with_drawings(data, cache) == made and {f: f.stat().st_mtime_ns for f in made.iterdir()} == before
    (data / "1.png").unlink()
    with_drawings(data, cache)
    assert sorted(f.name for f in made.iterdir()) == ["0.jpg", "2.jpg"]
    right = with_drawings(data, cache, reverse=True)
    assert right != made
    mirrored = cached_pairs(right, 64, cache, "train")
    assert np.abs(mirrored[:, 1].astype(int) - pairs[[0, 2], 0]).mean() < 20


def test_folders_below_and_splits(tmp_path: Path) -> None:
    deep, cache = tmp_path / "deep", tmp_path / "cache"
    write_photos(deep / "cats")
    write_photos(deep / "dogs")
    assert len(list(with_drawings(deep, cache).glob("*.jpg"))) == 6
    split = tmp_path / "split"
    write_photos(split / "train")
    write_photos(split / "test", 2)
    made = with_drawings(split, cache)
    assert len(cached_pairs(made, 32, cache, "train")) == 3 and len(cached_pairs(made, 32, cache, "val")) == 2


def test_a_broken_photo_is_named(tmp_path: Path) -> None:
    data = write_photos(tmp_path / "photos")
    (data / "3.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"3\.png cannot be read"):
        with_drawings(data, tmp_path / "cache")


def test_hed_draws_where_its_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, cache = write_photos(tmp_path / "photos"), tmp_path / "cache"
    file = tmp_path / "hed.h5"
    file.write_bytes(b"weights")
    network, told = LightUNetGenerator(widths=(8, 8), palette=INK_AND_PAPER).eval(), []
    monkeypatch.setattr(drawn.hed, "load_hed", lambda path: told.append(path) or network)
    assert with_drawings(data, cache, file) != with_drawings(data, cache) and told == [file]


def test_a_sketch_model_is_trained_and_measured_on_photos_alone(tmp_path: Path) -> None:
    data, cache = tmp_path / "photos", tmp_path / "cache"
    write_photos(data / "train", 4)
    write_photos(data / "val", 4)
    system, stream = SKETCH.prepare(data, 0, cache, features())
    assert stream[0]["input"].shape == (3, 64, 64) and len(stream) == 4  # type: ignore[arg-type]
    pooled = PooledFeatures(features())
    report = evaluate_sketches("mine", system.networks["generator"].eval(), data, cache, pooled, size=64)
    assert report["pairs"] == 4 and report["model"] == "mine"
