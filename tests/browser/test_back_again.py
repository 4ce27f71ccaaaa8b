"""What was painted or typed comes back when the page is loaded again, and nothing else lies in the browser."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from conftest import started
from opened import WAIT, wait_changed, wait_many
from PIL import Image, ImageChops, ImageDraw
from playwright.sync_api import BrowserContext, Page, expect

from cgan_demo.ui.parts.paintpad import to_data_url

PAINTED = "c => c.toDataURL()"
OTHER = "(before) => document.querySelector('#sketch-canvas canvas').toDataURL() !== before"
STORE = "() => ({ ...localStorage })"


class Server:
    """A page that can be stopped and started again at the same address."""

    def __init__(self) -> None:
        self.page, self.url = started()
        self.port = int(self.url.rstrip("/").rsplit(":", 1)[1])

    def stop(self) -> None:
        self.page.close()

    def start(self) -> None:
        self.page, _ = started(self.port)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def own(context: BrowserContext, server: Server) -> Iterator[BrowserContext]:
    """A visitor who was never here."""
    before = context.pages
    yield context
    made = [page for page in context.pages if page not in before]
    context.new_cdp_session(made[0]).send(
        "Storage.clearDataForOrigin", {"origin": server.url.rstrip("/"), "storageTypes": "local_storage"}
    )
    for page in made:
        page.close()


def draw(page: Page, pad: str, *points: tuple[float, float]) -> None:
    canvas = page.locator(f"{pad} canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def picture(url: str | None) -> Image.Image:
    with urlopen(url or "") as data:
        return Image.open(io.BytesIO(data.read())).convert("RGB")


def painting(page: Page, pad: str) -> Image.Image:
    return picture(page.locator(f"{pad} canvas").evaluate(PAINTED))


def same(a: Image.Image, b: Image.Image) -> bool:
    return ImageChops.difference(a, b).getbbox() is None


def stored(page: Page) -> dict[str, Any]:
    return {name: json.loads(value) for name, value in page.evaluate(STORE).items() if name.startswith("cgan-demo/")}


def opened(page: Page, tab: str, where: str, count: int = 1) -> None:
    page.get_by_role("tab", name=tab).click()
    wait_many(page, where, count)


def test_a_map_and_its_seed_outlive_the_server(own: BrowserContext, server: Server) -> None:
    page = own.new_page()
    page.goto(server.url)
    opened(page, "Map", "#maps-result img", 2)
    example = painting(page, "#maps-canvas")
    before = page.locator("#maps-result img").last.get_attribute("src") or ""
    page.locator("#maps-seed input").fill("7")
    wait_changed(page, "#maps-result img", "src", before)
    draw(page, "#maps-canvas", (0.2, 0.3), (0.8, 0.4))
    server.stop()
    draw(page, "#maps-canvas", (0.3, 0.8), (0.8, 0.7))  # while nobody is there to see it
    painted = painting(page, "#maps-canvas")
    assert not same(painted, example)
    server.start()
    page.goto(server.url)
    opened(page, "Map", "#maps-result img", 2)
    expect(page.locator("#maps-seed input")).to_have_value("7", timeout=WAIT)
    assert same(painting(page, "#maps-canvas"), painted)
    made = picture(page.locator("#maps-result img").last.get_attribute("src"))
    assert same(made, ImageChops.offset(ImageChops.invert(painted), 7))
    draw(page, "#maps-canvas", (0.5, 0.1), (0.5, 0.9))
    for _ in range(3):  # undoing ends at what was there
        page.locator("#maps-canvas").get_by_role("button", name="Undo").click()
    assert same(painting(page, "#maps-canvas"), painted)


def test_undoing_ends_at_the_example_and_a_cleared_pad_opens_with_one(own: BrowserContext, server: Server) -> None:
    page = own.new_page()
    page.goto(server.url)
    opened(page, "Map", "#maps-result img", 2)
    example, pad = painting(page, "#maps-canvas"), page.locator("#maps-canvas")
    draw(page, "#maps-canvas", (0.2, 0.3), (0.8, 0.4))
    for _ in range(3):
        pad.get_by_role("button", name="Undo").click()
        assert same(painting(page, "#maps-canvas"), example)
    before = page.locator("#maps-result img").last.get_attribute("src") or ""
    page.locator("#maps-examples button:has(img)").nth(2).click()
    wait_changed(page, "#maps-result img", "src", before)
    other = painting(page, "#maps-canvas")
    draw(page, "#maps-canvas", (0.2, 0.3), (0.8, 0.4))
    pad.get_by_role("button", name="Undo").click()
    assert same(painting(page, "#maps-canvas"), other) and not same(other, example)
    pad.get_by_role("button", name="Undo").click()
    assert same(painting(page, "#maps-canvas"), example)
    pad.get_by_role("button", name="Clear").click()
    page.reload()
    opened(page, "Map", "#maps-result img", 2)
    assert same(painting(page, "#maps-canvas"), example)


def test_a_house_front_comes_back_on_its_own_pad(own: BrowserContext, server: Server) -> None:
    page = own.new_page()
    page.goto(server.url)
    opened(page, "Sketch", "#sketch-result img")
    draw(page, "#sketch-canvas", (0.1, 0.1), (0.9, 0.2))
    before = page.locator("#sketch-result img").get_attribute("src") or ""
    page.locator("#sketch-subject").get_by_text("House front").click()
    wait_changed(page, "#sketch-result img", "src", before)
    draw(page, "#sketch-labels", (0.2, 0.3), (0.8, 0.9))
    painted = painting(page, "#sketch-labels")
    page.reload()
    opened(page, "Sketch", "#sketch-result img")
    expect(page.locator("#sketch-labels canvas")).to_be_visible(timeout=WAIT)
    expect(page.get_by_label("House front")).to_be_checked()
    expect(page.locator("#sketch-canvas")).not_to_be_visible()
    expect(page.locator("#sketch-examples img")).to_have_count(6, timeout=WAIT)
    page.wait_for_timeout(500)  # ms; for pictures that would still come
    assert same(painting(page, "#sketch-labels"), painted)
    made = picture(page.locator("#sketch-result img").get_attribute("src"))
    fitted = ImageChops.offset(ImageChops.invert(painted), 100)  # as its fake does, which signs the first pixel
    assert same(made.crop((1, 1, 256, 256)), fitted.crop((1, 1, 256, 256)))


def test_a_sentence_comes_back_with_its_seeds(own: BrowserContext, server: Server) -> None:
    page = own.new_page()
    page.goto(server.url)
    opened(page, "Text", "#text-samples button", 8)
    page.locator("#text-domain").get_by_text("Bird").click()
    expect(page.locator("#text-sentence textarea")).to_have_value("a small bird with a bright red head and black wings")
    page.locator("#text-sentence textarea").fill("a green bird")
    page.locator("#text-seed input").fill("40")
    page.locator("#text-chosen-seed input").fill("41")
    expect(page.locator("#text-large figcaption").first).to_have_text("“a green bird”, seed 41", timeout=WAIT)
    page.reload()
    opened(page, "Text", "#text-samples button", 8)
    expect(page.locator("#text-large figcaption").first).to_have_text("“a green bird”, seed 41", timeout=WAIT)
    expect(page.locator("#text-sentence textarea")).to_have_value("a green bird")
    expect(page.get_by_label("Bird")).to_be_checked()
    expect(page.locator("#text-seed input")).to_have_value("40")
    expect(page.locator("#text-note")).to_contain_text("photos of birds")


def test_seeds_of_the_latent_space_come_back(own: BrowserContext, server: Server) -> None:
    page = own.new_page()
    page.goto(server.url)
    opened(page, "Latent", "#latent-strip .strip img", 9)
    page.locator("#latent-domain").get_by_text("Flowers").click()
    expect(page.locator("#latent-grid button").first).to_be_visible()
    page.locator("#latent-seed input").fill("64")
    page.locator("#latent-a textarea, #latent-a input").fill("5")
    expect(page.locator("#latent-strip .from")).to_have_text("seed 5", timeout=WAIT)
    page.reload()
    opened(page, "Latent", "#latent-strip .strip img", 9)
    expect(page.locator("#latent-strip .from")).to_have_text("seed 5", timeout=WAIT)
    expect(page.locator("#latent-seed input")).to_have_value("64")
    expect(page.get_by_label("Flowers")).to_be_checked()


def test_photos_are_not_kept_nor_what_was_traced_from_them(own: BrowserContext, server: Server, tmp_path: Path) -> None:
    page = own.new_page()
    page.goto(server.url)
    photo = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(photo).ellipse((40, 60, 160, 140), outline="black", width=6)
    photo.save(tmp_path / "photo.png")
    opened(page, "Sketch", "#sketch-result img")
    draw(page, "#sketch-canvas", (0.1, 0.1), (0.9, 0.2))
    assert "cgan-demo/sketch-canvas" in stored(page)
    drawn, canvas = painting(page, "#sketch-canvas"), page.locator("#sketch-canvas canvas").evaluate(PAINTED)
    before = page.locator("#sketch-result img").get_attribute("src") or ""
    page.get_by_role("tab", name="From a photo").click()
    page.locator("#sketch-photo input[type=file]").set_input_files(tmp_path / "photo.png")
    wait_changed(page, "#sketch-result img", "src", before)
    page.wait_for_function(OTHER, arg=canvas, timeout=WAIT)  # the pad opens it a little later than it is sent
    draw(page, "#sketch-canvas", (0.1, 0.1), (0.9, 0.2))
    assert "cgan-demo/sketch-canvas" not in stored(page)
    pad = page.locator("#sketch-canvas")
    for _ in range(2):
        pad.get_by_role("button", name="Undo").click()
    assert same(picture(stored(page)["cgan-demo/sketch-canvas"]), drawn)  # from before the photo
    pad.get_by_role("button", name="Redo").click()
    opened(page, "Age", "#age-strip img", 20)
    page.locator("#age-photo input[type=file]").set_input_files(tmp_path / "photo.png")
    page.get_by_role("tab", name="Map").click()
    page.locator("#maps-tabs").get_by_role("tab", name="Upload").click()
    before = page.locator("#maps-result img").last.get_attribute("src") or ""
    page.locator("#maps-upload input[type=file]").set_input_files(tmp_path / "photo.png")
    wait_changed(page, "#maps-result img", "src", before)
    kept = stored(page)
    assert kept.keys() <= {"cgan-demo/maps", "cgan-demo/sketch"}, kept
    assert all(set(value) <= {"subject", "seed"} for value in kept.values())
    assert "data:image" not in json.dumps(page.evaluate(STORE))


NO_STORE = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };"


SMALL = to_data_url(Image.new("RGB", (32, 32), "red"))
SPOILT = f"""localStorage.setItem('cgan-demo/maps', '{{');
    localStorage.setItem('cgan-demo/maps-canvas', '"{SMALL}"');"""


@pytest.mark.parametrize("script", [NO_STORE, FULL, SPOILT], ids=["none", "full", "spoilt"])
def test_a_store_that_fails_or_was_spoilt_is_as_if_there_were_none(
    own: BrowserContext, server: Server, script: str
) -> None:
    page = own.new_page()
    if script == NO_STORE:
        page.add_init_script(script)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.url)
    opened(page, "Map", "#maps-result img", 2)
    example = painting(page, "#maps-canvas")
    if script != NO_STORE:
        page.evaluate("(script) => new Function(script)()", script)
        page.reload()
        opened(page, "Map", "#maps-result img", 2)
    expect(page.locator("#maps-seed input")).to_have_value("0")
    assert same(painting(page, "#maps-canvas"), example)
    before = page.locator("#maps-result img").last.get_attribute("src") or ""
    draw(page, "#maps-canvas", (0.2, 0.3), (0.8, 0.4))
    wait_changed(page, "#maps-result img", "src", before)
    expect(page.locator(".toast-body")).to_have_count(0)
    assert script != NO_STORE or errors == []
