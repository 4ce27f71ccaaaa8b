"""Files of data sets: which are pictures, how one is read, and that a cache never outlives what it was made of."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.caae.series import make_series
from cgan_demo.data import pictures
from cgan_demo.data.cache import digest, network_key
from cgan_demo.data.faces import load_faces
from cgan_demo.data.fake import write_fake_captioned, write_fake_faces, write_fake_scenes
from cgan_demo.data.paired import cached_pairs
from cgan_demo.data.pictures import READER, pictures_in, read_picture
from cgan_demo.dcgan.dataset import load_pictures
from cgan_demo.errors import DataError
from cgan_demo.face_finder.composed import load_scenes as load_backgrounds
from cgan_demo.gan_cls.dataset import load_captioned
from cgan_demo.super_resolution.dataset import load_scenes

RAMP = np.arange(48, dtype=np.uint16).reshape(6, 8) * 1365  # 0 to 64155
WHAT_IS_READ = {2: "f81c465422e62947b407e07d0ec64780"}  # by READER: `digest` of the pictures below


def clear_pixels() -> np.ndarray:
    """uint8 (6, 8, 4): colours, clearer from the first pixel to the last."""
    grey = (RAMP // 257).astype(np.uint8)
    return np.stack([grey, grey[::-1], grey[:, ::-1], 255 - grey], -1)


def hard_pictures(folder: Path) -> list[Path]:
    """Small lossless files that a naive reader gets wrong."""
    folder.mkdir(parents=True)
    grey, color = (RAMP // 257).astype(np.uint8), clear_pixels()[..., :3].copy()
    turned = Image.Exif()
    turned[0x0112] = 6
    palette = Image.fromarray(grey // 64)
    palette.putpalette([250, 0, 0, 0, 250, 0, 0, 0, 250, 90, 90, 90])
    made = {
        "a-16-bit.png": (Image.fromarray(RAMP), {}),
        "b-16-bit.tif": (Image.fromarray(RAMP), {}),
        "c-transparent.png": (Image.fromarray(clear_pixels()), {}),
        "d-turned.png": (Image.fromarray(color), {"exif": turned}),
        "e-cmyk.tif": (Image.fromarray(color).convert("CMYK"), {}),
        "f-palette.png": (palette, {"transparency": 0}),
        "g-two-tone.bmp": (Image.fromarray(grey).convert("1", dither=Image.Dither.NONE), {}),
        "h-grey.gif": (Image.fromarray(grey), {}),
    }
    for name, (picture, options) in made.items():
        picture.save(folder / name, **options)
    return sorted(folder.iterdir())


def test_pictures_are_read_as_uploads_are(tmp_path):
    deep, deep_tiff, clear, turned, cmyk, *_ = [np.asarray(read_picture(f)) for f in hard_pictures(tmp_path / "set")]
    assert np.array_equal(deep[..., 0], np.rint(RAMP / 257)) and np.array_equal(deep, deep_tiff)
    color, alpha = np.split(clear_pixels().astype(float), [3], 2)
    assert np.abs(clear - (255 + (color - 255) * alpha / 255)).max() <= 1  # on white
    assert turned.shape == (8, 6, 3) and cmyk.shape == (6, 8, 3)


def test_the_reader_has_a_new_number_where_it_reads_anything_else(tmp_path):
    found = digest(*[np.asarray(read_picture(f)) for f in hard_pictures(tmp_path / "set")])
    assert WHAT_IS_READ[READER] == found, "other pixels than before: raise READER, and record them here"


def test_pictures_of_a_folder_without_what_systems_leave_there(tmp_path):
    root = tmp_path / ".hidden" / "set"  # a hidden folder above is the person's own choice
    for way in ("1.png", "2.JFIF", "3.gif", "4.avif", "5.tiff", "._1.png", ".trash/6.png", "notes.txt", "more/7.jpeg"):
        (root / way).parent.mkdir(parents=True, exist_ok=True)
        (root / way).touch()
    for way in ("__MACOSX/._1.png", "__MACOSX/1.png", "@eaDir/1.png"):
        (root / way).parent.mkdir(exist_ok=True)
        (root / way).touch()
    (root / "folder.png").mkdir()
    names = ["1.png", "2.JFIF", "3.gif", "4.avif", "5.tiff"]
    assert [f.name for f in pictures_in(root)] == names
    assert [f.name for f in pictures_in(root, below=True)] == [*names, "7.jpeg"]
    assert pictures_in(tmp_path / "nowhere") == []


def test_every_broken_file_is_named(tmp_path):
    for side in "AB":
        (tmp_path / "set" / side).mkdir(parents=True)
        for i in range(4):
            noise = np.random.default_rng(i).integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(noise).save(tmp_path / "set" / side / f"{i}.jpg")
    cut, link = tmp_path / "set" / "B" / "2.jpg", tmp_path / "set" / "A" / "3.jpg"
    cut.write_bytes(cut.read_bytes()[:-300])
    link.write_bytes(b"")
    with pytest.raises(DataError) as caught:
        cached_pairs(tmp_path / "set", 8, tmp_path / "cache")
    assert str(caught.value).startswith(f"{cut} cannot be read") and str(link) in str(caught.value)
    assert "0.jpg" not in str(caught.value) and not list((tmp_path / "cache").iterdir())
    link.unlink()
    link.symlink_to(tmp_path / "gone.jpg")
    with pytest.raises(DataError, match=str(link)):
        cached_pairs(tmp_path / "set", 8, tmp_path / "cache")


def test_a_picture_that_is_too_large_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_SIDE", 40)
    (tmp_path / "set").mkdir()
    for i, width in enumerate((32, 64)):
        Image.new("RGB", (width, 16)).save(tmp_path / "set" / f"{i}.png")
    with pytest.raises(DataError, match=r"1\.png cannot be read\. .*64 x 16 pixels: .*40 pixels"):
        cached_pairs(tmp_path / "set", 8, tmp_path / "cache")
    with pytest.raises(DataError, match=r"1\.png"):
        load_scenes(tmp_path / "set", tmp_path / "cache")


def white(path: Path) -> None:
    """Put a white picture where another was, with as many bytes where that can be, and its old time."""
    old = path.stat()
    with Image.open(path) as picture:
        size = picture.size
    Image.new("RGB", size, "white").save(path)
    if (short := old.st_size - path.stat().st_size) > 0:
        path.write_bytes(path.read_bytes() + bytes(short))  # decoders stop before
    os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert path.stat().st_mtime_ns == old.st_mtime_ns


def pairs_of(root: Path, cache: Path) -> np.ndarray:
    return cached_pairs(root, 16, cache, "train")


def faces_of(root: Path, cache: Path) -> np.ndarray:
    return load_faces(root, 16, cache)[0].pictures


def captioned_of(root: Path, cache: Path) -> np.ndarray:
    return load_captioned(root, cache, 16).images


def photos_of(root: Path, cache: Path) -> np.ndarray:
    return load_scenes(root, cache).photos.pictures


def pictures_of(root: Path, cache: Path) -> np.ndarray:
    return load_pictures(root, 16, cache)[0].pictures


def backgrounds_of(root: Path, cache: Path) -> np.ndarray:
    return np.concatenate(load_backgrounds(root, 16, cache))


def two_folders(root: Path) -> Path:
    for side in "AB":
        (root / "train" / side).mkdir(parents=True)
        for i in range(3):
            noise = np.random.default_rng(i).integers(0, 200, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(noise).save(root / "train" / side / f"{i}.png")
    return root


SETS = {
    "pairs": (two_folders, pairs_of),
    "faces": (write_fake_faces, faces_of),
    "captioned": (write_fake_captioned, captioned_of),
    "photos": (write_fake_scenes, photos_of),
    "pictures": (two_folders, pictures_of),
    "backgrounds": (two_folders, backgrounds_of),
}


@pytest.mark.parametrize("kind", SETS)
def test_a_cache_does_not_outlive_its_pictures(kind, tmp_path, monkeypatch):
    write, load = SETS[kind]
    root, cache = write(tmp_path / "set"), tmp_path / "cache"
    before = np.array(load(root, cache))
    files = len(list(cache.iterdir()))
    assert np.array_equal(before, load(root, cache)) and len(list(cache.iterdir())) == files
    last = [f for f in sorted(root.rglob("*.png")) if f.is_file()][-1]  # of pairs, a target
    white(last)
    after = np.array(load(root, cache))
    assert np.array_equal(np.array(load(root, cache)), after) and (after != before).any() and after.max() == 255
    monkeypatch.setattr(pictures, "READER", READER + 1)
    load(root, cache)
    assert len(list(cache.iterdir())) == files + 2


def test_networks_and_arrays_have_names_of_their_own():
    torch.manual_seed(0)
    net, same, other = (torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3), torch.nn.BatchNorm2d(1)) for _ in range(3))
    same.load_state_dict(net.state_dict())
    assert network_key(net) == network_key(same) != network_key(other)
    same[1].running_mean += 1e-6
    assert network_key(net) != network_key(same)
    assert network_key(torch.nn.Conv2d(1, 1, 3, bias=False)) != network_key(torch.nn.Conv2d(1, 1, 3, 2, bias=False))
    a = np.arange(6, dtype=np.uint8)
    assert digest(a) == digest(a.copy()) != digest(a.reshape(2, 3)) != digest(a.astype(np.int8))
    assert digest("a", "b") != digest("ab")


class Guess(torch.nn.Module):
    """An estimator of ages and genders, or an embedding, that says `value` of every face."""

    def __init__(self, value: float, width: int = 0):
        super().__init__()
        self.value, self.width = torch.nn.Parameter(torch.tensor(value), requires_grad=False), width

    def forward(self, x):
        one = self.value.expand(len(x))
        return one[:, None].expand(-1, self.width) if self.width else (one, one)


class Grey:
    """A walker whose faces are as light as their latents."""

    def place(self, where, truncation=1.0):
        return torch.tensor([float(where)])

    def paint(self, z):
        return [Image.new("RGB", (128, 128), (int(v),) * 3) for v in z[:, 0]]


def test_made_series_are_kept_for_their_path_seeds_and_readers_alone(tmp_path):
    def made(step: float = 1, seeds: tuple[int, ...] = (10, 20, 30), age: float = 40, likeness: float = 0):
        path = np.array([[-step], [0], [step]], np.float32)
        series = make_series(Grey(), path, Guess(age), Guess(likeness, 128), seeds, "grey", tmp_path)
        return series.pictures[..., 0, 0, 0].tolist(), float(series.ages.max()), float(series.embeddings.max())

    first = made()
    assert first == ([[9, 10, 11], [19, 20, 21], [29, 30, 31]], 40, 0) == made()
    assert made(seeds=(10, 25, 30))[0][1] == [24, 25, 26]  # the same ends, the same number
    assert made(step=2)[0][0] == [8, 10, 12]  # the same sum
    assert made(age=50)[1:] == (50, 0) and made(likeness=1)[1:] == (40, 1)
