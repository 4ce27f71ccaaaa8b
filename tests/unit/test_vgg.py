"""VGG-19: torchvision's layers and names, from a file that may be shallow."""

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from cgan_demo.errors import InputError, WeightsCorrupt, WeightsNotFound
from cgan_demo.features import VGG19Features, vgg19, vgg19_layers


def test_layers_are_named_and_counted_as_torchvision_counts_them():
    places = {name: i for i, (name, _, _) in enumerate(vgg19_layers())}
    known = {"conv1_1": 0, "conv2_1": 5, "conv3_1": 10, "relu3_1": 11, "conv4_1": 19, "conv5_1": 28, "relu5_4": 35}
    assert {name: places[name] for name in known} == known and len(places) == 37
    with torch.device("meta"):
        from torchvision.models import vgg19 as whole

        theirs = {k: v.shape for k, v in whole().state_dict().items() if k.startswith("features.")}
        ours = {k: v.shape for k, v in VGG19Features(["pool5"]).state_dict().items()}
    assert ours == theirs


def test_maps_are_those_of_the_layers_on_a_normalised_picture():
    net = VGG19Features(["relu2_1", "conv1_1"])
    assert len(net.features) == 7 and not any(p.requires_grad for p in net.parameters())
    picture = torch.rand(2, 3, 16, 12) * 2 - 1
    normalised = torch.stack(
        [
            ((picture[:, c] + 1) / 2 - m) / s
            for c, (m, s) in enumerate([(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)])
        ],
        1,
    )
    first = net.features[0](normalised)
    second = net.features[5](F.max_pool2d(F.relu(net.features[2](F.relu(first))), 2))
    relu2_1, conv1_1 = net(picture)  # in the order asked for
    assert torch.allclose(conv1_1, first, atol=1e-5) and torch.allclose(relu2_1, F.relu(second), atol=1e-5)
    assert relu2_1.shape == (2, 128, 8, 6)


def test_gradients_reach_the_picture():
    picture = torch.zeros(1, 3, 8, 8, requires_grad=True)
    VGG19Features(["relu1_1"])(picture)[0].sum().backward()
    assert picture.grad is not None and picture.grad.abs().sum() > 0


def test_a_file_need_not_be_deeper_than_the_deepest_tap(tmp_path):
    made = VGG19Features(["relu2_1"])
    path = tmp_path / "vgg.safetensors"
    save_file({k: v.half() for k, v in made.state_dict().items()}, path)
    read = vgg19(["relu1_1"], path)
    assert all(torch.equal(v, made.state_dict()[k].half().float()) for k, v in read.state_dict().items())
    with pytest.raises(WeightsNotFound, match="lacks conv2_2, so there is no relu5_4 .* --content"):
        vgg19(["relu1_1", "relu5_4"], path)


def test_what_is_wrong_with_a_file_is_told(tmp_path):
    with pytest.raises(InputError, match="no layer 'relu1_3'"):
        VGG19Features(["relu1_3"])
    with pytest.raises(WeightsNotFound, match="--vgg"):
        vgg19(["relu1_1"], tmp_path / "none")
    (tmp_path / "text").write_text("hello there, no tensors")
    with pytest.raises(WeightsCorrupt, match="cannot be read"):
        vgg19(["relu1_1"], tmp_path / "text")
    save_file({"features.0.weight": torch.zeros(2, 3, 3, 3), "features.0.bias": torch.zeros(2)}, tmp_path / "small")
    with pytest.raises(WeightsCorrupt, match="not VGG-19"):
        vgg19(["relu1_1"], tmp_path / "small")


def test_without_a_file_torchvision_is_asked(monkeypatch):
    from torchvision.models import VGG19_Weights

    made = VGG19Features(["relu1_2"])
    asked = []
    monkeypatch.setattr(VGG19_Weights, "get_state_dict", lambda self, **how: (asked.append(how), made.state_dict())[1])
    assert torch.equal(vgg19(["relu1_1"]).features[0].weight, made.features[0].weight)
    assert asked == [{"check_hash": True, "weights_only": True}]

    def fails(self, **how):
        raise OSError("no route")

    monkeypatch.setattr(VGG19_Weights, "get_state_dict", fails)
    with pytest.raises(WeightsNotFound, match="no route.*--vgg"):
        vgg19(["relu1_1"])
