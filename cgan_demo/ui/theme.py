"""One look for every tab, in light and dark."""

from __future__ import annotations

import gradio as gr

CSS = """
.gradio-container { width: 100% !important; min-width: 0 !important; max-width: 1480px !important;
  margin: 0 auto !important; }
.page-title h1 { margin: 0 0 .1em; font-weight: 700; letter-spacing: -.02em; }
.page-title p { margin: 0; color: var(--body-text-color-subdued); }
.result img { image-rendering: auto; }
.result .slider-wrap, .result .image-container { border-radius: var(--radius-md); }
.examples .grid-wrap, #maps-strip .grid-wrap { min-height: 0 !important; height: auto !important;
  max-height: none !important; }
.examples .grid-container { grid-template-columns: repeat(4, minmax(0, 1fr)) !important; }
#sketch-result .image-frame, #sketch-result img { width: 100%; height: 100%; object-fit: contain; }
#sketch-examples img, #sketch-variations img { object-fit: contain !important; background: white; }
[id^="sharpen-"] > .html-container { padding: 0; }
#sharpen-photo .prompt, #sharpen-references [data-testid="upload-text"] { white-space: normal; font-size: 14px; }
#sharpen-references [data-testid="upload-icon"] { display: none; }
#sharpen-references .upload-container { padding-top: 22px; }
#sharpen-photo .prompt { padding-top: 14px; }
#sharpen-compare input { border-color: var(--body-text-color-subdued); }
[id^="text-"] > .html-container { padding: 0; }
#text-large .main img { max-width: 340px; }
#text-large figcaption { text-wrap: balance; }
#text-head h3 { margin: 0; }
#text-head p { margin: 0; font-size: 14px; color: var(--body-text-color-subdued); }
[id^="latent-"] > .html-container, #toy-plane > .html-container { padding: 0; }
#latent-more, #latent-film-go, #latent-dice, #toy-go, #toy-hold, #toy-stop, #toy-dice { min-height: 44px;
  align-self: center; }
.figure .grid-wrap { height: auto !important; max-height: none !important; }
.figure .thumbnail-item { aspect-ratio: auto !important; height: auto; cursor: default; }
.figure .caption-label { display: none; }
.figure img { width: 100%; height: auto; object-fit: contain !important; }
.hint p { color: var(--body-text-color-subdued); margin: 0; }
/* The camera's picture needs more room than a field for files. */
#age-photo:has(video), #age-other:has(video) { height: 340px !important; }
.caption-label { font-size: 11px; padding: 1px 5px; }
/* Aerial photographs are uploaded, not painted, and house fronts are painted, not traced: no choice to show. */
.gradio-container:has(#maps-direction label:last-child input:checked) #maps-tabs > .tab-wrapper,
.gradio-container:has(#sketch-subject label:last-child input:checked) #sketch-tabs > .tab-wrapper { display: none; }
@media (max-width: 640px) {
  /* The result comes right below what it is the result of; examples end the column. */
  .workbench { flex-direction: column !important; }
  .workbench > .column { display: contents !important; }
  .workbench .last-on-phones { order: 1; }
  #maps-strip .grid-container { grid-template-columns: repeat(2, minmax(0, 1fr)) !important; }
  #latent-sections .tab-container button { padding: 0 8px; font-size: 14px; }
  .gradio-container > main { padding: 10px !important; } }
"""


def theme() -> gr.themes.Base:
    """Quiet neutrals with one teal accent; system fonts, so that nothing is fetched from elsewhere."""
    return gr.themes.Soft(
        primary_hue="teal",
        neutral_hue="slate",
        radius_size="md",
        font=["system-ui", "-apple-system", "Segoe UI", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "monospace"],
    )
