"""Alembic's migrations, and how a database is brought to the newest."""
