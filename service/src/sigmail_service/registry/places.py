"""Where the models are: a folder, or an fsspec URL. A file in it is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from sigmail.errors import InvalidValueError, SigmailError

__all__ = ["Folder", "Place", "PlaceError", "RemotePlace", "open_place"]


_STAMP_BYTES = 1 << 16


class PlaceError(SigmailError):
    """The place of the models cannot be read or written at the moment."""


class Place(Protocol):
    """A set of small files under names such as ``current/shared.json``."""

    def read(self, name: str, most: int) -> bytes | None:
        """Return a file, or None if there is none; `PlaceError` if it is over `most` bytes or unreadable."""

    def write(self, name: str, data: bytes) -> None:
        """Put a file in place of the one of that name, whole; `PlaceError` if that fails."""

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, without it, in order."""

    def stamp(self, name: str) -> object:
        """Return what changes when a file is replaced; None without a file. It costs little."""

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""


class Folder:
    """A folder of this machine.

    Parameters
    ----------
    path
        Made when something is first written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str, most: int) -> bytes | None:
        """Return a file; see `Place`."""
        path = self._path / name
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size > most:
                    raise PlaceError(f"{path} has {size} bytes, but at most {most} are read")
                # To ask for more would have memory made ready for all that might come.
                return file.read(size)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PlaceError(f"cannot read {path}: {error.strerror}") from error

    def write(self, name: str, data: bytes) -> None:
        """Write beside it, come to the disk, rename, and let the folder come to the disk."""
        path = self._path / name
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise PlaceError(f"cannot write {path}: {error.strerror}") from error

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder; what a killed writer left behind is not among them."""
        try:
            found = [entry.name for entry in os.scandir(self._path / folder) if entry.is_file()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise PlaceError(f"cannot read {self._path / folder}: {error.strerror}") from error
        return sorted(name for name in found if not name.startswith("."))

    def stamp(self, name: str) -> object:
        """Return time, size and number of a file."""
        try:
            stat = (self._path / name).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def delete(self, name: str) -> None:
        """Remove a file."""
        try:
            (self._path / name).unlink(missing_ok=True)
        except OSError as error:
            raise PlaceError(f"cannot remove {self._path / name}: {error.strerror}") from error


class RemotePlace:
    """A folder that fsspec reaches, for many hosts: object stores replace a file in one step.

    Parameters
    ----------
    url
        Such as ``s3://bucket/sigmail``; fsspec and its driver have to be installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import fsspec  # noqa: PLC0415 - An optional dependency.

            # Listings must not be kept: other hosts write too.
            self._system, self._root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise InvalidValueError(
                f"cannot reach the models at {url}: {error}; "
                'get fsspec by: pip install "sigmail-service[fsspec]", and the driver of the store'
            ) from error

    def read(self, name: str, most: int) -> bytes | None:
        """Return a file; see `Place`."""
        size, data = 0, None
        with contextlib.suppress(FileNotFoundError), _translated(name):
            size = int(self._system.info(self._path(name))["size"] or 0)
            if size <= most:
                data = bytes(self._system.cat_file(self._path(name)))
        if size > most:
            raise PlaceError(f"{name} has {size} bytes, but at most {most} are read")
        return data

    def write(self, name: str, data: bytes) -> None:
        """Put a file beside it, and move it to its place."""
        path = self._path(name)
        folder = path.rpartition("/")[0]
        temporary = f"{folder}/.{secrets.token_hex(6)}"
        with _translated(name):
            self._system.makedirs(folder, exist_ok=True)
            self._system.pipe_file(temporary, data)
            self._system.mv(temporary, path)

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder."""
        found: list[dict[str, Any]] = []
        with contextlib.suppress(FileNotFoundError), _translated(folder):
            found = self._system.ls(self._path(folder), detail=True)
        names = (str(entry["name"]).rpartition("/")[2] for entry in found if entry["type"] == "file")
        return sorted(name for name in names if not name.startswith("."))

    def stamp(self, name: str) -> object:
        """Return the content of a file, which is small: every store can read it, and not all have times."""
        try:
            return self.read(name, _STAMP_BYTES) or None
        except PlaceError:
            return self._path(name)

    def delete(self, name: str) -> None:
        """Remove a file."""
        with contextlib.suppress(FileNotFoundError), _translated(name):
            self._system.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


@contextlib.contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn the errors of a driver, which derive from nothing of fsspec's, into ours."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        raise PlaceError(f"cannot reach {name}: {type(error).__name__}") from error


def open_place(where: str | Path) -> Place:
    """Return the place of a path or an fsspec URL."""
    if isinstance(where, str) and "://" in where:
        return RemotePlace(where)
    return Folder(Path(where))
