"""The tab "Map ↔ Aerial" in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from opened import open_tab, wait_changed, wait_many
from PIL import Image
from playwright.sync_api import Locator, Page, expect

WAIT = 60_000  # ms


@pytest.fixture
def tab(quiet: Page, app_url: str) -> Page:
    """The opened page, whose console has to stay quiet."""
    quiet.goto(app_url)
    open_tab(quiet, "Map ↔ Aerial")
    return quiet


def pictures(tab: Page) -> tuple[Locator, Locator]:
    """The two pictures of the result slider, before and after."""
    wait_many(tab, "#maps-result img[src]:not([src=''])", 2)
    images = tab.locator("#maps-result img")
    return images.nth(0), images.nth(1)


def sources(tab: Page) -> list[str]:
    return [str(image.get_attribute("src")) for image in pictures(tab)]


def expect_new(tab: Page, before: list[str]) -> None:
    # gradio names a served file by a hash of its content, so a new address is a new picture
    wait_changed(tab, "#maps-result img", "src", before[1])


def test_opens_with_an_example_and_its_result(tab: Page) -> None:
    pictures(tab)
    expect(tab.locator("#maps-canvas canvas")).to_have_attribute("data-ready", "true")
    expect(tab.locator("#maps-examples img")).to_have_count(4)


def paint(tab: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    box = tab.locator("#maps-canvas canvas").bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    tab.mouse.move(*points[0])
    tab.mouse.down()
    tab.mouse.move(*points[1], steps=8)
    tab.mouse.up()


def test_every_tool_changes_the_aerial_and_undo_brings_it_back(tab: Page) -> None:
    opened, pad = sources(tab), tab.locator("#maps-canvas")
    for tool, ink in (("Brush", "Park"), ("Line", "Water"), ("Box", "Water"), ("Fill", "Water")):
        pad.get_by_role("button", name=ink).click()
        pad.get_by_role("button", name=tool).click()
        paint(tab, (0.3, 0.2), (0.7, 0.45))
        expect_new(tab, opened)
        pad.get_by_role("button", name="Undo").click()
        expect(pictures(tab)[1]).to_have_attribute("src", opened[1], timeout=WAIT)


def test_clear_leaves_bare_ground(tab: Page) -> None:
    before = sources(tab)
    tab.locator("#maps-canvas").get_by_role("button", name="Clear").click()
    expect_new(tab, before)
    color = tab.locator("#maps-canvas canvas").evaluate("c => [...c.getContext('2d').getImageData(99, 99, 1, 1).data]")
    assert color == [235, 230, 222, 255]


def test_another_one_changes_the_seed_and_the_aerial(tab: Page) -> None:
    before = sources(tab)
    tab.locator("#maps-another").click()
    expect(tab.locator("#maps-seed input")).not_to_have_value("0", timeout=WAIT)
    expect_new(tab, before)


def test_direction_switch_shows_an_aerial_and_its_map(tab: Page) -> None:
    before = sources(tab)
    tab.get_by_label("Aerial → Map").check()
    expect_new(tab, before)
    expect(tab.locator("#maps-upload img")).to_be_visible(timeout=WAIT)
    expect(tab.locator("#maps-canvas")).not_to_be_visible()
    tab.get_by_label("Map → Aerial").check()
    expect(tab.locator("#maps-canvas canvas")).to_be_visible(timeout=WAIT)
    expect(pictures(tab)[1]).to_have_attribute("src", before[1], timeout=WAIT)


def test_an_example_fills_canvas_and_result(tab: Page) -> None:
    before = sources(tab)
    tab.locator("#maps-examples button:has(img)").nth(2).click()
    expect_new(tab, before)


def test_an_upload_is_translated(tab: Page, tmp_path: Path) -> None:
    before = sources(tab)
    Image.linear_gradient("L").resize((120, 90)).save(tmp_path / "own.png")
    tab.locator("#maps-tabs").get_by_role("tab", name="Upload").click()
    tab.locator("#maps-upload input[type=file]").set_input_files(tmp_path / "own.png")
    expect_new(tab, before)


def test_a_bad_upload_is_told_in_words(tab: Page, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_text("not a picture")
    tab.locator("#maps-tabs").get_by_role("tab", name="Upload").click()
    tab.locator("#maps-upload input[type=file]").set_input_files(tmp_path / "bad.png")
    expect(tab.locator(".toast-body").first).to_contain_text("not a picture", timeout=WAIT)
    expect(tab.locator(".toast-body").first).to_be_visible(timeout=WAIT)


def test_there_and_back_shows_four_pictures(tab: Page) -> None:
    pictures(tab)
    tab.get_by_role("button", name="There and back").click()
    expect(tab.locator("#maps-strip img")).to_have_count(4, timeout=WAIT)


def test_download_is_input_beside_output(tab: Page) -> None:
    pictures(tab)
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator("#maps-download").click()
    assert Image.open(download.value.path()).size == (512, 256)


def test_nothing_scrolls_sideways_when_opened_on_a_phone(page: Page, app_url: str) -> None:
    """Pages that are made narrower later are looked at in test_looks.py."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(app_url)
    open_tab(page, "Map ↔ Aerial")
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")


def test_painting_works_by_touch(page: Page, app_url: str) -> None:
    page.goto(app_url)
    open_tab(page, "Map ↔ Aerial")
    before = sources(page)
    page.locator("#maps-canvas canvas").evaluate(
        """canvas => {
            const box = canvas.getBoundingClientRect();
            const fire = (type, x) => canvas.dispatchEvent(new PointerEvent(type, {
                pointerId: 1, pointerType: 'touch', isPrimary: true, button: 0, bubbles: true,
                clientX: box.left + x * box.width, clientY: box.top + 0.5 * box.height }));
            canvas.setPointerCapture = () => {};  // a made-up pointer cannot be captured
            fire('pointerdown', 0.2); fire('pointermove', 0.8); fire('pointerup', 0.8);
        }"""
    )
    expect_new(page, before)
