"""Databases for the tests: a file of SQLite each, and a schema of a real PostgreSQL each."""

from __future__ import annotations

import pytest

from sigmail_service.storage.store import Storage


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'sigmail.db'}"
    return request.getfixturevalue("new_postgresql_database")()


@pytest.fixture
def storage(database_url):
    opened = Storage(database_url)
    yield opened
    opened.close()
