"""Generators of the most used public implementation, imported, give the same output; what is none is refused."""

from __future__ import annotations

import argparse
import functools
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from their_networks import SeededDropout, discriminator, resnet, trained, unet
from torch import Tensor, nn

import cgan_demo
from cgan_demo import cli, weights
from cgan_demo.errors import UnknownModel, WeightsCorrupt, WeightsError, WeightsNotFound
from cgan_demo.pix2pix.importing import import_checkpoint

Network = Callable[..., nn.Module]
State = dict[str, Tensor]


def saved(content: Any, folder: Path, name: str = "latest_net_G.pth") -> Path:
    torch.save(content, folder / name)
    return folder / name


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(7)


def noise_picture(side: int, channels: int = 3) -> Tensor:
    return torch.rand(1, channels, side, side, generator=rng()) * 2 - 1


def picture(mode: str = "RGB", side: int = 128) -> Image.Image:
    shape = (side, side) if mode == "L" else (side, side, len(mode))
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))


# The same output


@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("norm", ["batch", "instance", "tracked", "none"])
@pytest.mark.parametrize("make, size", [(unet, 7), (unet, 8), (resnet, 6), (resnet, 9)])
@torch.inference_mode()
def test_the_output_is_that_of_their_test_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Network, size: int, norm: str, dropout: bool
) -> None:
    theirs = trained(make(size, 4, norm, dropout)).train()
    folder = import_checkpoint(saved(theirs.state_dict(), tmp_path), tmp_path / "m", half=False, dropout=dropout)
    ours, x = weights.load_network(folder), noise_picture(256)
    monkeypatch.setattr(SeededDropout, "rng", rng())
    expected = theirs(x)
    assert (ours(x, generator=rng()) - expected).abs().max() < 1e-5
    if dropout:  # which changes something
        monkeypatch.setattr(SeededDropout, "rng", None)
        assert (theirs(x) - expected).abs().max() > 0.01
    config = json.loads((folder / "config.json").read_text())
    assert config["norm"] == {"batch": "picture", "tracked": "instance"}.get(norm, norm)
    assert bool(config["dropout"]) is dropout


@pytest.mark.parametrize("make, size", [(unet, 7), (resnet, 1)])
def test_dropout_can_be_left_out(tmp_path: Path, make: Network, size: int) -> None:
    path = saved(trained(make(size, 4, "batch", True)).state_dict(), tmp_path)
    for dropout, rate in ((True, 0.5), (False, 0.0)):
        assert weights.read_config(import_checkpoint(path, tmp_path / "m", dropout=dropout))["dropout"] == rate


@pytest.mark.parametrize("make, size", [(unet, 7), (resnet, 6)])
@torch.inference_mode()
def test_their_eval_is_an_option(tmp_path: Path, make: Network, size: int) -> None:
    theirs = trained(make(size, 4, "batch", True)).eval()
    folder = import_checkpoint(saved(theirs.state_dict(), tmp_path), tmp_path / "m", eval_mode=True)
    ours, x = weights.load_network(folder), noise_picture(128)
    assert (ours(x, generator=rng()) - theirs(x)).abs().max() < 1e-5
    assert (ours(x) - theirs.train()(x)).abs().max() > 0.01
    without = {name: value for name, value in theirs.state_dict().items() if "running" not in name}
    with pytest.raises(WeightsCorrupt, match="lacks .*running_mean"):
        import_checkpoint(saved(without, tmp_path), tmp_path / "none", eval_mode=True)


@torch.inference_mode()
def test_a_picture_is_normalised_by_its_own_statistics(tmp_path: Path) -> None:
    """As their test script does; with running statistics the picture would be another."""
    theirs = trained(unet(7, 4, "batch"))
    predict = cgan_demo.load(import_checkpoint(saved(theirs.state_dict(), tmp_path), tmp_path / "m"), device="cpu")
    x = torch.from_numpy(np.array(picture())).permute(2, 0, 1)[None] / 127.5 - 1

    def error(expected: Tensor) -> float:
        pixels = (expected[0] + 1).mul(127.5).permute(1, 2, 0).numpy()
        return float(np.abs(np.array(predict(picture(), noise=0)) - pixels).mean())

    assert error(theirs.train()(x)) < 1 < 10 < error(theirs.eval()(x))


@pytest.mark.parametrize("given, made", [(1, 3), (3, 1), (1, 1), (4, 4), (3, 4), (4, 1)])
@pytest.mark.parametrize("make, size", [(unet, 5), (resnet, 1)])
@torch.inference_mode()
def test_grey_and_transparent_pictures(tmp_path: Path, make: Network, size: int, given: int, made: int) -> None:
    theirs = trained(make(size, 4, "instance", given=given, made=made))
    predict = cgan_demo.load(import_checkpoint(saved(theirs.state_dict(), tmp_path), tmp_path / "m"), device="cpu")
    modes = {1: "L", 3: "RGB", 4: "RGBA"}
    image, predict.margin = picture(modes[given], 64), 0
    result = predict(image, noise=0)
    assert result.mode == modes[made] and result.size == image.size
    x = torch.from_numpy(np.array(image).reshape(64, 64, given)).permute(2, 0, 1)[None] / 127.5 - 1
    expected = (theirs(x)[0] + 1).mul(127.5).permute(1, 2, 0).numpy()
    assert np.abs(np.array(result).reshape(64, 64, made) - expected).mean() < 1  # 16-bit floats, 8-bit pixels
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):  # any picture may come
        assert predict(Image.new(mode, (20, 30)), noise=0).size == (20, 30)


def test_a_network_of_four_channels_sees_an_opaque_picture_as_opaque(tmp_path: Path) -> None:
    theirs = trained(resnet(1, 4, "instance", given=4))
    predict = cgan_demo.load(import_checkpoint(saved(theirs.state_dict(), tmp_path), tmp_path / "m"), device="cpu")
    opaque = predict(picture())
    assert np.array_equal(opaque, predict(picture().convert("RGBA")))
    written = io.BytesIO()
    picture().save(written, "PNG")
    written.seek(0)
    assert np.array_equal(opaque, predict(written))
    clear = picture().convert("RGBA")
    clear.putalpha(0)
    assert not np.array_equal(opaque, predict(clear))


# However it was saved

PREFIXES = ["", "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "netG.module.", "model.", "a.b.c."]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("make, size", [(unet, 5), (resnet, 1)])
@torch.inference_mode()
def test_words_before_the_names(tmp_path: Path, make: Network, size: int, prefix: str) -> None:
    theirs = trained(make(size, 4, "batch"))
    state = {prefix + name: value for name, value in theirs.state_dict().items()}
    same(tmp_path, theirs, state)


def same(tmp_path: Path, theirs: nn.Module, content: Any, part: str | None = None, atol: float = 1e-5) -> None:
    """Whether what comes of the content is the network."""
    folder = import_checkpoint(saved(content, tmp_path), tmp_path / "m", half=False, part=part)
    x = noise_picture(64)
    with torch.inference_mode():
        assert (weights.load_network(folder)(x) - theirs(x)).abs().max() < atol


@pytest.mark.parametrize("make, size", [(unet, 5), (resnet, 1)])
def test_wrappers_around_the_state_dict(tmp_path: Path, make: Network, size: int) -> None:
    theirs = trained(make(size, 4, "batch"))
    state, other = theirs.state_dict(), discriminator().state_dict()
    lightning = {f"netG.module.{name}": value for name, value in state.items()}
    lightning |= {f"netD.{name}": value for name, value in other.items()}
    optimizer = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 1e-4}]}
    for content in (
        {"state_dict": state},
        {"model": state, "epoch": 3, "optimizer": optimizer},
        {"model_state_dict": {"module": state}, "loss": 0.3, "args": {"netG": "any", "sizes": (1, 2)}},
        {"netG": state, "netD": other},
        {"state_dict": lightning, "optimizer_states": [optimizer], "hyper_parameters": {"lr": 1}},
        {**state, "epoch": 7},
        {"net": state, "opt": argparse.Namespace(netG="any"), "epoch": np.int64(3), "loss": np.float32(0.1)},
        [state, other],
        {"models": ({"G": state}, {"D": other})},
    ):
        same(tmp_path, theirs, content)


def test_one_of_several_generators_is_chosen_by_name(tmp_path: Path) -> None:
    first, second = trained(resnet(1, 4, "instance")), trained(resnet(2, 4, "instance"), seed=1)
    both = {"netG_A": first.state_dict(), "netG_B": {"module": second.state_dict()}}
    same(tmp_path, first, both, "netG_A")
    same(tmp_path, second, both, "netG_B")
    for part in (None, "netG_C"):
        with pytest.raises(WeightsCorrupt, match="'netG_A', 'netG_B'"):
            import_checkpoint(saved(both, tmp_path), tmp_path / "none", part=part)


@pytest.mark.parametrize("dtype, atol", [(torch.float16, 0.02), (torch.bfloat16, 0.2), (torch.float64, 1e-5)])
def test_floats_of_other_sizes(tmp_path: Path, dtype: torch.dtype, atol: float) -> None:
    theirs = trained(unet(5, 4, "batch"))
    state = {k: v.to(dtype) if v.is_floating_point() else v for k, v in theirs.state_dict().items()}
    same(tmp_path, theirs, state, atol=atol)
    old = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    same(tmp_path, theirs, old, atol=atol)


@pytest.mark.parametrize("norm", ["batch", "tracked"])
def test_running_statistics_that_nothing_uses_may_be_broken(tmp_path: Path, norm: str) -> None:
    theirs = trained(resnet(1, 4, norm)).train()
    state = {k: torch.full_like(v, torch.nan) if "running" in k else v for k, v in theirs.state_dict().items()}
    same(tmp_path, theirs, state)


def test_other_ways_of_writing_the_file(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    theirs = trained(resnet(1, 4, "instance"))
    torch.save(theirs.state_dict(), tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    save_file(theirs.state_dict(), tmp_path / "new.safetensors")
    for name in ("old.pth", "new.safetensors"):
        folder = import_checkpoint(tmp_path / name, tmp_path / name.split(".")[0], half=False)
        with torch.inference_mode():
            assert torch.allclose(weights.load_network(folder)(noise_picture(32)), theirs(noise_picture(32)), atol=1e-5)


def test_weights_too_large_for_16_bits_keep_32(tmp_path: Path) -> None:
    theirs = trained(unet(5, 4, "batch"))
    theirs.state_dict()["model.model.1.model.1.weight"].mul_(1e6)  # which the norm behind it takes back
    folder = import_checkpoint(saved(theirs.state_dict(), tmp_path), tmp_path / "m")
    with torch.inference_mode():
        assert torch.allclose(weights.load_network(folder)(noise_picture(64)), theirs(noise_picture(64)), atol=1e-4)


# From the command line, and on


@pytest.mark.parametrize("make, size", [(unet, 7), (resnet, 6)])
def test_from_the_command_line_to_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], make: Network, size: int
) -> None:
    path = saved(trained(make(size, 4, "batch")).state_dict(), tmp_path)
    assert cli.main(["import", str(path), str(tmp_path / "models" / "mine")]) == 0
    assert "statistics of each picture" in capsys.readouterr().out
    for model in (tmp_path / "models" / "mine", str(tmp_path / "models" / "mine")):
        assert cgan_demo.load(model, device="cpu")(Image.new("RGB", (50, 40))).size == (50, 40)
    monkeypatch.setenv("CGAN_DEMO_WEIGHTS", str(tmp_path / "models"))
    assert cgan_demo.load("mine", device="cpu")(Image.new("RGB", (50, 40))).size == (50, 40)
    assert cli.main(["import", str(path), str(path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1 and torch.load(path, weights_only=True)
    for nothing in ("", "models/none", "x" * 5000, "\0"):
        with pytest.raises(UnknownModel):
            cgan_demo.load(nothing)


def test_the_catalogs_name_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    import_checkpoint(saved(trained(resnet(1, 4, "instance")).state_dict(), tmp_path), "map-to-aerial")
    assert weights.find("map-to-aerial").resolve() != (tmp_path / "map-to-aerial").resolve()


# What is no such checkpoint


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path("exploded").touch, ())


def with_(state: State, **changes: Any) -> State:
    return {**state, **{name.replace("__", "."): value for name, value in changes.items()}}


@functools.cache
def unfit() -> dict[str, Any]:
    """State dicts that are nearly right, and other things that people have in such files."""
    u, r = unet(5, 4, "batch").state_dict(), resnet(2, 4, "instance").state_dict()
    looped: dict[str, Any] = {"a": 1}
    looped["itself"] = looped
    return {
        "nothing": {},
        "a list": [1, 2],
        "a number": 3,
        "a tensor": torch.zeros(3),
        "code": Bomb(),
        "a loop": looped,
        "an epoch": {"epoch": 3},
        "a discriminator": discriminator().state_dict(),
        "a wrapped discriminator": {"model": discriminator().state_dict()},
        "an optimizer": torch.optim.Adam(resnet(1, 4, "instance").parameters()).state_dict(),
        "stylegan": {"G_ema": {"synthesis.b4.const": torch.zeros(512, 4, 4), "mapping.fc0.weight": torch.zeros(4, 4)}},
        "another network": nn.Sequential(nn.Linear(3, 3)).state_dict(),
        "a missing kernel": {k: v for k, v in u.items() if k != "model.model.1.model.3.model.1.weight"},
        "a missing gain": {k: v for k, v in u.items() if k != "model.model.1.model.2.weight"},
        "a missing bias": {k: v for k, v in u.items() if k != "model.model.3.bias"},
        "a missing block": {k: v for k, v in r.items() if "model.10." not in k},
        "one of its biases": {k: v for k, v in r.items() if k != "model.4.bias"},
        "one layer more": with_(u, model__model__9__weight=torch.zeros(1)),
        "another kernel": with_(u, model__model__1__model__1__weight=torch.zeros(3, 3, 4, 4)),
        "a flat kernel": with_(u, model__model__0__weight=torch.zeros(4)),
        "no size": with_(r, model__1__weight=torch.zeros(0, 3, 7, 7)),
        "much too wide": with_(r, model__1__weight=torch.zeros(1000000, 3, 7, 7).to_sparse()),
        "not its own numbers": with_(r, model__1__weight=torch.zeros(1).expand(1 << 20, 1 << 10, 7, 7)),
        "a number for a kernel": with_(u, model__model__0__weight=3),
        "words for a kernel": with_(r, model__4__weight="none"),
        "whole numbers": with_(r, model__4__weight=torch.zeros(8, 4, 3, 3, dtype=torch.int8)),
        "complex numbers": with_(r, model__4__weight=torch.zeros(8, 4, 3, 3, dtype=torch.complex64)),
        "not a number": with_(r, model__4__weight=torch.full((8, 4, 3, 3), torch.nan)),
        "endless": with_(u, model__model__3__bias=torch.full((3,), torch.inf)),
        "endless, too": with_(r, model__1__bias=torch.full((4,), -torch.inf)),
        "two of a name": {**u, **{f"module.{k}": v for k, v in u.items()}},
        "two channels": unet(5, 4, "batch", given=2).state_dict(),
        "six channels": resnet(1, 4, "batch", made=6).state_dict(),
        "twelve levels": unet(12, 1, "batch").state_dict(),
    }


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence that the command line says of a file; nothing is written."""
    assert cli.main(["import", str(path), "out"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and said.err.endswith(".\n") and len(said.err) < 500
    assert not Path("out").exists() and not Path("exploded").exists()
    return said.err


@pytest.mark.parametrize("what", unfit())
def test_what_cannot_be_imported_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "bad.pth" in refused(saved(unfit()[what], tmp_path, "bad.pth"), capsys)


@pytest.mark.filterwarnings("ignore:.torch.jit.script")
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_files_of_other_kinds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"bad.{suffix}"
    saved(trained(resnet(1, 4, "instance")).state_dict(), tmp_path, "good.pth")
    whole = (tmp_path / "good.pth").read_bytes()
    with zipfile.ZipFile("photos.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    torch.jit.script(nn.ReLU()).save("script.pt")
    for data in (
        b"",
        b"hello",
        pickle.dumps(Bomb()),
        pickle.dumps({"model.1.weight": 3}),
        whole[: len(whole) // 2],
        whole[100:],
        Path("photos.zip").read_bytes(),
        Path("script.pt").read_bytes(),
    ):
        path.write_bytes(data)
        refused(path, capsys)


def test_damaged_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with some bytes changed is refused, or still a network; never anything else."""
    monkeypatch.chdir(tmp_path)
    whole = saved(trained(resnet(1, 1, "instance")).state_dict(), tmp_path).read_bytes()
    random = np.random.default_rng(0)
    for _ in range(30):
        data = np.frombuffer(whole, np.uint8).copy()
        places = random.integers(0, len(data), 8)
        data[places] = random.integers(0, 256, 8)
        Path("bad.pth").write_bytes(data.tobytes())
        try:
            import_checkpoint("bad.pth", "out")
        except WeightsError as error:
            assert "\n" not in str(error)


def test_no_file_and_no_folder(tmp_path: Path) -> None:
    for nothing in (tmp_path / "nowhere.pth", tmp_path):
        with pytest.raises(WeightsNotFound):
            import_checkpoint(nothing, tmp_path / "out")
    path = saved(trained(resnet(1, 4, "instance")).state_dict(), tmp_path)
    for place in (path, path / "below"):
        with pytest.raises(WeightsError):
            import_checkpoint(path, place)
