"""Every card of the catalog has complete metadata, whose figures are those of its own tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from huggingface_hub import EvalResult, ModelCard
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results

from cgan_demo import catalog, weights

BUNDLED = Path(__file__).parents[2] / "weights"
NEEDED = ("license", "library_name", "pipeline_tag", "datasets", "tags", "eval_results")
EXAMPLE = "weights/labels-to-facade/README.md shows how"

cataloged = pytest.mark.parametrize("model", catalog.MODELS, ids=lambda model: model.id)


def card_of(model: catalog.Model) -> ModelCard:
    path = BUNDLED / model.id / "README.md"
    assert path.is_file(), f"weights/{model.id} has no README.md; {EXAMPLE}."
    return ModelCard.load(path, ignore_metadata_errors=False)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def figures(text: str) -> dict[str, str]:
    """Every cell of the tables in a card: "row: column" by its labels, and "row" alone for the first column.

    Where two tables have the same labels, the first counts.
    """
    found: dict[str, str] = {}
    for table in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        head, _, *rows = table.splitlines()
        for row in map(cells, rows):
            found.setdefault(row[0], row[1])
            for column, cell in zip(cells(head)[1:], row[1:], strict=True):
                found.setdefault(f"{row[0]}: {column}", cell)
    return found


def test_tables_are_read_by_their_labels() -> None:
    first, second = (
        "| x | this | other |\n|---|---|---|\n| FID, val | 1.50 | 3 |\n",
        "| x | this |\n|---|---|\n| FID, val | 9 |\n",
    )
    assert figures(f"Words\n\n{first}\nand\n{second}") == {
        "FID, val": "1.50",
        "FID, val: this": "1.50",
        "FID, val: other": "3",
    }


@cataloged
def test_the_metadata_is_complete(model: catalog.Model) -> None:
    data = card_of(model).data
    missing = [name for name in NEEDED if not getattr(data, name)]
    assert not missing, f"The front matter of weights/{model.id}/README.md lacks {', '.join(missing)}; {EXAMPLE}."
    assert data.library_name == "cgan_demo" and data.model_name == model.id
    assert isinstance(data.datasets, list) and isinstance(data.tags, list)
    if data.license == "other":
        assert data.license_name and data.license_link
    link = data.license_link or ""
    assert link.startswith("https://") or (BUNDLED / model.id / link).is_file(), (
        f"The card of {model.id} names the licence file {link!r}, which weights/{model.id} lacks: "
        "copy weights/labels-to-facade/LICENSE where its terms are the same."
    )


@cataloged
def test_the_results_are_figures_of_the_cards_tables(model: catalog.Model) -> None:
    card = card_of(model)
    results: list[EvalResult] = card.data.eval_results or []
    assert model_index_to_eval_results(eval_results_to_model_index(model.id, results)) == (model.id, results)
    shown = figures(card.text)
    for result in results:
        name = str(result.metric_name)
        assert result.task_type == card.data.pipeline_tag
        assert name in shown, (
            f"The model-index of {model.id} has a result {name!r}, and no table of the card has that row: name it "
            "after its row (the value is the row's first figure) or 'row: column'."
        )
        assert float(shown[name].split()[0]) == result.metric_value, (
            f"The card of {model.id} says {shown[name]} of {name!r} in its table and {result.metric_value} in its "
            "model-index: copy the table's figure into the front matter."
        )


@cataloged
def test_every_row_is_pinned(model: catalog.Model) -> None:
    """By a tag or a commit, not a branch, and by the hash of the bundled file."""
    assert re.fullmatch(r"v\d+(\.\d+)*|[0-9a-f]{40}", model.revision), f"{model.id}: pin a tag such as v1, or a commit."
    digest = weights.file_sha256(BUNDLED / model.id / weights.WEIGHTS)
    assert model.sha256 == digest, f"The catalog's sha256 of {model.id} should be {digest}."
