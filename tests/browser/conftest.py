"""A real browser and the real page, with a predictor that inverts pictures so that no weights are needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_explorer import latent_cataloged
from fake_page import fake_of
from fake_painter import cataloged
from opened import FLAGS, chromium
from PIL import Image, ImageChops, ImageOps
from playwright.sync_api import ConsoleMessage, Page

from cgan_demo.ui.page import build_page, launch_options


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = chromium()
    if not path:
        message = "no chromium found: install Debian's chromium or set CGAN_DEMO_CHROMIUM"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return {**browser_type_launch_args, "executable_path": path, "args": FLAGS}


def _load(model_id: str) -> Callable[..., Any]:
    def predictor(image: Image.Image, seed: int = 0, noise: float = 1.0, on_progress: Any = None) -> Image.Image:
        return ImageChops.offset(ImageOps.invert(image), seed % 64)

    def sketcher(drawing: Image.Image, seed: int = 0, style: Any = None, variations: int = 1, fit: bool = False) -> Any:
        moved = ImageOps.invert(drawing if style is None else ImageOps.mirror(drawing))
        return [ImageChops.offset(moved, (seed + i) % 64 + 100 * fit) for i in range(variations)]

    def edges(photo: str) -> Image.Image:
        return Image.open(photo).convert("L").point(lambda v: 255 * (v > 128)).resize((256, 256)).convert("RGB")

    sketchers = dict.fromkeys(("edges-to-shoes", "edges-to-handbags", "labels-to-facade"), sketcher)
    return fake_of(model_id) or {**sketchers, "photo-to-edges": edges}.get(model_id, predictor)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 1100}}


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    with cataloged(), latent_cataloged():
        page = build_page(load=_load)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **launch_options())
    yield url
    page.close()


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """A page to whose console nothing may have been written as an error by the end of the test."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} {message.location.get('url', '')}")

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
