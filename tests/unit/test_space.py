"""What a Space reads of the README, and what the README says of settings and options, against the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from cgan_demo import catalog

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FRONT: dict[str, Any] = yaml.safe_load(README.split("---")[1])
PROJECT: dict[str, Any] = tomlkit.parse((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}  # what a Space's card may have


def requirements() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line.strip()]


def test_the_front_matter_says_what_a_space_needs() -> None:
    assert FRONT["sdk"] == "gradio" and (ROOT / FRONT["app_file"]).is_file()
    assert FRONT["title"] and FRONT["emoji"] and FRONT["tags"]
    assert {FRONT["colorFrom"], FRONT["colorTo"]} <= COLORS
    assert len(FRONT["short_description"]) <= 60
    assert FRONT["license"] == PROJECT["license"].lower()
    assert FRONT["suggested_hardware"] in ("cpu-basic", "cpu-upgrade", "zero-a10g")


def test_its_versions_are_ones_that_the_package_takes() -> None:
    wanted = {r.name: r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    assert wanted["gradio"].contains(FRONT["sdk_version"])
    assert SpecifierSet(PROJECT["requires-python"]).contains(FRONT["python_version"])


def test_its_models_are_those_of_the_catalog_and_none_is_fetched_beforehand() -> None:
    assert sorted(FRONT["models"]) == sorted(model.hub_repo for model in catalog.MODELS)
    assert all((ROOT / "weights" / model.id / "model.safetensors").is_file() for model in catalog.MODELS)
    assert "preload_from_hub" not in FRONT  # the weights lie in the Space


def test_a_space_installs_what_the_package_needs() -> None:
    needed = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["spaces"]]
    assert sorted(map(str, requirements())) == sorted(str(Requirement(line)) for line in needed)


# ---- settings


CALLS = {"os.getenv", *(f"os.environ.{name}" for name in ("get", "pop", "setdefault"))}


def code_files() -> list[Path]:
    tests = [ROOT / "tests" / name for name in ("conftest.py", "browser/conftest.py", "opened.py")]
    return [ROOT / "app.py", *sorted((ROOT / "cgan_demo").rglob("*.py")), *tests]


def variables(path: Path) -> Iterator[str]:
    """The environment variables that a file reads or sets: os.environ.get("X"), os.environ["X"], os.getenv("X")."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS:
            name = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            name = node.slice
        else:
            continue
        assert isinstance(name, ast.Constant), f"{path}:{node.lineno} takes a variable whose name is computed"
        yield name.value


def documented() -> dict[str, str]:
    """Each variable of the README's table, and who reads it."""
    table = README.split("## Settings")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", table, re.MULTILINE)
    return {name: reader.strip() for cell, reader in rows for name in re.findall(r"`([A-Z_]+)`", cell)}


def test_the_table_of_settings_has_what_the_code_reads_and_no_more() -> None:
    used = {name for path in code_files() for name in variables(path)}
    told = documented()
    assert used <= set(told)
    assert {name for name, reader in told.items() if "cgan_demo" in reader or "tests" in reader} <= used


def test_help_names_the_options_that_the_readme_does() -> None:
    done = subprocess.run(
        [sys.executable, "app.py", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    options = set(re.findall(r"--[a-z]+", done.stdout)) - {"--help"}
    assert options == {"--host", "--port", "--share", "--mcp"}
    assert all(f"`{option}`" in README for option in options)


def test_an_option_that_lacks_a_package_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    from cgan_demo import serving
    from cgan_demo.errors import InputError

    monkeypatch.setattr(serving.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=re.escape("'.[mcp]'")):
        serving.serve(mcp=True)
