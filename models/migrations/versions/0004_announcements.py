"""Announcements, their media, and the day's digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'

OF_ANNOUNCEMENT = "EXISTS (SELECT FROM announcement WHERE announcement.id = announcement_id)"
OF_SCHOOL = "coalesce(nullif(current_setting('klasno.school', true), '')::bigint, school_id) = school_id"
RULES = {
    **dict.fromkeys(("medium", "announcement", "question"), OF_SCHOOL),
    **dict.fromkeys(
        ("announcement_child", "announcement_class", "announcement_copy", "announcement_medium"), OF_ANNOUNCEMENT
    ),
    "digest_item": "person_id IN (SELECT id FROM person)",
}
"""Each school behind a wall of its own: see 0003."""


def upgrade() -> None:
    op.create_table('medium',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sort', sa.Enum('photo', 'video', 'voice', 'file', name='mediumsort', native_enum=False, length=24), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.Column('thumb', sa.String(length=64), nullable=True),
    sa.Column('mime', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('width', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('height', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('seconds', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('refs', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_medium_school_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_medium')),
    sa.UniqueConstraint('school_id', 'digest', name=op.f('uq_medium_school_id_digest'))
    )
    op.create_table('announcement',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('author_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('stage', sa.Enum('draft', 'planned', 'sent', 'recalled', name='stage', native_enum=False, length=24), nullable=False),
    sa.Column('kind', sa.SmallInteger(), nullable=False),
    sa.Column('asks', sa.Enum('nothing', 'read', 'coming', 'poll', name='ask', native_enum=False, length=24), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('marks', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('audience', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('options', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('several', sa.Boolean(), nullable=False),
    sa.Column('hidden', sa.Boolean(), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('send_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('correction', sa.Text(), nullable=True),
    sa.Column('correction_marks', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('corrected_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recalled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_announcement_author_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_announcement_school_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_announcement'))
    )
    with op.batch_alter_table('announcement', schema=None) as batch_op:
        batch_op.create_index('ix_announcement_author', ['author_id'], unique=False)
        batch_op.create_index('ix_announcement_planned', ['send_at'], unique=False, sqlite_where=sa.text("stage = 'planned'"), postgresql_where=sa.text("stage = 'planned'"))
        batch_op.create_index(batch_op.f('ix_announcement_sent_at'), ['sent_at'], unique=False)

    op.create_table('digest_item',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_digest_item_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', 'day', 'key', name=op.f('pk_digest_item'))
    )
    op.create_table('announcement_child',
    sa.Column('announcement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('child_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('committee', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['announcement_id'], ['announcement.id'], name=op.f('fk_announcement_child_announcement_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['child_id'], ['child.id'], name=op.f('fk_announcement_child_child_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('announcement_id', 'child_id', name=op.f('pk_announcement_child'))
    )
    with op.batch_alter_table('announcement_child', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_announcement_child_child_id'), ['child_id'], unique=False)

    op.create_table('announcement_class',
    sa.Column('announcement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('class_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['announcement_id'], ['announcement.id'], name=op.f('fk_announcement_class_announcement_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['class_id'], ['school_class.id'], name=op.f('fk_announcement_class_class_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('announcement_id', 'class_id', name=op.f('pk_announcement_class'))
    )
    with op.batch_alter_table('announcement_class', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_announcement_class_class_id'), ['class_id'], unique=False)

    op.create_table('announcement_copy',
    sa.Column('announcement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=True),
    sa.Column('answer', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['announcement_id'], ['announcement.id'], name=op.f('fk_announcement_copy_announcement_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_announcement_copy_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('announcement_id', 'person_id', name=op.f('pk_announcement_copy'))
    )
    with op.batch_alter_table('announcement_copy', schema=None) as batch_op:
        batch_op.create_index('ix_announcement_copy_person', ['person_id'], unique=False)
        batch_op.create_index('ix_announcement_copy_spared', ['announcement_id'], unique=False, sqlite_where=sa.text('"key" IS NULL AND answered_at IS NULL'), postgresql_where=sa.text('key IS NULL AND answered_at IS NULL'))

    op.create_table('announcement_medium',
    sa.Column('announcement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('medium_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['announcement_id'], ['announcement.id'], name=op.f('fk_announcement_medium_announcement_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['medium_id'], ['medium.id'], name=op.f('fk_announcement_medium_medium_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('announcement_id', 'place', name=op.f('pk_announcement_medium'))
    )
    with op.batch_alter_table('announcement_medium', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_announcement_medium_medium_id'), ['medium_id'], unique=False)

    op.create_table('question',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('announcement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('answered_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['announcement_id'], ['announcement.id'], name=op.f('fk_question_announcement_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['answered_by'], ['person.id'], name=op.f('fk_question_answered_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_question_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_question_school_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question'))
    )
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.create_index('ix_question_announcement', ['announcement_id'], unique=False)

    with op.batch_alter_table('child', recreate='never') as batch_op:
        batch_op.add_column(sa.Column('no_photos', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.add_column(sa.Column('quiet_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('quiet_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='0'))

    with op.batch_alter_table('letter', recreate='never') as batch_op:
        batch_op.add_column(sa.Column('about', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('ahead', sa.SmallInteger(), nullable=True))
        batch_op.add_column(sa.Column('same_as', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('outdated', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index('ix_letter_about', ['about'], unique=False, sqlite_where=sa.text('about IS NOT NULL'), postgresql_where=sa.text('about IS NOT NULL'))
        batch_op.create_index('ix_letter_same_as', ['same_as'], unique=False, sqlite_where=sa.text('same_as IS NOT NULL'), postgresql_where=sa.text('same_as IS NOT NULL'))
        batch_op.create_index('ix_letter_billed', ['sent_at'], unique=False, sqlite_where=sa.text('billing = 5'), postgresql_where=sa.text('billing = 5'))
    with op.batch_alter_table('chat', schema=None) as batch_op:
        batch_op.add_column(sa.Column('heard_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_card_key', 'card', ['key'], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        for table, rule in RULES.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY own_school ON {table} USING ({rule})")


def downgrade() -> None:
    op.drop_index('ix_card_key', table_name='card')
    with op.batch_alter_table('chat', schema=None) as batch_op:
        batch_op.drop_column('heard_at')
    with op.batch_alter_table('letter', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_index('ix_letter_billed', sqlite_where=sa.text('billing = 5'), postgresql_where=sa.text('billing = 5'))
        batch_op.drop_index('ix_letter_same_as', sqlite_where=sa.text('same_as IS NOT NULL'), postgresql_where=sa.text('same_as IS NOT NULL'))
        batch_op.drop_index('ix_letter_about', sqlite_where=sa.text('about IS NOT NULL'), postgresql_where=sa.text('about IS NOT NULL'))
        batch_op.drop_column('outdated')
        batch_op.drop_column('same_as')
        batch_op.drop_column('ahead')
        batch_op.drop_column('about')

    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.drop_column('quiet_to')
        batch_op.drop_column('quiet_from')

    with op.batch_alter_table('child', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_column('no_photos')

    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.drop_index('ix_question_announcement')

    op.drop_table('question')
    with op.batch_alter_table('announcement_medium', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_announcement_medium_medium_id'))

    op.drop_table('announcement_medium')
    with op.batch_alter_table('announcement_copy', schema=None) as batch_op:
        batch_op.drop_index('ix_announcement_copy_person')

    op.drop_table('announcement_copy')
    with op.batch_alter_table('announcement_class', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_announcement_class_class_id'))

    op.drop_table('announcement_class')
    with op.batch_alter_table('announcement_child', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_announcement_child_child_id'))

    op.drop_table('announcement_child')
    op.drop_table('digest_item')
    with op.batch_alter_table('announcement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_announcement_sent_at'))
        batch_op.drop_index('ix_announcement_planned', sqlite_where=sa.text("stage = 'planned'"), postgresql_where=sa.text("stage = 'planned'"))
        batch_op.drop_index('ix_announcement_author')

    op.drop_table('announcement')
    op.drop_table('medium')
