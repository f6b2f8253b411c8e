"""From the source distribution to an answer over HTTP, as somebody who has nothing but the two files."""

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

import sigmail

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parents[2]
LARGEST_WHEEL_BYTES = 10_000_000
MAIL = b"From: a@b.example\r\nSubject: WIN A PRIZE\r\n\r\nClick here for free viagra, no obligation!\r\n"


def run(*command: object, **options: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], check=False, capture_output=True, text=True, **options
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.fixture(scope="module")
def sdists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdists")
    tool = Path(sys.executable).with_name("maturin")
    run(tool, "sdist", "--out", folder, cwd=ROOT)
    run(sys.executable, "-m", "build", "--sdist", "--outdir", folder, "service", cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheels(sdists: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels built of the source distributions, not of the checkout."""
    folder = tmp_path_factory.mktemp("wheels")
    # The crates that others wrote are compiled once for the checkout and for this.
    environment = os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target")}
    for sdist in sorted(sdists.glob("*.tar.gz")):
        run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, sdist, env=environment)
    return folder


@pytest.fixture(scope="module")
def clean(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a new environment that holds the library's wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", only(wheels, "sigmail-*.whl"))
    return folder / "bin"


def test_the_wheel_is_one_for_all_python_versions_and_small(wheels: Path) -> None:
    wheel = only(wheels, "sigmail-*.whl")
    assert "-cp311-abi3-" in wheel.name
    assert wheel.stat().st_size < LARGEST_WHEEL_BYTES
    names = zipfile.ZipFile(wheel).namelist()
    assert "sigmail/models/starter.sigmail" in names
    assert "sigmail/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "recipes/"))]


def test_the_library_brings_numpy_and_click_only(clean: Path) -> None:
    listed = json.loads(run(clean / "python", "-m", "pip", "list", "--format", "json"))
    assert {entry["name"] for entry in listed} - {"pip", "setuptools"} == {"sigmail", "numpy", "click"}


def test_the_default_filter_needs_neither_scikit_learn_nor_flask(clean: Path) -> None:
    code = "import sys, sigmail; sigmail.SpamFilter.default(); print(*sys.modules)"
    loaded = run(clean / "python", "-W", "error", "-c", code).split()
    assert not {"sklearn", "scipy", "flask"} & set(loaded)


def test_the_command_classifies(clean: Path, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(MAIL)
    answer = json.loads(run(clean / "sigmail", "classify", mail, "--json", "--explain", "3"))
    assert answer["label"] in {"spam", "unsure", "ham"}
    assert len(answer["reasons"]) == 3
    assert run(clean / "sigmail", "--version").split()[-1] == sigmail.__version__


def test_serve_without_the_service_says_what_to_install(clean: Path) -> None:
    done = subprocess.run([clean / "sigmail", "serve"], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "pip install" in done.stderr


def test_the_installed_service_answers(
    clean: Path, wheels: Path, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    run(clean / "python", "-m", "pip", "install", "--quiet", only(wheels, "sigmail_service-*.whl"))
    port = free_port()
    command = [str(clean / "sigmail"), "serve", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stderr=log, cwd=tmp_path) as service:
        try:
            answer = post(f"http://127.0.0.1:{port}/classify?explain=2", service)
        finally:
            service.terminate()
    assert service.returncode == 0
    assert answer["label"] in {"spam", "unsure", "ham"}
    assert len(answer["reasons"]) == 2


def post(url: str, service: subprocess.Popen[bytes]) -> dict[str, object]:
    """Post the mail as soon as the service listens."""
    deadline = time.monotonic() + 30.0
    while True:
        try:
            response = requests.post(url, MAIL, headers={"Content-Type": "message/rfc822"}, timeout=10.0)
        except requests.ConnectionError:
            assert service.poll() is None, "the service ended"
            assert time.monotonic() < deadline, "the service did not answer"
            time.sleep(0.1)
        else:
            assert response.status_code == 200
            found: dict[str, object] = response.json()
            return found
