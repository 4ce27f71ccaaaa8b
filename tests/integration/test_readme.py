"""The README's snippets do what they show: from Python and over HTTP, with the bundled weights and the real page.

A snippet is the fenced block after a comment `<!-- run: KIND MODEL ... -->`. Those of one kind run one after the other,
and share their names. One whose models are not in the catalog yet is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter

import cgan_demo
from cgan_demo.ui.page import build_page, launch_options

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "http://127.0.0.1:7860"
SNIPPET = re.compile(r"<!-- run: (\w+)([^>]*) -->\n```python\n(.*?)```", re.DOTALL)


def snippets(kind: str) -> str:
    """Those of `kind` as one program."""
    found = SNIPPET.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    models = set(cgan_demo.list_models())
    return "\n".join(code for name, needs, code in found if name == kind and set(needs.split()) <= models)


def run(program: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(program, "README.md", "exec"), names)
    return names


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the files that the snippets name."""
    folder = tmp_path_factory.mktemp("readme")
    drawing = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(drawing).polygon([(40, 180), (50, 120), (120, 130), (210, 165), (215, 185)], outline="black")
    drawing.save(folder / "drawing.png")
    place = Image.effect_noise((256, 256), 90).convert("RGB").filter(ImageFilter.GaussianBlur(2))
    place.save(folder / "map.png")
    place.crop((0, 0, 48, 40)).save(folder / "small.png")
    place.crop((0, 0, 120, 100)).save(folder / "other.jpg")
    face = Image.open(ROOT / "assets" / "faces" / "1.png").convert("RGB").resize((160, 160))
    photo = Image.new("RGB", (320, 280), (150, 150, 150))
    photo.paste(face, (80, 60))
    photo.save(folder / "face.jpg")
    photo.save(folder / "horse.jpg")
    return folder


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CGAN_DEMO_THREADS", "1")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    page = build_page(load=cgan_demo.load)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **launch_options())
    yield url
    page.close()


def size(path: Any) -> tuple[int, int]:
    return Image.open(path).size


@pytest.mark.usefixtures("here")
def test_the_snippets_from_python() -> None:
    program = snippets("python")
    made = run(program)
    assert made["aerial"].size == (256, 256) and [photo.size for photo in made["photos"]] == [(256, 256)] * 4
    assert made["older"].width == made["older"].height >= 128
    assert made["large"].size == (192, 160) and made["flower"].size == (128, 128)
    assert made["photo"].size == (256, 256) and made["zebra"].size == (320, 280)
    if "latent-faces" in cgan_demo.list_models():
        assert len(made["sixteen"]) == 16 and len(made["way"]) == 9 and made["mine"].z.ndim == 1
        assert made["face"].size == made["glasses"].size == made["mine"].picture.size


@pytest.mark.usefixtures("here")
def test_the_snippets_over_http(url: str) -> None:
    program = snippets("http")
    assert ADDRESS in program
    made = run(program.replace(ADDRESS, url))
    assert size(made["aerial"]) == size(made["photo"]) == (256, 256) and size(made["large"]) == (192, 160)
    assert [item["caption"] for item in made["flowers"]] == [f"seed {i}" for i in range(8)]
    assert size(made["older"])[0] >= 128 and size(made["zebra"]) == (320, 280)


def test_every_capability_has_its_call_both_ways() -> None:
    """Seven of them; the call of the last waits for its model, yet it is in the README."""
    found = SNIPPET.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    for kind, pattern in (("python", r'load\("([a-z-]+)"\)'), ("http", r'api_name="/([a-z_]+)"')):
        code = "\n".join(text for name, _, text in found if name == kind)
        assert len(set(re.findall(pattern, code))) == 7
