"""Face ageing: labels, networks, faces, and both recipes' steps."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import features

from cgan_demo.caae.ageing import ramped
from cgan_demo.caae.ages import age_weights, labels, random_ages
from cgan_demo.caae.autoencoder import AgeingRecipe, FaceAger, tone_distance
from cgan_demo.caae.paper import CodeDiscriminator, FaceDiscriminator, PaperAutoencoder, PaperRecipe
from cgan_demo.caae.task import TASKS
from cgan_demo.data.ages import BINS, CENTRES, bin_of
from cgan_demo.data.faces import FaceDataset, load_faces
from cgan_demo.data.fake import write_fake_faces
from cgan_demo.errors import DataError
from cgan_demo.training import checkpoint
from cgan_demo.training.loop import RunSettings, train
from cgan_demo.weights import load_network, save_network

PAPER = PaperRecipe(code=6, width=4, load_size=32, batch=4)
BUNDLED = AgeingRecipe(widths=(8, 8), code=4, load_size=64, batch=4, precision="no")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_fake_faces(tmp_path_factory.mktemp("faces"))


def test_the_papers_age_groups():
    assert [bin_of(age) for age in (0, 5, 6, 15, 16, 30, 31, 60, 61, 70, 71, 116)] == [
        0,
        0,
        1,
        2,
        3,
        4,
        5,
        7,
        8,
        8,
        9,
        9,
    ]
    assert all(bin_of(centre) == i for i, centre in enumerate(CENTRES)) and len(BINS) == 10


def test_age_weights_go_over_linearly_between_centres():
    weights = age_weights(torch.tensor([0.0, 3.0, 5.5, 30.5, 77.0, 99.0]))
    assert torch.allclose(weights.sum(1), torch.ones(6))
    assert weights[0, 0] == weights[1, 0] == weights[4, 9] == weights[5, 9] == 1
    assert weights[2, :2].tolist() == [0.5, 0.5] and weights[3, 4:6].tolist() == [0.5, 0.5]
    assert labels(torch.tensor([3.0]), torch.tensor([0.25]))[0, -2:].tolist() == [0.75, 0.25]


def test_asked_ages_fill_every_group_alike():
    torch.manual_seed(0)
    counts = np.bincount([bin_of(round(float(a))) for a in random_ages(4000)], minlength=10)
    assert counts.min() > 300 and counts.max() < 500


@pytest.mark.parametrize("network", [PaperAutoencoder(32, 6, 4), FaceAger((8, 8), 4)])
def test_networks_keep_the_shape_and_hear_the_label(network, tmp_path):
    face, ages, genders = torch.rand(2, 3, 32, 32) * 2 - 1, torch.tensor([5.0, 70.0]), torch.tensor([0.0, 1.0])
    for m in network.modules():  # residual blocks start as identities, deaf to labels
        if isinstance(m, torch.nn.Conv2d) and not m.weight.any():
            torch.nn.init.normal_(m.weight, 0, 0.2)
    network.eval()
    with torch.no_grad():
        made = network(face, ages, genders)
        other = network(face, ages.flip(0), genders)
    assert made.shape == face.shape and made.abs().max() <= 1 and not torch.equal(made, other)
    save_network(network, tmp_path, "caae", half=False)
    with torch.no_grad():
        assert torch.equal(load_network(tmp_path)(face, ages, genders), made)


def test_the_papers_sizes():
    net = PaperAutoencoder()
    assert net.encode(torch.zeros(1, 3, 128, 128)).shape == (1, 50)
    assert [c.out_channels for c in net.down] == [64, 128, 256, 512] and net.first == 1024
    assert CodeDiscriminator()(torch.zeros(2, 50)).shape == (2, 1)
    assert FaceDiscriminator()(torch.zeros(2, 3, 128, 128), torch.zeros(2, 12)).shape == (2, 1)


def test_faces_are_split_evenly_and_for_good(data, tmp_path):
    training, validation = load_faces(data, 32, tmp_path)
    assert np.bincount(validation.bins(), minlength=10).tolist() == [1] * 10
    assert len(training) == 30 and not set(training.rows) & set(validation.rows)
    again = load_faces(data, 32, tmp_path)[1]
    assert (again.rows == validation.rows).all()
    stream = FaceDataset(training, seed=3)
    bins = [bin_of(float(stream[i]["age"])) for i in range(400)]
    assert np.bincount(bins, minlength=10).min() > 20
    assert torch.equal(stream[7]["face"], FaceDataset(training, seed=3)[7]["face"])


def test_what_is_wrong_with_a_folder_is_told(data, tmp_path):
    with pytest.raises(DataError, match="no folder"):
        load_faces(tmp_path / "none", 32, tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no faces"):
        load_faces(tmp_path / "empty", 32, tmp_path)
    (tmp_path / "empty" / "index.csv").write_text("file,age,gender,frontal\na.png,3,0,1\n")
    with pytest.raises(DataError, match=r"the first is a\.png"):
        load_faces(tmp_path / "empty", 32, tmp_path)
    with pytest.raises(DataError, match="--identity"):
        TASKS["face-aging"].recipe("face-aging", "bundled").prepare(data, 0, tmp_path)
    with pytest.raises(DataError, match="has no recipe sketch"):
        TASKS["face-aging"].recipe("face-aging", "sketch")


@pytest.mark.parametrize("recipe", [PAPER, BUNDLED], ids=["paper", "bundled"])
def test_stopped_and_resumed_equals_never_stopped(recipe, data, tmp_path, monkeypatch):
    monkeypatch.setattr(RunSettings, "progress", lambda self, images, s: images / 16 if images < self.images else 1.0)
    for folder, stops in (("whole", [16]), ("parts", [8, 16])):
        for images in stops:
            torch.manual_seed(0)
            given = {} if recipe is PAPER else {"features": features()}
            system, stream = recipe.prepare(data, 0, tmp_path / "cache", **given)
            train(system, stream, tmp_path / folder, RunSettings(images=images, batch=4, cpu=True, progress_bar=False))
    whole, parts = (checkpoint.load(tmp_path / name) for name in ("whole", "parts"))
    assert whole["images"] == parts["images"] == 16
    for name, state in whole["networks"].items():
        assert all(torch.equal(value, parts["networks"][name][key]) for key, value in state.items()), name
    net = recipe.averaged(tmp_path / "whole")
    assert not net.training


def test_either_game_can_be_left_out(data, tmp_path):
    for off in ({"code_game": False}, {"face_game": False}, {"code_game": False, "face_game": False}):
        system, stream = replace(PAPER, **off).prepare(data, 0, tmp_path)
        train(system, stream, tmp_path / str(off), RunSettings(images=4, batch=4, cpu=True, progress_bar=False))
        assert len(system.networks) == 3 - len(off)


def test_the_games_come_in_gradually():
    assert [ramped(p, (0.2, 0.4)) for p in (0.0, 0.2, 0.3, 0.4, 1.0)] == pytest.approx([0, 0, 0.5, 1, 1])
    assert set(TASKS["face-aging"].recipes) == {"paper", "autoencoder", "bundled"}


def test_the_fine_code_is_laid_behind_the_code():
    torch.manual_seed(0)
    network = FaceAger((8, 8, 8), 4, fine=2).eval()
    face, age, gender = torch.rand(1, 3, 32, 32) * 2 - 1, torch.tensor([30.0]), torch.tensor([1.0])
    code = network.encode(face)
    assert code.shape == (1, 4 + 2 * 4, 4, 4)  # two by two of its pixels behind one another
    torch.nn.init.normal_(network.head.weight)
    with torch.no_grad():
        made = network.decode(code, age, gender)
        code[:, 4:, 0, 0] += 1  # the fine code of the upper left corner, an eighth of the side
        moved = (network.decode(code, age, gender) - made).abs().mean(1)[0]
    assert moved[:8, :8].max() > 10 * moved[24:, 24:].max()


def test_tone_is_colour_and_not_brightness():
    face = torch.rand(1, 3, 16, 16)
    assert tone_distance(face, face + 0.3) < 1e-6
    reddened = face + torch.tensor([0.2, 0, 0]).view(1, 3, 1, 1)
    assert float(tone_distance(face, reddened)) == pytest.approx(0.1)  # of red and blue, one is 0.2 off
