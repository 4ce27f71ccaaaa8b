"""What of the page goes with weights lies in their config: it is read there, ignored by networks, and not handed on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from cgan_demo import weights
from cgan_demo.pix2pix.light import LightUNetGenerator


@dataclass(frozen=True)
class Opening:
    seed: int = 0
    terms: tuple[tuple[int, ...], ...] = ()


def test_what_of_the_page_goes_with_weights_goes_with_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CGAN_DEMO_WEIGHTS", str(tmp_path))
    assert weights.page_settings("mine", Opening()) == Opening()
    folder = weights.save_network(LightUNetGenerator(widths=(8, 8)), tmp_path / "mine")
    assert weights.page_settings("mine", Opening(seed=3)) == Opening(seed=3)
    described = weights.read_config(folder) | {"page": {"seed": 7, "terms": [[1, 2], [3]], "of another version": 1}}
    (folder / "config.json").write_text(json.dumps(described))
    assert weights.page_settings("mine", Opening()) == Opening(7, ((1, 2), (3,)))
    for network in (weights.load_network(folder), LightUNetGenerator.from_pretrained(folder)):
        assert "page" not in weights.read_config(weights.save_network(network, tmp_path / "other"))
    (folder / "model.safetensors").unlink()
    assert weights.page_settings("mine", Opening()) == Opening()  # whoever asks for the model is told
