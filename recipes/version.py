"""One version for all: `make version VERSION=1.2.3` moves every place that states it.

The library says its version from its crate, so that the extension and the package cannot differ.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

__all__ = ["PLACES", "move", "stated"]

ROOT = Path(__file__).parents[1]
_NUMBER = r"(\d+\.\d+\.\d+)"
PLACES = {
    "Cargo.toml": rf'(?m)^version = "{_NUMBER}"$',
    "pyproject.toml": rf'(?m)^version = "{_NUMBER}"$',
    "service/pyproject.toml": rf'(?m)(?:^version = |"sigmail(?:\[[a-z]+\])?==)"?{_NUMBER}"',
    "deploy/compose.yaml": rf"image: sigmail:{_NUMBER}",
    "deploy/kubernetes/deployment.yaml": rf"image: sigmail:{_NUMBER}",
}


def stated() -> dict[str, set[str]]:
    """Return the versions that each place states."""
    return {
        name: set(re.findall(pattern, (ROOT / name).read_text(encoding="utf-8")))
        for name, pattern in PLACES.items()
    }


def move(text: str, pattern: str, version: str) -> str:
    """Return `text` with every version that `pattern` finds replaced."""
    return re.sub(pattern, lambda match: match[0].replace(match[1], version), text)


def main(version: str) -> None:
    """Move every place, and Cargo.lock with them."""
    if not re.fullmatch(_NUMBER, version):
        sys.exit(f"{version!r} is no version: write it as 1.2.3")
    for name, pattern in PLACES.items():
        path = ROOT / name
        path.write_text(move(path.read_text(encoding="utf-8"), pattern, version), encoding="utf-8")
    command = ["cargo", "update", "--workspace", "--offline"]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - Our own command.
    print(f"all at {version}; now date the changes in CHANGELOG.md")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
