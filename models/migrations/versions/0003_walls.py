"""Each school behind a wall of its own, where the database can build one (PostgreSQL)."""

from __future__ import annotations

from alembic import op

revision = '0003'
down_revision = '0002'

MINE = "coalesce(nullif(current_setting('klasno.school', true), '')::bigint, {column}) = {column}"
RULES = {
    "school": MINE.format(column="id"),
    **{
        table: MINE.format(column="school_id")
        for table in (
            "school_class", "child", "person", "staff", "guardian", "invite", "absence", "audit", "calendar_day",
            "consent", "consent_text", "join_request", "list_change", "list_draft",
        )
    },
    "chat": "person_id IS NULL OR person_id IN (SELECT id FROM person)",
    "letter": "EXISTS (SELECT FROM chat WHERE chat.id = chat_id)",
    "card": "EXISTS (SELECT FROM chat WHERE chat.id = chat_id)",
    "errand": "EXISTS (SELECT FROM chat WHERE chat.id = chat_id)",
    "absence_day": "EXISTS (SELECT FROM child WHERE child.id = child_id)",
    "absence_words": "EXISTS (SELECT FROM absence WHERE absence.id = absence_id)",
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_school ON {table} USING ({rule})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in RULES:
        op.execute(f"DROP POLICY own_school ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
