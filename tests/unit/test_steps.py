"""What every training step owes: batch norms that freeze, gradients that are shortened, real called real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from tiny import builders, write_inputs
from torch import Tensor, nn

from cgan_demo.training.loop import System

FREEZING = (
    "light",
    "unpaired",
    "unpaired by contrast",
    "sketch",
    "ageing",
    "ageing by pairs",
    "text",
    "latent",
    "inverter",
)
STEPS = 40  # after which a critic knows real from generated, where the generator stands still


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_inputs(folder)
    return folder


def built(name: str, folder: Path) -> tuple[System, dict[str, Tensor]]:
    """A system that can take steps, and a batch."""
    torch.manual_seed(0)
    system, stream = builders()[name](folder)
    system.accelerator = Accelerator(cpu=True)
    items = [stream[i] for i in range(system.recipe.batch)]  # type: ignore[attr-defined]
    return system, {key: torch.stack([item[key] for item in items]) for key in items[0]}


def norms(network: nn.Module) -> list[Tensor]:
    return [m.running_mean.clone() for m in network.modules() if isinstance(m, nn.BatchNorm2d)]  # type: ignore[union-attr]


def test_every_system_with_late_norms_is_here(folder: Path) -> None:
    recipes = {name: getattr(build(folder)[0], "recipe", None) for name, build in builders().items()}
    assert {name for name, recipe in recipes.items() if hasattr(recipe, "freeze_norms_after")} == set(FREEZING)


@pytest.mark.parametrize("name", FREEZING)
def test_batch_norms_freeze_late_in_a_training(name: str, folder: Path) -> None:
    system, batch = built(name, folder)
    generator = system.networks["generator"]
    moved = []
    for progress in (0.0, 0.5, 0.75):  # of these recipes they freeze after 0.5
        before = norms(generator)
        system.step(batch, progress)
        moved.append(any(not torch.equal(a, b) for a, b in zip(before, norms(generator), strict=True)))
    assert moved == [True, True, False]


SHORTENED = [("faithful", "generator", 1.0), ("sharp", "generator", 1.0), ("sharp", "critic", 1.0)]


@pytest.mark.parametrize(("name", "network", "longest"), [*SHORTENED, ("encoder", "generator", 5.0)])
def test_long_gradients_are_shortened(name: str, network: str, longest: float, folder: Path) -> None:
    """With plain descent at rate 1 a step is as long as its gradient, however steep the loss."""
    system, batch = built(name, folder)
    parameters = [p for p in system.networks[network].parameters() if p.requires_grad]
    system.optimizers[network] = torch.optim.SGD(parameters, 1.0)
    backward = system.accelerator.backward
    system.accelerator.backward = lambda loss: backward(1e4 * loss)  # type: ignore[method-assign]
    before = [p.detach().clone() for p in parameters]
    system.step(batch, 0.9)
    length = torch.cat([(a - b).flatten() for a, b in zip(before, parameters, strict=True)]).norm()
    assert float(length) == pytest.approx(longest, rel=1e-2)


# Real and generated


def _paper_face(system: System, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    from cgan_demo.caae.ages import labels

    told = batch["age"], batch["gender"]
    face, label, critic = batch["face"], labels(*told), system.networks["face critic"]
    return critic(face, label), critic(system.networks["generator"](face, *told), label)


def _ageing(system: System, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    from cgan_demo.caae.ageing import spread
    from cgan_demo.caae.ages import labels, random_ages

    face, age, gender = batch["face"].repeat(8, 1, 1, 1), batch["age"].repeat(8), batch["gender"].repeat(8)
    asked = random_ages(len(face))
    made = system.networks["generator"](face, asked, gender)
    pictures = ((face, labels(age, gender)), (made, labels(asked, gender)))
    return _mean(*(system.networks["critic"](system.features(x), spread(label)) for x, label in pictures))  # type: ignore[attr-defined]


def _mean(*logits: list[Tensor]) -> tuple[Tensor, Tensor]:
    first, second = (torch.stack([x.mean() for x in maps]) for maps in logits)
    return first, second


def _translation(system: System, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    critic, source = system.networks["discriminator"], batch["input"]
    return critic(batch["target"], source), critic(system.networks["generator"](source), source)


def _light(system: System, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    condition = system.networks["generator"].stretch(batch["input"])  # type: ignore[operator]
    pictures = batch["target"], system.networks["generator"](batch["input"])
    return _mean(*(system.networks["discriminator"](system.features(x), condition) for x in pictures))  # type: ignore[attr-defined]


def _sketch(system: System, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    from cgan_demo.pix2pix.edges import to_ink

    generator, drawing = system.networks["generator"], batch["input"]
    pictures = batch["target"], generator(drawing, generator.draw_codes(len(drawing)))  # type: ignore[operator]
    return _mean(*(system.networks["discriminator"](system.features(x), to_ink(drawing)) for x in pictures))  # type: ignore[attr-defined]


def _larger(system: System, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    critic = system.networks["critic"]
    return critic(batch["high"]), critic(system.networks["generator"](batch["low"]))


def _text(system: System, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    critic, right = system.networks["critic"], batch["right"]
    made = system.networks["generator"](torch.randn(len(right), 100), right)
    return critic(batch["image"], right), critic(made, right)


def _latent(system: System, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    made = system.networks["generator"](system.noise(len(batch["image"])))  # type: ignore[attr-defined]
    return system.networks["critic"](batch["image"]), system.networks["critic"](made)


JUDGED: dict[str, tuple[str, Callable[[System, dict[str, Tensor]], tuple[Tensor, Tensor]]]] = {
    "faces, paper": ("ageing, paper", _paper_face),
    "faces": ("ageing", _ageing),
    "pix2pix": ("pix2pix", _translation),
    "light": ("light", _light),
    "sketch": ("sketch", _sketch),
    "srgan": ("srgan", _larger),
    "text, paper": ("text, paper", _text),
    "dcgan": ("dcgan", _latent),
    "dcgan, hinge": ("dcgan, hinge", _latent),
}


@pytest.mark.parametrize("which", JUDGED)
def test_a_critic_learns_that_real_is_real(which: str, folder: Path) -> None:
    """Were real and generated given to it the other way round, it would learn the opposite as well."""
    name, judge = JUDGED[which]
    system, batch = built(name, folder)
    for key, optimizer in system.optimizers.items():
        for group in optimizer.param_groups:
            group["lr"] = 0.0 if key == "generator" else 3e-3
    for _ in range(STEPS):
        system.step(batch, 0.4)
    with torch.no_grad():
        real, made = judge(system, batch)
    assert float(real.mean()) > float(made.mean()) + 0.05


@pytest.mark.parametrize("name", ["ageing, paper", "ageing", "pix2pix", "light", "dcgan", "latent", "text, paper"])
def test_a_generator_is_paid_for_being_taken_for_real(name: str, folder: Path) -> None:
    """Its own loss falls where the critic's logits of what it made rise."""
    system, _ = built(name, folder)
    game = getattr(system.game, "objective", system.game)  # type: ignore[attr-defined]  # behind a projected game
    assert float(game.generator(torch.full((4, 1), 0.5))) < float(game.generator(torch.full((4, 1), -0.5)))


def test_the_priors_codes_are_the_real_ones(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that normalises each batch tells them apart too slowly to be asked."""
    system, batch = built("ageing, paper", folder)
    read = system.networks["generator"].encode(batch["face"])  # type: ignore[operator]
    played = {}
    monkeypatch.setattr(
        system, "_play", lambda name, real, fake: played.update({name: (real, fake)}) or torch.zeros(())
    )
    system.step(batch, 0.4)
    (prior,), (code,) = played["code critic"]
    assert torch.equal(code, read) and not code.requires_grad
    assert prior.abs().max() <= 1 and not torch.equal(prior, code)
    (face, _), (copied, _) = played["face critic"]
    assert torch.equal(face, batch["face"]) and not torch.equal(copied, face)
