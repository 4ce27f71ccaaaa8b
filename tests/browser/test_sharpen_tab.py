"""The tab "Sharpen" in a real browser: both uploads, both sliders, comparing, matches, variants, downloads, privacy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder
from opened import wait_changed, wait_many
from PIL import Image
from playwright.sync_api import Page, expect

from cgan_demo.data.fake import fake_photo

WAIT = 60_000  # ms


def open_tab(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("tab", name="Sharpen", exact=True).click()
    wait_many(page, "#sharpen-variants img", 5)


@pytest.fixture
def tab(quiet: Page, app_url: str) -> Page:
    """The opened tab, whose console has to stay quiet."""
    open_tab(quiet, app_url)
    return quiet


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    fake_photo(21, (60, 48)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def others(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"other-{i}.png" for i in range(2)]
    for i, path in enumerate(paths):
        fake_photo(30 + i, (96, 80)).save(path)
    return paths


def count(tab: Page) -> str:
    """How many enlargements the comparison has shown."""
    return tab.locator("#sharpen-view .comparison").get_attribute("data-pictures") or "0"


def expect_new(tab: Page, before: str) -> None:
    wait_changed(tab, "#sharpen-view .comparison", "data-pictures", before)


def upload(tab: Page, where: str, *paths: Path) -> None:
    tab.locator(f"#sharpen-{where} input[type=file]").set_input_files(list(paths))


def drag(tab: Page, slider: str, share: float) -> None:
    """Move a slider with the mouse, and see the picture change while the button is still down."""
    before = count(tab)
    box = tab.locator(f"#sharpen-{slider} input[type=range]").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + 0.5 * box["width"], y)
    tab.mouse.down()
    tab.mouse.move(box["x"] + share * box["width"], y, steps=6)
    expect_new(tab, before)
    tab.mouse.up()


def after(tab: Page) -> str:
    return tab.locator("#sharpen-view .after img").get_attribute("src") or ""


def test_it_opens_with_a_compared_example(tab: Page) -> None:
    expect(tab.locator("#sharpen-view .stage")).to_be_visible()
    expect(tab.locator("#sharpen-view tbody tr")).to_have_count(3)
    expect(tab.locator("#sharpen-view .size")).to_have_text("120 × 120 → 480 × 480, shrunk from the original")
    expect(tab.locator("#sharpen-origins .found img")).to_have_count(1)
    expect(tab.locator("#sharpen-hint")).to_contain_text("At most 640 pixels a side")


def test_both_pictures_are_uploaded_and_both_sliders_change_the_result(
    tab: Page, photo: Path, others: list[Path]
) -> None:
    contents = {path.read_bytes() for path in (photo, *others)}
    before = count(tab)
    upload(tab, "photo", photo)
    expect_new(tab, before)
    expect(tab.locator("#sharpen-view .size")).to_have_text("60 × 48 → 240 × 192", timeout=WAIT)
    expect(tab.locator("#sharpen-tray .references")).to_have_text("No reference yet.")
    expect(tab.locator("#sharpen-origins .words")).to_contain_text("No reference", timeout=WAIT)
    before = count(tab)
    upload(tab, "references", *others)
    expect(tab.locator("#sharpen-tray .references img")).to_have_count(2, timeout=WAIT)
    expect_new(tab, before)
    expect(tab.locator("#sharpen-variants img")).to_have_count(5, timeout=WAIT)
    expect(tab.locator("#sharpen-view table")).to_be_hidden()
    for slider, share in (("weight", 0.1), ("sharpness", 0.9)):
        picture = after(tab)
        drag(tab, slider, share)
        expect(tab.locator("#sharpen-view .after img")).not_to_have_attribute("src", picture, timeout=WAIT)
    left = [p for p in Path(get_upload_folder()).rglob("*") if p.is_file() and p.read_bytes() in contents]
    assert left == []


def test_comparing_shows_numbers(tab: Page, photo: Path) -> None:
    before = count(tab)
    upload(tab, "photo", photo)
    expect_new(tab, before)
    expect(tab.locator("#sharpen-view table")).to_be_hidden()
    tab.get_by_label("My picture is the original").check()
    rows = tab.locator("#sharpen-view tbody tr")
    expect(rows).to_have_count(2, timeout=WAIT)
    expect(rows.first).to_have_text(re.compile(r"Bicubic\d\d\.\d\d0\.\d{3}"))
    expect(tab.locator("#sharpen-variants .numbers")).to_have_count(3, timeout=WAIT)
    expect(tab.locator("#sharpen-view .size")).to_have_text("15 × 12 → 60 × 48, shrunk from the original")
    numbers = rows.last.inner_text()
    tab.locator("#sharpen-sharpness input[type=number]").fill("1")
    expect(rows.last).not_to_have_text(numbers, timeout=WAIT)


def test_a_picture_that_is_too_large_is_told_in_words_and_may_still_be_an_original(tab: Page, tmp_path: Path) -> None:
    fake_photo(40, (700, 40)).save(tmp_path / "wide.png")
    upload(tab, "photo", tmp_path / "wide.png")
    expect(tab.get_by_text("The picture is 700 x 40 pixels")).to_be_visible(timeout=WAIT)
    expect(tab.locator("#sharpen-view .words")).to_be_visible(timeout=WAIT)
    tab.get_by_label("My picture is the original").check()
    expect(tab.locator("#sharpen-view .size")).to_contain_text("175 × 10 → 700 × 40", timeout=WAIT)


def test_a_file_that_is_no_picture_is_told_in_words(tab: Page, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("this is no picture")
    upload(tab, "photo", tmp_path / "text.png")
    expect(tab.get_by_text("not a picture that can be read")).to_be_visible(timeout=WAIT)
    expect(tab.locator("#sharpen-view .stage")).to_be_visible()


def test_references_are_removed_one_by_one(tab: Page, others: list[Path]) -> None:
    upload(tab, "references", *others)
    found = tab.locator("#sharpen-origins .found img")
    expect(found).to_have_count(2, timeout=WAIT)
    tab.get_by_role("button", name="Remove reference 1").click()
    expect(found).to_have_count(1, timeout=WAIT)
    tab.get_by_role("button", name="Remove reference 1").click()
    expect(tab.locator("#sharpen-origins .words")).to_contain_text("No reference", timeout=WAIT)
    expect(tab.locator("#sharpen-variants img")).to_have_count(3, timeout=WAIT)


def test_more_than_five_references_are_refused(tab: Page, others: list[Path]) -> None:
    upload(tab, "references", *(others * 3))
    expect(tab.get_by_text("These would be 6 references")).to_be_visible(timeout=WAIT)
    expect(tab.locator("#sharpen-references").get_by_text("Drop File Here")).to_be_visible(timeout=WAIT)
    upload(tab, "references", *others)  # the refused ones do not count
    expect(tab.locator("#sharpen-tray .references img")).to_have_count(2, timeout=WAIT)


def test_a_place_shows_where_its_detail_comes_from(tab: Page) -> None:
    frame = tab.locator("#sharpen-origins .picture .frame")
    frame.hover(position={"x": 80, "y": 60})
    expect(tab.locator("#sharpen-origins .told")).to_have_text(re.compile(r"reference 1, match \d\.\d\d"))
    expect(tab.locator("#sharpen-origins .spot.on")).to_have_count(2)
    frame.focus()
    frame.press("ArrowRight")
    expect(tab.locator("#sharpen-origins .spot.on")).to_have_count(2)


def test_a_variant_sets_the_sliders(tab: Page) -> None:
    before = count(tab)
    tab.locator("#sharpen-variants").get_by_role("button", name="Plain, sharp").click()
    expect_new(tab, before)
    expect(tab.locator("#sharpen-weight input[type=number]")).to_have_value("0")
    expect(tab.locator("#sharpen-sharpness input[type=number]")).to_have_value("1")


def test_the_line_and_the_zoom_follow_mouse_and_keys(tab: Page) -> None:
    line, stage = tab.locator("#sharpen-view .line"), tab.locator("#sharpen-view .stage")
    box = stage.bounding_box()
    assert box is not None
    stage.click(position={"x": 0.25 * box["width"], "y": 30})
    expect(line).to_have_attribute("aria-valuenow", "25")
    line.press("ArrowRight")
    expect(line).to_have_attribute("aria-valuenow", "27")
    tab.locator("#sharpen-view").get_by_role("button", name="4:1").click()
    expect(tab.locator("#sharpen-view .after img")).to_have_css("width", "1920px")
    moved = tab.locator("#sharpen-view .after img").get_attribute("style") or ""
    box = stage.bounding_box()
    assert box is not None
    tab.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 300)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 260, steps=3)
    tab.mouse.up()
    expect(tab.locator("#sharpen-view .after img")).not_to_have_attribute("style", moved)
    expect(line).to_have_attribute("aria-valuenow", "27")


def test_another_example(tab: Page) -> None:
    before = count(tab)
    tab.locator("#sharpen-examples button:has(img)").nth(1).click()
    expect_new(tab, before)
    expect(tab.locator("#sharpen-view tbody tr")).to_have_count(3)


def test_downloads_in_the_pictures_own_mode(tab: Page, tmp_path: Path) -> None:
    before = count(tab)
    fake_photo(50, (40, 32)).convert("LA").save(tmp_path / "clear.png")
    upload(tab, "photo", tmp_path / "clear.png")
    expect_new(tab, before)
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator("#sharpen-save").click()
    picture = Image.open(download.value.path())
    assert picture.format == "PNG" and picture.mode == "LA" and picture.size == (160, 128)
