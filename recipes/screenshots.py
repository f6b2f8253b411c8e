"""Takes the pictures of the page that the documentation shows, from messages that we wrote.

`make screenshots` runs it. It needs Chromium, which Debian has in the package `chromium`.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from recipes.chromium import find_chromium

__all__ = ["IMAGES", "LARGEST_BYTES", "PICTURES", "Picture", "take"]

IMAGES = Path(__file__).parents[1] / "docs" / "images"
LARGEST_BYTES = 150_000
_SECONDS = 20.0


@dataclass(frozen=True)
class Picture:
    """One picture: its file, the page, the example whose button is pressed, and the window."""

    name: str
    path: str
    example: str | None
    theme: Literal["light", "dark"]
    width: int
    height: int


PICTURES = (
    Picture("page-light.png", "/", "a prize", "light", 1100, 900),
    Picture("page-dark.png", "/", "a newsletter", "dark", 1100, 900),
    Picture("page-phone.png", "/", "a meeting", "light", 390, 844),
    Picture("neuron-light.png", "/neuron", None, "light", 1100, 900),
    Picture("neuron-dark.png", "/neuron", None, "dark", 1100, 900),
)


def take(browser: Browser, url: str, picture: Picture, folder: Path) -> Path:
    """Take one picture of the service at `url`, whole from top to bottom, into a file of `folder`."""
    path = folder / picture.name
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.theme,
        reduced_motion="reduce",
    )
    try:
        page = context.new_page()
        page.goto(url + picture.path)
        if picture.example:
            page.get_by_role("button", name=picture.example).click()
            page.locator(".verdict").wait_for()
            page.mouse.move(0, 0)
        page.screenshot(path=path, full_page=True)
        with Image.open(path) as image:  # A page of few colours: a palette takes a third of the bytes.
            image.convert("RGB").quantize(256).save(path, optimize=True)
    finally:
        context.close()
    return path


def main() -> int:
    """Serve the starter model on loopback, and take every picture."""
    chromium = find_chromium()
    if chromium is None:
        print("there is no Chromium: on Debian `apt-get install chromium`", file=sys.stderr)
        return 1
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "sigmail_service", "--port", str(port), "--workers", "1"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as service:  # noqa: S603 - It is our own.
        try:
            _wait(port)
            IMAGES.mkdir(parents=True, exist_ok=True)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium)
                for picture in PICTURES:
                    path = take(browser, f"http://127.0.0.1:{port}", picture, IMAGES)
                    print(f"{path.relative_to(Path.cwd())}: {path.stat().st_size} bytes")
                browser.close()
        finally:
            service.terminate()
    return 0


def _wait(port: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
