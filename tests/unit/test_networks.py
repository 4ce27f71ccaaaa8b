"""Shapes, parameter counts and measured receptive fields."""

import pytest
import torch
from torch import nn

from cgan_demo.bicyclegan.light import SketchGenerator
from cgan_demo.layers import Dropout, folded, freeze_batch_norms, merge_upsampled
from cgan_demo.pix2pix.light import LightUNetGenerator
from cgan_demo.pix2pix.paper import PatchDiscriminator, UNetGenerator
from cgan_demo.pix2pix.resnet import ReflectedBlock, ResnetGenerator


def count(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def test_paper_unet_has_54_million_parameters():
    assert count(UNetGenerator(width=64, depth=8)) / 1e6 == pytest.approx(54.4, abs=0.1)


@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("depth", [3, 5])
def test_unet_shape(skips, depth):
    net = UNetGenerator(width=4, depth=depth, skips=skips)
    assert net(torch.zeros(2, 3, 64, 32)).shape == (2, 3, 64, 32)


def test_encoder_decoder_cannot_see_past_its_bottleneck():
    """Without skips a single changed pixel reaches the output through the bottleneck alone; with them, directly."""
    for skips in (True, False):
        net = UNetGenerator(width=4, depth=4, skips=skips, norm="none", dropout=0).eval()
        for parameter in net.down[3].parameters():
            parameter.data.zero_()  # nothing passes the innermost convolution
        x = torch.zeros(1, 3, 16, 16)
        y = x.clone()
        y[..., 5, 5] = 1
        assert bool((net(x) != net(y)).any()) is skips


def test_resnet_of_nine_blocks_has_11_million_parameters():
    assert count(ResnetGenerator()) / 1e6 == pytest.approx(11.4, abs=0.05)


@pytest.mark.parametrize("norm", ["instance", "picture", "batch", "channel", "none"])
def test_resnet_shape(norm):
    net = ResnetGenerator(1, 4, width=4, blocks=2, norm=norm)
    assert net.stride == 4 and net(torch.zeros(2, 1, 24, 40)).shape == (2, 4, 24, 40)


def test_resnet_alone_equals_resnet_in_a_batch():
    for norm in ("instance", "picture"):
        net, x = ResnetGenerator(width=4, blocks=2, norm=norm), torch.randn(3, 3, 32, 32)
        alone = torch.cat([net.eval()(x[i : i + 1]) for i in range(3)])
        assert torch.allclose(net.train()(x), alone, atol=1e-5)


def test_a_residual_block_without_weights_changes_nothing():
    block, x = ReflectedBlock(4, "instance"), torch.randn(1, 4, 8, 8)
    for parameter in block.second.parameters():
        parameter.data.zero_()
    assert torch.equal(block(x), x)


def test_resnet_is_read_from_its_folder(tmp_path):
    net, x = ResnetGenerator(width=4, blocks=2, norm="picture", dropout=0.5).eval(), torch.randn(1, 3, 32, 32)
    net.save_pretrained(tmp_path)
    assert torch.equal(ResnetGenerator.from_pretrained(tmp_path)(x), net(x))


@pytest.mark.parametrize("levels", [[4], [4, 5], []])
def test_unet_drops_out_at_the_levels_that_it_is_told(levels):
    net = UNetGenerator(width=4, depth=7, dropout_levels=levels)
    assert [6 - i for i, drop in enumerate(net.drop) if isinstance(drop, Dropout)] == levels[::-1]
    papers = UNetGenerator(width=4, depth=7).drop
    assert [6 - i for i, drop in enumerate(papers) if isinstance(drop, Dropout)] == [6, 5, 4]


@pytest.mark.parametrize(
    "net", [UNetGenerator(width=4, depth=6, norm="channel"), ResnetGenerator(width=4, norm="channel", dropout=0.5)]
)
def test_dropout_is_seeded_noise(net):
    net.eval()
    x = torch.randn(1, 3, 64, 64)

    def run(seed):
        return net(x, generator=torch.Generator().manual_seed(seed))

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))
    assert torch.equal(net(x), net(x))


@pytest.mark.parametrize("noise_channels", [0, 2])
def test_light_shape_and_stride(noise_channels):
    net = LightUNetGenerator(widths=(8, 8, 16), noise_channels=noise_channels)
    assert net.stride == 8
    assert net(torch.zeros(2, 3, 24, 40)).shape == (2, 3, 24, 40)


def test_light_batch_of_one_equals_training_once_norms_are_frozen():
    """The last stretch of training computes what serving computes, whatever the batch size; before it, they differ."""
    net = LightUNetGenerator(widths=(8, 8, 16))
    x = torch.randn(4, 3, 32, 32)
    for _ in range(20):
        net.train()(x)  # moves the running statistics
    unfrozen = net.train()(x)
    alone = torch.cat([net.eval()(x[i : i + 1]) for i in range(4)])
    assert not torch.allclose(unfrozen, alone, atol=1e-5)
    net.train()
    freeze_batch_norms(net)
    assert torch.allclose(net(x), alone, atol=1e-5)


def test_paper_unet_batch_of_one_equals_training():
    net = UNetGenerator(width=4, depth=4, dropout=0)
    x = torch.randn(3, 3, 32, 32)
    alone = torch.cat([net.eval()(x[i : i + 1]) for i in range(3)])
    assert torch.allclose(net.train()(x), alone, atol=1e-5)


@pytest.mark.parametrize("patch", [1, 16, 70, 286])
def test_receptive_field_by_gradient(patch):
    net = PatchDiscriminator(3, 0, patch, width=2, norm="none").eval()
    for p in net.parameters():
        p.data = p.data.abs() + 0.1  # positive everywhere, so that no path cancels another
    side = 2 * patch + 64
    x = torch.ones(1, 3, side, side, requires_grad=True)
    logits = net(x)
    logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2].backward()
    rows = (x.grad[0].abs().sum((0, 2)) > 0).nonzero().flatten()
    assert rows[-1] - rows[0] + 1 == patch


def test_unconditional_discriminator_ignores_the_input():
    net = PatchDiscriminator(3, 0, 16, width=2)
    y = torch.randn(1, 3, 32, 32)
    assert torch.equal(net(y, torch.zeros_like(y)), net(y, torch.ones_like(y)))
    assert not torch.equal(
        (cgan := PatchDiscriminator(3, 3, 16, width=2))(y, torch.zeros_like(y)), cgan(y, torch.ones_like(y))
    )


def test_unknown_patch_is_refused():
    with pytest.raises(ValueError, match="patch is one of"):
        PatchDiscriminator(patch=33)


PALETTE = ((-1.0, -1.0, -1.0), (1.0, 0.5, 0.0))


def test_a_palette_is_mixed_and_its_shares_are_handed_to_training():
    net = LightUNetGenerator(widths=(8, 8), palette=PALETTE)
    x = torch.randn(2, 3, 16, 16)
    both = net.train()(x)
    image, shares = both[:, :3], both[:, 3:].exp()
    assert torch.allclose(shares.sum(1), torch.ones(2, 16, 16), atol=1e-5)
    assert torch.allclose(image[:, 0], 2 * shares[:, 1] - 1, atol=1e-5)  # red goes from -1 to 1 with the second share
    assert net.eval()(x).shape == x.shape


def test_the_guide_reaches_the_output_and_stays_frozen():
    net = LightUNetGenerator(widths=(8, 8, 8, 8), guide=True).eval()
    for block in net.modules():  # residual branches start at zero; give them something to say
        if isinstance(block, nn.Conv2d) and not block.weight.any():
            nn.init.normal_(block.weight, 0, 0.1)
    x = torch.randn(1, 3, 32, 32)
    before = net(x)
    assert not any(p.requires_grad for p in net.guide.parameters())
    net.project[2].weight.data.zero_()  # the deepest tap alone
    assert not torch.allclose(net(x), before)
    assert net.train().guide.training is False


def test_merging_before_upsampling_changes_nothing():
    torch.manual_seed(0)
    conv, coarse, skip = torch.nn.Conv2d(5, 4, 1), torch.randn(2, 3, 4, 6), torch.randn(2, 2, 8, 12)
    upsampled = torch.nn.functional.interpolate(coarse, scale_factor=2.0, mode="nearest")
    expected = conv(torch.cat([upsampled, skip], 1))
    assert torch.allclose(merge_upsampled(conv, coarse, skip), expected, atol=1e-6)


@pytest.mark.parametrize("network", [LightUNetGenerator(widths=(8, 8)), SketchGenerator(widths=(8, 8), fine=8)])
def test_folding_for_serving_changes_nothing(network):
    torch.manual_seed(0)
    for module in network.modules():  # as after training: nothing at its start value
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
        elif isinstance(module, torch.nn.Conv2d):
            torch.nn.init.normal_(module.weight, 0, 0.1)
    network.eval()
    x, code = torch.randn(1, 3, 32, 32), torch.randn(1, 8)
    call = (lambda net: net(x, code)) if isinstance(network, SketchGenerator) else (lambda net: net(x))
    with torch.no_grad():
        expected, served = call(network), folded(network)
        assert torch.allclose(call(served), expected, atol=1e-5) and torch.equal(call(network), expected)
    norms = [sum(isinstance(m, torch.nn.BatchNorm2d) for m in net.modules()) for net in (network, served)]
    assert norms[1] < norms[0]
    assert torch.allclose(call(network), expected, atol=1e-5), "with gradients recorded, nothing is overwritten"
