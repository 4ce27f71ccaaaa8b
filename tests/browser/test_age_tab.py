"""The tab "Age" in a real browser: slider, strip, photos with one face, none and two, mixing, downloads, privacy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder
from opened import wait_changed, wait_many
from PIL import Image
from playwright.sync_api import Page, expect

WAIT = 60_000  # ms


@pytest.fixture
def tab(page: Page, app_url: str) -> Page:
    page.goto(app_url)
    page.get_by_role("tab", name="Age", exact=True).click()
    wait_many(page, "#age-strip img", 20)
    return page


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Of one face, for the fake finder, with bytes no other file has."""
    picture = Image.effect_noise((300, 200), 60).convert("RGB")
    picture.putpixel((0, 0), (90, 90, 90))
    picture.save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def first_pixel(path: Path, color: str) -> Path:
    picture = Image.open(path)
    picture.paste(color, (0, 0, 1, 1))
    picture.save(path)
    return path


def count(tab: Page, view: str = "#age-view") -> str:
    """How many pictures the view has shown."""
    return tab.locator(f"{view} .view").get_attribute("data-pictures") or "0"


def expect_new(tab: Page, before: str, view: str = "#age-view") -> None:
    wait_changed(tab, f"{view} .view", "data-pictures", before)


def upload(tab: Page, path: Path, where: str = "#age-photo") -> None:
    tab.locator(f"{where} input[type=file]").set_input_files(path)


def kept(content: bytes) -> list[Path]:
    """Files of the page's temporary folder with this content."""
    return [p for p in Path(get_upload_folder()).rglob("*") if p.is_file() and p.read_bytes() == content]


def test_it_opens_with_a_face_before_and_after_and_all_ages(tab: Page) -> None:
    for part in (".crop", ".result", ".line"):
        expect(tab.locator(f"#age-view {part}")).to_be_visible()
    expect(tab.locator("#age-view .choice")).not_to_be_visible()  # there is no photo around it
    expect(tab.locator("#age-view .main figcaption")).to_have_text("At 60")
    expect(tab.locator("#age-strip [aria-current=true]")).to_have_text("51–60")
    expect(tab.locator("#age-note")).to_contain_text("not kept")


def test_dragging_the_slider_ages_the_face(tab: Page) -> None:
    before = count(tab)
    slider = tab.locator("#age-slider input[type=range]")
    box = slider.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + 0.75 * box["width"], y)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.2 * box["width"], y, steps=8)
    expect_new(tab, before)  # while the button is still down
    tab.mouse.up()
    age = int(float(slider.input_value()))
    assert 10 < age < 25
    expect(tab.locator("#age-view .main figcaption")).to_have_text(f"At {age}", timeout=WAIT)
    expect(tab.locator("#age-strip [aria-current=true]")).to_have_text("16–20" if age > 15 else "11–15", timeout=WAIT)


@pytest.mark.parametrize(("field", "view"), [("#age-photo", "#age-view"), ("#age-other", "#age-mixed")])
def test_a_face_from_the_camera(tab: Page, field: str, view: str) -> None:
    if field == "#age-other":
        tab.get_by_text("Mix with another face").click()
    before, camera = count(tab, view), tab.locator(field)
    camera.get_by_label("Capture from camera").click()
    camera.get_by_text("Click to Access Webcam").click()
    expect(camera.locator("video")).to_be_visible(timeout=WAIT)
    assert (camera.bounding_box() or {})["height"] > 300
    # Before the camera's first frame there is nothing to capture, and the button does nothing.
    tab.wait_for_function("(field) => document.querySelector(`${field} video`)?.videoWidth > 0", arg=field)
    camera.get_by_label("capture photo").click()
    expect_new(tab, before, view)
    expect(tab.locator(".toast-body")).to_have_count(0)  # opening the camera is no upload of nothing


def test_a_picture_of_the_strip_sets_age_and_gender(tab: Page) -> None:
    before = count(tab)
    tab.locator("#age-strip .row").nth(1).locator("button").nth(1).click()
    expect_new(tab, before)
    expect(tab.locator("#age-slider input[type=number]")).to_have_value("8", timeout=WAIT)
    expect(tab.locator("#age-strip [aria-current=true]")).to_have_count(1)
    expect(tab.locator("#age-strip .row").nth(1).locator("[aria-current=true]")).to_have_text("6–10", timeout=WAIT)


def test_an_uploaded_photo_is_read_and_not_kept(tab: Page, photo: Path) -> None:
    before = count(tab)
    content = photo.read_bytes()
    upload(tab, photo)
    expect_new(tab, before)
    expect(tab.locator("#age-marker img")).to_be_visible()
    expect(tab.locator("#age-marker .words")).to_contain_text("Drag the dots")
    assert kept(content) == []
    files = {p for p in Path(get_upload_folder()).rglob("*") if p.is_file()}
    tab.locator("#age-slider input[type=number]").fill("20")
    expect(tab.locator("#age-view .main figcaption")).to_have_text("At 20", timeout=WAIT)
    assert files == {p for p in Path(get_upload_folder()).rglob("*") if p.is_file()}  # results are no files either


def test_the_face_lies_in_the_whole_photo_where_it_was(tab: Page, photo: Path) -> None:
    before = count(tab)
    upload(tab, photo)
    expect_new(tab, before)
    choice = tab.locator("#age-view .choice")
    expect(choice.get_by_role("button", name="Whole photo")).to_have_attribute("aria-pressed", "true")
    expect(tab.locator("#age-view .after .photo")).to_be_visible()
    stage, face = (tab.locator(f"#age-view .{name}").bounding_box() or {} for name in ("stage", "result"))
    assert stage["width"] / stage["height"] == pytest.approx(1.5, abs=0.02)  # of the photo
    # The fake finder's eyes are at 35 and 65 % of the width and 40 % of the height.
    side = 0.3 * stage["width"] / (49.5 / 128)
    assert face["width"] == pytest.approx(side, rel=0.02)
    assert face["x"] - stage["x"] == pytest.approx(0.35 * stage["width"] - side * 38.5 / 128, abs=2)
    assert face["y"] - stage["y"] == pytest.approx(0.4 * stage["height"] - side * 39 / 128, abs=2)
    choice.get_by_role("button", name="Face").click()
    expect(tab.locator("#age-view .after .photo")).not_to_be_visible()
    stage, face = (tab.locator(f"#age-view .{name}").bounding_box() or {} for name in ("stage", "result"))
    assert face == pytest.approx(stage, abs=2) and face["width"] == pytest.approx(face["height"], abs=2)


def test_the_divider_moves_by_mouse_and_keys(tab: Page) -> None:
    line, stage = tab.locator("#age-view .line"), tab.locator("#age-view .stage")
    box = stage.bounding_box() or {}
    stage.click(position={"x": 0.6 * box["width"], "y": 0.3 * box["height"]})
    expect(line).to_have_attribute("aria-valuenow", "60")
    line.press("ArrowLeft")
    expect(line).to_have_attribute("aria-valuenow", "58")
    line.press("Home")
    expect(line).to_have_attribute("aria-valuenow", "0")
    assert "inset(0px 0px 0px 0%)" in str(
        tab.locator("#age-view .after").evaluate("(e) => getComputedStyle(e).clipPath")
    )


def test_the_whole_photo_is_saved_in_its_own_size(tab: Page, photo: Path) -> None:
    before = count(tab)
    upload(tab, photo)
    expect_new(tab, before)
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator("#age-save").click()
    assert download.value.suggested_filename == "photo-at-60.jpg"
    assert Image.open(download.value.path()).size == (300, 200)


def test_a_dot_can_be_moved_by_mouse_and_keys(tab: Page, photo: Path) -> None:
    before = count(tab)
    upload(tab, photo)
    expect_new(tab, before)
    expect(tab.locator("#age-marker img")).to_be_visible()
    before = count(tab)
    frame = tab.locator("#age-marker .frame")
    box = frame.bounding_box()
    assert box is not None
    frame.click(position={"x": 0.2 * box["width"], "y": 0.5 * box["height"]})
    expect_new(tab, before)
    left = tab.locator("#age-marker .eye").first
    expect(left).to_have_attribute("style", re.compile(r"left: (19|20)"))
    before = count(tab)
    left.press("ArrowRight")
    expect_new(tab, before)


def test_without_a_face_it_says_so_and_takes_the_dots(tab: Page, photo: Path) -> None:
    before = count(tab)
    upload(tab, first_pixel(photo, "white"))
    expect(tab.locator("#age-view .words")).to_contain_text("No face was found", timeout=WAIT)
    assert count(tab) == before
    tab.locator("#age-marker .eye").first.press("ArrowLeft")
    expect_new(tab, before)
    expect(tab.locator("#age-view .words")).not_to_be_visible()


def test_of_several_faces_one_is_chosen(tab: Page, photo: Path) -> None:
    upload(tab, first_pixel(photo, "black"))
    expect(tab.locator("#age-marker .words")).to_contain_text("2 faces", timeout=WAIT)
    before = count(tab)
    tab.locator("#age-marker").get_by_role("button", name="Face 2").click()
    expect_new(tab, before)
    expect(tab.locator("#age-marker").get_by_role("button", name="Face 1")).to_be_visible()


def test_two_faces_are_mixed(tab: Page, photo: Path) -> None:
    tab.get_by_text("Mix with another face").click()
    tab.locator("#age-other-examples button:has(img)").nth(2).click()
    expect(tab.locator("#age-mixed img")).to_be_visible(timeout=WAIT)
    before = count(tab, "#age-mixed")
    tab.locator("#age-share input[type=number]").fill("0.9")
    expect_new(tab, before, "#age-mixed")
    tab.locator("#age-child").click()
    expect(tab.locator("#age-mixed figcaption")).to_have_text("Their child at 6", timeout=WAIT)
    before, content = count(tab, "#age-mixed"), photo.read_bytes()
    upload(tab, photo, "#age-other")
    expect_new(tab, before, "#age-mixed")
    assert kept(content) == []


@pytest.mark.parametrize(
    ("button", "size", "frames"),
    [("save", (128, 128), 1), ("save-strip", (1600, 372), 1), ("save-film", (256, 256), 74)],
)
def test_downloads(tab: Page, button: str, size: tuple[int, int], frames: int) -> None:
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator(f"#age-{button}").click()
    picture = Image.open(download.value.path())
    assert picture.size == size and 0.9 * frames <= getattr(picture, "n_frames", 1) <= frames
