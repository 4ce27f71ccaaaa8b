"""What is measured of a face finder, on finders whose answers are known."""

import inspect
import math

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.caae.task import TASKS as ageing_tasks
from cgan_demo.data.alignment import Eyes
from cgan_demo.data.faces import load_faces
from cgan_demo.data.fake import write_fake_faces
from cgan_demo.errors import DataError
from cgan_demo.evaluation.age_judge import JUDGE_IMAGES
from cgan_demo.face_finder.evaluation import (
    compose,
    empty_figures,
    error,
    evaluate,
    several_figures,
    single_figures,
)
from cgan_demo.face_finder.light import FaceFinder
from cgan_demo.face_finder.task import TASKS
from cgan_demo.training.task import keywords

RECIPE = TASKS["face-finder"].recipe("face-finder", "bundled")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finder")
    (folder / "scenes").mkdir()
    for i in range(4):
        Image.effect_noise((90, 70), 40 + 20 * i).save(folder / "scenes" / f"{i}.png")
    return write_fake_faces(folder / "faces"), folder / "scenes", folder / "cache"


@pytest.fixture(scope="module")
def faces(folders):
    return load_faces(folders[0], 32, folders[2])[1]


def scenes(count=2, side=96):
    return np.random.default_rng(0).integers(0, 255, (count, side, side, 3), np.uint8)


def knows(pictures, shift=0.0, further=()):
    """A finder that has the eyes of `pictures`, off by `shift` of their distance, and finds some more."""
    known = {p.picture.tobytes(): p.eyes for p in pictures}

    def look(picture):
        moved = [
            Eyes(*((x + shift * e.distance, y) for x, y in (e.left, e.right))) for e in known.get(picture.tobytes(), [])
        ]
        return [*moved, *further]

    return look


def test_pictures_are_the_same_each_time_and_hold_the_faces(faces):
    for each in (1, 2):
        pictures, again = (compose(scenes(), faces, 6, seed=3, each=each) for _ in range(2))
        assert [p.picture.tobytes() for p in pictures] == [p.picture.tobytes() for p in again]
        assert len({p.eyes[0] for p in pictures}) == 6
        for i, made in enumerate(pictures):
            assert len(made.eyes) == each
            changed = np.abs(np.asarray(made.picture, int) - scenes()[i % 2]).sum(2) > 0
            for eyes in made.eyes:
                x, y = (min(95, max(0, round(v))) for v in eyes.middle)
                assert changed[y, x]


def test_the_error_is_a_share_of_the_eyes_distance():
    true = Eyes((10, 10), (30, 10))
    assert error(true, true) == 0
    assert error(Eyes((10, 12), (30, 10)), true) == pytest.approx(0.05)
    assert error(Eyes((14, 10), (34, 10)), true) == pytest.approx(0.2)


def test_figures_of_known_answers(faces):
    pictures = compose(scenes(), faces, 5, seed=0)
    assert list(single_figures(knows(pictures), pictures).values()) == [1, 0, 0, 0]
    near, far, missed = (single_figures(knows(pictures, s), pictures) for s in (0.05, 0.1, 0.4))
    assert near["eyes within 6%"] == 1 and near["median error"] == pytest.approx(0.05)
    assert far["eyes within 6%"] == 0 == far["faces not found"]
    assert missed["faces not found"] == 1 == missed["further faces, per picture"]
    nothing = single_figures(lambda picture: [], pictures)
    assert nothing["eyes within 6%"] == 0 and nothing["median error"] == math.inf and nothing["faces not found"] == 1
    larger = single_figures(knows(pictures, further=[Eyes((0, 0), (95, 95))]), pictures)
    assert larger["eyes within 6%"] == 0 == larger["faces not found"]  # the page would show the wrong one
    two = compose(scenes(), faces, 4, seed=1, each=2)
    assert list(several_figures(knows(two), two).values()) == [1, 1]
    assert list(several_figures(knows(two, further=[Eyes((0, 0), (3, 0))]), two).values()) == [1, 0]
    assert list(several_figures(lambda picture: knows(two)(picture)[:1], two).values()) == [0, 0]
    assert list(empty_figures(knows([], further=[Eyes((0, 0), (9, 0))] * 3), scenes()).values()) == [3]


def test_the_command_measures_a_finder_and_needs_scenes_for_it(folders, capsys):
    data, photographs, cache = folders
    network = FaceFinder((8, 8)).eval()
    report = evaluate("mine", network, data, cache, 3, 64, scenes=photographs)
    assert report["scenes"] == 1 and report["pairs"] == 3 and "first look alone" in capsys.readouterr().out
    assert all(set(row) == {"value", "reference"} for row in report["figures"].values())
    for call in (lambda: evaluate("mine", network, data, cache), lambda: RECIPE.prepare(data, 0, cache)):
        with pytest.raises(DataError, match="--scenes"):
            call()
    with pytest.raises(DataError, match="is Identity, which is no face finder"):
        evaluate("mine", torch.nn.Identity(), data, cache, scenes=photographs)


def test_scenes_are_for_the_finder_alone():
    """What a function takes by keyword alone are options of the command line; all others it refuses."""
    for function in (evaluate, RECIPE.prepare):
        assert keywords(function) == ["scenes"]
    ageing = ageing_tasks["face-aging"]
    assert keywords(ageing.evaluate) == ["judge_images", "identity", "estimator"]
    assert [keywords(recipe.prepare) for recipe in ageing.recipes.values()] == [["identity"], [], []]


def test_the_judge_of_ages_sees_as_many_faces_as_its_module_says():
    options = inspect.signature(ageing_tasks["face-aging"].evaluate).parameters
    assert options["judge_images"].default == JUDGE_IMAGES == 24000
