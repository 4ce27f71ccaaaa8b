"""What comes with the code: in a wheel it lies within the package, in a checkout and in a Space beside it."""

from __future__ import annotations

from pathlib import Path


def folders(name: str) -> list[Path]:
    """Where the folder "weights" or "assets" can be, the likeliest first; it need not be there."""
    package = Path(__file__).resolve().parent
    beside = [package.parent / name] if (package.parent / "pyproject.toml").is_file() else []
    return [package / f"_{name}", *beside]


def assets() -> Path:
    """The folder of the page's examples and figures."""
    return next((folder for folder in folders("assets") if folder.is_dir()), folders("assets")[-1])
