"""The page finds its tabs: a folder in ui/ is one, and no other file names it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

from cgan_demo import ui
from cgan_demo.ui.page import build_page
from cgan_demo.ui.tabs import tabs

NEW = """import gradio as gr

from cgan_demo.ui.tabs import Tab


def build(models):
    box = gr.Textbox()
    return {"fn": lambda: "opened", "outputs": box, "api_visibility": "private"}


TAB = Tab("New", 15, build, lambda: OFFERED)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Of a tab that is new to the page."""
    place = tmp_path / "brand_new"
    place.mkdir()
    (place / "__init__.py").touch()
    monkeypatch.setattr(ui, "__path__", [*ui.__path__, str(tmp_path)])
    yield place
    for name in [name for name in sys.modules if name.startswith("cgan_demo.ui.brand_new")]:
        del sys.modules[name]


def test_tabs_come_in_the_order_of_what_people_come_for() -> None:
    names, first = list(tabs()), ["sketch", "maps", "age", "sharpen", "text", "latent"]
    assert [name for name in names if name in first] == [name for name in first if name in names]
    assert names[0] == "sketch" and len({tab.order for tab in tabs().values()}) == len(names) >= 4


def test_a_folder_becomes_a_tab_and_one_without_models_does_not(folder: Path) -> None:
    assert "brand_new" not in tabs()  # parts/ is no tab either
    (folder / "tab.py").write_text(NEW.replace("OFFERED", "True"), encoding="utf-8")
    assert list(tabs())[:2] == ["sketch", "brand_new"]
    page = build_page(lambda model_id: None)
    titles = {block.id: block.label for block in page.blocks.values() if isinstance(block, gr.Tab)}
    assert titles["brand_new"] == "New"


def test_a_tab_without_models_is_left_out(folder: Path) -> None:
    (folder / "tab.py").write_text(NEW.replace("OFFERED", "False"), encoding="utf-8")
    assert "brand_new" not in tabs()
