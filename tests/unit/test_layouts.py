"""Where pairs may lie, by name or side by side, and what is said where they do not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgan_demo.data.layouts import list_pairs
from cgan_demo.data.paired import cached_pairs
from cgan_demo.errors import DataError


def write(root: Path, *ways: str) -> Path:
    """A picture at each way below `root`: dark in A or on the left, light in B or on the right."""
    for way in ways:
        (root / way).parent.mkdir(parents=True, exist_ok=True)
        folders = Path(way).parent.as_posix().lower().split("/")
        side = next((f[-1] for f in folders if f in ("a", "b", "traina", "trainb", "vala", "testb", "testa")), None)
        picture = Image.new("RGB", (16, 8) if side is None else (8, 8), (240,) * 3 if side == "b" else (20,) * 3)
        if side is None:
            picture.paste((240,) * 3, (8, 0, 16, 8))
        picture.save(root / way)
    return root


LAYOUTS = {
    "side by side": ("train/1.png", "train/2.jfif", "test/1.gif"),
    "split first": ("train/A/1.png", "train/A/2.tif", "train/B/1.avif", "train/B/2.jpg", "val/A/1.png", "val/B/1.png"),
    "side first": ("A/train/1.png", "A/train/2.png", "B/train/1.png", "B/train/2.jpg", "A/test/1.png", "B/test/1.png"),
    "one word": ("trainA/1.png", "trainA/2.png", "trainB/1.png", "trainB/2.png", "testA/1.png", "testB/1.png"),
    "upper case": ("Train/a/1.PNG", "Train/a/2.png", "Train/b/1.png", "Train/b/2.png", "VAL/a/1.png", "VAL/b/1.png"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_read(layout, tmp_path):
    root = write(tmp_path / "set", *LAYOUTS[layout])
    training, validation = (cached_pairs(root, 8, tmp_path / "cache", split) for split in ("train", "val"))
    assert training.shape == (2, 2, 8, 8, 3) and validation.shape == (1, 2, 8, 8, 3)
    for pairs in (training, validation):
        assert np.abs(pairs[:, 0].astype(int) - 20).max() <= 6 and np.abs(pairs[:, 1].astype(int) - 240).max() <= 6


def test_a_folder_without_splits_is_for_training_alone(tmp_path):
    for ways in (("A/10.png", "A/9.png", "B/10.png", "B/9.png"), ("10.png", "9.png")):
        root = write(tmp_path / str(len(ways)), *ways)
        assert list_pairs(root, "train") == list_pairs(root)
        assert [pair[0].name for pair in list_pairs(root)] == ["9.png", "10.png"]
        with pytest.raises(DataError, match=r"holds no pictures to measure on: .*val/A and val/B.*may be called test"):
            list_pairs(root, "val")


def test_names_that_do_not_match_are_said(tmp_path):
    lone = write(tmp_path / "lone", "trainA/1.png", "trainA/2.png", "trainB/1.png")
    with pytest.raises(DataError, match=r"1 picture of .*trainA has no partner in .*trainB, such as 2\.png"):
        list_pairs(lone, "train")
    more = write(tmp_path / "more", "A/1.png", "B/1.png", "B/2.png", "B/3.png")
    with pytest.raises(DataError, match=r"2 pictures of .*B have no partner in .*A, such as 2\.png"):
        list_pairs(more)
    piles = write(tmp_path / "piles", "trainA/horse1.png", "trainB/zebra1.png")
    with pytest.raises(DataError, match="two piles of pictures"):
        list_pairs(piles, "train")


def test_one_name_twice_goes_by_its_ending_or_is_said(tmp_path):
    both = write(tmp_path / "both", "A/1.png", "A/1.jpg", "B/1.png", "B/1.jpg")
    assert [(a.name, b.name) for a, b in list_pairs(both) if b] == [("1.jpg", "1.jpg"), ("1.png", "1.png")]
    either = write(tmp_path / "either", "A/1.bmp", "B/1.png", "B/1.jpg")
    with pytest.raises(DataError, match=r"1\.bmp has several partners .* 1\.jpg and 1\.png"):
        list_pairs(either)
    shared = write(tmp_path / "shared", "A/1.bmp", "A/1.gif", "B/1.png")
    with pytest.raises(DataError, match=r"1\.png would be the partner of 2 pictures"):
        list_pairs(shared)


def test_nothing_there_names_the_layouts(tmp_path):
    (tmp_path / "set" / "pictures").mkdir(parents=True)
    with pytest.raises(DataError, match=r"holds no pictures .*train/A and train/B, A/train and B/train, or trainA"):
        list_pairs(tmp_path / "set", "train")
    with pytest.raises(DataError, match="There is no folder"):
        list_pairs(tmp_path / "nowhere", "train")


def test_a_square_is_not_two_pictures_side_by_side(tmp_path):
    (tmp_path / "set" / "train").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(tmp_path / "set" / "train" / "1.png")
    with pytest.raises(DataError, match=r"1\.png is 9 x 9 pixels, .* two folders, A and B"):
        cached_pairs(tmp_path / "set", 8, tmp_path / "cache", "train")
