"""From the source distribution to an answer over HTTP, as somebody who has nothing but the two files."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

import sigmail

pytestmark = pytest.mark.packaging

Run = Callable[..., str]
Only = Callable[[Path, str], Path]

LARGEST_WHEEL_BYTES = 10_000_000
MAIL = b"From: a@b.example\r\nSubject: WIN A PRIZE\r\n\r\nClick here for free viagra, no obligation!\r\n"


def test_the_wheel_is_one_for_all_python_versions_and_small(wheels: Path, only: Only) -> None:
    wheel = only(wheels, "sigmail-*.whl")
    assert "-cp311-abi3-" in wheel.name
    assert wheel.stat().st_size < LARGEST_WHEEL_BYTES
    names = zipfile.ZipFile(wheel).namelist()
    assert "sigmail/models/starter.sigmail" in names
    assert "sigmail/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "recipes/"))]


def test_the_library_brings_numpy_and_click_only(clean: Path, run: Run) -> None:
    listed = json.loads(run(clean / "python", "-m", "pip", "list", "--format", "json"))
    assert {entry["name"] for entry in listed} - {"pip", "setuptools"} == {"sigmail", "numpy", "click"}


def test_the_default_filter_needs_neither_scikit_learn_nor_flask(clean: Path, run: Run) -> None:
    code = "import sys, sigmail; sigmail.SpamFilter.default(); print(*sys.modules)"
    loaded = run(clean / "python", "-W", "error", "-c", code).split()
    assert not {"sklearn", "scipy", "flask"} & set(loaded)


def test_the_command_classifies(clean: Path, run: Run, tmp_path: Path) -> None:
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
    clean: Path, service_wheel: Path, tmp_path: Path, free_port: Callable[[], int], run: Run
) -> None:
    run(clean / "python", "-m", "pip", "install", "--quiet", service_wheel)
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


def test_two_wheels_and_no_compiler_are_enough(
    wheels: Path, tmp_path: Path, free_port: Callable[[], int], run: Run
) -> None:
    """Install, serve and ask, where the path holds nothing but the new environment; say how long it took."""
    start = time.monotonic()
    home = tmp_path / "environment"
    run(sys.executable, "-m", "venv", home)
    bare = {"PATH": str(home / "bin"), "HOME": str(tmp_path), **pip_settings()}
    assert shutil.which("cc", path=bare["PATH"]) is None
    assert shutil.which("cargo", path=bare["PATH"]) is None
    install = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
    run(*install, *wheels.glob("*.whl"), env=bare)
    port = free_port()
    command = [str(home / "bin" / "sigmail"), "serve", "--port", str(port)]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, stderr=log, cwd=tmp_path, env=bare) as service,
    ):
        try:
            answer = post(f"http://127.0.0.1:{port}/classify", service)
        finally:
            service.terminate()
    assert service.returncode == 0
    assert answer["label"] in {"spam", "unsure", "ham"}
    print(f"from nothing to an answer in {time.monotonic() - start:.1f} s")  # noqa: T201 - The time is asked for.


def pip_settings() -> dict[str, str]:
    """Return what this machine tells pip about where packages come from."""
    return {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP"))}


def test_the_source_distribution_passes_its_own_tests(
    sdists: Path, wheels: Path, tmp_path: Path, only: Only
) -> None:
    """The tests of the core that it carries, against the wheel that was built of it."""
    with tarfile.open(only(sdists, "sigmail-*.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    sources = only(tmp_path, "sigmail-*")
    with zipfile.ZipFile(only(wheels, "sigmail-*.whl")) as wheel:
        wheel.extractall(tmp_path / "site")  # noqa: S202 - Built here.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "tests/core", "tests/vectors"],
        cwd=sources,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
