"""Every model of the catalog, by one test, so that a new row is tested for free."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

import cgan_demo
from cgan_demo import catalog, weights
from cgan_demo.data.alignment import Eyes
from cgan_demo.device import bfloat16_pays, limit_threads, pick_device, serving_threads
from cgan_demo.errors import InputError, UnknownModel
from cgan_demo.pix2pix.light import LightUNetGenerator

BUNDLED = Path(__file__).parents[2] / "weights"


@pytest.mark.parametrize("model", catalog.MODELS, ids=lambda model: model.id)
def test_every_model_is_described_and_runs(
    model: catalog.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", model.id) and model.hub_repo.endswith(f"/{model.id}")
    assert model.title and model.summary.endswith(".") and model.revision
    assert model.sha256 is None or re.fullmatch("[0-9a-f]{64}", model.sha256)
    monkeypatch.delenv("CGAN_DEMO_WEIGHTS", raising=False)
    if not (BUNDLED / model.id).is_dir():  # not trained yet: a tiny random network shows that the rest fits
        monkeypatch.setenv("CGAN_DEMO_WEIGHTS", str(tmp_path))
        weights.save_network(LightUNetGenerator(widths=(8, 8), noise_channels=1), tmp_path / model.id, model.system)
    predictor = cgan_demo.load(model.id, device="cpu")
    assert predictor.model_id == model.id
    picture = Image.new("RGB", (48, 32), "white")
    picture.paste("black", (10, 10, 30, 14))
    if model.target == "eyes":
        assert predictor(picture) == []
        return
    if model.system == "cyclegan":
        assert predictor(picture, strength=0.5).size == predictor.there_and_back(picture)[1].size == (48, 32)
        return
    if model.system == "gan_cls":
        assert [p.size for p in predictor("a red flower", count=2)] == [(128, 128)] * 2
        return
    if model.system == "dcgan":
        found = predictor.project(picture, steps=1, framed=True)
        assert predictor(seed=0).size == found.picture.size == (128, 128) and predictor.directions
        return
    if model.system == "super_resolution":
        assert predictor(picture, [picture]).size == (192, 128)
        return
    if model.system == "caae":
        assert predictor(picture, age=30, eyes=Eyes((12, 12), (28, 12))).size == (128, 128)
        return
    result = predictor(picture) if model.id == "photo-to-edges" else predictor(picture, seed=0)
    first = result[0] if isinstance(result, list) else result
    assert first.size in {(48, 32), (256, 256)}  # the sketch models know one framing only


def test_ids_are_unique() -> None:
    assert len(set(cgan_demo.list_models())) == len(catalog.MODELS)


def test_an_unknown_model_names_the_nearest() -> None:
    with pytest.raises(UnknownModel, match="map-to-aerial, .*Did you mean 'map-to-aerial'"):
        catalog.get("map-to-arial")
    with pytest.raises(UnknownModel):
        cgan_demo.load("../../etc")


def test_importing_the_package_is_light() -> None:
    code = "import sys, cgan_demo; print([m for m in ('torch', 'gradio', 'accelerate', 'PIL') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_serving_needs_no_library_of_training() -> None:
    """A room's recipe and step stand beside its networks; what they call for while training is not there to serve."""
    code = (
        "import sys; from cgan_demo import catalog; [catalog.room(system) for system in catalog.systems()]; "
        "print([m for m in sys.modules if m in ('accelerate', 'torchmetrics', 'tensorboard', 'matplotlib', 'gradio')])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_threads_and_device_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGAN_DEMO_THREADS", "3")
    assert serving_threads() == 3
    for text in ("0", "many"):
        monkeypatch.setenv("CGAN_DEMO_THREADS", text)
        with pytest.raises(InputError, match="CGAN_DEMO_THREADS"):
            serving_threads()
    monkeypatch.delenv("CGAN_DEMO_THREADS")
    assert serving_threads() is None
    monkeypatch.setenv("CGAN_DEMO_DEVICE", "cpu")
    assert pick_device().type == "cpu"
    with pytest.raises(InputError, match="CGAN_DEMO_DEVICE"):
        pick_device("toaster")


def test_without_the_setting_no_more_than_four_threads_are_used() -> None:
    before = torch.get_num_threads()
    try:
        for count, there, used in ((None, 7, 4), (None, 2, 2), (6, 2, 6)):
            torch.set_num_threads(there)
            limit_threads(count)
            assert torch.get_num_threads() == used
    finally:
        torch.set_num_threads(before)


def test_bfloat16_is_tried_out_on_a_processor_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    assert not bfloat16_pays("mps")
    for slow, pays in ((torch.bfloat16, False), (torch.float32, True)):
        seconds = [0.0]

        def conv2d(x: torch.Tensor, *_: object, slow=slow, seconds=seconds, **__: object) -> None:
            seconds[0] += 1 if x.dtype == slow else 0.1

        monkeypatch.setattr("torch.nn.functional.conv2d", conv2d)
        monkeypatch.setattr("time.perf_counter", lambda seconds=seconds: seconds[0])
        bfloat16_pays.cache_clear()
        assert bfloat16_pays("cpu") is pays
    bfloat16_pays.cache_clear()
