from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return normal(found.group())


def imported(folder: Path) -> Iterator[tuple[str, Path]]:
    """Top-level names of other people's modules, with a file that imports each."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            for module in modules:
                top = module.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in {"signoff", "graphs"}:
                    yield top, file.relative_to(ROOT)


@pytest.mark.parametrize("folder", ["src", "graphs"])
def test_every_import_is_a_declared_dependency(folder: str) -> None:
    extras = PROJECT["optional-dependencies"]
    groups = [PROJECT["dependencies"], *(extras[name] for name in extras if name != "dev")]
    declared = {named(requirement) for group in groups for requirement in group}
    distributions = packages_distributions()
    undeclared = {
        f"{module} in {file}"
        for module, file in imported(ROOT / folder)
        if not declared & {normal(name) for name in distributions.get(module, [module])}
    }
    assert undeclared == set()


def test_the_domain_knows_only_the_standard_library_pydantic_and_two_json_writers() -> None:
    assert {module for module, _ in imported(ROOT / "src/signoff/domain")} == {
        "pydantic",
        "rfc8785",
        "orjson",
    }


def test_every_dependency_is_pinned_by_name_and_version_alone() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []
    wanted = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    assert {named(r) for group in wanted for r in group} - {named(line) for line in lines} == set()
