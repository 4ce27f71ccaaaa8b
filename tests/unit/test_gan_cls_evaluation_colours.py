"""The colour classifier, and what captions say of petals."""

import numpy as np
import pytest

from cgan_demo.data.fake import BLOSSOMS, fake_blossom, write_fake_captioned
from cgan_demo.gan_cls import colours
from cgan_demo.gan_cls.dataset import load_captioned

PAINT = {
    "pink": (235, 120, 180),
    "red": (200, 20, 30),
    "orange": (240, 130, 20),
    "yellow": (245, 220, 30),
    "green": (60, 160, 60),
    "blue": (60, 80, 210),
    "purple": (140, 60, 190),
    "white": (245, 245, 245),
}


def disc(rgb, ground=(30, 70, 30), heart=None, size=64):
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    picture = np.empty((size, size, 3), np.uint8)
    picture[:] = ground
    picture[x**2 + y**2 < 0.4] = rgb
    if heart is not None:
        picture[x**2 + y**2 < 0.03] = heart
    return picture


@pytest.mark.parametrize("size", [32, 64, 128])
def test_plain_discs_are_what_they_are_painted(size):
    pictures = np.stack([disc(rgb, size=size) for rgb in PAINT.values()])
    assert colours.dominant(pictures) == list(PAINT)


def test_a_yellow_heart_and_another_ground_change_nothing():
    for name in ("red", "blue", "purple", "white", "pink"):
        variants = [
            disc(PAINT[name], ground, PAINT["yellow"]) for ground in ((10, 10, 10), (90, 130, 60), (70, 60, 50))
        ]
        assert colours.dominant(np.stack(variants)) == [name] * 3


def test_nothing_but_dark_has_no_colour():
    black = np.zeros((1, 64, 64, 3), np.uint8)
    assert colours.dominant(black) == ["none"] and colours.shares(black).sum() == 0
    assert colours.scores(["none"], ["red"])[1].tolist() == [False]


def test_made_up_flowers():
    for name in BLOSSOMS:
        pictures = np.stack([np.asarray(fake_blossom(name, 5, seed)) for seed in range(4)])
        assert set(colours.dominant(pictures)) <= colours.neighbours(name)


def test_neighbours_go_both_ways():
    for hue in colours.HUES:
        assert hue in colours.neighbours(hue)
        assert all(hue in colours.neighbours(other) for other in colours.neighbours(hue))
    assert colours.neighbours("blue") == {"blue", "purple"}
    assert len(colours.ASKED) == 10 and set(colours.ASKED.values()) <= set(colours.HUES)


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("this flower has bright pink petals and a yellow center", {"pink"}),
        ("the purple colored petals are round", {"purple"}),
        ("a flower with white and red petals", {"white", "red"}),
        ("this flower has petals that are yellow and has brown dots", {"yellow"}),
        ("the petals of this flower are orange with a short stigma", {"orange"}),
        ("petals are pale blue and white", {"blue", "white"}),
        ("a red flower with round petals", set()),
        ("white with yellow petals", {"yellow"}),
    ],
)
def test_what_captions_say_of_petals(caption, found):
    assert colours.petal_colours(caption) == found


def test_one_colour_only():
    captions = [["pink petals", "the petals are pink"], ["pink petals", "white petals"], ["a flower"]]
    assert colours.one_coloured(captions) == ["pink", "", ""]


def test_figures_of_obedience(tmp_path):
    data = load_captioned(write_fake_captioned(tmp_path / "flowers", per_class=8), tmp_path, 64)
    made = {name: np.stack([disc(PAINT[hue])] * 2) for name, hue in colours.ASKED.items()}
    made |= {"red": np.stack([disc(PAINT["red"]), disc(PAINT["orange"])]), "green": np.stack([disc(PAINT["blue"])] * 2)}
    figures = colours.colour_figures(made, data, ("train", "val"))
    assert figures["colour as asked, red"]["value"] == 0.5
    assert figures["colour as asked"]["value"] == pytest.approx(0.95)  # green stands apart
    assert figures["colour or its neighbour"]["value"] == 1
    assert figures["colour as asked, green"]["value"] == 0
    assert figures["colour or its neighbour"]["reference"] == 1
