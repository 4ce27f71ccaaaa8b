"""Every tab in every state, on phone and desks, light and dark: nothing overlaps, is cut off, too pale, or nameless.

The checks themselves are in looks.js. What cannot be changed in Gradio's own components is listed here, and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from opened import CALM, OPENING, WAIT, open_tab, settle
from playwright.sync_api import BrowserContext, Page, expect

CHECKS = (Path(__file__).parents[1] / "looks.js").read_text(encoding="utf-8")
KINDS = ["sideways", "alt", "keyboard", "overlap", "cut", "contrast"]
LAYOUT = ["sideways", "overlap", "cut"]
PHONE, DESK, WIDE = ({"width": w, "height": h} for w, h in ((390, 844), (1280, 1000), (1920, 1080)))
CONTROLS = {"application", "button", "checkbox", "combobox", "image", "img", "link", "listbox", "menuitem", "radio"}
CONTROLS |= {"searchbox", "slider", "spinbutton", "switch", "tab", "textbox"}
# Parts of what is let pass, and why.
GRADIO = {
    "and # div.cm-scroller": "code takes the focus so that keys scroll it, and its buttons float in its corner",
}


@pytest.fixture(scope="module")
def page(context: BrowserContext, app_url: str) -> Iterator[Page]:
    """One page for all tests of this file."""
    page = context.new_page()
    page.goto(app_url)
    page.locator("#page-tabs [role=tab]").first.wait_for()
    page.add_style_tag(content=CALM)
    yield page
    page.close()


@pytest.fixture(scope="module", params=list(OPENING))
def tab(request: pytest.FixtureRequest, page: Page) -> Page:
    """A tab with all unfolded that is folded in it."""
    page.set_viewport_size(DESK)
    open_tab(page, request.param)
    while (folded := page.locator("button.label-wrap:not(.open):visible")).count():
        folded.first.click()
    return page


def states(tab: Page) -> Iterator[str]:
    """Goes through the tabs within the tab; yields once where it has none."""
    choices = tab.locator("#page-tabs [role=tabpanel] [role=tab]:visible").all()
    for choice in choices:
        choice.click()
        settle(tab)
        yield f"{choice.inner_text()}, "
    if not choices:
        yield ""


def wrong(tab: Page, kinds: list[str]) -> list[str]:
    """What is wrong and stays so: a busy machine lays a page out late."""
    found = []
    for _ in range(20):
        found = [line for line in tab.evaluate(CHECKS, kinds) if not any(part in line for part in GRADIO)]
        if not found:
            break
        tab.wait_for_timeout(500)  # ms
    return found


def nameless(tab: Page) -> list[str]:
    """Controls without a name for those who cannot see them, as the browser tells it."""
    session = tab.context.new_cdp_session(tab)
    found = []
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        role, name = (node.get(key, {}).get("value", "") for key in ("role", "name"))
        if node["ignored"] or role.lower() not in CONTROLS or name.strip():
            continue
        element = session.send("DOM.describeNode", {"backendNodeId": node["backendDOMNodeId"]})["node"]
        if element["nodeName"] != "svg":  # an icon
            found.append(f"name: {role} <{element['nodeName'].lower()} {' '.join(element.get('attributes', []))}>")
    session.detach()
    return found


def test_on_desks_in_light_and_dark(tab: Page) -> None:
    found = []
    for state in states(tab):
        tab.set_viewport_size(DESK)
        found += [state + line for line in (*wrong(tab, KINDS), *nameless(tab))]
        tab.evaluate("document.body.classList.add('dark')")
        found += [f"{state}dark: {line}" for line in wrong(tab, ["contrast"])]
        tab.evaluate("document.body.classList.remove('dark')")
        tab.set_viewport_size(WIDE)
        found += [f"{state}wide: {line}" for line in wrong(tab, LAYOUT)]
    assert not found, "\n".join(found)


def test_on_a_phone(tab: Page) -> None:
    tab.set_viewport_size(PHONE)
    found = [state + line for state in states(tab) for line in wrong(tab, KINDS)]
    assert not found, "\n".join(found)


def test_a_phone_shows_every_tab(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.evaluate("scrollTo(0, 0)")
    for name in OPENING:
        expect(page.get_by_role("tab", name=name, exact=True)).to_be_in_viewport(ratio=1)


def test_keys_move_the_line_between_map_and_aerial(page: Page) -> None:
    page.set_viewport_size(DESK)
    open_tab(page, "Map ↔ Aerial")
    line = page.get_by_role("slider", name="Where before ends and after begins")
    expect(line).to_have_attribute("aria-valuenow", "6", timeout=WAIT)
    line.press("End")
    expect(line).to_have_attribute("aria-valuenow", "100", timeout=WAIT)
    line.press("ArrowLeft")
    expect(line).to_have_attribute("aria-valuenow", "95", timeout=WAIT)
