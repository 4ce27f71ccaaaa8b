"""Serving face ageing: crops, ages, detail, mixes, and words for what is wrong."""

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.caae.autoencoder import FaceAger
from cgan_demo.caae.predictor import Ager
from cgan_demo.data.ages import CENTRES
from cgan_demo.data.alignment import LEFT_EYE, RIGHT_EYE, Eyes
from cgan_demo.data.fake import fake_face
from cgan_demo.errors import InputError
from cgan_demo.face_finder.predictor import Finder, the_face


@pytest.fixture(scope="module")
def ager() -> Ager:
    torch.manual_seed(0)
    network = FaceAger((8, 8, 8), 4)
    for m in network.modules():
        if isinstance(m, torch.nn.Conv2d) and not m.weight.any():
            torch.nn.init.normal_(m.weight, 0, 0.2)
    return Ager(network, model_id="face-aging", finder=InFrame)


class InFrame(Finder):
    """The eyes of a face that is aligned already."""

    def __init__(self) -> None:
        pass

    def search(self, picture: Image.Image) -> list[Eyes]:
        return [Eyes(LEFT_EYE, RIGHT_EYE).scaled(*picture.size)]


def test_eyes_are_looked_for_unless_they_are_given(ager):
    photo = Image.new("RGB", (400, 300), "gray")
    photo.paste(fake_face(30, 1, 5, 160), (200, 90))
    eyes = Eyes(LEFT_EYE, RIGHT_EYE).scaled(160, 160)
    eyes = Eyes((eyes.left[0] + 200, eyes.left[1] + 90), (eyes.right[0] + 200, eyes.right[1] + 90))
    crop = np.asarray(ager.crop(photo, eyes), float)
    assert np.abs(crop - np.asarray(fake_face(30, 1, 5, 160), float)).mean() < 4
    assert ager(photo, eyes=eyes, detail=1).size == (160, 160)
    with pytest.raises(InputError, match="say where the eyes are"):
        Ager(ager.network).crop(photo)


@pytest.mark.parametrize(("sizes", "words"), [((), "No face"), ((40, 30), "There are 2 faces")])
def test_no_face_and_several_are_refused_in_words(sizes, words):
    found = [Eyes((0, 0), (size, 0)) for size in sizes]
    with pytest.raises(InputError, match=words):
        the_face(found)
    assert the_face([Eyes((0, 0), (40, 0)), Eyes((0, 0), (15, 0))]).distance == 40


def test_all_ages_at_once_are_what_they_are_alone(ager):
    read = ager.encode(fake_face(30, 1, 5, 128))
    together = ager.decode_all(read, detail=0.5)
    assert len(together) == 10
    alone = [ager.decode(read, age, detail=0.5) for age in CENTRES]
    assert (
        max(np.abs(np.asarray(a, float) - np.asarray(b, float)).max() for a, b in zip(together, alone, strict=True))
        <= 1
    )


def test_a_mix_goes_from_one_face_to_the_other(ager):
    a, b = (ager.encode(fake_face(age, gender, 5, size)) for age, gender, size in ((20, 0, 128), (60, 1, 200)))
    for share, end in ((0.0, a), (1.0, b)):
        mixed = ager.mix(a, b, share)
        assert torch.allclose(mixed.code, end.code) and (mixed.age, mixed.gender) == (end.age, end.gender)
        assert mixed.face.shape[2:] == (200, 200)
    half = ager.mix(a, b, 0.5)
    assert torch.allclose(half.code, (a.code + b.code) / 2) and half.age == (a.age + b.age) / 2
    with pytest.raises(InputError, match="share is 2"):
        ager.mix(a, b, 2)


def test_a_face_is_aged_at_its_own_size_with_its_own_detail(ager):
    face = fake_face(30, 1, 5, 300)
    pure, own = (np.asarray(ager(face, age=60, gender=1.0, detail=d), float) for d in (0, 1))
    assert pure.shape == (128, 128, 3) and own.shape == (300, 300, 3)
    assert np.asarray(ager(face, age=20, detail=0), float).shape == (128, 128, 3)
    read = ager.encode(face)
    assert np.abs(np.asarray(ager.decode(read, read.age, None, 1.0), float) - np.asarray(face, float)).max() <= 1.5
    assert ager(fake_face(30, 1, 5, 2000), age=60).size == (1024, 1024)


def test_the_whole_photo_has_the_face_changed_in_it_and_nothing_else(ager):
    photo = Image.new("RGB", (400, 300), "gray")
    photo.paste(fake_face(30, 1, 5, 160), (200, 90))
    eyes = Eyes(LEFT_EYE, RIGHT_EYE).scaled(160, 160)
    eyes = Eyes((eyes.left[0] + 200, eyes.left[1] + 90), (eyes.right[0] + 200, eyes.right[1] + 90))
    whole, face = (np.asarray(ager(photo, 70, eyes=eyes, whole=w), float) for w in (True, False))
    assert whole.shape == (300, 400, 3)
    there, changed = whole[90:250, 200:360], np.abs(whole - np.asarray(photo, float)).max(2) > 0
    assert np.abs(there - face)[40:120, 40:120].mean() < 4
    assert changed[130:210, 240:320].mean() > 0.5
    changed[88:252, 198:362] = False
    assert not changed.any()
    assert ager(fake_face(30, 1, 5, 300), 70, whole=True).size == (300, 300)  # its eyes are looked for


def test_pictures_can_be_asked_for_smaller(ager):
    read = ager.encode(fake_face(30, 1, 5, 300))
    assert {p.size for p in ager.decode_all(read, side=200)} == {(200, 200)}
    assert ager.decode(read, 60, side=500).size == (300, 300)
    full = ager.decode(read, 60).resize((200, 200), Image.Resampling.BICUBIC)
    assert np.abs(np.asarray(full, float) - np.asarray(ager.decode(read, 60, side=200), float)).mean() < 3


@pytest.mark.parametrize("wrong", [{"age": 0}, {"age": 200}, {"age": "old"}, {"gender": 2}, {"detail": -1}])
def test_numbers_outside_are_refused_in_words(ager, wrong):
    with pytest.raises(InputError, match=f"The {next(iter(wrong))} is"):
        ager(fake_face(30, 1, 5), **wrong)


def test_numbers_of_numpy_count_by_their_value(ager):
    face = ager.encode(fake_face(30, 1, 5, 160))
    told = ager.decode_all(face, np.array([20, 70], np.float32), np.int64(1), np.float16(0.5))
    assert [p.tobytes() for p in told] == [p.tobytes() for p in ager.decode_all(face, [20, 70], 1, 0.5)]
    assert torch.equal(ager.mix(face, face, np.float32(0.25)).code, ager.mix(face, face, 0.25).code)
    with pytest.raises(InputError, match="age is True"):
        ager.decode(face, True)
