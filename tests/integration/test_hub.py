"""From `cgan-demo push` to a clean checkout without `weights/`: the same pictures, byte for byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hub_server import serve

import cgan_demo
from cgan_demo import catalog, cli, weights

PUSHED = ("map-to-aerial", "text-to-flower", "super-resolution")
PAINT = """
import sys
from pathlib import Path
import cgan_demo, torch
from PIL import Image
torch.set_num_threads(1)
picture = Image.linear_gradient("L").convert("RGB").resize((72, 64))
picture.paste((177, 209, 254), (10, 10, 40, 30))
painted = {
    "map-to-aerial": cgan_demo.load("map-to-aerial", device="cpu")(picture, seed=3),
    "text-to-flower": cgan_demo.load("text-to-flower", device="cpu")("a red flower", count=2, seed=3)[1],
    "super-resolution": cgan_demo.load("super-resolution", device="cpu")(picture),
}
for name, picture in painted.items():
    picture.save(Path(sys.argv[1], f"{name}.png"))
print(cgan_demo.__file__)
"""
CHECKOUT = Path(cgan_demo.__file__).parents[1]


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A checkout without weights."""
    root = tmp_path / "checkout"
    shutil.copytree(
        CHECKOUT / "cgan_demo", root / "cgan_demo", ignore=shutil.ignore_patterns("__pycache__", "_weights")
    )
    shutil.copyfile(CHECKOUT / "pyproject.toml", root / "pyproject.toml")
    return root


def paint(checkout: Path, to: Path, **environment: str) -> subprocess.Popen[str]:
    to.mkdir()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "CGAN_DEMO_"))}
    return subprocess.Popen(
        [sys.executable, "-c", PAINT, str(to)],
        cwd=to,
        env={**inherited, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_checkout_without_weights_paints_what_was_pushed(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CGAN_DEMO_WEIGHTS", raising=False)
    with serve() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        monkeypatch.setenv("HF_TOKEN", "hf_test")
        for model in map(catalog.get, PUSHED):
            assert cli.main(["push", model.id, model.hub_repo]) == 0
            assert set(hub.tags[model.hub_repo][model.revision]) == set(weights.FILES)
        hub.requests.clear()
        programs = {
            CHECKOUT: paint(CHECKOUT, tmp_path / "with", HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "none")),
            clean: paint(clean, tmp_path / "without", HF_ENDPOINT=hub.endpoint, HF_HOME=str(tmp_path / "hf")),
        }
        for checkout, program in programs.items():
            out, err = program.communicate(timeout=400)
            assert program.returncode == 0, err[-2000:]
            assert Path(out.strip()).is_relative_to(checkout)
    fetched = [request for request in hub.requests if request.startswith("GET") and weights.WEIGHTS in request]
    assert len(fetched) == len(PUSHED) and all("/resolve/v1/" in request for request in fetched)
    for name in PUSHED:
        painted = [(tmp_path / folder / f"{name}.png").read_bytes() for folder in ("with", "without")]
        assert painted[0] == painted[1], name
