"""The tab "Unpaired" in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from opened import wait_changed, wait_many
from PIL import Image
from playwright.sync_api import Page, expect

WAIT = 60_000  # ms
SHOWN = "#unpaired-result img"


@pytest.fixture
def tab(quiet: Page, app_url: str) -> Page:
    """The opened tab, whose console has to stay quiet."""
    quiet.goto(app_url)
    quiet.get_by_role("tab", name="Unpaired").click()
    wait_many(quiet, f"{SHOWN}[src]:not([src=''])", 2)
    return quiet


def after(tab: Page) -> str:
    return str(tab.locator(SHOWN).nth(1).get_attribute("src"))


def test_strength_zero_is_the_photo_itself(tab: Page) -> None:
    opened = after(tab)
    tab.locator("#unpaired-strength input[type=number]").fill("0")
    tab.keyboard.press("Tab")
    wait_changed(tab, SHOWN, "src", opened)
    # gradio names a served file by a hash of its content
    expect(tab.locator(SHOWN).nth(0)).to_have_attribute("src", after(tab), timeout=WAIT)


def test_the_other_direction_has_its_own_examples_and_an_upload_stays(tab: Page, tmp_path: Path) -> None:
    opened = after(tab)
    tab.locator("#unpaired-direction").get_by_label("Zebra → Horse").check()
    wait_changed(tab, SHOWN, "src", opened)
    expect(tab.locator("#unpaired-examples img")).to_have_count(2, timeout=WAIT)
    example = after(tab)
    Image.effect_noise((64, 48), 90).convert("RGB").save(tmp_path / "mine.png")
    tab.locator("#unpaired-photo input[type=file]").set_input_files(tmp_path / "mine.png")
    wait_changed(tab, SHOWN, "src", example)
    mine = str(tab.locator(SHOWN).nth(0).get_attribute("src"))
    tab.locator("#unpaired-direction").get_by_label("Horse → Zebra").check()
    expect(tab.locator("#unpaired-examples img")).to_have_count(3, timeout=WAIT)
    expect(tab.locator(SHOWN).nth(0)).to_have_attribute("src", mine)


def test_there_and_back_shows_four_pictures(tab: Page) -> None:
    tab.locator("#unpaired-back").click()
    wait_many(tab, "#unpaired-cycle img[src]:not([src=''])", 4)
    expect(tab.locator("#unpaired-cycle")).to_contain_text("mean 0.0 of 255")


def test_where_it_fails_can_be_tried(tab: Page) -> None:
    opened = after(tab)
    tab.get_by_text("Where it fails").click()
    tab.locator("#unpaired-failures img").nth(1).click()
    wait_changed(tab, SHOWN, "src", opened)
