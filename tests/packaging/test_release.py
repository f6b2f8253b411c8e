"""What a release rests on: one version, a true list of dependencies, workflows with few rights."""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from recipes import dependencies, reproducible, version

import sigmail

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_every_place_states_the_version_of_the_extension() -> None:
    assert set().union(*version.stated().values()) == {sigmail.__version__}
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    ours = {package["name"]: package["version"] for package in lock["package"] if "source" not in package}
    assert ours == {"sigmail-core": sigmail.__version__, "sigmail-python": sigmail.__version__}
    bill = json.loads(dependencies.SBOM.read_text(encoding="utf-8"))
    assert bill["metadata"]["component"]["version"] == sigmail.__version__


def test_no_other_place_states_it() -> None:
    """A version that `make version` does not know would be left behind."""
    known = {*version.PLACES, "Cargo.lock"}
    suffixes = {".toml", ".yaml", ".yml", ".md", ".py", ".rs", ".service", ".html"}
    folders = ("deploy", "docs", "loadtest", "python", "recipes", "rust", "service")
    pattern = re.compile(rf"(?<![\d.]){re.escape(sigmail.__version__)}(?![\d.])")
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes
        and not {"_build", "target", "build", "records"} & set(path.parts)
        and not any(part.endswith(".egg-info") for part in path.parts)
        and pattern.search(path.read_text(encoding="utf-8"))
    }
    assert found <= known


def test_moving_a_version_moves_it_everywhere() -> None:
    for name, pattern in version.PLACES.items():
        moved = version.move((ROOT / name).read_text(encoding="utf-8"), pattern, "87.65.43")
        assert set(re.findall(pattern, moved)) == {"87.65.43"}
        assert moved.count("87.65.43") == (2 if name == "service/pyproject.toml" else 1)


@pytest.mark.parametrize("wrong", ["", "1.2", "1.2.3rc1", "v1.2.3"])
def test_what_is_no_version_is_refused(wrong: str) -> None:
    with pytest.raises(SystemExit):
        version.main(wrong)


def test_the_sbom_is_that_of_the_lock_file() -> None:
    assert dependencies.SBOM.read_text(encoding="utf-8") == dependencies.bill_of_materials(), (
        "run `make dependencies`"
    )


def test_the_list_names_every_crate_and_every_python_package_with_a_licence() -> None:
    text = dependencies.LIST.read_text(encoding="utf-8")
    for crate in dependencies.crates():
        assert f"| {crate.name} | {crate.version} | {crate.licence} |" in text, "run `make dependencies`"
    for packages in dependencies.python_packages().values():
        for package in packages:
            assert f"| {package.name} | {package.version} | " in text, "run `make dependencies`"
    assert "not stated" not in text
    assert "UNKNOWN" not in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_pins_its_actions_and_takes_no_right_it_does_not_name(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "permissions" in job
        for step in job["steps"]:
            assert "uses" not in step or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])


def test_differences_between_wheels_are_named(tmp_path: Path) -> None:
    for name, text in (("one", "same"), ("other", "changed")):
        with zipfile.ZipFile(tmp_path / name, "w") as wheel:
            wheel.writestr("kept.py", "the same")
            wheel.writestr("moved.py", text)
            wheel.writestr(f"only-{name}.py", "")
    found = reproducible.differences(tmp_path / "one", tmp_path / "other")
    assert found == ["moved.py", "only-one.py", "only-other.py"]


@pytest.mark.packaging
def test_the_wheel_brings_its_sbom_its_manual_page_and_its_licence(wheels: Path, only: Callable) -> None:
    with zipfile.ZipFile(only(wheels, "sigmail-*.whl")) as wheel:
        names = wheel.namelist()
        (bill,) = (name for name in names if "/sboms/" in name)
        assert wheel.read(bill).decode() == dependencies.SBOM.read_text(encoding="utf-8")
        assert [name for name in names if name.endswith("share/man/man1/sigmail.1")]
        assert [name for name in names if name.endswith("licenses/LICENSE")]


@pytest.mark.packaging
def test_import_is_silent(clean: Path, run: Callable) -> None:
    assert run(clean / "python", "-W", "error", "-c", "import sigmail") == ""
    assert run(clean / "sigmail", "doctor").count("ok ") >= 4
