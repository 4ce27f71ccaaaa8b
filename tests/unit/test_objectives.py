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


def test_gram_matrix_by_hand():
    features = torch.tensor([[1.0, 2.0], [0.0, 1.0]]).view(1, 2, 1, 2)
    expected = torch.tensor([[5.0, 2.0], [2.0, 1.0]]) / 4
    assert torch.allclose(o.gram_matrix(features)[0], expected)


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


def test_the_penalty_is_taken_between_real_and_generated():
    """Of D(z) = |z|^2 / 2 the gradient is z itself: with the draw known, the penalty is, too."""
    real, fake = torch.rand(5, 3) + 1, -torch.rand(5, 3)
    torch.manual_seed(3)
    share = torch.rand(5, 1)
    lengths = (share * real + (1 - share) * fake).norm(dim=1)
    torch.manual_seed(3)
    found = o.gradient_penalty(lambda z: z.square().sum(1) / 2, real, fake)
    assert torch.allclose(found, ((lengths - 1) ** 2).mean())
    pictures = torch.rand(4, 3, 8, 8)  # one draw for all of a picture
    torch.manual_seed(3)
    share = torch.rand(4, 1, 1, 1)
    torch.manual_seed(3)
    found = o.gradient_penalty(lambda z: z.square().sum((1, 2, 3)) / 2, pictures, 0 * pictures)
    assert torch.allclose(found, (((share * pictures).flatten(1).norm(dim=1) - 1) ** 2).mean())


def test_a_clipped_critic_keeps_small_weights_of_both_signs():
    critic = torch.nn.Linear(3, 1, bias=False)
    with torch.no_grad():
        critic.weight.copy_(torch.tensor([[-5.0, 0.005, 5.0]]))
    o.WassersteinGP().constrain(critic)  # it has a penalty instead
    assert critic.weight.tolist() == [[-5.0, pytest.approx(0.005), 5.0]]
    o.Wasserstein().constrain(critic)
    assert critic.weight.tolist() == [pytest.approx([-0.01, 0.005, 0.01])]


def test_variation_is_that_of_neighbours_whatever_their_order():
    rising = torch.tensor([[0.0, 1.0, 3.0], [7.0, 8.0, 10.0]])
    for image in (rising, -rising, rising.flip(1)):
        assert float(o.total_variation(image[None, None])) == pytest.approx(7 + 1.5)
    zigzag = torch.tensor([[0.0, 1.0, 0.0]])
    assert float(o.total_variation(torch.cat([zigzag, zigzag])[None, None])) == 1


def test_distances_by_hand():
    a, b = torch.tensor([[[[3.0]], [[0.0]]]]), torch.tensor([[[[0.0]], [[-2.0]]]])  # one place, two channels
    assert float(o.feature_distance([a], [b])) == pytest.approx(2.5)  # L1 is 2.5, the size of b 1
    assert float(o.feature_distance([a], [0 * b])) == pytest.approx(1.5e6, rel=1e-3)
    with pytest.raises(ValueError, match="zip"):
        o.feature_distance([a], [b, b])
    assert o.perceptual_distance([a, a], [b, b]).tolist() == [pytest.approx(4.0)]  # unit vectors at right angles: 2
    pair = torch.cat([a, a]), torch.cat([b, a])
    wide = tuple(x.expand(-1, -1, 2, 2) for x in pair)
    assert o.perceptual_distance([wide[0]], [wide[1]]).tolist() == [pytest.approx(2.0), pytest.approx(0.0)]


def test_variety_is_a_mean_over_maps_and_never_infinite():
    made = torch.tensor([0.0, 1.0, 3.0, 1.0]).view(4, 1, 1, 1)  # the pairs are 3 and 0 apart
    real = torch.tensor([0.0, 0.0, 2.0, -4.0]).view(4, 1, 1, 1)  # 2 and 4, 3 in the mean
    assert o.variety([made], [real]).tolist() == [pytest.approx(1.0), pytest.approx(0.0)]
    assert o.variety([made, 3 * made], [real, real]).tolist() == [pytest.approx(2.0), pytest.approx(0.0)]
    assert o.variety([made], [0 * real])[0] == pytest.approx(3e6, rel=1e-3)
