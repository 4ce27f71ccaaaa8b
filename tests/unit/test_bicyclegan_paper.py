"""BicycleGAN as published: what each term of equation 10 teaches, and that it is served as the bundled networks are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from PIL import Image, ImageDraw
from tiny.bicyclegan import PAPER

from cgan_demo import catalog, load
from cgan_demo.bicyclegan.paper import BicycleGAN, BicycleGANRecipe, BicycleGenerator
from cgan_demo.training import record
from cgan_demo.weights import save_network


@pytest.fixture
def system() -> BicycleGAN:
    torch.manual_seed(0)
    pairs = {"input": torch.rand(2, 3, 64, 64) * 2 - 1, "target": torch.rand(2, 3, 64, 64) * 2 - 1}
    made = BicycleGAN(PAPER, pairs)
    made.accelerator = Accelerator(cpu=True)
    return made


def test_a_step_teaches_all_networks_and_reports_every_term(system: BicycleGAN) -> None:
    before = {name: [p.detach().clone() for p in net.parameters()] for name, net in system.networks.items()}
    losses = system.step(system.examples, 0.0)
    assert set(losses) == {"d_vae", "d_lr", "g_vae", "g_lr", "l1", "kl", "latent"}
    assert all(torch.isfinite(loss) for loss in losses.values())
    for name, net in system.networks.items():
        moved = [not torch.equal(a, b) for a, b in zip(before[name], net.parameters(), strict=True)]
        assert sum(moved) > len(moved) * 0.8, name


def test_the_code_read_back_teaches_the_generator_and_not_the_encoder(system: BicycleGAN) -> None:
    generator: BicycleGenerator = system.networks["generator"]  # type: ignore[assignment]
    code = generator.draw_codes(2)
    system._latent_error(generator(system.examples["input"], code), code).backward()
    assert all(p.grad is None for p in generator.style_encoder.parameters())
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in generator.unet.parameters())


def test_a_discriminator_wins_where_real_is_one_and_made_is_zero(system: BicycleGAN) -> None:
    """Least squares, at both scales: a step of D brings its loss down, and what fools D costs G less."""
    photo, fake = torch.ones(2, 3, 64, 64), -torch.ones(2, 3, 64, 64)
    losses = [float(system._discriminator_step("vae", photo, fake).detach()) for _ in range(30)]
    assert losses[-1] < losses[0] / 2
    assert system._judged("vae", photo) < system._judged("vae", fake)
    assert len(system.networks["discriminator_vae"](photo)) == 2


def test_codes_change_the_picture_and_have_the_priors_moments() -> None:
    network = PAPER.network().eval()
    drawing = torch.zeros(1, 3, 64, 64)
    with torch.inference_mode():
        one, two = (network(drawing, code) for code in (torch.zeros(1, 3), torch.full((1, 3), 2.0)))
        mean, log_variance = network.encode(torch.zeros(2, 3, 64, 64))
    assert one.shape == (1, 3, 64, 64) and not torch.allclose(one, two) and one.abs().max() <= 1
    assert mean.shape == log_variance.shape == (2, 3)
    drawn = network.draw_codes(4000, torch.Generator().manual_seed(0))
    assert abs(float(drawn.mean())) < 0.05 and abs(float(drawn.std()) - 1) < 0.05


def test_it_is_exported_and_served_like_the_bundled_models(tmp_path: Path) -> None:
    folder = save_network(PAPER.network(), tmp_path / "mine", "bicyclegan")
    paint, drawing = load(folder, "cpu"), Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(drawing).ellipse([60, 60, 200, 200], outline="black", width=3)
    first, again, other = paint(drawing, seed=1), paint(drawing, seed=1), paint(drawing, seed=2)
    assert first.size == (256, 256) and first.tobytes() == again.tobytes() != other.tobytes()
    assert len(paint.variations(drawing, 3)) == 3
    assert paint(drawing, style=Image.new("RGB", (64, 64), "red")).size == (256, 256)


def test_the_defaults_are_the_papers() -> None:
    recipe = catalog.task("edges-to-shoes").recipes["paper"]
    assert isinstance(recipe, BicycleGANRecipe)
    assert (recipe.l1_weight, recipe.latent_weight, recipe.kl_weight, recipe.code) == (10.0, 0.5, 0.01, 8)
    assert (recipe.lr, recipe.betas[0], recipe.batch) == (2e-4, 0.5, 1)


def test_runs_of_the_former_paper_recipe_are_pix2pix(tmp_path: Path) -> None:
    kept = {"model": "edges-to-shoes", "recipe": "paper", "settings": {"objective": "L1+cGAN"}}
    (tmp_path / "run.json").write_text(json.dumps(kept))
    assert record.planned(tmp_path, "edges-to-shoes").recipe == "pix2pix"
