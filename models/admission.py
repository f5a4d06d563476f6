"""Requests to join: somebody has shown a letter or a class's link, agreed, and waits for the teacher's yes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Name, choice
from models.people import Relation

WORDS_LENGTH = 300


class JoinRequest(Base):
    """Somebody who waits. They are a stranger until the yes: nothing of the class is theirs to see.

    child_id: the child of the letter that was shown; without one, `child_name` is what they typed. person_id: who
    they are already, if they have joined this school for another child. consent_*: what was agreed to, to be kept
    with the person. asked_at: when the teacher asked who they are; words: what they answered.
    """

    __tablename__ = "join_request"
    __table_args__ = (
        UniqueConstraint("chat_id", "class_id", "child_id", "child_name"),
        Index("ix_join_request_class", "class_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    child_id: Mapped[int | None] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"))
    child_name: Mapped[str] = mapped_column(Name)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    relation: Mapped[Relation] = mapped_column(choice(Relation))
    consent_version: Mapped[str] = mapped_column(String(40))
    consent_language: Mapped[str] = mapped_column(String(8))
    consented_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    words: Mapped[str | None] = mapped_column(String(WORDS_LENGTH))
    at: Mapped[datetime]
