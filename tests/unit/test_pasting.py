"""A changed face goes back into its photo: to its place, without a seam, and nowhere else."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from cgan_demo.caae.pasting import put_back
from cgan_demo.data.alignment import LEFT_EYE, RIGHT_EYE, Eyes, align, crop_transform

TURNED = Eyes((150.0, 120.0), (230.0, 150.0))  # a face of 222 px, turned
SIZES = [0.4, 1.0, 3.0]  # of a face, smaller and larger than what the networks see of it


def noise(width, height, seed=0):
    grain = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(grain).filter(ImageFilter.GaussianBlur(1.5))


def floats(picture):
    return np.asarray(picture, float)


def spotted(crop, colour=(255, 0, 0), at=(0.5, 0.55), radius=0.12):
    """A soft spot on a crop."""
    ys, xs = (np.arange(crop.height) + 0.5) / crop.height, (np.arange(crop.width) + 0.5) / crop.width
    share = np.exp(-(((xs - at[0]) ** 2 + (ys[:, None] - at[1]) ** 2) / (2 * (radius / 2) ** 2)))[..., None]
    return Image.fromarray((floats(crop) * (1 - share) + share * np.array(colour)).round().astype(np.uint8))


@pytest.mark.parametrize("scale", SIZES)
def test_what_did_not_change_is_the_photos_own_to_the_bit(scale):
    photo, eyes = noise(round(400 * scale), round(300 * scale)), TURNED.scaled(scale, scale)
    crop = align(photo, eyes)
    assert put_back(photo, eyes, crop, crop).tobytes() == photo.tobytes()


@pytest.mark.parametrize("scale", SIZES)
def test_a_change_comes_to_where_the_face_is(scale):
    photo, eyes = Image.new("RGB", (round(400 * scale), round(300 * scale)), "gray"), TURNED.scaled(scale, scale)
    crop = align(photo, eyes)
    red = floats(put_back(photo, eyes, crop, spotted(crop)))[..., 0] - 128
    ys, xs = np.mgrid[: photo.height, : photo.width] + 0.5
    a, b, c, d, e, f = crop_transform(eyes, 1)
    middle = (xs * red).sum() / red.sum(), (ys * red).sum() / red.sum()
    assert middle == pytest.approx((a * 0.5 + b * 0.55 + c, d * 0.5 + e * 0.55 + f), abs=0.02 * eyes.resolution)
    assert red.max() > 110
    far = np.hypot(xs - middle[0], ys - middle[1]) > 0.3 * eyes.resolution
    assert np.abs(red[far]).max() == 0


def test_a_network_that_changes_everything_leaves_no_seam():
    photo = Image.new("RGB", (400, 300), "gray")
    crop = align(photo, TURNED)
    out = floats(put_back(photo, TURNED, crop, Image.new("RGB", crop.size, "white")))
    assert out.max() == 255
    steps = max(np.abs(np.diff(out[..., 0], axis=k)).max() for k in (0, 1))
    assert steps < 30  # of 127, which a seam would be


def test_little_changes_keep_the_photos_own_sharpness():
    """The face is three times what a crop holds: its grain is not in the crop."""
    grain = np.random.default_rng(0).integers(-40, 41, (900, 1200, 1))
    photo = Image.fromarray((128 + grain + np.zeros(3)).astype(np.uint8))
    eyes = TURNED.scaled(3, 3)
    before = align(photo, eyes, 222)
    after = Image.fromarray((floats(before) + 4).clip(0, 255).astype(np.uint8))
    out = floats(put_back(photo, eyes, before, after))
    y, x = 560, 520  # on the face
    patch = (slice(y - 20, y + 20), slice(x - 20, x + 20))
    assert 2 <= (out - floats(photo))[patch].mean() <= 5
    assert out[patch].std() > 0.75 * floats(photo)[patch].std()


def test_a_face_that_the_photo_cuts_off():
    photo = noise(200, 200)
    for eyes in (Eyes((-40, 20), (60, 20)), Eyes((150, 190), (230, 190)), Eyes((-400, 20), (-300, 20))):
        crop = align(photo, eyes)
        out = put_back(photo, eyes, crop, spotted(crop))
        assert out.size == photo.size
    assert out.tobytes() == photo.tobytes()  # nothing of the last one is in the photo


def test_an_aged_face_of_another_size_is_brought_to_the_crops():
    photo = Image.new("RGB", (128, 128), "gray")
    eyes = Eyes(LEFT_EYE, RIGHT_EYE).scaled(128, 128)
    small = spotted(Image.new("RGB", (64, 64), "gray"))
    assert floats(put_back(photo, eyes, photo, small))[70, 64, 0] > 230
