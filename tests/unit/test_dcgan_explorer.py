"""Ways through a latent space, and the predictor that walks them."""

from __future__ import annotations

import doctest
import math
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import cgan_demo
from cgan_demo import dcgan
from cgan_demo.dcgan import (
    Direction,
    LatentExplorer,
    arithmetic,
    bilinear,
    draw,
    inversion,
    linear,
    path,
    spherical,
    truncate,
)
from cgan_demo.dcgan.inversion import nearest
from cgan_demo.dcgan.inverter import Inverter
from cgan_demo.dcgan.light import LightGenerator
from cgan_demo.dcgan.model import LatentModel, assembled, with_directions, with_inverter
from cgan_demo.dcgan.paper import DCGANGenerator
from cgan_demo.errors import InputError
from cgan_demo.weights import load_network, save_network

LATENT = 6
DIRECTIONS = (Direction("age", -2, 2, "younger", "older"), Direction("smile", -1, 3))


def tiny_model() -> LatentModel:
    torch.manual_seed(0)
    generator = LightGenerator(64, LATENT, (8, 8, 8, 8), (4,))
    for m in generator.modules():  # residual blocks start as identities, and pictures as grey
        if isinstance(m, torch.nn.Conv2d):
            torch.nn.init.normal_(m.weight, 0, 0.3)
    whole = with_inverter(assembled(generator.eval()), Inverter(64, LATENT, 4, 8).eval())
    vectors = torch.nn.functional.normalize(torch.randn(2, LATENT), dim=1)
    return with_directions(whole, DIRECTIONS, vectors)


@pytest.fixture(scope="module")
def explorer() -> LatentExplorer:
    return LatentExplorer(tiny_model(), model_id="tiny")


def same(a: Image.Image, b: Image.Image) -> bool:
    """Up to rounding: one at a time and many at once are added up in another order."""
    return int(np.abs(np.asarray(a, int) - np.asarray(b, int)).max()) <= 1


def test_lines_and_arcs():
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 1.0])
    assert linear(a, b, 0.25).tolist() == [1.5, 0.25] and linear(a, b, torch.tensor([0.0, 1.0])).shape == (2, 2)
    torch.testing.assert_close(spherical(a, b, torch.tensor([0.0, 1.0])), torch.stack([a, b]))
    middle = spherical(a, b, 0.5)
    assert float(middle.norm()) == pytest.approx(1.5) and middle[0] == pytest.approx(float(middle[1]))
    torch.testing.assert_close(spherical(a, 3 * a, 0.5), 2 * a)  # one direction: the line
    torch.testing.assert_close(spherical(a, -a, 0.5), torch.zeros(2))
    torch.testing.assert_close(spherical(torch.zeros(2), a, 0.5), a / 2)


def test_an_arc_keeps_the_length_that_draws_have():
    a, b = draw(0, 128), draw(1, 128)
    assert float(spherical(a, b, 0.5).norm()) > 0.97 * min(a.norm(), b.norm()) > 1.2 * float(linear(a, b, 0.5).norm())


def test_draws_depend_on_the_seed_alone_and_on_the_prior():
    assert torch.equal(draw(5, 8), draw(5, 8)) and not torch.equal(draw(5, 8), draw(6, 8))
    flat = draw(0, 4000, "uniform")
    assert flat.abs().max() <= 1 and float(flat.std()) == pytest.approx(1 / math.sqrt(3), rel=0.05)
    assert float(draw(0, 4000).std()) == pytest.approx(1, rel=0.05)


def test_paths_pass_through_their_points():
    points = [draw(i, 4) for i in range(3)]
    there = path(points, 5)
    assert there.shape == (11, 4)
    torch.testing.assert_close(there[[0, 5, 10]], torch.stack(points))
    round_ = path(points, 5, loop=True)
    assert round_.shape == (15, 4)
    torch.testing.assert_close(round_[[0, 5, 10]], torch.stack(points))
    torch.testing.assert_close(path(points[:1], 5), points[0][None])


def test_pad_truncation_and_arithmetic():
    corners = [draw(i, 4) for i in range(4)]
    for place, corner in zip(((0, 0), (1, 0), (0, 1), (1, 1)), corners, strict=True):
        torch.testing.assert_close(bilinear(corners, *place), corner)
    torch.testing.assert_close(bilinear(corners, 0.5, 0.5, linear), torch.stack(corners).mean(0))
    assert truncate(torch.ones(2), 0.5).tolist() == [0.5, 0.5]
    a, b, c = torch.tensor([[1.0, 2], [3, 4]]), torch.tensor([[1.0, 1]]), torch.tensor([[0.0, 2]])
    assert arithmetic(a, b, c).tolist() == [1, 4] and float(arithmetic(a, b, c, 1.0).norm()) == pytest.approx(1)


def test_the_packages_example_does_what_it_says(explorer, monkeypatch):
    monkeypatch.setattr(cgan_demo, "load", {"latent-faces": explorer}.__getitem__)
    (example,) = doctest.DocTestFinder(recurse=False).find(dcgan, "dcgan", module=False)
    failed, tried = doctest.DocTestRunner().run(example)
    assert tried > 5 and not failed


def test_samples_have_visible_seeds(explorer):
    many = explorer.sample(20, seed=3)
    assert len(many) == 20 and many[0].size == (64, 64) and many[0].mode == "RGB"
    assert same(explorer(5), many[2]) and not same(many[0], many[1])
    assert same(explorer(5, truncation=0.0), explorer(6, truncation=0.0))
    assert same(explorer.paint(explorer.latents([3, 4]))[1], many[1])


def test_interpolation_walk_and_pad_meet_their_ends(explorer):
    strip = explorer.interpolate(0, 1, steps=5)
    assert len(strip) == 5 and same(strip[0], explorer(0)) and same(strip[-1], explorer(1))
    assert same(strip[2], explorer.between(0, explorer.latent(1), 0.5))
    assert not same(strip[2], explorer.interpolate(0, 1, 5, spherical=False)[2])
    assert len(explorer.walk([0, 1, 2], steps=4)) == 12
    there = explorer.walk([0, 1, 2], steps=4, loop=False)
    assert len(there) == 9 and same(there[4], explorer(1)) and same(there[8], explorer(2))
    assert same(explorer.pad([0, 1, 2, 3], 1, 0), explorer(1)) and same(explorer.pad([0, 1, 2, 3], 0, 1.0), explorer(2))


def test_seeds_are_truncated_everywhere_and_latents_nowhere(explorer):
    half, whole = explorer(0, truncation=0.5), explorer.latent(1)
    assert not same(half, explorer(0))
    strip = explorer.interpolate(0, whole, steps=3, truncation=0.5)
    assert same(strip[0], half) and same(strip[-1], explorer(1))
    assert same(explorer.between(0, whole, 0, truncation=0.5), half)
    assert same(explorer.between(0, whole, 1.0, truncation=0.5), explorer(1))
    there = explorer.walk([0, whole, 2], steps=1, loop=False, truncation=0.5)
    expected = half, explorer(1), explorer(2, truncation=0.5)
    assert all(same(a, b) for a, b in zip(there, expected, strict=True))
    assert same(explorer.pad([0, whole, 2, 3], 0, 0, truncation=0.5), half)
    assert same(explorer.pad([0, whole, 2, 3], 1, 0, truncation=0.5), explorer(1))
    mixed = explorer.arithmetic([0], [whole], [whole], truncation=0.5)
    assert same(mixed.a, half) and same(mixed.b, explorer(1)) and same(mixed.answer, half)


def test_arithmetic_gives_the_papers_figure(explorer):
    found = explorer.arithmetic([0, 1, 2], [3], [3])
    assert [len(s) for s in found.samples] == [3, 1, 1] and found.z.shape == (LATENT,)
    assert same(found.answer, found.a) and same(found.b, explorer(3)) and same(found.c, found.b)
    assert float(explorer.arithmetic([0], [1], [2]).z.norm()) <= math.sqrt(LATENT) + 1e-4


def test_directions_move_by_name(explorer):
    z = explorer.latent(0)
    moved = explorer.move(z, {"age": 2, "smile": 0})
    assert explorer.directions == DIRECTIONS and float((moved - z).norm()) == pytest.approx(2)
    assert torch.equal(explorer.move(z, {}), z) and explorer.move(explorer.latents([0, 1]), {"age": 1}).shape == (2, 6)
    for amounts, message in (({"beard": 1}, "age, smile"), ({"age": 3}, "-2 to 2"), ({"age": math.nan}, "nan")):
        with pytest.raises(InputError, match=message):
            explorer.move(z, amounts)


def test_projection_comes_nearer(explorer):
    seen: list[tuple[int, int]] = []
    photo = explorer(4)
    found = explorer.project(photo, steps=30, on_progress=lambda *told: seen.append(told))
    assert seen == [(i + 1, 30) for i in range(30)]
    assert found.z.shape == (LATENT,) and found.picture.size == (64, 64) and same(found.target, photo)
    assert found.error < found.first_error and same(explorer.paint(found.z[None])[0], found.picture)
    reading = explorer.project(photo.resize((80, 64)), steps=0)
    assert reading.error == reading.first_error and reading.target.size == (64, 64)


def test_places_are_found_for_each_picture_alone(explorer):
    generator, inverter = explorer.generator, explorer.network.inverter
    truth = generator(explorer.latents([8, 4, 6]))
    first, z = nearest(generator, inverter, truth, 30)
    assert torch.equal(first, inverter(truth)) and not z.requires_grad
    errors = [(generator(places) - truth).abs().mean((1, 2, 3)) for places in (z, first)]
    assert (errors[0] < errors[1]).all() and errors[0].mean() < 0.8 * errors[1].mean()
    _, alone = nearest(generator, inverter, truth[1:2], 3)
    torch.testing.assert_close(alone, nearest(generator, inverter, truth, 3)[1][1:2], atol=1e-3, rtol=1e-3)


def test_places_are_looked_for_where_draws_lie(explorer, monkeypatch):
    far = 3 * explorer.latents([7])
    knowing = SimpleNamespace(maps=explorer.network.inverter.maps, read=lambda maps: far)
    truth, found = explorer.generator(far), []
    for weight in (0.0, 100.0):
        monkeypatch.setattr(inversion, "NEAR_DRAWS", weight)
        found.append(nearest(explorer.generator, knowing, truth, 20)[1])
    torch.testing.assert_close(found[0], far)
    assert float(found[1].square().mean()) < 0.5 * float(far.square().mean())


def test_a_model_of_faces_frames_photos_by_their_eyes():
    class Finder:
        def aligned(self, photo):
            return Image.new("RGB", (128, 128), "red")

    network = tiny_model()
    network.framing = "face"
    explorer = LatentExplorer(network, finder=Finder)
    photo = Image.new("RGB", (200, 100), "blue")
    assert explorer.frame(photo).getpixel((5, 5)) == (255, 0, 0)
    assert explorer.project(photo, steps=0, framed=True).target.getpixel((5, 5)) == (0, 0, 255)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: e(-1), "seed"),
        (lambda e: e(2**32), "seed"),
        (lambda e: e("3"), "whole number"),
        (lambda e: e(0, truncation=2), "truncation"),
        (lambda e: e.interpolate(0, 1, truncation=-0.1), "truncation"),
        (lambda e: e.between(0, 1, 0.5, truncation=math.nan), "truncation"),
        (lambda e: e.walk([torch.zeros(LATENT)] * 2, truncation=1.6), "truncation"),
        (lambda e: e.pad([0, 1, 2, 3], 0, 0, truncation="1"), "truncation"),
        (lambda e: e.arithmetic([0], [1], [2], truncation=2), "truncation"),
        (lambda e: e.sample(0), "samples"),
        (lambda e: e.sample(300), "samples"),
        (lambda e: e.interpolate(0, 1, steps=1), "steps"),
        (lambda e: e.interpolate(torch.zeros(3), 1), "shape"),
        (lambda e: e.between(0, 1, 1.5), "share"),
        (lambda e: e.walk([1]), "two seeds"),
        (lambda e: e.walk(range(30), steps=12), "at most"),
        (lambda e: e.pad([0, 1], 0, 0), "four corners"),
        (lambda e: e.pad([0, 1, 2, 3], 0, math.nan), "down"),
        (lambda e: e.arithmetic([], [1], [2]), "A has 0"),
        (lambda e: e.paint(torch.zeros(2, 5)), "shape"),
        (lambda e: e.paint(torch.full((1, LATENT), torch.nan)), "finite"),
        (lambda e: e.latents([]), "seeds"),
        (lambda e: e.project(Image.new("RGB", (9, 9)), steps=-1), "steps"),
        (lambda e: e.project(b"no picture"), "picture"),
    ],
)
def test_bad_input_is_said_in_words(explorer, call, message):
    with pytest.raises(InputError, match=message):
        call(explorer)


def test_without_an_inverter_there_is_no_projection():
    bare = LatentExplorer(assembled(DCGANGenerator(64, LATENT, 16).eval()), model_id="bare")
    assert bare.directions == () and bare(0).size == (64, 64)
    with pytest.raises(InputError, match="bare cannot read pictures"):
        bare.project(Image.new("RGB", (64, 64)))
    with pytest.raises(InputError, match="this model has none"):
        bare.move(bare.latent(0), {"age": 1})


def test_a_saved_model_is_the_same_and_serves_many_at_once(explorer, tmp_path):
    from cgan_demo import catalog

    save_network(explorer.network, tmp_path, "dcgan", half=False)
    again = catalog.room("dcgan").predictor(load_network(tmp_path), "cpu", "again")
    assert again.directions == DIRECTIONS and torch.equal(again.network.vectors, explorer.network.vectors)
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(again, range(4)))
        found = list(pool.map(lambda p: again.project(p, steps=3), pictures))
    assert all(same(p, explorer(i)) for i, p in enumerate(pictures))
    assert found[1].error == again.project(pictures[1], steps=3).error


def test_numbers_of_numpy_count_by_their_value_and_one_seed_is_a_list_of_one(explorer: LatentExplorer) -> None:
    seed = np.uint8(250)  # seed + 9 is none any more
    assert same(explorer.sample(np.int64(9), seed, np.float32(0.5))[8], explorer(258, 0.5))
    assert torch.equal(explorer.latents(np.arange(3)), explorer.latents([0, 1, 2]))
    assert same(explorer.interpolate(np.int32(1), 2, np.int64(3))[1], explorer.between(1, 2, np.float64(0.5)))
    assert torch.equal(explorer.arithmetic(1, explorer.latent(2), (3,)).z, explorer.arithmetic([1], [2], [3]).z)
    z = explorer.latent(0)
    assert torch.equal(explorer.move(z, {"age": np.float32(1)}), explorer.move(z, {"age": 1.0}))
