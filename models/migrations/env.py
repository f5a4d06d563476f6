"""Alembic's entry: it works on the connection that models/schema.py hands over, in one transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from models.base import Instant
from models.schema import metadata


def plainly(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """A migration names only SQLAlchemy's own types, so that it stays true when ours change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=plainly,
)
with context.begin_transaction():
    context.run_migrations()
