"""Every tab is used with the keyboard alone: from the tab's name to a new result, also where a mouse would draw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from opened import WAIT, settle, wait_changed
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

FAR = 150  # presses of the tab key, at most, from one thing to the next
FOCUSED = "nodes => nodes.some(node => node === document.activeElement)"


@pytest.fixture(scope="module")
def keys(context: BrowserContext, app_url: str) -> Iterator[Page]:
    """One page for all tests of this file, of which nothing is clicked."""
    page = context.new_page()
    page.goto(app_url)
    page.locator("#sketch-result img").wait_for()
    yield page
    page.close()


def reach(page: Page, target: Locator) -> None:
    """Press the tab key until `target`, or one of them, has the focus."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if target.evaluate_all(FOCUSED):
            return
    focus = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"{target} was not reached by {FAR} presses of the tab key; the focus is on {focus}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    reach(page, target)
    page.keyboard.press(key)


def open_tab(page: Page, name: str, there: str) -> None:
    """From the page's beginning, and wait for what the tab opens with."""
    page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }")
    press(page, page.get_by_role("tab", name=name, exact=True))
    page.locator(there).last.wait_for()
    settle(page)


def source(page: Page, where: str) -> str:
    return page.locator(where).last.get_attribute("src") or ""


def upload(page: Page, where: str, path: Path) -> None:
    """By the button that opens the system's choice of files, which takes keys as well."""
    with page.expect_file_chooser() as choice:
        press(page, page.locator(f"{where} button:has(input[type=file])"))
    choice.value.set_files(path)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.linear_gradient("L").resize((120, 90)).convert("RGB").save(tmp_path / "own.png")
    return tmp_path / "own.png"


def test_map_and_aerial(keys: Page, picture: Path) -> None:
    """Instead of painting, a map is uploaded or an example is taken."""
    result = "#maps-result img"
    open_tab(keys, "Map ↔ Aerial", result)
    before = source(keys, result)
    press(keys, keys.locator("#maps-tabs").get_by_role("tab", name="Upload"))
    upload(keys, "#maps-upload", picture)
    wait_changed(keys, result, "src", before)
    settle(keys)
    before = source(keys, result)
    press(keys, keys.locator("#maps-examples button:has(img)").nth(2))
    wait_changed(keys, result, "src", before)


def test_sketch_and_photo(keys: Page, picture: Path) -> None:
    """Instead of drawing, a photo is traced or an example is taken; house fronts have examples, too."""
    result = "#sketch-result img"
    open_tab(keys, "Sketch → Photo", result)
    before = source(keys, result)
    press(keys, keys.locator("#sketch-tabs").get_by_role("tab", name="From a photo"))
    upload(keys, "#sketch-photo", picture)
    wait_changed(keys, result, "src", before)
    settle(keys)
    before = source(keys, result)
    press(keys, keys.locator("#sketch-examples button:has(img)").nth(2))
    wait_changed(keys, result, "src", before)
    open_tab(keys, "Sketch → Photo", result)
    press(keys, keys.locator("#sketch-subject").get_by_role("radio", name="House front"), "Space")
    expect(keys.locator("#sketch-labels canvas")).to_be_visible(timeout=WAIT)
    settle(keys)
    before = source(keys, result)
    press(keys, keys.locator("#sketch-examples button:has(img)").nth(2))
    wait_changed(keys, result, "src", before)


def test_age(keys: Page) -> None:
    open_tab(keys, "Age", "#age-strip img")
    reach(keys, keys.locator("#age-slider input[type=range]"))
    keys.keyboard.press("ArrowLeft")
    expect(keys.locator("#age-view .main figcaption")).to_have_text("At 59", timeout=WAIT)


def test_sharpen(keys: Page) -> None:
    open_tab(keys, "Sharpen", "#sharpen-variants img")
    before = source(keys, "#sharpen-view .after img")
    press(keys, keys.locator("#sharpen-examples button:has(img)").nth(1))
    wait_changed(keys, "#sharpen-view .after img", "src", before)


def test_text_and_picture(keys: Page) -> None:
    open_tab(keys, "Text → Picture", "#text-way .strip img")
    reach(keys, keys.locator("#text-sentence textarea"))
    keys.keyboard.press("Control+a")
    keys.keyboard.type("a green flower")
    keys.keyboard.press("Enter")
    expect(keys.locator("#text-words")).to_contain_text("a green flower", timeout=WAIT)
    press(keys, keys.locator("#text-samples button").nth(3))
    expect(keys.locator("#text-large figcaption").first).to_have_text("“a green flower”, seed 3", timeout=WAIT)


def test_latent_space(keys: Page) -> None:
    open_tab(keys, "Latent space", "#latent-strip .strip img")
    press(keys, keys.locator("#latent-grid button").nth(5))
    expect(keys.locator("#latent-strip .from")).to_have_text("seed 5", timeout=WAIT)
    press(keys, keys.locator("#latent-sections").get_by_role("tab", name="Pad", exact=True))
    press(keys, keys.locator("#latent-pad canvas"), "End")
    expect(keys.locator("#latent-pad-view figcaption")).to_have_text("1.00 across, 1.00 down", timeout=WAIT)
