"""Builds the wheel twice, in two folders of different names, and holds the two to be the same byte for byte.

`make reproducible` runs it. It takes as long as two builds from nothing.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

__all__ = ["build", "differences"]

ROOT = Path(__file__).parents[1]
_EPOCH = "1767225600"


def build(sources: Path, folder: Path) -> Path:
    """Copy the committed sources into `folder`, build the wheel there, and return it."""
    folder.mkdir(parents=True)
    committed = subprocess.check_output(["git", "archive", "HEAD"], cwd=sources)  # noqa: S607
    with tarfile.open(fileobj=io.BytesIO(committed)) as archive:
        archive.extractall(folder, filter="data")
    cargo_home = os.environ.get("CARGO_HOME", str(Path.home() / ".cargo"))
    flags = f"--remap-path-prefix={folder}=/sigmail --remap-path-prefix={cargo_home}=/cargo"
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(folder / "target"),
        "RUSTFLAGS": flags,
        "SOURCE_DATE_EPOCH": _EPOCH,
    }
    tool = Path(sys.executable).with_name("maturin")
    command = [str(tool), "build", "--release", "--quiet", "--out", str(folder / "dist")]
    subprocess.run(command, cwd=folder, env=environment, check=True)  # noqa: S603 - Our own command.
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def differences(first: Path, second: Path) -> list[str]:
    """Return the names of the members in which two wheels differ."""
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        names = sorted({*one.namelist(), *other.namelist()})
        return [
            name
            for name in names
            if name not in one.namelist()
            or name not in other.namelist()
            or one.read(name) != other.read(name)
        ]


def main() -> None:
    """Build twice, compare, and say the digest."""
    with tempfile.TemporaryDirectory(prefix="sigmail-") as temporary:
        first = build(ROOT, Path(temporary) / "here")
        second = build(ROOT, Path(temporary) / "somewhere" / "else")
        if first.read_bytes() != second.read_bytes():
            sys.exit(f"the wheels differ, in {differences(first, second) or 'their order or times'}")
        digest = hashlib.sha256(first.read_bytes()).hexdigest()
        print(f"{first.name}: two builds, the same {first.stat().st_size} bytes, SHA-256 {digest}")


if __name__ == "__main__":
    main()
