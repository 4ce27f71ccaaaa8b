"""The tab "Latent space" in a real browser: samples, walk, pad, sums, directions, one's own picture, games, privacy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fakes.dcgan import FakeExplorer
from gradio.utils import get_upload_folder
from opened import wait_many
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cgan_demo.ui.latent.exploring import STEPS, opening

WAIT = 60_000  # ms
FACES = opening("Faces")


def open_tab(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("tab", name="Latent space", exact=True).click()
    wait_many(page, "#latent-grid button", 16)
    wait_many(page, "#latent-strip .strip img", 9)
    expect(page.locator("#latent-walk-view figcaption")).to_have_text(
        f"seed {FACES.a} → seed {FACES.b}, 50 %", timeout=WAIT
    )


@pytest.fixture
def tab(quiet: Page, app_url: str) -> Page:
    """The opened tab, whose console has to stay quiet."""
    open_tab(quiet, app_url)
    return quiet


def section(tab: Page, name: str) -> None:
    tab.get_by_role("tab", name=name, exact=True).click()


def caption(tab: Page, name: str) -> Locator:
    return tab.locator(f"#latent-{name}-view figcaption")


def source(tab: Page, name: str) -> str:
    return tab.locator(f"#latent-{name}-view img").get_attribute("src") or ""


def test_a_walk_by_slider_seeds_and_clicks(tab: Page) -> None:
    assert all(image.get_attribute("alt") for image in tab.locator("#latent-grid img, #latent-strip .strip img").all())
    expect(tab.locator("#latent-grid .mark").nth(FACES.a)).to_have_text("A 1")
    before = source(tab, "walk")
    slider = tab.locator("#latent-share input[type=range]")
    box = slider.bounding_box()
    assert box
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2, steps=6)
    tab.mouse.up()
    expect(caption(tab, "walk")).to_have_text(
        re.compile(rf"^seed {FACES.a} → seed {FACES.b}, (7\d|8\d) %$"), timeout=WAIT
    )
    assert source(tab, "walk") != before
    tab.locator("#latent-grid button").nth(5).click()
    expect(tab.locator("#latent-a input, #latent-a textarea").first).to_have_value("5", timeout=WAIT)
    tab.locator("#latent-grid button").nth(7).click()
    expect(tab.locator("#latent-strip .to")).to_have_text("seed 7", timeout=WAIT)
    expect(tab.locator("#latent-strip .from")).to_have_text("seed 5", timeout=WAIT)


def test_the_animation_goes_round_and_is_downloaded(tab: Page) -> None:
    tab.locator("#latent-film-go").click()
    expect(tab.locator("#latent-film img")).to_be_visible(timeout=WAIT)
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator("#latent-film button").click()
    film = Image.open(download.value.path())
    assert film.format == "GIF" and film.n_frames == 60 and film.info["loop"] == 0  # type: ignore[attr-defined]
    assert download.value.suggested_filename == f"walk-{'-'.join(map(str, FACES.tour))}.gif"


def test_the_pad_is_dragged_and_moved_by_keys(tab: Page, tmp_path: Path) -> None:
    section(tab, "Pad")
    expect(tab.locator("#latent-pad section")).not_to_have_attribute("data-maps", "0", timeout=WAIT)
    expect(caption(tab, "pad")).to_have_text("0.50 across, 0.50 down", timeout=WAIT)
    before, pad = source(tab, "pad"), tab.locator("#latent-pad canvas")
    box = pad.bounding_box()
    assert box
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25, steps=8)
    tab.mouse.up()
    expect(caption(tab, "pad")).to_have_text("0.75 across, 0.25 down", timeout=WAIT)
    assert source(tab, "pad") != before
    pad.press("ArrowLeft")
    expect(caption(tab, "pad")).to_have_text("0.70 across, 0.25 down", timeout=WAIT)
    pad.press("End")
    expect(caption(tab, "pad")).to_have_text("1.00 across, 1.00 down", timeout=WAIT)
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator("#latent-pad-view button").click()
    assert Image.open(download.value.path()).tobytes() == FakeExplorer()(FACES.corners[3]).tobytes()
    tab.locator("#latent-dice").click()
    expect(tab.locator("#latent-pad .names span").first).not_to_have_text(f"seed {FACES.corners[0]}", timeout=WAIT)
    tab.get_by_role("button", name="Wander").click()
    expect(caption(tab, "pad")).not_to_have_text("1.00 across, 1.00 down", timeout=WAIT)
    tab.get_by_role("button", name="Wander").click()


def test_sums_follow_clicks(tab: Page) -> None:
    section(tab, "Mix")
    expect(tab.locator("#latent-mix .mean")).to_have_count(3, timeout=WAIT)
    answer = tab.locator("#latent-mix .answer img")
    before = answer.get_attribute("src") or ""
    tab.locator("#latent-target-mix").get_by_text("C", exact=True).click()
    tab.locator("#latent-grid button").nth(15).click()
    expect(answer).not_to_have_attribute("src", before, timeout=WAIT)
    expect(tab.locator("#latent-mix .column").nth(2).locator(".samples img").last).to_have_attribute(
        "alt", "C: seed 15"
    )


def test_directions_move_and_the_domain_changes(tab: Page) -> None:
    section(tab, "Directions")
    expect(caption(tab, "move")).to_have_text(f"seed {FACES.start}", timeout=WAIT)
    tab.get_by_label("size", exact=True).press("ArrowRight")
    expect(caption(tab, "move")).to_have_text(f"seed {FACES.start}, size +0.1", timeout=WAIT)
    expect(tab.locator("#latent-move-strip .to")).to_have_text("larger", timeout=WAIT)
    before = tab.locator("#latent-grid img").first.get_attribute("src") or ""
    tab.locator("#latent-domain").get_by_text("Flowers").click()
    expect(tab.locator("#latent-grid img").first).not_to_have_attribute("src", before, timeout=WAIT)
    expect(caption(tab, "move")).to_have_text(f"seed {opening('Flowers').start}", timeout=WAIT)


def test_ones_own_picture_is_read_used_and_not_kept(tab: Page, tmp_path: Path) -> None:
    Image.effect_noise((90, 70), 5).point(lambda v: v // 4).convert("RGB").save(tmp_path / "dark.png")
    content = (tmp_path / "dark.png").read_bytes()
    section(tab, "My picture")
    expect(tab.locator("#latent-use-walk")).to_be_disabled()
    tab.locator("#latent-photo input[type=file]").set_input_files(tmp_path / "dark.png")
    expect(tab.locator("#latent-reading img")).to_have_count(3, timeout=WAIT)
    expect(tab.locator("#latent-reading figcaption").last).to_have_text(f"After {STEPS} steps: 12.5 of 255 off")
    assert not [p for p in Path(get_upload_folder()).rglob("*") if p.is_file() and p.read_bytes() == content]
    tab.locator("#latent-use-walk").click()
    expect(caption(tab, "walk")).to_have_text(f"your picture → seed {FACES.b}, 50 %", timeout=WAIT)


def test_what_cannot_be_done_is_told_in_words(tab: Page) -> None:
    tab.locator("#latent-b textarea, #latent-b input").first.fill("mine")
    expect(tab.get_by_text("choose one under “My picture” first").first).to_be_visible(timeout=WAIT)


def test_a_game_is_played_and_stopped(tab: Page) -> None:
    tab.get_by_text("Why GANs fail").click()
    toy = tab.locator("#toy-plane section")
    tab.locator("#toy-objective").get_by_text("Hinge").click()
    expect(tab.locator("#toy-watch")).to_contain_text("plain value", timeout=WAIT)
    tab.locator("#toy-go").click()
    expect(toy).to_have_attribute(
        "data-states", re.compile(r"^[3-9]|\d\d"), timeout=90_000
    )  # the first waits for imports
    tab.locator("#toy-stop").click()
    expect(toy).to_have_attribute("data-state", "over", timeout=WAIT)
    expect(tab.locator("#toy-plane .status")).to_have_text(re.compile("Stopped after .* of 8 clusters covered"))
