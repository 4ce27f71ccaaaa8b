"""The tab "Text → Picture" in a real browser: typing, samples, chosen one, ways between, style, downloads, privacy."""

from __future__ import annotations

import io
import re
from pathlib import Path
from urllib.request import urlopen

import pytest
from fakes.gan_cls import FakePainter
from gradio.utils import get_upload_folder
from opened import wait_changed, wait_many
from PIL import Image
from playwright.sync_api import Locator, Page, expect

WAIT = 60_000  # ms


def open_tab(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("tab", name="Text → Picture", exact=True).click()
    wait_many(page, "#text-samples button", 8)
    wait_many(page, "#text-way .strip img", 9)


@pytest.fixture
def tab(quiet: Page, app_url: str) -> Page:
    """The opened tab, whose console has to stay quiet."""
    open_tab(quiet, app_url)
    return quiet


def count(tab: Page) -> str:
    """How many times samples were shown."""
    return tab.locator("#text-samples section").get_attribute("data-pictures") or "0"


def expect_new(tab: Page, before: str) -> None:
    wait_changed(tab, "#text-samples section", "data-pictures", before)


def say(tab: Page, sentence: str) -> None:
    before = count(tab)
    tab.locator("#text-sentence textarea").fill(sentence)
    expect_new(tab, before)


def colors(tab: Page) -> set[tuple[int, ...]]:
    """The disc's colour in each sample, roughly: what is most unlike its background."""
    return {_disc(image) for image in tab.locator("#text-samples img").all()}


def _disc(image: Locator) -> tuple[int, ...]:
    with urlopen(image.get_attribute("src") or "") as data:
        picture = Image.open(io.BytesIO(data.read())).convert("RGB")
    corner = picture.getpixel((2, 2))
    pixels = picture.resize((64, 64)).getdata()
    far = max(pixels, key=lambda p: sum(abs(a - b) for a, b in zip(p, corner, strict=True)))  # type: ignore[arg-type]
    return tuple(round(value / 128) for value in far)


def test_it_opens_with_eight_pictures_of_an_example(tab: Page) -> None:
    expect(tab.locator("#text-samples button")).to_have_text([re.compile(f"seed {i}$") for i in range(8)])
    expect(tab.locator("#text-samples [aria-pressed=true]")).to_have_text(re.compile("seed 0"))
    expect(tab.locator("#text-large img")).to_have_attribute("alt", re.compile("”, seed 0$"), timeout=WAIT)
    expect(tab.locator("#text-told")).to_have_text("The model knows every word.")
    assert colors(tab) == {(2, 0, 0)}
    assert all(image.get_attribute("alt") for image in tab.locator("#text-samples img, #text-way .strip img").all())


def test_another_colour_word_gives_other_pictures(tab: Page) -> None:
    say(tab, "this flower has blue petals")
    assert colors(tab) == {(0, 0, 2)}
    before = count(tab)
    tab.locator("#text-colors").get_by_text("yellow", exact=True).click()
    expect_new(tab, before)
    expect(tab.locator("#text-sentence textarea")).to_have_value("this flower has yellow petals")
    assert colors(tab) == {(2, 2, 0)}


def test_typing_key_by_key_and_pressing_enter(tab: Page) -> None:
    field, before = tab.locator("#text-sentence textarea"), count(tab)
    field.press("Control+a")
    field.press_sequentially("a green flower", delay=20)
    field.press("Enter")
    expect_new(tab, before)
    expect(tab.locator("#text-words")).to_contain_text("a green flower", timeout=WAIT)
    expect(field).to_have_value("a green flower")  # no line break
    assert colors(tab) == {(0, 1, 0)}


def test_words_never_seen_are_shown(tab: Page) -> None:
    say(tab, "a zorblax flower")
    expect(tab.locator("#text-words")).to_contain_text(re.compile("zorblax *never seen", re.I), timeout=WAIT)
    expect(tab.locator("#text-told")).to_contain_text("Never seen in training: “zorblax”.")


def test_no_sentence_is_told_in_words(tab: Page) -> None:
    tab.locator("#text-sentence textarea").fill("")
    expect(tab.locator("#text-told")).to_contain_text("Say what the picture shows", timeout=WAIT)
    expect(tab.locator("#text-samples button")).to_have_count(8)


def test_a_sample_is_chosen_and_its_seed_kept(tab: Page) -> None:
    tab.locator("#text-samples button").nth(3).click()
    expect(tab.locator("#text-large figcaption").first).to_have_text(re.compile("seed 3$"), timeout=WAIT)
    expect(tab.locator("#text-chosen-seed input")).to_have_value("3")
    expect(tab.locator("#text-way .words")).to_have_text("Seed 3 all the way.", timeout=WAIT)
    say(tab, "a white flower")
    expect(tab.locator("#text-large figcaption").first).to_have_text("“a white flower”, seed 3", timeout=WAIT)
    expect(tab.locator("#text-samples [aria-pressed=true]")).to_have_text(re.compile("seed 3"))
    before = count(tab)
    tab.locator("#text-more").click()
    expect_new(tab, before)
    expect(tab.locator("#text-samples button")).to_have_text([re.compile(f"seed {8 + i}$") for i in range(8)])
    expect(tab.locator("#text-large figcaption").first).to_have_text("“a white flower”, seed 3")


def test_seeds_can_be_typed(tab: Page) -> None:
    before = count(tab)
    tab.locator("#text-seed input").fill("40")
    expect_new(tab, before)
    expect(tab.locator("#text-samples button").first).to_have_text(re.compile("seed 40"))
    tab.locator("#text-chosen-seed input").fill("41")
    expect(tab.locator("#text-samples [aria-pressed=true]")).to_have_text(re.compile("seed 41"), timeout=WAIT)
    expect(tab.locator("#text-large figcaption").first).to_have_text(re.compile("seed 41$"), timeout=WAIT)


def test_an_example_and_the_other_domain(tab: Page) -> None:
    before = count(tab)
    tab.locator("#text-examples").get_by_text("the petals are purple").click()
    expect_new(tab, before)
    assert colors(tab) == {(1, 0, 1)}
    before = count(tab)
    tab.locator("#text-domain").get_by_text("Bird").click()
    expect_new(tab, before)
    expect(tab.locator("#text-sentence textarea")).to_have_value(re.compile("bird"))
    expect(tab.locator("#text-note")).to_contain_text("wrong for some females and young")
    expect(tab.locator("#text-examples").get_by_text("a green bird")).to_be_visible()
    expect(tab.locator("#text-way .from")).to_contain_text("bird", timeout=WAIT)


def test_from_one_sentence_or_seed_to_another(tab: Page) -> None:
    tab.locator("#text-other textarea").fill("a black flower")
    expect(tab.locator("#text-way .to")).to_have_text("“a black flower”", timeout=WAIT)
    first, last = tab.locator("#text-way .strip img").first, tab.locator("#text-way .strip img").last
    assert (_disc(first), _disc(last)) == ((2, 0, 0), (0, 0, 0))
    tab.locator("#text-kind").get_by_text("Another seed").click()
    expect(tab.locator("#text-other")).not_to_be_visible()
    expect(tab.locator("#text-way .to")).to_have_text("seed 1", timeout=WAIT)
    tab.locator("#text-other-seed input").fill("7")
    expect(tab.locator("#text-way .to")).to_have_text("seed 7", timeout=WAIT)
    expect(tab.locator("#text-way .strip img").last).to_have_attribute("alt", re.compile("100 % .* seed 7"))


def test_the_animation_is_shown_and_downloaded(tab: Page) -> None:
    tab.locator("#text-film").click()
    expect(tab.locator("#text-moving img")).to_be_visible(timeout=WAIT)
    with tab.expect_download(timeout=WAIT) as download:
        tab.get_by_role("button", name="Download the animation").click()
    picture = Image.open(download.value.path())
    assert picture.format == "GIF" and picture.n_frames > 20 and picture.info["loop"] == 0  # type: ignore[attr-defined]
    assert re.fullmatch(
        r"this-flower-has-red-.*-seed-0-to-this-flower-has-white-.*\.gif", download.value.suggested_filename
    )
    say(tab, "a blue flower")  # the animation goes with the strip that it was of
    expect(tab.locator("#text-moving img")).to_be_hidden(timeout=WAIT)


def test_the_chosen_picture_is_downloaded_as_it_was_made(tab: Page) -> None:
    tab.locator("#text-samples button").nth(2).click()
    expect(tab.locator("#text-large figcaption").first).to_have_text(re.compile("seed 2$"), timeout=WAIT)
    expect(tab.locator("#text-save")).to_have_text("Download as PNG, 64 × 64")
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator("#text-save").click()
    assert download.value.suggested_filename == "this-flower-has-red-petals-with-a-yellow-center-seed-2.png"
    picture, painter = Image.open(download.value.path()), FakePainter()
    assert picture.tobytes() == painter("this flower has red petals", seed=2).tobytes()


def test_style_is_taken_from_a_picture_that_is_not_kept_and_cleared(tab: Page, tmp_path: Path) -> None:
    Image.effect_noise((90, 70), 5).point(lambda v: v // 4).convert("RGB").save(tmp_path / "dark.png")
    content = (tmp_path / "dark.png").read_bytes()
    plain = tab.locator("#text-samples img").first.get_attribute("src") or ""
    tab.get_by_text("Style from a picture").click()
    before = count(tab)
    tab.locator("#text-photo input[type=file]").set_input_files(tmp_path / "dark.png")
    expect_new(tab, before)
    expect(tab.locator("#text-style img")).to_be_visible()
    expect(tab.locator("#text-samples img").first).not_to_have_attribute("src", plain)
    assert not [p for p in Path(get_upload_folder()).rglob("*") if p.is_file() and p.read_bytes() == content]
    tab.get_by_role("button", name="Clear the style").click()
    expect(tab.locator("#text-samples img").first).to_have_attribute("src", plain, timeout=WAIT)
    expect(tab.locator("#text-style img")).to_be_hidden()


def test_a_style_that_is_no_picture_is_told_in_words(tab: Page, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("this is no picture")
    tab.get_by_text("Style from a picture").click()
    tab.locator("#text-photo input[type=file]").set_input_files(tmp_path / "text.png")
    expect(tab.get_by_text("not a picture that can be read")).to_be_visible(timeout=WAIT)
    expect(tab.locator("#text-style img")).to_be_hidden()


def test_nothing_scrolls_sideways_on_a_phone(page: Page, app_url: str) -> None:
    open_tab(page, app_url)  # before: narrow pages put some tabs into a menu
    page.set_viewport_size({"width": 390, "height": 844})
    say(page, "a " + "verylongword" * 12 + " flower with many many many petals")
    expect(page.locator("#text-way .strip img")).to_have_count(9, timeout=WAIT)
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
