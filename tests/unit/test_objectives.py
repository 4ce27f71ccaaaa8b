"""Every objective against hand-computed values or a closed form."""

import math

import pytest
import torch
from torch import nn

from cgan_demo import objectives as o

REAL, FAKE = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])


def sigma(x: float) -> float:
    return 1 / (1 + math.exp(-x))


LOG_D = -(math.log(sigma(2)) + math.log(sigma(-1))) / 2 - (math.log(1 - sigma(0.5)) + math.log(1 - sigma(-3))) / 2

EXPECTED = {
    "minimax": (LOG_D, (math.log(1 - sigma(0.5)) + math.log(1 - sigma(-3))) / 2),
    "non-saturating": (LOG_D, -(math.log(sigma(0.5)) + math.log(sigma(-3))) / 2),
    "lsgan": (0.5 * (1 + 4) / 2 + 0.5 * (0.25 + 9) / 2, 0.5 * (0.25 + 16) / 2),
    "wgan": (-1.25 - 0.5, 1.25),
    "wgan-gp": (-1.25 - 0.5, 1.25),
    "hinge": ((0 + 2) / 2 + (1.5 + 0) / 2, 1.25),
}


def test_every_objective_is_tested():
    assert set(EXPECTED) == set(o.ADVERSARIAL)


@pytest.mark.parametrize("name", EXPECTED)
def test_hand_computed(name):
    game = o.ADVERSARIAL[name]()
    assert game.discriminator(REAL, FAKE).item() == pytest.approx(EXPECTED[name][0], abs=1e-5)
    assert game.generator(FAKE).item() == pytest.approx(EXPECTED[name][1], abs=1e-5)


def test_wgan_clips_every_weight():
    critic = nn.Linear(4, 1)
    nn.init.constant_(critic.weight, 3.0)
    o.Wasserstein(0.01).constrain(critic)
    assert critic.weight.abs().max().item() == pytest.approx(0.01)


def test_gradient_penalty_of_a_linear_critic():
    weight = torch.tensor([3.0, 4.0])  # gradient norm 5 everywhere, so the penalty is (5 - 1)^2
    penalty = o.gradient_penalty(lambda x: x @ weight, torch.randn(6, 2), torch.randn(6, 2))
    assert penalty.item() == pytest.approx(16.0, rel=1e-5)
    assert o.WassersteinGP().penalty(
        lambda x: x @ weight, torch.randn(6, 2), torch.randn(6, 2)
    ).item() == pytest.approx(160.0, rel=1e-5)


def test_gradient_penalty_reaches_the_critic():
    critic = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    o.gradient_penalty(critic, torch.randn(3, 2), torch.randn(3, 2)).backward()
    assert critic[0].weight.grad.abs().sum() > 0


def test_total_variation():
    image = torch.tensor([[0.0, 1.0], [3.0, 1.0]]).view(1, 1, 2, 2)
    assert o.total_variation(image).item() == pytest.approx((3 + 0) / 2 + (1 + 2) / 2)


def test_feature_distance_divides_by_the_size_of_the_truth():
    a, b = [torch.full((1, 1, 2, 2), 3.0)], [torch.full((1, 1, 2, 2), 2.0)]
    assert o.feature_distance(a, b).item() == pytest.approx(0.5)
    assert o.feature_distance(b, b).item() == 0


def test_gram_matrix_and_texture():
    features = torch.tensor([[1.0, 2.0], [0.0, 1.0]]).view(1, 2, 1, 2)
    expected = torch.tensor([[5.0, 2.0], [2.0, 1.0]]) / 4
    assert torch.allclose(o.gram_matrix(features)[0], expected)
    assert o.texture_loss([features], [torch.zeros_like(features)]).item() == pytest.approx((expected**2).mean().item())


def test_palette_cross_entropy_by_hand():
    palette = torch.tensor([[0.0, 0.0, 0.0], [0.1, 0.1, 0.1]])
    shares = torch.tensor([0.25, 0.75]).view(1, 2, 1, 1)
    for label, weight in ((0, 1.0), (1, 2.0)):
        target = palette[label].view(1, 3, 1, 1) + 0.01  # nearer to its own colour than to the other
        loss = o.palette_cross_entropy(shares.log(), target, palette, torch.tensor([1.0, 2.0]))
        assert loss.item() == pytest.approx(-weight * math.log(shares[0, label].item()))


def test_variety_by_hand():
    """Pairs 1 and 3 apart where real pictures are 2 and 6 apart: a quarter, and three quarters of the mean, 4."""
    made = torch.tensor([0.0, 0.0, 1.0, 3.0]).view(4, 1, 1, 1)
    real = torch.tensor([0.0, 0.0, 2.0, 6.0]).view(4, 1, 1, 1)
    assert o.variety([made], [real]).tolist() == [0.25, 0.75]
    assert o.variety([made, 5 * made], [real, 5 * real]).tolist() == [0.25, 0.75]
