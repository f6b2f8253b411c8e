"""The distributions, built once, and a clean environment that has them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]
Only = Callable[[Path, str], Path]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package", name="run")
def fixture_of_run() -> Run:
    """Run a command, see that it succeeds, and return its output."""
    return run


@pytest.fixture(scope="package", name="only")
def fixture_of_only() -> Only:
    """Return the one file of a folder that a pattern matches."""
    return only


def run(*command: object, **options: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], check=False, capture_output=True, text=True, **options
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.fixture(scope="package")
def sdists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdists")
    tool = Path(sys.executable).with_name("maturin")
    run(tool, "sdist", "--out", folder, cwd=ROOT)
    run(sys.executable, "-m", "build", "--sdist", "--outdir", folder, "service", cwd=ROOT)
    return folder


@pytest.fixture(scope="package")
def wheels(sdists: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels built of the source distributions, not of the checkout."""
    folder = tmp_path_factory.mktemp("wheels")
    # The crates that others wrote are compiled once for the checkout and for this.
    environment = os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target")}
    for sdist in sorted(sdists.glob("*.tar.gz")):
        run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, sdist, env=environment)
    return folder


@pytest.fixture(scope="package")
def clean(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a new environment that holds the library's wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", only(wheels, "sigmail-*.whl"))
    return folder / "bin"


@pytest.fixture(scope="package")
def service_wheel(wheels: Path) -> Path:
    return only(wheels, "sigmail_service-*.whl")
