"""The face embedding: its files are read rightly, whatever they hold."""

import json

import numpy as np
import pytest
import torch

from cgan_demo.errors import WeightsCorrupt, WeightsNotFound
from cgan_demo.evaluation.identity import MEAN, PLAN, FaceEmbedding, load_embedding


def write_model(folder, forget: str = "") -> dict[str, np.ndarray]:
    """Random weights in the package's format: 8-bit but for biases. Returns the values that should be read."""
    rng, entries, raw, values = np.random.default_rng(0), [], b"", {}

    def add(name: str, shape: tuple[int, ...], quantised: bool = True) -> None:
        nonlocal raw
        entry = {"name": name, "shape": list(shape), "dtype": "float32"}
        if quantised:
            steps = rng.integers(0, 256, shape).astype(np.uint8)
            entry["quantization"] = {"dtype": "uint8", "scale": 0.001, "min": -0.1}
            values[name], raw = steps * np.float32(0.001) - np.float32(0.1), raw + steps.tobytes()
        else:
            values[name] = rng.normal(0, 0.1, shape).astype(np.float32)
            raw += values[name].tobytes()
        if name != forget:
            entries.append(entry)

    def add_conv(name: str, kernel: int, inner: int, out: int) -> None:
        add(f"{name}/conv/filters", (kernel, kernel, inner, out))
        for part in ("conv/bias", "scale/weights", "scale/biases"):
            add(f"{name}/{part}", (out,), quantised=False)

    add_conv("conv32_down", 7, 3, 32)
    for name, inner, out in PLAN:
        add_conv(f"{name}/conv1", 3, inner, out)
        add_conv(f"{name}/conv2", 3, out, out)
    add("fc", (256, 128))
    (folder / "face_recognition_model-weights_manifest.json").write_text(json.dumps([{"weights": entries}]))
    (folder / "face_recognition_model.bin").write_bytes(raw)
    return values


def test_weights_are_read_with_their_scaling_folded_in(tmp_path):
    values = write_model(tmp_path)
    net = load_embedding(tmp_path)
    x = torch.randn(1, 3, 9, 9)
    name = "conv32_down"
    kernel = torch.from_numpy(values[f"{name}/conv/filters"]).permute(3, 2, 0, 1)
    plain = torch.nn.functional.conv2d(x, kernel, torch.from_numpy(values[f"{name}/conv/bias"]), 2)
    scale, bias = (torch.from_numpy(values[f"{name}/scale/{k}"]).view(1, -1, 1, 1) for k in ("weights", "biases"))
    assert torch.allclose(net.conv32_down(x), plain * scale + bias, atol=1e-5)
    assert torch.allclose(net.fc.weight, torch.from_numpy(values["fc"]).T)


def test_a_face_becomes_128_numbers(tmp_path):
    write_model(tmp_path)
    net = load_embedding(tmp_path)
    faces = torch.rand(2, 3, 128, 128) * 2 - 1
    embedded = net(faces)
    assert embedded.shape == (2, 128) and torch.allclose(net(faces[1:]), embedded[1:], atol=1e-5)
    mean = torch.tensor(MEAN).view(1, 3, 1, 1) / 127.5 - 1
    assert torch.allclose(net(mean.expand(1, 3, 64, 64)), net(mean.expand(1, 3, 150, 150)), atol=1e-5)
    assert sum(p.numel() for p in FaceEmbedding().parameters()) > 5e6


def test_missing_or_foreign_files_are_told(tmp_path):
    with pytest.raises(WeightsNotFound, match="face-api"):
        load_embedding(tmp_path)
    write_model(tmp_path, forget="fc")
    with pytest.raises(WeightsCorrupt, match="fc"):
        load_embedding(tmp_path)


def test_a_picture_of_bytes_is_the_same_face(tmp_path):
    write_model(tmp_path)
    net = load_embedding(tmp_path)
    picture = torch.randint(0, 256, (1, 3, 128, 128), dtype=torch.uint8)
    assert torch.equal(net(picture), net(picture.float() / 127.5 - 1))
