"""What Alembic runs to migrate: on the connection that `sigmail_service.storage.migrating` hands over."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
context.run_migrations()
