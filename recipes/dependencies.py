"""What others wrote and Sigmail stands on: a list with licences for people, and an SBOM for the wheel.

`make dependencies` writes both, from Cargo.lock and from the metadata of the installed packages. maturin
could write the SBOM itself, but with the time, a random number and the path of the build in it: no two wheels
would be the same.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["LIST", "SBOM", "Package", "bill_of_materials", "crates", "listing", "python_packages"]

ROOT = Path(__file__).parents[1]
LIST, SBOM = ROOT / "THIRD_PARTY.md", ROOT / "rust" / "python" / "sigmail.cdx.json"
BINDING = "sigmail-python"


@dataclass(frozen=True, order=True)
class Package:
    """Something that others wrote; the version of a crate is locked, that of a Python package is not."""

    name: str
    version: str
    licence: str


def crates() -> list[Package]:
    """Return the crates that are compiled into the extension, as Cargo.lock has them, for all systems."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    told: dict[str, Any] = json.loads(subprocess.check_output(command, cwd=ROOT))  # noqa: S603 - Our own command.
    packages = {package["id"]: package for package in told["packages"]}
    needs = {node["id"]: list(_compiled_in(node)) for node in told["resolve"]["nodes"]}
    open_ids = [identity for identity, package in packages.items() if package["name"] == BINDING]
    found: set[str] = set()
    while open_ids:
        identity = open_ids.pop()
        if identity not in found:
            found.add(identity)
            open_ids += needs[identity]
    others = (packages[identity] for identity in found if packages[identity]["source"] is not None)
    return sorted(Package(one["name"], one["version"], _spdx(one["license"])) for one in others)


def _compiled_in(node: dict[str, Any]) -> Iterator[str]:
    """Yield what a crate needs when it runs; what only builds or tests it is in no wheel."""
    for dependency in node["deps"]:
        if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
            yield dependency["pkg"]


def _spdx(licence: str) -> str:
    """Return an SPDX expression; old crates write a bar for OR."""
    return re.sub(r"\s*/\s*", " OR ", licence)


def python_packages() -> dict[str, list[Package]]:
    """Return the Python packages that each of our distributions asks for directly."""
    groups = {}
    for path in (ROOT / "pyproject.toml", ROOT / "service" / "pyproject.toml"):
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        name = project["name"]
        groups[name] = _named(project["dependencies"])
        if "train" in project.get("optional-dependencies", {}):
            groups[f"{name}[train]"] = _named(project["optional-dependencies"]["train"])
    return groups


def _named(requirements: list[str]) -> list[Package]:
    found = []
    for requirement in requirements:
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?(.*)", requirement)
        if match and match[1] not in {"sigmail", "sigmail-service"}:
            version = match[2].partition(";")[0].strip()
            found.append(Package(match[1], version, _licence_of(match[1])))
    return sorted(found)


def _licence_of(name: str) -> str:
    """Return the licence of an installed package: its expression, its classifier, or its first words."""
    told: Any = metadata.metadata(name)
    classifiers = (line for line in told.get_all("Classifier", []) if line.startswith("License ::"))
    named = [line.rpartition(":: ")[2] for line in classifiers]
    expression = told.get("License-Expression") or ", ".join(named) or told.get("License") or "not stated"
    return expression.splitlines()[0]


def listing() -> str:
    """Return THIRD_PARTY.md."""
    lines = [
        "# What others wrote",
        "",
        "Sigmail is under Apache-2.0. It stands on what is listed here, each under its own licence.",
        "`make dependencies` writes the list; a test holds it to `Cargo.lock` and the two `pyproject.toml`.",
    ]
    for distribution, packages in python_packages().items():
        lines += ["", f"## Python packages that `{distribution}` asks for", ""]
        lines += ["| package | version | licence |", "| --- | --- | --- |"]
        lines += [f"| {one.name} | {one.version} | {one.licence} |" for one in packages]
    lines += [
        "",
        "## Crates that the extension is built from",
        "",
        "| crate | version | licence |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {one.name} | {one.version} | {one.licence} |" for one in crates()]
    return "\n".join(lines) + "\n"


def bill_of_materials() -> str:
    """Return the SBOM of the wheel, CycloneDX 1.5: the same text for the same Cargo.lock."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": f"pkg:pypi/sigmail@{version}",
                "name": "sigmail",
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
                "purl": f"pkg:pypi/sigmail@{version}",
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": f"pkg:cargo/{crate.name}@{crate.version}",
                "name": crate.name,
                "version": crate.version,
                "licenses": [{"expression": crate.licence}],
                "purl": f"pkg:cargo/{crate.name}@{crate.version}",
            }
            for crate in crates()
        ],
    }
    return json.dumps(bill, indent=1) + "\n"


def main() -> None:
    """Write both files."""
    LIST.write_text(listing(), encoding="utf-8")
    SBOM.write_text(bill_of_materials(), encoding="utf-8")
    print(f"wrote {LIST.name} and {SBOM.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
