"""The tab "Sketch → Photo" in a real browser: draw, undo, redo, clear, examples, variations, photo, download."""

from __future__ import annotations

from pathlib import Path

import pytest
from opened import wait_changed, wait_many
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

WAIT = 60_000  # ms


@pytest.fixture
def tab(page: Page, app_url: str) -> Page:
    page.goto(app_url)
    wait_many(page, "#sketch-result img", 1)
    return page


def source(tab: Page) -> str:
    return tab.locator("#sketch-result img").get_attribute("src") or ""


def expect_new(tab: Page, before: str) -> None:
    wait_changed(tab, "#sketch-result img", "src", before)


def draw(tab: Page, *points: tuple[float, float], canvas: str = "#sketch-canvas") -> None:
    tab.locator(f"{canvas} canvas").scroll_into_view_if_needed()
    box = tab.locator(f"{canvas} canvas").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=6)
    tab.mouse.up()


def pad(tab: Page, name: str) -> None:
    tab.locator("#sketch-canvas").get_by_role("button", name=name).click()


def test_it_opens_with_a_drawing_and_its_photo(tab: Page) -> None:
    ink = tab.locator("#sketch-canvas canvas").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 256, 256).data].filter((v, i) => i % 4 == 0 && v < 128).length"
    )
    assert ink > 300


def test_a_shoe_drawn_with_the_mouse_becomes_a_photo(tab: Page) -> None:
    first = source(tab)
    pad(tab, "Clear")
    expect(tab.locator("#sketch-hint")).to_contain_text("start with its outline", timeout=WAIT)
    expect(tab.locator("#sketch-result img")).to_have_count(0)
    draw(tab, (0.1, 0.7), (0.1, 0.4), (0.3, 0.35), (0.6, 0.55), (0.9, 0.65), (0.9, 0.75), (0.1, 0.75))
    expect(tab.locator("#sketch-result img")).to_be_visible(timeout=WAIT)
    expect(tab.locator("#sketch-hint")).not_to_be_visible()
    assert source(tab) != first


def test_undo_and_redo(tab: Page) -> None:
    opened = source(tab)
    draw(tab, (0.2, 0.1), (0.8, 0.1))
    expect_new(tab, opened)
    drawn = source(tab)
    pad(tab, "Undo")
    expect(tab.locator("#sketch-result img")).to_have_attribute("src", opened, timeout=WAIT)
    pad(tab, "Redo")
    expect(tab.locator("#sketch-result img")).to_have_attribute("src", drawn, timeout=WAIT)
    tab.keyboard.press("Control+z")
    expect(tab.locator("#sketch-result img")).to_have_attribute("src", opened, timeout=WAIT)


def test_the_eraser_takes_ink_away(tab: Page) -> None:
    before = source(tab)
    pad(tab, "Eraser")
    draw(tab, (0.05, 0.7), (0.95, 0.7))
    expect_new(tab, before)


def test_an_example_and_another_one(tab: Page) -> None:
    before = source(tab)
    tab.locator("#sketch-examples button:has(img)").nth(2).click()
    expect_new(tab, before)
    before = source(tab)
    tab.locator("#sketch-another").click()
    expect(tab.locator("#sketch-seed input")).not_to_have_value("0", timeout=WAIT)
    expect_new(tab, before)


def test_a_variation_is_kept_by_a_click(tab: Page) -> None:
    before = source(tab)
    tab.locator("#sketch-more").click()
    expect(tab.locator("#sketch-variations img")).to_have_count(4, timeout=WAIT)
    tab.locator("#sketch-variations button:has(img)").nth(2).click()
    expect(tab.locator("#sketch-seed input")).to_have_value("3", timeout=WAIT)
    expect_new(tab, before)


def test_a_photo_is_traced_onto_the_pad(tab: Page, tmp_path: Path) -> None:
    before, canvas = source(tab), tab.locator("#sketch-canvas canvas").evaluate("c => c.toDataURL()")
    photo = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(photo).ellipse((40, 60, 160, 140), outline="black", width=6)
    photo.save(tmp_path / "photo.png")
    tab.get_by_role("tab", name="From a photo").click()
    tab.locator("#sketch-photo input[type=file]").set_input_files(tmp_path / "photo.png")
    expect_new(tab, before)
    expect(tab.locator("#sketch-canvas canvas")).to_be_visible(timeout=WAIT)
    other = "(before) => document.querySelector('#sketch-canvas canvas').toDataURL() !== before"
    tab.wait_for_function(other, arg=canvas, timeout=WAIT)  # it lies on the pad, too


def test_a_photographed_drawing_is_put_on_the_pad(tab: Page, tmp_path: Path) -> None:
    before = source(tab)
    sheet = Image.new("RGB", (400, 300), (190, 185, 180))
    ImageDraw.Draw(sheet).ellipse((80, 90, 320, 210), outline=(120, 120, 130), width=4)
    sheet.save(tmp_path / "sheet.jpg")
    tab.locator("#sketch-tabs").get_by_role("tab", name="Upload").click()
    tab.locator("#sketch-sheet input[type=file]").set_input_files(tmp_path / "sheet.jpg")
    expect_new(tab, before)
    expect(tab.locator("#sketch-canvas canvas")).to_be_visible(timeout=WAIT)


def test_without_live_the_button_makes_the_photo(tab: Page) -> None:
    before = source(tab)
    tab.get_by_label("Live, as I draw").uncheck()
    expect(tab.locator("#sketch-go")).to_be_visible(timeout=WAIT)
    draw(tab, (0.2, 0.1), (0.8, 0.1))
    tab.wait_for_timeout(1000)
    assert source(tab) == before
    tab.locator("#sketch-go").click()
    expect_new(tab, before)


def test_random_drawing(tab: Page) -> None:
    pad(tab, "Clear")
    expect(tab.locator("#sketch-result img")).to_have_count(0, timeout=WAIT)
    tab.locator("#sketch-random").click()
    expect(tab.locator("#sketch-result img")).to_be_visible(timeout=WAIT)


def test_a_house_front_is_painted_with_boxes(tab: Page) -> None:
    before = source(tab)
    tab.locator("#sketch-subject").get_by_text("House front").click()
    expect_new(tab, before)
    expect(tab.locator("#sketch-canvas")).not_to_be_visible()
    expect(tab.get_by_label("Fit my drawing")).not_to_be_visible()
    expect(tab.get_by_role("tab", name="From a photo")).not_to_be_visible()
    expect(tab.locator("#sketch-labels").get_by_role("button", name="Box")).to_have_attribute("aria-pressed", "true")
    assert tab.locator("#sketch-labels .ink").count() == 12
    expect(tab.locator("#sketch-examples img")).to_have_count(6, timeout=WAIT)
    before = source(tab)
    tab.locator("#sketch-labels").get_by_role("button", name="Door").click()
    draw(tab, (0.3, 0.3), (0.7, 0.9), canvas="#sketch-labels")
    expect_new(tab, before)
    before = source(tab)
    tab.locator("#sketch-labels").get_by_role("button", name="Clear").click()
    expect(tab.locator("#sketch-hint")).to_contain_text("Paint a house front", timeout=WAIT)
    tab.locator("#sketch-subject").get_by_text("Bag").click()
    expect(tab.locator("#sketch-result img")).to_be_visible(timeout=WAIT)
    expect(tab.locator("#sketch-canvas canvas")).to_be_visible()
    expect(tab.locator("#sketch-examples img")).to_have_count(12, timeout=WAIT)


def test_download_is_drawing_beside_photo(tab: Page) -> None:
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator("#sketch-download").click()
    assert Image.open(download.value.path()).size == (512, 256)
