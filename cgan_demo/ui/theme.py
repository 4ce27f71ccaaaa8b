"""One look for every tab, in light and dark."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

STOCK = Path(__file__).with_name("stock.js").read_text(encoding="utf-8")
CSS = """
.gradio-container { width: 100% !important; min-width: 0 !important; max-width: 1480px !important;
  margin: 0 auto !important; }
.dark { --color-accent: #2dd4bf; }
.page-title h1 { margin: 0 0 .1em; font-weight: 700; letter-spacing: -.02em; }
.page-title p { margin: 0; color: var(--body-text-color-subdued); }
#page-tabs > .tab-wrapper, #latent-sections > .tab-wrapper { height: auto; padding-bottom: 0; }
.tab-container button.selected { font-weight: 600; }
/* What stands beside a field is as high as other buttons, not as the field with its label. */
.row:has(> .form) > button { align-self: center; min-height: 44px; padding-inline: 8px; }
.result img { image-rendering: auto; }
.result .slider-wrap, .result .image-container { border-radius: var(--radius-md); }
.examples .grid-wrap, #maps-strip .grid-wrap { min-height: 0 !important; height: auto !important;
  max-height: none !important; }
.examples .grid-container { grid-template-columns: repeat(4, minmax(0, 1fr)) !important; }
#sketch-result:not(.fullscreen) { height: auto !important; aspect-ratio: 1; max-height: 720px; }
#sketch-result .image-frame, #sketch-result img { width: 100%; height: 100%; object-fit: contain; }
#sketch-examples img, #sketch-variations img { object-fit: contain !important; background: white; }
:is([id^="maps-"], [id^="sketch-"], [id^="age-"], [id^="sharpen-"], [id^="text-"], [id^="latent-"], #toy-plane)
  > .html-container { padding: 0; }
#sharpen-photo .prompt, #sharpen-references [data-testid="upload-text"] { white-space: normal; font-size: 14px; }
#sharpen-references [data-testid="upload-icon"] { display: none; }
#sharpen-references .upload-container { padding-top: 22px; }
#sharpen-photo .prompt { padding-top: 14px; }
#text-style img { width: 84px; }
#age-mixed :is(img, .blank) { max-width: 460px; }
#text-head h3 { margin: 0; }
#text-head p { margin: 0; font-size: 14px; color: var(--body-text-color-subdued); }
.figure .grid-wrap { height: auto !important; max-height: none !important; }
.figure .thumbnail-item { aspect-ratio: auto !important; height: auto; cursor: default; }
.figure .caption-label { display: none; }
.figure img { width: 100%; height: auto; object-fit: contain !important; }
.hint p { color: var(--body-text-color-subdued); margin: 0; }
/* The camera's picture needs more room than a field for files. */
#age-photo:has(video), #age-other:has(video) { height: 340px !important; }
.examples .caption-label { right: 3px; bottom: 3px; max-width: calc(100% - 6px); padding: 1px 5px; font-size: 11px;
  line-height: 1.25; white-space: normal; text-align: right; }
#text-sentence textarea, #text-other textarea { field-sizing: content; height: auto !important; }
input[type="range"]::-webkit-slider-thumb { border: 2px solid var(--color-accent) !important; }
input[type="range"]::-moz-range-thumb { border: 2px solid var(--color-accent) !important; }
/* The line between two pictures looks as it does in our own comparison. */
#maps-result .inner { width: 2px; background: white; box-shadow: 0 0 0 1px rgba(0, 0, 0, .35); }
#maps-result .icon-wrap { background: white; color: #1e293b; }
#maps-result .outer:focus-visible { outline: none; }
#maps-result .outer:focus-visible .icon-wrap { outline: 3px solid var(--color-accent); }
/* Highlighted code is too pale to read in both themes, and the whole picture is no button. */
.cm-editor .cm-line, .cm-editor .cm-line span { color: var(--body-text-color) !important; }
.cm-editor .cm-gutters { color: var(--body-text-color-subdued) !important; }
#sketch-result .image-container > button { pointer-events: none; }
/* Aerial photographs are uploaded, not painted, and house fronts are painted, not traced: no choice to show. */
.gradio-container:has(#maps-direction label:last-child input:checked) #maps-tabs > .tab-wrapper,
.gradio-container:has(#sketch-subject label:last-child input:checked) #sketch-tabs > .tab-wrapper { display: none; }
@media (max-width: 640px) {
  /* The result comes right below what it is the result of; examples end the column. */
  .workbench { flex-direction: column !important; }
  .workbench > .column { display: contents !important; }
  .workbench .last-on-phones { order: 1; }
  #maps-strip .grid-container { grid-template-columns: repeat(2, minmax(0, 1fr)) !important; }
  .examples .caption-label { padding: 1px 3px; font-size: 10px; }
  :is(#page-tabs, #latent-sections) > .tab-wrapper button { padding: 6px 10px; font-size: 14px; }
  .gradio-container > main { padding: 10px !important; } }
"""


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
