"""The game on frozen features: its signs, who learns from what, and that the halves are kept apart."""

from __future__ import annotations

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional as F

from cgan_demo.projected import ProjectedDiscriminator, ProjectedGame
from cgan_demo.training.loop import System, adam


class Stems(nn.Module):
    """Two maps of a picture."""

    channels = (3, 3)

    def forward(self, x: Tensor) -> list[Tensor]:
        return [F.avg_pool2d(x, k) for k in (2, 4)]


@pytest.fixture
def game() -> ProjectedGame:
    torch.manual_seed(0)
    system, critic = System(), ProjectedDiscriminator((3, 3), condition_channels=1, width=8)
    system.networks, system.optimizers = {"discriminator": critic}, {"discriminator": adam(critic, 3e-3, (0.0, 0.99))}
    system.accelerator = Accelerator(cpu=True)
    return ProjectedGame(system, Stems())


def pictures(level: float, count: int = 4) -> Tensor:
    return level + 0.1 * torch.randn(count, 3, 16, 16)


NOTHING = torch.zeros(4, 1, 2, 2)


def test_real_is_called_real_and_taking_generated_for_it_costs_less(game: ProjectedGame) -> None:
    for _ in range(40):
        played = game.play(*game.look(pictures(0.5), pictures(-0.5)), torch.cat([NOTHING, NOTHING]))
    assert float(played.real) > float(played.fake) + 0.5
    costs = [float(game.cost(Stems()(pictures(level)), NOTHING)) for level in (0.5, -0.5)]
    assert costs[0] < costs[1]
    assert costs[1] == pytest.approx(-float(played.fake), abs=0.3)


def test_conditions_go_with_their_pictures(game: ProjectedGame) -> None:
    """Real and generated look alike here, and only what is beside them differs."""
    for _ in range(60):
        played = game.play(*game.look(pictures(0.0), pictures(0.0)), torch.cat([NOTHING + 1, NOTHING - 1]))
    assert float(played.real) > float(played.fake) + 0.5


def test_each_side_learns_from_its_own_loss(game: ProjectedGame) -> None:
    made = pictures(0.0).requires_grad_()
    real, fake = game.look(pictures(0.0).requires_grad_(), made)
    assert not any(x.requires_grad for x in real) and all(x.requires_grad for x in fake)
    loss = game.play(real, fake, torch.cat([NOTHING, NOTHING])).loss
    assert float(loss) > 0 and made.grad is None
    critic = game.system.networks["discriminator"]
    before = [p.grad.clone() for p in critic.parameters() if p.grad is not None]
    game.cost(fake, NOTHING).backward()
    assert made.grad is not None
    after = [p.grad for p in critic.parameters() if p.grad is not None]
    assert before and all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_the_loss_is_the_mean_over_scales(game: ProjectedGame) -> None:
    real, fake = game.look(pictures(0.0), pictures(0.0))
    condition = torch.cat([NOTHING, NOTHING])
    critic = game.system.networks["discriminator"].eval()  # spectral norms stand still
    with torch.no_grad():
        ours, theirs = critic(real, NOTHING), critic(fake, NOTHING)
        each = [F.relu(1 - a).mean() + F.relu(1 + b).mean() for a, b in zip(ours, theirs, strict=True)]
    assert float(game.play(real, fake, condition).loss) == pytest.approx(float(sum(each)) / 2, rel=1e-4)
