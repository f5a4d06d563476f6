"""The ground that all tables stand on: column types, and names for constraints that migrations can rely on."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database (SQLite has no zones, so it is stored naive there)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Python to database; a moment without a zone is refused, since nobody could say when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Database to Python."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables. Classes are used for their typed columns; rows are read as tuples, never as tracked objects."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it off the class, it cannot be a ClassVar)
        datetime: Instant(),
        date: Date(),
        int: BigInteger().with_variant(Integer(), "sqlite"),
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


def choice(kind: type[enum.Enum]) -> Enum:
    """A column that holds one of an enum's values, as text that a person reading the table understands."""
    return Enum(
        kind, native_enum=False, length=24, values_callable=lambda e: [str(member.value) for member in e]
    )


Name = String(120)
"""Names of people, classes and schools."""
