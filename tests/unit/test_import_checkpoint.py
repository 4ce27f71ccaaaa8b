"""A generator of the most used public implementation, imported, gives the same output."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import cgan_demo
from cgan_demo import weights
from cgan_demo.errors import WeightsCorrupt, WeightsNotFound
from cgan_demo.pix2pix.importing import import_checkpoint


class Block(nn.Module):
    """Theirs: one level of the nested U-Net, named so that the state dict has their keys."""

    def __init__(self, outer: int, inner: int, norm: str, inside: Block | None, given: int | None = None):
        super().__init__()
        outermost, bias = given is not None, norm == "instance"
        down: list[nn.Module] = [nn.LeakyReLU(0.2, True)] if not outermost else []
        down.append(nn.Conv2d(given or outer, inner, 4, 2, 1, bias=bias))
        if not outermost and inside:
            down.append(self._norm(norm, inner))
        width = inner * 2 if inside else inner
        up: list[nn.Module] = [nn.ReLU(True), nn.ConvTranspose2d(width, outer, 4, 2, 1, bias=bias or outermost)]
        up.append(nn.Tanh() if outermost else self._norm(norm, outer))
        self.outermost = outermost
        self.model = nn.Sequential(*down, *([inside] if inside else []), *up)

    @staticmethod
    def _norm(norm: str, channels: int) -> nn.Module:
        return nn.BatchNorm2d(channels) if norm == "batch" else nn.InstanceNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


class Generator(nn.Module):
    def __init__(self, depth: int, width: int, norm: str = "batch"):
        super().__init__()
        block = Block(width * 8, width * 8, norm, None)
        for _ in range(depth - 5):
            block = Block(width * 8, width * 8, norm, block)
        for factor in (4, 2, 1):
            block = Block(width * factor, width * factor * 2, norm, block)
        self.model = Block(3, width, norm, block, given=3)

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


def reference(depth: int, norm: str = "batch") -> Generator:
    torch.manual_seed(0)
    network = Generator(depth, 4, norm)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.2)
            nn.init.normal_(module.bias, 0, 0.2)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return network.eval()


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("depth, norm", [(7, "batch"), (8, "batch"), (8, "instance")])
@torch.inference_mode()
def test_output_is_equal(tmp_path: Path, depth: int, norm: str, prefix: str) -> None:
    theirs = reference(depth, norm)
    state = {prefix + name: value for name, value in theirs.state_dict().items()}
    assert f"{prefix}model.model.1.model.3.model.1.weight" in state
    torch.save(state, tmp_path / "latest_net_G.pth")
    folder = import_checkpoint(tmp_path / "latest_net_G.pth", tmp_path / "m", half=False)
    x = torch.rand(1, 3, 512, 256) * 2 - 1
    expected = theirs(x.clone())
    assert (weights.load_network(folder)(x) - expected).abs().max() < 1e-5
    config = json.loads((folder / "config.json").read_text())
    assert (config["depth"], config["width"], config["norm"]) == (depth, 4, norm)


def test_the_imported_model_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    torch.save(reference(7).state_dict(), tmp_path / "latest_net_G.pth")
    import_checkpoint(tmp_path / "latest_net_G.pth", tmp_path / "mine")
    monkeypatch.setenv("CGAN_DEMO_WEIGHTS", str(tmp_path))
    assert cgan_demo.load("mine", device="cpu")(Image.new("RGB", (50, 40))).size == (50, 40)


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path("exploded").touch, ())


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_what_is_not_such_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    good = reference(7).state_dict()
    renamed = {"model.1.weight": torch.zeros(64, 3, 7, 7), "model.1.bias": torch.zeros(64)}
    missing = {name: value for name, value in good.items() if name != "model.model.1.model.1.weight"}
    reshaped = {**good, "model.model.1.model.1.weight": torch.zeros(3, 3, 4, 4)}
    extra = {**good, "model.model.9.weight": torch.zeros(1)}
    flat = {**good, "model.model.0.weight": torch.zeros(4)}
    for content in (renamed, missing, reshaped, extra, flat, {}, [1, 2], {"epoch": 3}, Bomb()):
        torch.save(content, "bad.pth")
        with pytest.raises(WeightsCorrupt):
            import_checkpoint("bad.pth", "out")
    for data in (b"", b"hello", pickle.dumps(Bomb())):
        Path("bad.pth").write_bytes(data)
        with pytest.raises(WeightsCorrupt):
            import_checkpoint("bad.pth", "out")
    with pytest.raises(WeightsNotFound):
        import_checkpoint("nowhere.pth", "out")
    assert not Path("exploded").exists() and not Path("out").exists()
