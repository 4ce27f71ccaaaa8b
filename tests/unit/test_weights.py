"""Weights are found in order, verified, published and pulled; the Hub here is a server on loopback."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parents[1]))

from hub_server import Hub, serve  # noqa: E402

from cgan_demo import catalog, weights  # noqa: E402
from cgan_demo.errors import HubError, UnknownModel, WeightsCorrupt, WeightsError, WeightsNotFound  # noqa: E402
from cgan_demo.pix2pix.light import LightUNetGenerator  # noqa: E402
from cgan_demo.pix2pix.paper import UNetGenerator  # noqa: E402

MODEL = "map-to-aerial"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    folder = weights.save_network(LightUNetGenerator(widths=(8, 8), noise_channels=1), tmp_path / "made" / MODEL)
    (folder / "README.md").write_text("---\nlicense: other\n---\n# A card\n")
    return folder


@pytest.fixture
def hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub that holds the model; the catalog knows its hash; nothing is bundled."""
    digest = weights.file_sha256(folder / "model.safetensors")
    rows = tuple(replace(model, sha256=digest if model.id == MODEL else None) for model in catalog.MODELS)
    monkeypatch.setattr(catalog, "MODELS", rows)
    monkeypatch.setattr(weights, "folders", lambda name: [])
    monkeypatch.delenv("CGAN_DEMO_WEIGHTS", raising=False)
    with serve() as hub:
        files, repo = {path.name: path.read_bytes() for path in folder.iterdir()}, catalog.get(MODEL).hub_repo
        hub.files[repo], hub.tags[repo] = files, {catalog.get(MODEL).revision: files}
        yield hub


def bundle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "folders", lambda name: [folder.parent])


# Files


@pytest.mark.parametrize(
    "network",
    [LightUNetGenerator(widths=(8, 16), noise_channels=2), UNetGenerator(width=4, depth=4, norm="batch", dropout=0.0)],
    ids=["light", "unet"],
)
def test_saved_and_loaded(network: torch.nn.Module, tmp_path: Path) -> None:
    folder = weights.save_network(network, tmp_path / "m")
    assert {v.dtype for v in load_file(folder / "model.safetensors").values()} <= {torch.float16, torch.int64}
    before = torch.get_rng_state()
    loaded = weights.load_network(folder)
    assert torch.equal(before, torch.get_rng_state())
    assert type(loaded) is type(network) and not loaded.training
    assert not any(p.requires_grad or p.is_meta or p.dtype != torch.float32 for p in loaded.parameters())
    for name, value in network.state_dict().items():
        assert torch.allclose(loaded.state_dict()[name], value, atol=1e-3)
    mixin = type(network).from_pretrained(folder)  # the extra keys of config.json do not disturb it
    for name, value in mixin.state_dict().items():
        assert torch.equal(value.float(), loaded.state_dict()[name].float())


def test_half_precision_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    network = LightUNetGenerator(widths=(8, 8))
    torch.nn.init.constant_(network.head.bias, 1e6)
    with pytest.raises(WeightsCorrupt, match="head.bias"):
        weights.save_network(network, tmp_path)
    assert weights.load_network(weights.save_network(network, tmp_path, half=False)).head.bias[0] == 1e6


@pytest.mark.parametrize(
    "file, content",
    [
        ("config.json", b"{"),
        ("config.json", b"[]"),
        ("config.json", b'{"architecture": "os.system"}'),
        ("config.json", b'{"architecture": "LightUNetGenerator", "system": "nowhere"}'),
        ("config.json", b'{"architecture": "LightUNetGenerator", "widths": [8, 16], "noise_channels": 1}'),
        ("config.json", b'{"architecture": "LightUNetGenerator", "widths": [1000000, 1000000]}'),
        ("config.json", b'{"architecture": "LightUNetGenerator", "widths": "wide"}'),
        ("config.json", b'{"architecture": "UNetGenerator"}'),
        ("model.safetensors", b"version https://git-lfs.github.com/spec/v1\n"),
        ("model.safetensors", b""),
    ],
)
def test_damaged_files_are_named(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)
    with pytest.raises(WeightsCorrupt):
        weights.load_network(folder)


def test_weights_that_end_too_early_are_named(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsCorrupt, match="cannot be read"):
        weights.load_network(folder)


def test_missing_file(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(WeightsNotFound, match="model.safetensors"):
        weights.load_network(folder)


# Order


def test_own_folder_comes_first_and_is_not_verified(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = weights.save_network(LightUNetGenerator(widths=(8,)), folder.parent.parent / "own" / MODEL)
    weights.save_network(LightUNetGenerator(widths=(8,)), other.parent / "mine")
    bundle(folder, monkeypatch)
    monkeypatch.setenv("CGAN_DEMO_WEIGHTS", str(other.parent))
    assert weights.find(MODEL, hub.endpoint) == other
    assert weights.find("mine").name == "mine"
    with pytest.raises(UnknownModel):
        weights.find("../own/mine")
    assert hub.requests == []


def test_bundled_comes_before_the_hub_and_is_verified(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle(folder, monkeypatch)
    assert weights.find(MODEL, hub.endpoint) == folder
    assert hub.requests == []
    (folder / "model.safetensors").write_bytes(b"x")
    with pytest.raises(WeightsCorrupt, match="sha256") as caught:
        weights.find(MODEL, hub.endpoint)
    assert f"cgan-demo pull {MODEL} --to {folder.parent}" in str(caught.value)
    weights.pull(MODEL, hub.endpoint, to=folder.parent, cache_dir=folder.parent.parent / "cache")  # as it says
    assert weights.load_network(weights.find(MODEL)).noise_channels == 1


def test_the_checkouts_weights_folder_is_a_bundled_one() -> None:
    roots = weights.folders("weights")
    package = Path(weights.__file__).parent
    assert roots[0] == package / "_weights"
    assert roots[1:] in ([], [package.parent / "weights"])


# The Hub


def test_first_download_then_cache_then_offline(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TQDM_POSITION", "-1")  # show the bar although this is no terminal
    first = weights.find(MODEL, hub.endpoint, tmp_path)
    assert "model.safetensors" in capfd.readouterr().err  # the progress bar
    assert weights.load_network(first).noise_channels == 1
    assert {path.name for path in first.iterdir()} == {"config.json", "model.safetensors", "README.md"}
    hub.requests.clear()
    assert weights.find(MODEL, hub.endpoint, tmp_path) == first
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert weights.find(MODEL, hub.endpoint, tmp_path) == first
    assert hub.requests == []
    with pytest.raises(HubError, match="HF_HUB_OFFLINE"):
        weights.find(MODEL, hub.endpoint, tmp_path / "cold")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_damaged_cache_is_downloaded_again(hub: Hub, tmp_path: Path, name: str) -> None:
    file = weights.find(MODEL, hub.endpoint, tmp_path) / name
    file.write_bytes(b"rot")
    found = weights.find(MODEL, hub.endpoint, tmp_path)
    assert weights.load_network(found).noise_channels == 1


def test_pull_copies_into_a_folder(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = weights.pull(MODEL, hub.endpoint, to=tmp_path / "models", cache_dir=tmp_path / "cache")
    assert target == tmp_path / "models" / MODEL
    monkeypatch.setenv("CGAN_DEMO_WEIGHTS", str(tmp_path / "models"))
    assert weights.find(MODEL) == target


def test_a_model_without_a_card_is_pulled(hub: Hub, tmp_path: Path) -> None:
    del hub.files[catalog.get(MODEL).hub_repo]["README.md"]
    assert weights.find(MODEL, hub.endpoint, tmp_path).is_dir()


def fail(hub: Hub, how: str) -> type[WeightsError]:
    repo = hub.files[catalog.get(MODEL).hub_repo]
    if how == "wrong hash":
        repo["model.safetensors"] = b"something else"
        return WeightsCorrupt
    if how == "missing file":
        del repo["model.safetensors"]
        return WeightsNotFound
    if how == "missing repository":
        hub.files.clear()
        return WeightsNotFound
    if how == "timeout":
        hub.delay = 1.5
    elif how == "nobody there":
        hub.endpoint = "http://127.0.0.1:9"
    else:
        hub.status = int(how)
    return HubError


FAILURES = ["wrong hash", "missing file", "missing repository", "401", "403", "503", "timeout", "nobody there"]


@pytest.mark.parametrize("how", FAILURES)
def test_each_failure_is_one_sentence(hub: Hub, tmp_path: Path, how: str) -> None:
    expected = fail(hub, how)
    with pytest.raises(expected) as caught:
        weights.find(MODEL, hub.endpoint, tmp_path, timeout=0.3)
    message = str(caught.value)
    assert "\n" not in message and message.endswith(".")
    assert (how if how.isdigit() else MODEL) in message


@pytest.mark.parametrize("how", FAILURES)
def test_each_failure_falls_back_to_bundled_weights(
    hub: Hub, folder: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bundle(folder, monkeypatch)
    fail(hub, how)
    assert weights.find(MODEL, hub.endpoint, tmp_path, refresh=True, timeout=0.3) == folder
    assert "bundled weights" in caplog.text


def test_push_then_pull(hub: Hub, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "MODELS", tuple(replace(m, hub_repo="someone/maps") for m in catalog.MODELS))
    address = weights.push(MODEL, "someone/maps", hub.endpoint, folder=folder, token="hf_test")
    assert address.startswith(f"{hub.endpoint}/someone/maps/commit/")
    pulled = weights.pull(MODEL, hub.endpoint, cache_dir=tmp_path)
    for path in folder.iterdir():
        assert (pulled / path.name).read_bytes() == path.read_bytes()
    assert json.loads((pulled / "config.json").read_text())["architecture"] == "LightUNetGenerator"


def test_push_tags_the_pinned_revision_and_moves_no_tag(hub: Hub, folder: Path, tmp_path: Path) -> None:
    repo, first = "someone/maps", (folder / "config.json").read_bytes()
    (folder / "LICENSE").write_text("Terms.\n")
    weights.push(MODEL, repo, hub.endpoint, folder=folder, token="hf_test")
    assert set(hub.tags[repo]) == {catalog.get(MODEL).revision} and hub.files[repo]["LICENSE"] == b"Terms.\n"
    weights.save_network(LightUNetGenerator(widths=(8,)), folder)
    with pytest.raises(WeightsError, match="has a revision v1 already.*nothing was published.*--revision"):
        weights.push(MODEL, repo, hub.endpoint, folder=folder, token="hf_test")
    assert hub.files[repo]["config.json"] == first
    weights.push(MODEL, repo, hub.endpoint, folder=folder, token="hf_test", revision="v2")
    kept = {tag: files["config.json"] for tag, files in hub.tags[repo].items()}
    assert kept == {"v1": first, "v2": (folder / "config.json").read_bytes()} and kept["v2"] != first
    weights.push("mine", "someone/mine", hub.endpoint, folder=folder, token="hf_test")
    assert "someone/mine" not in hub.tags  # the catalog pins nothing of a model that it lacks


def test_push_is_refused(hub: Hub, folder: Path) -> None:
    hub.status = 401
    with pytest.raises(HubError, match="HF_TOKEN"):
        weights.push(MODEL, "someone/maps", hub.endpoint, folder=folder, token="hf_test")
    (folder / "README.md").unlink()
    with pytest.raises(WeightsNotFound, match="README"):
        weights.push(MODEL, "someone/maps", hub.endpoint, folder=folder)
