"""The latent room: networks, pictures, and every recipe's steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import features

from cgan_demo.data.fake import write_fake_captioned, write_fake_faces
from cgan_demo.dcgan.dataset import PictureStream, load_pictures
from cgan_demo.dcgan.inverter import Inverter, InverterRecipe
from cgan_demo.dcgan.light import LightGenerator, ProjectedRecipe, smoothed
from cgan_demo.dcgan.model import LatentModel, assembled
from cgan_demo.dcgan.paper import OBJECTIVES, DCGANDiscriminator, DCGANGenerator, DCGANRecipe
from cgan_demo.dcgan.task import TASKS
from cgan_demo.errors import DataError
from cgan_demo.layers import folded
from cgan_demo.objectives import ADVERSARIAL
from cgan_demo.training import checkpoint
from cgan_demo.training.loop import RunSettings, train
from cgan_demo.weights import load_network, save_network

BUNDLED = ProjectedRecipe(latent=6, widths=(8, 8, 8, 8), fine=(4, 4), batch=4, load_size=64, precision="no")
INVERTER = InverterRecipe(width=4, widest=8, batch=4, ramp=(0.0, 0.1), precision="no")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fake_captioned(tmp_path_factory.mktemp("flowers") / "flowers", per_class=2)


def tiny(recipe: DCGANRecipe) -> DCGANRecipe:
    return replace(recipe, latent=6, width=16, judge_width=4, batch=4 * recipe.critic_steps)


def run(recipe, data: Path, folder: Path, images: int, **given):
    torch.manual_seed(0)
    system, stream = recipe.prepare(data, 0, folder / "cache", **given)
    settings = RunSettings.of(recipe, images=images, cpu=True, progress_bar=False)
    train(system, stream, folder / "run", settings)
    return system


def test_the_papers_networks():
    g, d = DCGANGenerator(), DCGANDiscriminator()
    assert [n.num_features for n in g.norms] == [1024, 512, 256, 128]
    assert all(c.kernel_size == (5, 5) and c.stride == (2, 2) for c in (*g.up, *d.down))
    assert [c.out_channels for c in d.down] == [64, 128, 256, 512] and len(d.norms) == 3  # none at its input
    kinds = {type(m).__name__ for m in (*g.modules(), *d.modules())}
    assert not any("Pool" in kind for kind in kinds)
    assert float(g.up[0].weight.detach().std()) == pytest.approx(0.02, rel=0.05)
    assert len(DCGANGenerator(128, width=32).up) == len(g.up) + 1


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("norm", ["batch", "channel", "spectral", "none"])
def test_both_sizes_and_every_norm(size, norm):
    made = DCGANGenerator(size, 6, 16).eval()(torch.zeros(2, 6))
    assert made.shape == (2, 3, size, size) and made.abs().max() <= 1
    assert DCGANDiscriminator(size, 4, norm)(made).shape == (2, 1)
    with pytest.raises(ValueError, match="64 or 128"):
        DCGANGenerator(96)


def test_our_generator_is_small_and_hears_z_in_every_block():
    whole = LatentModel(painter={}, reader={})
    count = sum(v.numel() for v in whole.state_dict().values())
    assert 2.5e6 < sum(p.numel() for p in whole.generator.parameters()) < 3.5e6 and 2 * count < 10e6  # bytes in fp16
    torch.manual_seed(0)
    g = LightGenerator(64, 6, (8, 8, 8, 8), (4,)).eval()
    for m in g.modules():  # residual blocks start as identities, deaf to z
        if isinstance(m, torch.nn.Conv2d) and not m.weight.any():
            torch.nn.init.normal_(m.weight, 0, 0.2)
    z = torch.randn(2, 6)
    with torch.no_grad():
        plain = g(z)
        torch.testing.assert_close(folded(g)(z), plain, atol=1e-5, rtol=1e-4)
        for block in (*g.coarse, *g.fine):
            style = block.style.weight.clone()
            block.style.weight.zero_()
            assert not torch.allclose(g(z), plain, atol=1e-5)
            block.style.weight.copy_(style)


def test_a_larger_generator_begins_with_the_smaller_ones_picture(tmp_path, data):
    small = LightGenerator(64, 6, (8, 8, 8, 8), (4, 4), smooth=True)
    save_network(assembled(small.eval()), tmp_path / "base", "dcgan", half=False)
    recipe = replace(BUNDLED, load_size=128, smooth=True)
    system, _ = recipe.prepare(data, 0, tmp_path / "cache", features=features())
    recipe.warm_start(system, tmp_path / "base")
    z = torch.randn(2, 6)
    with torch.no_grad():
        large = system.networks["generator"].eval()(z)
        rgb = torch.nn.functional.interpolate(torch.atanh(small(z)), scale_factor=2.0, mode="bilinear")
        torch.testing.assert_close(large, torch.tanh(rgb), atol=1e-4, rtol=1e-4)
    paper = tiny(DCGANRecipe())
    with pytest.raises(DataError, match="another network"):
        paper.warm_start(paper.prepare(data, 0, tmp_path / "c")[0], tmp_path / "base")


def test_what_is_smoothed_has_no_pattern_of_two_pixels():
    x = torch.rand(1, 2, 8, 8)
    rows = torch.tensor([0.0, 1.0]).repeat(4)
    woven = x + rows + rows[:, None]  # every other row and column lighter
    inner = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    torch.testing.assert_close(smoothed(woven)[inner], smoothed(x)[inner] + 1)
    assert torch.allclose(smoothed(torch.full((1, 1, 6, 6), 3.0)), torch.tensor(3.0))
    torch.manual_seed(0)
    plain, smooth = (LightGenerator(64, 6, (8, 8, 8, 8), (4, 4), smooth=way).eval() for way in (False, True))
    smooth.load_state_dict(plain.state_dict())
    z = torch.randn(4, 6)
    with torch.no_grad():
        fine = [torch.fft.fft2(g(z))[..., 32, 32].abs().mean() for g in (plain, smooth)]
    assert fine[1] < 0.5 * fine[0]


def test_any_folder_of_pictures(tmp_path, data):
    training, validation = load_pictures(data, 64, tmp_path / "cache")
    assert len(training) == 22 and len(validation) == 2 and training.pictures.shape == (24, 64, 64, 3)
    assert not set(training.rows) & set(validation.rows)
    stream = PictureStream(training)
    item = stream[5]["image"]
    assert item.shape == (3, 64, 64) and torch.equal(item, stream[5]["image"]) and -1 <= item.min() < item.max() <= 1
    assert training.some(3).shape == training.drawn(3).shape == (3, 64, 64, 3)
    for folder, message in ((tmp_path / "none", "no folder"), (tmp_path / "cache", "at least four")):
        with pytest.raises(DataError, match=message):
            load_pictures(folder, 64, tmp_path / "cache")


def test_faces_of_each_age_group_and_gender_are_drawn_equally_often(tmp_path):
    training, _ = load_pictures(write_fake_faces(tmp_path / "faces"), 64, tmp_path / "cache")
    assert len(set(training.groups)) == 20 and len(PictureStream(training).places) == 20


def test_what_a_picture_is_cut_to_is_in_the_recipe():
    for model, framing in (("latent-faces", "face"), ("latent-flowers", "middle")):
        recipes = [recipe for name, recipe in TASKS[model].recipes.items() if name != "inverter"]
        assert {recipe.framing for recipe in recipes} == {framing}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_takes_its_steps(name, data, tmp_path):
    recipe = tiny(OBJECTIVES[name])
    system = run(recipe, data, tmp_path, 2 * recipe.batch)
    assert recipe.objective == name and set(OBJECTIVES) == set(ADVERSARIAL)
    if name == "wgan":
        assert max(float(p.abs().max()) for p in system.networks["critic"].parameters()) <= 0.01
    whole = recipe.averaged(tmp_path / "run")
    save_network(whole, tmp_path / "weights", "dcgan", half=False)
    z = torch.rand(2, 6)
    with torch.no_grad():
        assert torch.equal(load_network(tmp_path / "weights")(z), whole(z))
    with pytest.raises(DataError, match="bundled"):
        TASKS["latent-faces"].recipe("latent-faces", "nonesuch")


@pytest.mark.parametrize("recipe", [tiny(DCGANRecipe()), BUNDLED], ids=["dcgan", "bundled"])
def test_a_run_goes_on_as_if_it_had_not_stopped(recipe, data, tmp_path):
    given = {} if isinstance(recipe, DCGANRecipe) else {"features": features()}
    recipe = replace(recipe, ema_half_life=8.0)
    for folder, budgets in (("once", (16,)), ("twice", (8, 16))):
        for images in budgets:
            torch.manual_seed(0)
            system, stream = recipe.prepare(data, 0, tmp_path / "cache", **given)
            system.learning_rate = lambda progress: 1.0  # type: ignore[method-assign]
            system.recipe = replace(recipe, **({} if isinstance(recipe, DCGANRecipe) else {"freeze_norms_after": 2.0}))
            settings = RunSettings.of(recipe, images=images, cpu=True, progress_bar=False)
            train(system, stream, tmp_path / folder, settings)
    once, twice = (checkpoint.load(tmp_path / folder) for folder in ("once", "twice"))
    for name, value in once["ema"].items():
        assert torch.equal(value, twice["ema"][name]), name


@pytest.mark.parametrize("size", [64, 128])
def test_the_inverter_joins_the_model_it_is_for(data, tmp_path, size):
    torch.manual_seed(0)
    whole = assembled(LightGenerator(size, 6, (8, 8, 8, 8), (4, 4)).eval(), "face")
    save_network(whole, tmp_path / "base", "dcgan", half=False)
    given = {"base": tmp_path / "base", "features": features()}
    run(INVERTER, data, tmp_path, 12, **given)
    read = INVERTER.averaged(tmp_path / "run", base=tmp_path / "base")
    assert isinstance(read, LatentModel) and isinstance(read.inverter, Inverter) and read.framing == "face"
    z = torch.randn(1, 6)
    with torch.no_grad():
        assert torch.equal(read(z), whole(z)) and read.inverter(read(z)).shape == (1, 6)
    rows = (tmp_path / "run" / "stats.jsonl").read_text()
    assert "latent" in rows and "picture" in rows and "feature" in rows
    with pytest.raises(DataError, match="--base"):
        INVERTER.prepare(data, 0, tmp_path / "cache", features=features())


def test_recipes_and_stages_have_names():
    task = TASKS["latent-faces"]
    assert {"paper", "dcgan", "bundled", "inverter", *OBJECTIVES} == set(task.recipes)
    assert task.recipes["paper"] == task.recipes["non-saturating"] and np.isfinite(task.recipes["wgan"].lr)
    assert [(stage.name, stage.takes, stage.work is None) for stage in task.stages] == [
        ("bundled", "", True),
        ("directions", "", False),
        ("inverter", "base", True),
    ]
