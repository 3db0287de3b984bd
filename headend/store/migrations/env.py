"""Alembic's environment: runs migrations on the connection it is handed, in its transaction."""

from alembic import context
from sqlalchemy import Connection

from headend.store.schema import metadata

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=context.config.attributes.get("render_item"),
)
context.run_migrations()
