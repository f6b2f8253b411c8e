"""The direction of imports: core <- rust/python <- python/sigmail <- service <- (HTTP) loadtest. Never back.

The rules are read off the source: of Python with `ast`, every import of a file counts, those within
functions too; of Rust off the manifests.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

TRAINING = {
    "sigmail.contradictions",
    "sigmail.features",
    "sigmail.learning",
    "sigmail.logistic",
    "sigmail.network",
    "sigmail.recipe",
    "sigmail.training",
}
HEAVY = {"sklearn", "scipy", "matplotlib", "rich", "pandas"}
WEB = {"flask", "apiflask", "httptools", "uvloop", "werkzeug", "pydantic"}


@dataclass(frozen=True)
class Import:
    """One import: of which module, by which, and whether at its top, where importing it runs it."""

    by: str
    of: str
    at_top: bool

    @property
    def package(self) -> str:
        return self.of.split(".")[0]


def module_name(path: Path, source: Path) -> str:
    parts = path.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules_of(source: Path, package: str) -> dict[str, Path]:
    """The modules of a package below a source folder, by name."""
    return {module_name(path, source): path for path in sorted((source / package).rglob("*.py"))}


def run_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: not those in functions or for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (
                inner for statement in node.orelse for inner in [statement, *run_at_import(statement)]
            )
            continue
        yield node
        yield from run_at_import(node)


def imports_of(name: str, path: Path) -> list[Import]:
    """The imports of one module; `from a import b` counts for both `a` and `a.b`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, run_at_import(tree)))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = []
    for node in ast.walk(tree):
        targets: list[str] = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            targets = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        found += [Import(name, target, id(node) in top) for target in targets]
    return found


def all_imports(source: Path, package: str) -> list[Import]:
    return [found for name, path in modules_of(source, package).items() for found in imports_of(name, path)]


def with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def loaded_by(start: str, source: Path, package: str) -> set[str]:
    """Every module that importing `start` imports, through any number of our own."""
    modules = modules_of(source, package)
    reached: set[str] = set()
    waiting = with_parents(start)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            if name in modules:
                found = imports_of(name, modules[name])
                waiting += [parent for one in found if one.at_top for parent in with_parents(one.of)]
    return reached


def arrows_back(imports: list[Import], forbidden: set[str]) -> list[str]:
    return sorted({f"{one.by} imports {one.of}" for one in imports if one.package in forbidden})


def doors_to_training(imports: list[Import]) -> set[str]:
    """The modules that import the training of `sigmail`, or what it stands on."""
    return {one.by for one in imports if one.of in TRAINING or one.package in HEAVY}


def dependencies_of(manifest: Path) -> set[str]:
    """Every crate that a manifest names, for building and testing as well."""
    content = tomllib.loads(manifest.read_text(encoding="utf-8"))
    tables = [content, *content.get("target", {}).values()]
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    return {crate for table in tables for kind in kinds for crate in table.get(kind, {})}


def test_the_core_has_never_heard_of_python():
    assert dependencies_of(ROOT / "rust/core/Cargo.toml").isdisjoint({"pyo3", "numpy", "sigmail-python"})
    assert {"pyo3", "sigmail-core"} <= dependencies_of(ROOT / "rust/python/Cargo.toml")
    for path in (ROOT / "rust/core").rglob("*.rs"):
        assert "pyo3" not in path.read_text(encoding="utf-8"), path


def test_no_crate_brings_python_into_the_core():
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]
    needs = {
        package["name"]: {need.split()[0] for need in package.get("dependencies", [])} for package in packages
    }
    reached, waiting = set(), ["sigmail-core"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += needs[name]
    assert "safetensors" in reached
    assert not {name for name in reached if name.startswith("pyo3")}


def test_the_library_never_imports_the_service():
    imports = all_imports(ROOT / "python", "sigmail")
    assert len(imports) > 100
    assert arrows_back(imports, {"sigmail_service", "loadtest", "recipes", "tests"} | WEB) == []


def test_the_filter_stands_on_no_other_package():
    loaded = loaded_by("sigmail.filter", ROOT / "python", "sigmail")
    assert {"sigmail.filter", "sigmail.errors"} <= loaded
    packages = {name.split(".")[0] for name in loaded}
    assert packages & (HEAVY | WEB | {"numpy"}) == set()
    assert loaded.isdisjoint(TRAINING)


@pytest.mark.parametrize("start", ["sigmail", "sigmail.commands", "sigmail.corpus", "sigmail.evaluation"])
def test_what_the_base_install_runs_needs_no_extra(start):
    packages = {name.split(".")[0] for name in loaded_by(start, ROOT / "python", "sigmail")}
    assert packages & (HEAVY | WEB) == set()


def test_the_service_reaches_training_through_one_module_at_most():
    imports = all_imports(ROOT / "service/src", "sigmail_service")
    assert "sigmail.filter" in {one.of for one in imports}
    assert len(doors_to_training(imports)) <= 1
    assert arrows_back(imports, {"loadtest", "recipes", "tests"}) == []
    loaded = loaded_by("sigmail_service.app", ROOT / "service/src", "sigmail_service")
    assert doors_to_training([one for one in imports if one.by in loaded and one.at_top]) == set()


def test_the_service_uses_the_public_names_of_the_library():
    imports = all_imports(ROOT / "service/src", "sigmail_service")
    names = {one.of for one in imports if one.package == "sigmail"}
    private = {name for name in names if "._" in name and not name.endswith("__")}
    assert private == set()


def test_the_load_test_knows_the_service_by_http_alone():
    paths = sorted((ROOT / "loadtest").glob("*.py"))
    imports = [one for path in paths for one in imports_of(path.stem, path)]
    assert "locust" in {one.package for one in imports}
    assert arrows_back(imports, {"sigmail_service"}) == []
    # The library judges offline what the service should have said.
    allowed = ("sigmail.SpamFilter", "sigmail.corpus", "sigmail.errors", "sigmail.filter")
    library = {one.of for one in imports if one.package == "sigmail"}
    assert all(name == "sigmail" or name.startswith(allowed) for name in library)


@pytest.fixture
def crooked(tmp_path):
    """A small tree in which every arrow that we forbid is there."""
    files = {
        "sigmail/__init__.py": "",
        "sigmail/filter.py": "import numpy\nfrom .helper import help_me\n",
        "sigmail/helper.py": "try:\n    from sklearn import base\nexcept ImportError:\n    base = None\n",
        "sigmail/lazy.py": "def work():\n    import scipy.sparse\n    from sigmail_service import app\n",
        "sigmail/typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import flask\n",
        "sigmail_service/__init__.py": "",
        "sigmail_service/one.py": "from sigmail import training\n",
        "sigmail_service/two.py": "def work():\n    from sigmail.logistic import LogisticClassifier\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_an_arrow_that_runs_back_is_found(crooked):
    imports = all_imports(crooked, "sigmail")
    assert "sigmail.lazy imports sigmail_service.app" in arrows_back(imports, {"sigmail_service"})
    assert "sklearn" in loaded_by("sigmail.filter", crooked, "sigmail")
    assert loaded_by("sigmail.lazy", crooked, "sigmail") == {"sigmail", "sigmail.lazy"}
    assert "flask" not in loaded_by("sigmail.typed", crooked, "sigmail")
    assert "sigmail.typed imports flask" in arrows_back(imports, WEB)
    doors = doors_to_training(all_imports(crooked, "sigmail_service"))
    assert doors == {"sigmail_service.one", "sigmail_service.two"}


def test_a_crate_that_brings_python_is_found(tmp_path):
    manifest = tmp_path / "Cargo.toml"
    manifest.write_text('[dependencies]\nserde = "1"\n[target."cfg(unix)".dev-dependencies]\npyo3 = "1"\n')
    assert dependencies_of(manifest) == {"serde", "pyo3"}
