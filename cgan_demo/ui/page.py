"""Assembles the page: one tab for each capability."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ..device import on_zero_gpu
from .components import Loader, ModelStore
from .door import Door
from .lending import lend_gpu
from .tabs import tabs
from .theme import CSS, STOCK, theme

TITLE = """# Conditional GANs, live
Models small enough for a laptop's processor, each beside its paper."""
UPLOAD_LIMIT = "32mb"
HOUR = 3600
LONGEST_LINE = 32  # calls that wait; more are told that the page is busy
SESSIONS = 100  # kept; one takes 0.03 MB, with a photo from a phone about 10 MB, with all that it can hold 55 MB


def build_page(load: Loader) -> gr.Blocks:
    """The whole page. `load` turns a model id into a predictor; it is called when a tab first needs the model.

    Only where a GPU is lent for each call, all models are loaded before the page opens.
    """
    models = ModelStore(load)
    with Door(title="cgan_demo", analytics_enabled=False, delete_cache=(HOUR, 4 * HOUR)) as page:
        gr.Markdown(TITLE, elem_classes="page-title")
        with gr.Tabs(overflow_behavior="wrap", elem_id="page-tabs"):  # a menu would hide the later ones on phones
            for number, (name, tab) in enumerate(tabs().items()):
                with gr.Tab(tab.title, id=name) as place:
                    opening = tab.build(models)
                # Each tab loads its model when it is first looked at.
                (place.select if number else page.load)(**opening)
    if on_zero_gpu():
        lend_gpu(page, models)
    return page.queue(max_size=LONGEST_LINE, api_open=False)  # nobody passes the queue by


def launch_options() -> dict[str, Any]:
    """Keyword arguments for `launch()` that belong to the page wherever it is served."""
    return {
        "theme": theme(),
        "css": CSS,
        "js": STOCK,
        "max_file_size": UPLOAD_LIMIT,
        "state_session_capacity": SESSIONS,
        "run_history": False,
        "enable_monitoring": False,
        "_frontend": False,  # else launching fails where the page does not answer gradio itself within three seconds
        "footer_links": ["api", "settings"],
    }
