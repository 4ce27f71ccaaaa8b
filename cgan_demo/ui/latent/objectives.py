"""The six objectives side by side, for the foot of the tab "Latent space": a table, and two pictures.

`dcgan.comparison.for_page` puts them there; without one of them it is left out.
"""

from __future__ import annotations

from pathlib import Path

from ...bundled import assets as assets_folder

ASSETS = assets_folder()
TABLE = "objectives.md"
PICTURES = {  # what stands over each is what is read out of it, too
    "objectives-curves": "Losses of the discriminator D (blue) and of the generator G (red) over the pictures seen, a "
    "field for each objective. Their scales differ, so only their courses can be compared.",
    "objectives-samples": "Samples of each model, with the same 16 seeds for all whose latents are of one size, two "
    "rows a model, its name beside them.",
}
WORDS = """
**Six objectives side by side.** The same DCGAN, trained on equally many pictures of flowers with each of them, and
measured on as many samples against held-out pictures: KID and FID say how far off its pictures are, recall how much of
the variety it covers. Models that were trained in another way stand below them, real pictures last.

"""
SCROLLED = '<div style="overflow-x: auto">\n\n{}\n</div>\n'  # by itself, where a phone is too narrow for it


def objectives_words(assets: Path | None = None) -> str:
    """What is said of the comparison, with its table, as markdown; "" where there is no table."""
    table = (assets or ASSETS) / TABLE
    return WORDS + SCROLLED.format(table.read_text(encoding="utf-8")) if table.is_file() else ""


def objectives_figures(assets: Path | None = None) -> dict[str, Path]:
    """Pictures of the comparison, by their captions."""
    found = {words: next((assets or ASSETS).glob(f"{name}.*"), None) for name, words in PICTURES.items()}
    return {words: path for words, path in found.items() if path}
