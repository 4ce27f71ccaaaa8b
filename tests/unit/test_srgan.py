"""The papers' own recipes: their equations by hand, swapping, and two steps of each."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from cgan_demo.data.fake import write_fake_scenes
from cgan_demo.errors import DataError, WeightsNotFound
from cgan_demo.features import VGG19Features
from cgan_demo.super_resolution.resampling import shrunk
from cgan_demo.super_resolution.srgan import SRGANRecipe, SRResNet, SRResNetRecipe, content_loss
from cgan_demo.super_resolution.srntt import (
    MAPS,
    SRNTT,
    TAPS,
    SRNTTRecipe,
    SRNTTTraining,
    moved,
    perceptual_loss,
    swap,
    texture_loss,
)
from cgan_demo.super_resolution.task import RECIPES
from cgan_demo.training.loop import RunSettings, train
from cgan_demo.training.making import refuse
from cgan_demo.training.record import Plan
from cgan_demo.weights import load_network, save_network

TINY = {
    "srresnet": replace(SRResNetRecipe(), width=4, blocks=1, side=32, batch=2),
    "srgan": replace(SRGANRecipe(), width=4, blocks=1, side=32, batch=2, critic_width=2, content="relu2_2"),
    "srntt": replace(
        SRNTTRecipe(),
        width=4,
        blocks=1,
        merges=(1, 1, 1),
        side=32,
        batch=2,
        critic_width=2,
        content="relu3_1",
        warm_up=0.5,
    ),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_fake_scenes(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def vgg_file(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("vgg") / "vgg19.safetensors"
    save_file(VGG19Features(TAPS).state_dict(), path)
    return path


def prepared(name, data, cache, vgg_file):
    given = {} if name == "srresnet" else {"vgg": vgg_file}
    torch.manual_seed(0)
    return TINY[name].prepare(data, 0, cache, **given)


def two_steps(name, data, tmp_path, vgg_file):
    system, stream = prepared(name, data, tmp_path / "cache", vgg_file)
    train(system, stream, tmp_path / name, RunSettings(images=4, batch=2, cpu=True, progress_bar=False))
    return system


# Equations


def test_content_loss_is_the_mean_square_of_rescaled_features():
    made, true = torch.tensor([0.0, 12.75, 25.5, -12.75]).view(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    assert content_loss(made, true).item() == pytest.approx((0 + 1 + 4 + 1) / 4)
    assert content_loss(made, true, 1.0).item() == pytest.approx(12.75**2 * 6 / 4)


def test_perceptual_loss_adds_up_the_channels_norms():
    made = torch.tensor([[3.0, 4.0], [0.0, -2.0]]).view(1, 2, 1, 2)
    assert perceptual_loss(made, torch.zeros_like(made)).item() == pytest.approx((5 + 2) / 4)
    twice = torch.cat([made, torch.zeros_like(made)])
    assert perceptual_loss(twice, torch.zeros_like(twice)).item() == pytest.approx((5 + 2) / 4 / 2)


def test_texture_loss_compares_gram_matrices():
    made = torch.tensor([1.0, 2.0]).view(1, 2, 1, 1)  # Gram: [[1, 2], [2, 4]] / (2 * 1 * 1)
    one = torch.ones(1, 1, 1, 1)
    assert texture_loss([made], [0 * made], one).item() == pytest.approx((1 + 4 + 4 + 16) ** 0.5 / 2)
    assert texture_loss([made], [-made], one).item() == 0  # what it is, not where
    assert texture_loss([made, made], [0 * made, 0 * made], one).item() == pytest.approx(5)


def test_texture_loss_weighs_both_sides_by_the_score():
    made, swapped = torch.full((1, 1, 2, 2), 2.0), torch.full((1, 1, 2, 2), 1.0)
    half = torch.full((1, 1, 1, 1), 0.5)
    assert texture_loss([made], [swapped], half).item() == pytest.approx((2**2 - 1**2) * 0.5**2)
    # a place where the reference suits beside one where it does not, which has no say whatever lies there
    made, swapped = torch.full((1, 1, 2, 4), 2.0), torch.tensor([1.0, 1, 9, 9]).expand(1, 1, 2, 4)
    score = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    assert texture_loss([made], [swapped], score).item() == pytest.approx((4 * 2**2 - 4 * 1**2) / 8)


def test_texture_loss_has_a_gradient_where_there_is_nothing_to_mend():
    made = torch.ones(1, 2, 2, 2, requires_grad=True)
    texture_loss([made], [made.detach()], torch.ones(1, 1, 1, 1)).backward()
    assert torch.isfinite(made.grad).all()


def test_the_critic_learns_by_wgan_gp(data, tmp_path, vgg_file):
    system, _ = prepared("srntt", data, tmp_path, vgg_file)
    critic = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False))
    critic[1].weight.data = torch.tensor([[3.0, 4.0]])  # the gradient's norm is 5 everywhere
    system.networks["critic"], system.optimizers["critic"] = critic, torch.optim.SGD(critic.parameters(), 0.0)
    system.accelerator = SimpleNamespace(backward=lambda loss: loss.backward(), unwrap_model=lambda net: net)
    real, fake = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    loss = SRNTTTraining._play(system, real.view(2, 1, 1, 2), fake.view(2, 1, 1, 2))
    assert loss.item() == pytest.approx((7 + 0) / 2 - (3 + 4) / 2 + 10 * (5 - 1) ** 2)


# Swapping


def test_a_picture_as_its_own_reference_gets_its_own_features():
    torch.manual_seed(0)
    vgg, high = VGG19Features((*TAPS, "relu3_2")), torch.rand(2, 3, 32, 48) * 2 - 1
    swapped = swap(vgg, shrunk(high), high, chunk=500)
    assert swapped.score.shape == (2, 1, 8, 12) and torch.allclose(swapped.score, torch.ones(2, 1, 8, 12), atol=1e-4)
    for got, channels, true in zip(swapped.maps, MAPS, vgg(high)[2::-1], strict=True):
        assert got.shape[1] == channels and torch.allclose(got, true, atol=1e-4)


def test_patches_come_from_where_the_index_says():
    features = torch.randn(1, 2, 8, 10)  # 4 x 5 places of 2 px
    rows, columns = torch.meshgrid(torch.arange(1, 3), torch.arange(1, 4), indexing="ij")
    got = moved(features, (rows * 5 + columns).flatten(), 5, (2, 3), 2)
    assert torch.allclose(got, features[:, :, 2:6, 2:8], atol=1e-5)


def test_a_reference_may_have_another_size():
    swapped = swap(VGG19Features(TAPS), torch.zeros(1, 3, 6, 5), torch.rand(1, 3, 24, 32))
    assert [tuple(m.shape) for m in swapped.maps] == [(1, 256, 6, 5), (1, 128, 12, 10), (1, 64, 24, 20)]


# Networks


def test_srntt_takes_its_texture_from_the_maps_and_goes_through_the_hubs_files(tmp_path):
    torch.manual_seed(0)
    net, low = SRNTT(4, 1, (1, 1, 1)).eval(), torch.rand(1, 3, 6, 5) * 2 - 1
    maps = [torch.rand(1, c, 6 * s, 5 * s) for c, s in zip(MAPS, (1, 2, 4), strict=True)]
    made = net(low, maps)
    assert made.shape == (1, 3, 24, 20) and made.abs().max() <= 1
    for i in range(3):
        other = [m + 1 if k == i else m for k, m in enumerate(maps)]
        assert not torch.allclose(net(low, other), made)
    net.save_pretrained(tmp_path)
    assert torch.equal(SRNTT.from_pretrained(tmp_path).eval()(low, maps), made)


def test_srntt_has_the_size_of_the_papers():
    with torch.device("meta"):
        assert 4.0e6 < sum(p.numel() for p in SRNTT().parameters()) < 4.2e6


# Recipes


def test_recipes_say_what_the_papers_say():
    srresnet, srgan, srntt = RECIPES["srresnet"], RECIPES["srgan"], RECIPES["srntt"]
    assert (srresnet, srgan, srntt) == (SRResNetRecipe(), SRGANRecipe(), SRNTTRecipe())
    assert (srresnet.side, srresnet.batch, srresnet.lr) == (96, 16, 1e-4)
    assert (srgan.content, srgan.adversarial_weight, 1 / srgan.feature_scale) == ("relu5_4", 1e-3, 12.75)
    weights = (srntt.reconstruction_weight, srntt.perceptual_weight, srntt.adversarial_weight, srntt.texture_weight)
    assert weights == (1, 1e-4, 1e-6, 1e-4)


REPORTED = {
    "srresnet": {"mse"},
    "srgan": {"d", "content", "g", "tv", "mse"},
    "srntt": {"l1", "d", "perceptual", "texture", "g", "score"},
}


@pytest.mark.parametrize("name", TINY)
def test_two_steps_of_every_recipe(name, data, tmp_path, vgg_file):
    system, _ = prepared(name, data, tmp_path / "cache", vgg_file)
    before = {k: v.clone() for net in system.networks.values() for k, v in net.state_dict().items()}
    system = two_steps(name, data, tmp_path, vgg_file)
    after = {k: v for net in system.networks.values() for k, v in net.state_dict().items()}
    weights = [k for k, v in before.items() if v.ndim == 4]
    assert weights and not any(torch.equal(before[k], after[k]) for k in weights)
    row = json.loads((tmp_path / name / "stats.jsonl").read_text().splitlines()[-1])
    assert set(row) >= REPORTED[name] and list((tmp_path / name / "samples").iterdir())
    assert not TINY[name].averaged(tmp_path / name).training


def test_during_the_warm_up_l1_counts_alone(data, tmp_path, vgg_file):
    system, stream = prepared("srntt", data, tmp_path, vgg_file)
    system.accelerator = SimpleNamespace(backward=lambda loss: loss.backward(), unwrap_model=lambda net: net)
    batch = {k: torch.stack([stream[0][k], stream[1][k]]) for k in stream[0]}
    assert set(system.step(batch, 0.49)) == {"l1", "score"}
    assert all(p.grad is None for p in system.networks["critic"].parameters())
    assert set(system.step(batch, 0.5)) == REPORTED["srntt"]


def test_srgan_learns_at_a_tenth_in_its_second_half(data, tmp_path, vgg_file):
    system, _ = prepared("srgan", data, tmp_path, vgg_file)
    assert [system.learning_rate(p) for p in (0, 0.49, 0.5, 1)] == [1, 1, 0.1, 0.1]
    assert prepared("srresnet", data, tmp_path, None)[0].learning_rate(1.0) == 1


def test_srgan_begins_with_a_whole_srresnet_and_srntt_with_half_of_it(data, tmp_path, vgg_file, capsys):
    two_steps("srresnet", data, tmp_path, vgg_file)
    save_network(TINY["srresnet"].averaged(tmp_path / "srresnet"), tmp_path / "w", "srntt")
    given = load_network(tmp_path / "w").state_dict()
    system, _ = prepared("srgan", data, tmp_path / "cache", vgg_file)
    system.recipe.warm_start(system, tmp_path / "w")
    assert all(torch.equal(v, given[k]) for k, v in system.networks["generator"].state_dict().items())
    system, _ = prepared("srntt", data, tmp_path / "cache", vgg_file)
    system.recipe.warm_start(system, tmp_path / "w")
    assert capsys.readouterr().out.endswith("first, blocks, last.\n")
    save_network(SRResNet(4, 2), tmp_path / "longer", "srntt")
    system, _ = prepared("srgan", data, tmp_path / "cache", vgg_file)
    with pytest.raises(DataError, match="another network"):
        system.recipe.warm_start(system, tmp_path / "longer")


def test_vgg_is_for_those_who_look_through_it(data, tmp_path, vgg_file):
    for name in ("srresnet", "plain"):
        with pytest.raises(DataError, match="leave --vgg out"):
            refuse(Plan("super-resolution", recipe=name), RECIPES[name], {"vgg": vgg_file})
    for name, layer in (("srgan", "relu5_4"), ("srntt", "relu5_1")):
        small = replace(TINY[name], content=layer)
        with pytest.raises(WeightsNotFound, match=f"no {layer} .* --content"):
            small.prepare(data, 0, tmp_path, vgg=vgg_file)
