"""One look for every tab, in light and dark."""

from __future__ import annotations

import gradio as gr

from .parts import source

STOCK = source("imageslider.js")
CSS = source("page.css")


def theme() -> gr.themes.Base:
    """Quiet neutrals with one teal accent; system fonts, so that nothing is fetched from elsewhere.

    Texts stand out from what they lie on by 4.5:1 at least in light and dark, edges of controls by 3:1.
    """
    return gr.themes.Soft(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="slate",
        radius_size="md",
        font=["system-ui", "-apple-system", "Segoe UI", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "monospace"],
    ).set(
        background_fill_primary="*neutral_50",
        body_text_color_subdued="*neutral_600",
        color_accent="*primary_700",  # in the dark, CSS takes a lighter one
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        link_text_color_visited="*primary_700",
        link_text_color_visited_dark="*primary_300",
        block_label_background_fill="white",
        block_label_background_fill_dark="*neutral_800",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_100",
        block_title_background_fill="transparent",
        block_title_background_fill_dark="transparent",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_100",
        block_title_padding="0",
        button_large_text_size="*text_md",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
        button_secondary_background_fill_hover_dark="*neutral_500",
        checkbox_label_background_fill_selected="*primary_700",
        checkbox_label_background_fill_selected_dark="*primary_700",
        checkbox_border_color="*neutral_500",
        checkbox_border_color_dark="*neutral_400",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_600",
        input_border_color_focus="*primary_600",
        input_border_color_focus_dark="*primary_400",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        slider_color="*primary_700",
        slider_color_dark="*primary_500",
    )
