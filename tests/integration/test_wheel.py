"""The package as it is installed from a wheel: nothing of the checkout is beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from test_home import address

from cgan_demo import catalog

ROOT = Path(__file__).resolve().parents[2]
# Everything that is bundled, and is no code.
BUNDLED = {"weights": "_weights", "assets": "_assets"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a wheel installs, without what it depends on."""
    made, site = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    alone = ["--no-deps", "--no-index"]
    build = ["wheel", *alone, "--no-build-isolation", "-w", str(made), str(ROOT)]
    install = ["install", *alone, "--no-compile", "--target", str(site)]
    subprocess.run([*pip, *build], check=True, timeout=300)
    subprocess.run([*pip, *install, *map(str, made.glob("*.whl"))], check=True, timeout=300)
    return site


@pytest.fixture(scope="module")
def url(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of the installed package, opened from a folder that has nothing to do with it."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    env = {**os.environ, "PYTHONPATH": str(site), "PYTHONUNBUFFERED": "1"}
    log = elsewhere / "log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "cgan_demo.cli", "serve"]
        program = subprocess.Popen(command, cwd=elsewhere, env=env, stdout=out, stderr=out)
    try:
        yield address(program, log)
    finally:
        program.kill()
        program.wait()


def files(folder: Path) -> dict[Path, int]:
    """And their sizes."""
    return {path.relative_to(folder): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_has_all_that_is_bundled(site: Path) -> None:
    for here, there in BUNDLED.items():
        assert files(ROOT / here) == files(site / "cgan_demo" / there)


def components(url: str) -> list[dict[str, Any]]:
    return [component["props"] for component in httpx.get(url + "/config").json()["components"]]


def test_the_installed_page_shows_what_the_checkouts_does(url: str) -> None:
    shown = components(url)
    galleries = {props.get("elem_id"): props["value"] for props in shown if isinstance(props.get("value"), list)}
    assert len(galleries["age-examples"]) == 8 and len(galleries["sharpen-examples"]) == 3
    cards = {label[12:] for props in shown if str(label := props.get("label")).startswith("Model card: ")}
    assert cards == {model.id for model in catalog.MODELS}
    assert any("Six objectives side by side" in str(props.get("value")) for props in shown)
    figures = [props["value"] for props in shown if "figure" in (props.get("elem_classes") or ())]
    assert len(figures) == 3
    for item in [
        *galleries["age-examples"],
        *galleries["sharpen-examples"],
        *(item for row in figures for item in row),
    ]:
        assert httpx.get(url + "/gradio_api/file=" + item["image"]["path"]).headers["content-type"].startswith("image/")


def test_the_installed_page_paints(url: str, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 220, 180)).save(tmp_path / "map.png")
    client = Client(url, verbose=False, download_files=str(tmp_path))
    answer = client.predict(handle_file(tmp_path / "map.png"), 0, api_name="/map_to_aerial")
    assert Image.open(answer).size == (64, 64)
