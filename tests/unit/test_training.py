"""The loop: exact resume, SIGTERM, non-finite losses, both systems learning, two processes."""

import dataclasses
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny import features
from tiny.bicyclegan import SKETCH
from tiny.pix2pix import LIGHT, PAPER
from torch.nn import functional as F

from cgan_demo.bicyclegan.paper import kl_divergence
from cgan_demo.data.fake import write_fake_pairs
from cgan_demo.errors import DataError, NonFiniteLoss, TrainingError
from cgan_demo.features import EfficientNetLite
from cgan_demo.pix2pix.paper import OBJECTIVES
from cgan_demo.training import checkpoint
from cgan_demo.training.loop import RunSettings, make_accelerator, train
from cgan_demo.weights import save_network


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return write_fake_pairs(tmp_path_factory.mktemp("pairs"), count=6, size=40)


def build(recipe, data: Path):
    torch.manual_seed(0)
    return recipe.prepare(data, 0, data / "cache", features())


def run(recipe, data: Path, run_dir: Path, images: int, **settings):
    system, dataset = build(recipe, data)
    result = train(
        system,
        dataset,
        run_dir,
        RunSettings(images=images, batch=recipe.batch, cpu=True, progress_bar=False, **settings),
    )
    return system, result


def same(a, b) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a if k != "seconds")
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("recipe", [PAPER, LIGHT, SKETCH], ids=["paper", "light", "sketch"])
def test_stopped_and_resumed_equals_never_stopped(recipe, data, tmp_path, monkeypatch):
    monkeypatch.setattr(
        RunSettings, "progress", lambda self, images, seconds: images / 16 if images < (self.images or 0) else 1.0
    )
    run(recipe, data, tmp_path / "whole", 16)
    run(recipe, data, tmp_path / "parts", 8)
    run(recipe, data, tmp_path / "parts", 16)
    whole, parts = checkpoint.load(tmp_path / "whole"), checkpoint.load(tmp_path / "parts")
    assert whole["images"] == 16
    assert same(whole, parts)


def test_sigterm_saves_and_resume_is_exact(data, tmp_path, monkeypatch):
    monkeypatch.setattr(RunSettings, "progress", lambda self, images, seconds: min(1.0, images / 16))
    run(LIGHT, data, tmp_path / "whole", 16)
    system, dataset = build(LIGHT, data)
    step = system.step

    def step_then_signal(batch, progress):
        losses = step(batch, progress)
        if progress >= 6 / 16:
            os.kill(os.getpid(), signal.SIGTERM)
        return losses

    monkeypatch.setattr(system, "step", step_then_signal)
    result = train(system, dataset, tmp_path / "parts", RunSettings(images=16, batch=2, cpu=True, progress_bar=False))
    assert not result.finished and result.images == 8
    _, result = run(LIGHT, data, tmp_path / "parts", 16)
    assert result.finished
    assert same(checkpoint.load(tmp_path / "whole"), checkpoint.load(tmp_path / "parts"))


def test_non_finite_loss_stops_and_keeps_the_checkpoint(data, tmp_path, monkeypatch):
    run(PAPER, data, tmp_path, 4)
    before = checkpoint.load(tmp_path)
    system, dataset = build(PAPER, data)
    monkeypatch.setattr(system, "step", lambda batch, progress: {"l1": torch.tensor(float("nan"))})
    with pytest.raises(NonFiniteLoss, match="l1 is no longer finite"):
        train(system, dataset, tmp_path, RunSettings(images=8, batch=2, cpu=True, progress_bar=False))
    assert same(before, checkpoint.load(tmp_path))


def test_checkpoint_of_another_recipe_is_refused(data, tmp_path):
    run(PAPER, data, tmp_path, 4)
    with pytest.raises(TrainingError, match="another recipe"):
        run(LIGHT, data, tmp_path, 8)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_trains(objective, data, tmp_path):
    system, _ = run(dataclasses.replace(PAPER, objective=objective), data, tmp_path, 4)
    assert ("discriminator" in system.networks) is ("GAN" in objective)
    if "GAN" in objective:
        assert system.networks["discriminator"].conditional is ("cGAN" in objective)
    row = (tmp_path / "stats.jsonl").read_text()
    assert ('"l1"' in row) is objective.startswith("L1")


@pytest.mark.parametrize("adversarial", ["minimax", "lsgan", "wgan", "wgan-gp", "hinge"])
def test_every_game_trains(adversarial, data, tmp_path):
    run(dataclasses.replace(PAPER, adversarial=adversarial), data, tmp_path, 4)


@pytest.mark.parametrize("recipe", [PAPER, dataclasses.replace(LIGHT, l1_weight=20.0)], ids=["paper", "light"])
def test_served_network_learns(recipe, data, tmp_path):
    """The averaged network in `eval()`, as it is served, is far closer to the truth than before training."""
    recipe = dataclasses.replace(recipe, lr=5e-4)
    system, dataset = build(recipe, data)
    items = [dataset[i] for i in range(6)]
    source, target = (torch.stack([i[k] for i in items]) for k in ("input", "target"))
    with torch.no_grad():
        before = F.l1_loss(system.networks["generator"].eval()(source), target)
    run(recipe, data, tmp_path, 400, report_images=80, ema_half_life=20)
    with torch.no_grad():
        after = F.l1_loss(recipe.averaged(tmp_path)(source), target)
    assert after < 0.3 * before
    assert list((tmp_path / "samples").glob("*.png"))


def test_the_latent_error_does_not_move_the_encoder(data):
    system, dataset = build(SKETCH, data)
    from accelerate import Accelerator

    system.accelerator = Accelerator(cpu=True)
    encoder = system.networks["generator"].style_encoder
    fake = torch.randn(2, 3, 32, 32, requires_grad=True)
    system._latent_error(fake, torch.randn(2, 8)).backward()
    assert fake.grad.abs().sum() > 0 and all(p.grad is None for p in encoder.parameters())


def test_kl_divergence_by_hand():
    assert kl_divergence(torch.zeros(3, 2), torch.zeros(3, 2)).item() == 0
    by_hand = 0.5 * (4 + math.e - 1 - 1)  # mean 2, log variance 1, one dimension
    assert kl_divergence(torch.full((5, 1), 2.0), torch.ones(5, 1)).item() == pytest.approx(by_hand)


def test_a_guided_palette_generator_trains_and_keeps_its_guide(data, tmp_path):
    palette = ((-1.0, -1.0, -1.0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    recipe = dataclasses.replace(
        LIGHT, guide=True, palette=palette, palette_class_weights=(1.0,) * 3, palette_weight=1.0, noise_channels=0
    )
    torch.manual_seed(0)
    lite = EfficientNetLite()
    system, dataset = recipe.prepare(data, 0, data / "cache", lite)
    train(system, dataset, tmp_path, RunSettings(images=4, batch=2, cpu=True, progress_bar=False))
    assert '"palette"' in (tmp_path / "stats.jsonl").read_text()
    guide = recipe.averaged(tmp_path).guide.state_dict()
    assert all(torch.equal(value, lite.state_dict()[name]) for name, value in guide.items())


def test_a_warm_start_takes_over_the_generator(data, tmp_path):
    torch.manual_seed(3)
    other = LIGHT.network()
    save_network(other, tmp_path / "light", half=False)
    system, _ = build(LIGHT, data)
    LIGHT.warm_start(system, tmp_path / "light")
    assert same(dict(system.networks["generator"].state_dict()), dict(other.state_dict()))
    with pytest.raises(DataError, match="another network"):
        LIGHT.warm_start(build(dataclasses.replace(LIGHT, widths=(8, 16)), data)[0], tmp_path / "light")


def test_one_process_trains_in_several_precisions():
    """As a comparison does that trains its models in one precision and then its judge in another."""
    for precision in ("no", "bf16", "no"):
        made = make_accelerator(RunSettings(images=1, precision=precision, cpu=True))
        assert made.mixed_precision == precision


def test_budget_is_one_of_two():
    for both in ({}, {"images": 1, "hours": 1.0}):
        with pytest.raises(TrainingError, match="budget"):
            RunSettings(**both)


def test_two_processes_stay_in_step(data, tmp_path):
    """`accelerate launch` on two CPU processes: each sees its own half, and the images of both are counted."""
    launch = "-m accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 --mixed_precision no"
    train = "--dynamo_backend no -m cgan_demo.cli train aerial-to-map --recipe paper --cpu --images 8 --batch 1"
    small = "--load-size 40 --crop 32 --width 4 --depth 4"
    paths = ["--data", data, "--run-dir", tmp_path / "run", "--cache", tmp_path / "cache"]
    command = [sys.executable, *launch.split(), *train.split(), *small.split(), *map(str, paths)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    state = checkpoint.load(tmp_path / "run")
    assert state["images"] == 8 and len(state["rng"]) == 2
