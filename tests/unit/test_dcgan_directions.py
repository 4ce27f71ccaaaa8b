"""Directions are found, kept apart, measured and reported; on random networks and made-up pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cgan_demo.data.faces import Faces, load_faces
from cgan_demo.data.fake import write_fake_captioned, write_fake_faces
from cgan_demo.dcgan import protocol
from cgan_demo.dcgan.directions import (
    activation_directions,
    beside,
    find_directions,
    independent,
    mean_difference,
    qualities_of,
    regression,
    write_directions,
)
from cgan_demo.dcgan.evaluation import Enlarging
from cgan_demo.dcgan.light import LightGenerator
from cgan_demo.dcgan.model import assembled
from cgan_demo.dcgan.paper import DCGANGenerator
from cgan_demo.dcgan.readers import FaceReader, Quality, TurnReader, color_qualities, middle_colors
from cgan_demo.dcgan.steering import steered
from cgan_demo.errors import DataError
from cgan_demo.weights import load_network, save_network

LATENT = 6


class Patches(torch.nn.Module):
    """Two maps, at strides 8 and 16: means of patches."""

    def forward(self, x):
        return [F.avg_pool2d(x, k) for k in (8, 16)]


def brightness(pictures: np.ndarray) -> np.ndarray:
    return pictures.mean((1, 2, 3))


BRIGHT = Quality("brightness", "darker", "brighter", "levels", brightness)


def tiny_model():
    """A generator whose pictures get brighter along the first number of z."""
    torch.manual_seed(0)
    generator = DCGANGenerator(64, LATENT, 16, "normal").eval()
    with torch.no_grad():
        generator.first.weight.zero_()
        generator.first.weight[:, 0] = 1
        generator.first.weight[:, 1:] = 0.05 * torch.randn(256, LATENT - 1)
        for conv in generator.up:
            conv.weight.abs_().mul_(0.8)
    return assembled(generator)


def test_directions_from_labels():
    torch.manual_seed(0)
    z, truth = torch.randn(500, LATENT), F.normalize(torch.randn(LATENT), dim=0)
    values = 3 * z @ truth + 0.5 * torch.randn(500)
    for find in (regression, mean_difference):
        assert float(find(z, values) @ truth) > 0.97 and float(find(z, values).norm()) == pytest.approx(1)


def test_directions_are_freed_of_one_another():
    torch.manual_seed(0)
    vectors = F.normalize(torch.randn(3, LATENT), dim=1)
    freed = independent(vectors)
    for k in range(3):
        others = torch.cat([vectors[:k], vectors[k + 1 :]])
        assert (others @ freed[k]).abs().max() < 1e-5 and float(freed[k] @ vectors[k]) > 0
    assert torch.equal(independent(vectors[:1]), vectors[:1])
    more = beside(torch.cat([torch.randn(2, LATENT), vectors[:1]]), vectors)
    assert more.shape == (2, LATENT) and (more @ vectors.T).abs().max() < 1e-5  # what is known already is left out


@pytest.mark.parametrize("generator", [DCGANGenerator(64, LATENT, 16), LightGenerator(64, LATENT, (8, 8, 8, 8), (4,))])
def test_the_generators_own_directions(generator):
    strong = torch.zeros(LATENT)
    strong[2] = 1
    with torch.no_grad():
        for name, weight in generator.named_parameters():
            if name == "first.weight" or name.endswith("style.weight"):
                weight[:, 2] *= 20
    found = activation_directions(generator.eval(), torch.randn(200, LATENT), 2)
    assert found.shape == (2, LATENT) and abs(float(found[0] @ strong)) > 0.9


def test_a_model_learns_its_directions_with_their_effects():
    model = find_directions(tiny_model(), [BRIGHT], samples=200, principal=2, seeds=8)
    bright, *own = model.directions
    assert bright.name == "brightness" and bright.effect > 5 and bright.agreement > 0.7 and bright.high == -bright.low
    assert abs(float(model.vectors[0, 0])) > 0.95
    assert [d.name for d in own] == ["principal 1", "principal 2"] and all(d.effect > 0 for d in own)
    torch.testing.assert_close(model.vectors @ model.vectors.T, torch.eye(3), atol=1e-4, rtol=0)
    figures = protocol.direction_figures(model, {"brightness": brightness}, seeds=8)
    assert figures["brightness, seeds that rise over 9 steps"]["value"] > 0.5
    assert figures["brightness, upper end (lower)"]["value"] > figures["brightness, upper end (lower)"]["reference"]


def test_a_direction_is_learned_that_leaves_other_qualities_alone():
    """Light rises along two numbers of z, and redness along one of them: only the other one will do."""
    model = tiny_model()

    class Painted(torch.nn.Module):
        latent, size, prior = LATENT, 64, "normal"

        def forward(self, z):
            light, red = z[:, 0] + z[:, 1], z[:, 1]
            return torch.stack([light + red, light, light], 1)[:, :, None, None].expand(-1, 3, 64, 64) / 10

    light = Quality("light", "dark", "light", "", brightness, score=lambda x: x[:, 1].mean((1, 2)), span=1.0)
    red = Quality("red", "pale", "red", "", brightness, score=lambda x: (x[:, 0] - x[:, 1]).mean((1, 2)), span=1.0)
    start = F.normalize(torch.tensor([1.0, 1, 0, 0, 0, 0]), dim=0)
    alone, kept = (steered(Painted(), start, light, others, reach=3.0, steps=80) for others in ([], [red]))  # type: ignore
    assert abs(float(alone[1])) > 0.5 and abs(float(kept[1])) < 0.2 < 0.95 < float(kept[0])
    assert float(kept.norm()) == pytest.approx(1)
    with pytest.raises(ValueError, match="brightness has no score"):
        steered(model, start, BRIGHT, [], reach=3.0)


def test_colours_are_read_off_the_middle():
    leaf = np.full((1, 64, 64, 3), (60, 140, 60), np.uint8)
    rose, lily = leaf.copy(), leaf.copy()
    rose[:, 20:44, 20:44], lily[:, 20:44, 20:44] = (200, 20, 40), (245, 245, 240)
    (light, a, b), (lily_light, lily_a, _) = (middle_colors(p)[0] for p in (rose, lily))
    assert a > 40 and lily_light > 75 and abs(lily_a) < 10 and light < 60 and b > 0
    assert [q.name for q in color_qualities()] == ["violet to yellow", "pale to red", "dark to light"]


def test_age_and_gender_are_read_off_faces(tmp_path):
    training, _ = load_faces(write_fake_faces(tmp_path / "faces", per_bin=8), 64, tmp_path / "cache")
    reader = FaceReader(Enlarging(Patches()), training, penalty=0.01)
    read = reader.read(np.stack([training.picture(i) for i in range(len(training))]))
    assert np.corrcoef(read[:, 0], training.ages)[0, 1] > 0.5
    assert [q.name for q in reader.qualities()] == ["age", "gender"]
    some = np.stack([training.picture(i) for i in range(4)])
    scored = reader.score(torch.from_numpy(some).permute(0, 3, 1, 2).float() / 127.5 - 1)
    np.testing.assert_allclose(scored.numpy(), reader.read(some), rtol=1e-4, atol=1e-3)
    qualities = qualities_of(tmp_path / "faces", tmp_path / "cache", Patches())
    assert [q.name for q in qualities] == ["age", "gender", "turn"]


def test_mirror_images_are_turned_the_other_way():
    def head(turn: int) -> np.ndarray:
        picture = np.full((64, 64, 3), 200, np.uint8)
        picture[8:60, 14:50] = 150  # a head whose eyes stay, and whose nose and mouth move
        for x in (20, 40):
            picture[18:22, x : x + 4] = 20
        picture[28:50, 30 + turn : 34 + turn] = 60
        return picture

    turns = np.random.default_rng(0).integers(-8, 9, 60)
    pictures = np.stack([head(int(t)) for t in turns])
    everything = np.arange(60)
    reader = TurnReader(Enlarging(Patches()), Faces(pictures, everything, everything, everything % 2))
    read = reader.read(pictures)
    np.testing.assert_allclose(reader.read(pictures[:, :, ::-1]), -read, atol=1e-4)
    assert np.corrcoef(read, turns)[0, 1] > 0.8


def test_the_protocol_reports_every_figure(tmp_path):
    data = write_fake_captioned(tmp_path / "flowers", per_class=4)
    model = find_directions(tiny_model(), color_qualities(), samples=60, principal=0, seeds=4)
    options = {"count": 8, "pairs": 4, "seeds": 3, "features": Patches()}
    report = protocol.evaluate("mine", model, data, tmp_path / "cache", **options)
    assert {"KID", "FID", "recall", "distance to the nearest training picture"} < set(report["figures"])
    assert "violet to yellow, seeds that rise over 9 steps" in report["figures"] and report["size"] == 64
    with pytest.raises(DataError, match="no model of a latent space"):
        protocol.evaluate("mine", torch.nn.Identity(), data, tmp_path / "cache")


def test_directions_are_written_into_the_weights(tmp_path, capsys):
    """As the stage between generator and inverter does it: everything else in the model stays."""
    data = write_fake_captioned(tmp_path / "flowers", per_class=4)
    save_network(tiny_model(), tmp_path / "weights", "dcgan")
    before = load_network(tmp_path / "weights").state_dict()
    write_directions(tmp_path / "weights", data, tmp_path / "cache", samples=60, principal=1)
    found = load_network(tmp_path / "weights")
    assert [d.name for d in found.directions] == [*(q.name for q in color_qualities()), "principal 1"]
    assert all(torch.equal(found.state_dict()[name], value) for name, value in before.items() if name != "vectors")
    assert "principal 1: +" in capsys.readouterr().out
