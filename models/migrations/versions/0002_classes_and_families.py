"""Schools, classes and families: letters, consent, rights, calendar, audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('deed', sa.Enum('joined', 'asked_to_join', 'let_in', 'turned_away', 'consented', 'consent_withdrawn', 'invited', 'invitation_ended', 'letters_printed', 'messenger_added', 'messenger_moved', 'rights_changed', 'guardian_ended', 'role_given', 'role_ended', 'school_changed', 'consent_text_changed', 'class_made', 'class_changed', 'class_let_go', 'children_added', 'child_renamed', 'child_moved', 'child_left', 'undone', 'year_begun', 'calendar_changed', 'exported', 'erased', name='deed', native_enum=False, length=24), nullable=False),
    sa.Column('about_person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('about_child', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('about_class', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('detail', sa.String(length=40), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_at'), ['at'], unique=False)
        batch_op.create_index('ix_audit_school', ['school_id', 'id'], unique=False)

    op.create_table('tombstone',
    sa.Column('kin', sa.Enum('person', 'child', name='kin', native_enum=False, length=24), nullable=False),
    sa.Column('of_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kin', 'of_id', name=op.f('pk_tombstone'))
    )
    with op.batch_alter_table('tombstone', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tombstone_at'), ['at'], unique=False)

    op.create_table('calendar_day',
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('lessons', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_calendar_day_school_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('school_id', 'day', name=op.f('pk_calendar_day'))
    )
    op.create_table('consent_text',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('text', sa.String(length=2000), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_consent_text_school_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_text'))
    )
    with op.batch_alter_table('consent_text', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_text_school_id'), ['school_id'], unique=False)

    op.create_table('consent',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('platform', sa.String(length=16), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_consent_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_consent_school_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index('ix_consent_person', ['person_id'], unique=False)

    op.create_table('list_change',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('class_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('change', sa.Enum('added', 'renamed', 'moved', 'left', name='change', native_enum=False, length=24), nullable=False),
    sa.Column('before', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_list_change_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['class_id'], ['school_class.id'], name=op.f('fk_list_change_class_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_list_change_school_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_list_change'))
    )
    with op.batch_alter_table('list_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_list_change_at'), ['at'], unique=False)
        batch_op.create_index('ix_list_change_class', ['class_id', 'id'], unique=False)

    op.create_table('list_draft',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('class_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('rows', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_list_draft_by_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['class_id'], ['school_class.id'], name=op.f('fk_list_draft_class_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_list_draft_school_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_list_draft'))
    )
    with op.batch_alter_table('list_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_list_draft_at'), ['at'], unique=False)

    op.create_table('errand',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('chat_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('link', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('file', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['chat_id'], ['chat.id'], name=op.f('fk_errand_chat_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_errand'))
    )
    with op.batch_alter_table('errand', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_errand_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_errand_chat_id'), ['chat_id'], unique=False)

    op.create_table('join_request',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('school_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('class_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('child_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('child_name', sa.String(length=120), nullable=False),
    sa.Column('chat_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('relation', sa.Enum('mother', 'father', 'grandmother', 'grandfather', 'other', name='relation', native_enum=False, length=24), nullable=False),
    sa.Column('consent_version', sa.String(length=40), nullable=False),
    sa.Column('consent_language', sa.String(length=8), nullable=False),
    sa.Column('consented_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('words', sa.String(length=300), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['chat_id'], ['chat.id'], name=op.f('fk_join_request_chat_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['child_id'], ['child.id'], name=op.f('fk_join_request_child_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['class_id'], ['school_class.id'], name=op.f('fk_join_request_class_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_join_request_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_join_request_school_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_join_request')),
    sa.UniqueConstraint('chat_id', 'class_id', 'child_id', 'child_name', name=op.f('uq_join_request_chat_id_class_id_child_id_child_name'))
    )
    with op.batch_alter_table('join_request', schema=None) as batch_op:
        batch_op.create_index('ix_join_request_class', ['class_id'], unique=False)

    op.create_table('absence_words',
    sa.Column('absence_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('words', sa.String(length=500), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['absence_id'], ['absence.id'], name=op.f('fk_absence_words_absence_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_absence_words_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('absence_id', 'person_id', name=op.f('pk_absence_words'))
    )
    with op.batch_alter_table('absence', schema=None) as batch_op:
        batch_op.drop_column('comment')

    with op.batch_alter_table('chat', schema=None) as batch_op:
        batch_op.add_column(sa.Column('takes', sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table('child', recreate='always' if op.get_bind().dialect.name == 'sqlite' else 'never', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.add_column(sa.Column('language', sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column('left_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('guardian', schema=None) as batch_op:
        batch_op.add_column(sa.Column('relation', sa.Enum('mother', 'father', 'grandmother', 'grandfather', 'other', name='relation', native_enum=False, length=24), nullable=False, server_default='other'))
        batch_op.add_column(sa.Column('sees', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('reports', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('books', sa.Boolean(), nullable=False, server_default=sa.true()))

    with op.batch_alter_table('invite', schema=None) as batch_op:
        batch_op.add_column(sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('title', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('replaces', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('uses_left', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('asks', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('salt', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('made_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_index('ix_invite_child', ['child_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_invite_made_by'), 'person', ['made_by'], ['id'], ondelete='SET NULL')
        batch_op.create_foreign_key(batch_op.f('fk_invite_person_id'), 'person', ['person_id'], ['id'], ondelete='CASCADE')

    with op.batch_alter_table('person', recreate='always' if op.get_bind().dialect.name == 'sqlite' else 'never', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.add_column(sa.Column('speaks', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('quiet_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='20'))
        batch_op.add_column(sa.Column('quiet_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='7'))
        batch_op.add_column(sa.Column('digest_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='18'))
        batch_op.add_column(sa.Column('wishes', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('idle_since', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_school_name'), type_='unique')
        batch_op.add_column(sa.Column('languages', sa.String(length=64), nullable=False, server_default='uk,ru,en'))
        batch_op.add_column(sa.Column('year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='2026'))
        batch_op.add_column(sa.Column('ready', sa.Boolean(), nullable=False, server_default=sa.true()))

    with op.batch_alter_table('school_class', schema=None) as batch_op:
        batch_op.add_column(sa.Column('year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='2026'))
        batch_op.add_column(sa.Column('lets_in', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.add_column(sa.Column('title', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('until', sa.Date(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.drop_column('until')
        batch_op.drop_column('title')

    with op.batch_alter_table('school_class', schema=None) as batch_op:
        batch_op.drop_column('lets_in')
        batch_op.drop_column('year')

    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.drop_column('ready')
        batch_op.drop_column('year')
        batch_op.drop_column('languages')

    op.execute(
        "UPDATE school SET name = substr(name, 1, 100) || ' ' || id"
        " WHERE EXISTS (SELECT 1 FROM school AS other WHERE other.name = school.name AND other.id < school.id)"
    )
    with op.batch_alter_table('school', schema=None) as batch_op:
        batch_op.create_unique_constraint(batch_op.f('uq_school_name'), ['name'])

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('idle_since')
        batch_op.drop_column('wishes')
        batch_op.drop_column('digest_at')
        batch_op.drop_column('quiet_to')
        batch_op.drop_column('quiet_from')
        batch_op.drop_column('speaks')

    with op.batch_alter_table('invite', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_invite_person_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_invite_made_by'), type_='foreignkey')
        batch_op.drop_index('ix_invite_child')
        batch_op.drop_column('made_by')
        batch_op.drop_column('salt')
        batch_op.drop_column('asks')
        batch_op.drop_column('uses_left')
        batch_op.drop_column('replaces')
        batch_op.drop_column('until')
        batch_op.drop_column('title')
        batch_op.drop_column('person_id')

    with op.batch_alter_table('guardian', schema=None) as batch_op:
        batch_op.drop_column('books')
        batch_op.drop_column('reports')
        batch_op.drop_column('sees')
        batch_op.drop_column('relation')

    with op.batch_alter_table('child', schema=None) as batch_op:
        batch_op.drop_column('left_at')
        batch_op.drop_column('language')

    with op.batch_alter_table('chat', schema=None) as batch_op:
        batch_op.drop_column('takes')

    with op.batch_alter_table('absence', schema=None) as batch_op:
        batch_op.add_column(sa.Column('comment', sa.String(length=500), nullable=True))

    op.execute(
        "UPDATE absence SET comment ="
        " (SELECT min(words) FROM absence_words WHERE absence_words.absence_id = absence.id)"
    )
    op.drop_table('absence_words')
    with op.batch_alter_table('join_request', schema=None) as batch_op:
        batch_op.drop_index('ix_join_request_class')

    op.drop_table('join_request')
    with op.batch_alter_table('errand', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_errand_chat_id'))
        batch_op.drop_index(batch_op.f('ix_errand_at'))

    op.drop_table('errand')
    with op.batch_alter_table('list_draft', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_list_draft_at'))

    op.drop_table('list_draft')
    with op.batch_alter_table('list_change', schema=None) as batch_op:
        batch_op.drop_index('ix_list_change_class')
        batch_op.drop_index(batch_op.f('ix_list_change_at'))

    op.drop_table('list_change')
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index('ix_consent_person')

    op.drop_table('consent')
    with op.batch_alter_table('consent_text', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consent_text_school_id'))

    op.drop_table('consent_text')
    op.drop_table('calendar_day')
    with op.batch_alter_table('tombstone', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tombstone_at'))

    op.drop_table('tombstone')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_school')
        batch_op.drop_index(batch_op.f('ix_audit_at'))

    op.drop_table('audit')
