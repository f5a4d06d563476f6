"""The peer: a class bot as aiogram's documentation teaches to write one, here only to be measured against.

Routers, FSM in memory, one SQLAlchemy session an update by a middleware, a webhook served by SimpleRequestHandler.
It holds the same conversation as Klasno (home, the reason, written down) and writes the same facts with the same
pragmas. It is spared much that Klasno does: translations, the outbox, telling redelivered updates apart, reading who
the class teacher is. `--form F` filters by `F.data`, `--form factories` by `CallbackData`.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiogram import BaseMiddleware, Bot, Dispatcher, F, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.filters import CommandStart
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, TelegramObject
from aiogram.utils.keyboard import InlineKeyboardBuilder
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from sqlalchemy import ForeignKey, Index, event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

REASONS = {
    "illness": "Хвороба",
    "doctor": "Лікар",
    "family": "Сімейні обставини",
    "transport": "Транспорт",
    "other": "Інше",
}


class Base(DeclarativeBase):
    """The peer's tables: those of Klasno that this conversation needs."""


class Child(Base):
    """A child of a class."""

    __tablename__ = "child"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    class_name: Mapped[str]


class Guardian(Base):
    """That a Telegram user is a guardian of a child."""

    __tablename__ = "guardian"
    user_id: Mapped[int] = mapped_column(primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"), primary_key=True)
    child: Mapped[Child] = relationship()


class Absence(Base):
    """An absence as it was told."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_child", "child_id", "last_day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str]
    told_by: Mapped[int]
    told_at: Mapped[datetime]
    days: Mapped[list[AbsenceDay]] = relationship()


class AbsenceDay(Base):
    """A day of an absence."""

    __tablename__ = "absence_day"
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    absence_id: Mapped[int] = mapped_column(ForeignKey("absence.id", ondelete="CASCADE"), index=True)


class Report(StatesGroup):
    """Where the conversation about an absence is."""

    reason = State()


class AbsentData(CallbackData, prefix="absent"):
    """The button on home."""

    child: int
    day: str


class ReasonData(CallbackData, prefix="reason"):
    """A button with a reason."""

    reason: str


class SessionMiddleware(BaseMiddleware):
    """One database session an update."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Hand a session to the handler, and close it after."""
        async with self.sessions() as session:
            data["session"] = session
            return await handler(event, data)


async def child_of(session: AsyncSession, user: int, child: int | None = None) -> Child | None:
    """The child of this guardian, or None."""
    asked = select(Child).join(Guardian).where(Guardian.user_id == user)
    if child is not None:
        asked = asked.where(Child.id == child)
    return (await session.scalars(asked.limit(1))).first()


def next_school_day() -> date:
    """Today, or Monday on a weekend."""
    day = datetime.now(UTC).date()
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def keyboard(*rows: list[tuple[str, str]]) -> InlineKeyboardMarkup:
    """Rows of (text, callback data)."""
    builder = InlineKeyboardBuilder()
    for row in rows:
        builder.row(*(InlineKeyboardButton(text=text, callback_data=data) for text, data in row))
    return builder.as_markup()


class Conversation:
    """The handlers, with the two ways to write and to filter what a button says."""

    def __init__(self, factories: bool) -> None:
        self.factories = factories

    def router(self) -> Router:
        """The router of this conversation."""
        router = Router(name="absence")
        router.message.register(self.start, CommandStart())
        if self.factories:
            router.callback_query.register(self.absent_by_factory, AbsentData.filter())
            router.callback_query.register(self.save_by_factory, Report.reason, ReasonData.filter())
        else:
            router.callback_query.register(self.absent_by_text, F.data.startswith("absent:"))
            router.callback_query.register(self.save_by_text, Report.reason, F.data.startswith("reason:"))
        return router

    async def start(self, message: Message, session: AsyncSession, state: FSMContext) -> None:
        """/start: home."""
        await state.clear()
        assert message.from_user is not None
        child = await child_of(session, message.from_user.id)
        if child is None:
            await message.answer("Попросіть класного керівника запросити вас.")
            return
        day = next_school_day()
        absent = (
            AbsentData(child=child.id, day=day.isoformat()).pack()
            if self.factories
            else f"absent:{child.id}:{day}"
        )
        await message.answer(
            f"{child.name}, {child.class_name}\nСьогодні: у школі",
            reply_markup=keyboard(
                [("🤒 Не буде сьогодні", absent), ("Інша дата", f"when:{child.id}")],
                [("⚙️ Мова", "language"), ("Довідка", "help")],
            ),
        )

    async def absent_by_factory(
        self, query: CallbackQuery, callback_data: AbsentData, session: AsyncSession, state: FSMContext
    ) -> None:
        """The button on home, read by its factory."""
        day = date.fromisoformat(callback_data.day)
        await self.absent(query, callback_data.child, day, session, state)

    async def absent_by_text(self, query: CallbackQuery, session: AsyncSession, state: FSMContext) -> None:
        """The button on home, read by hand."""
        assert query.data is not None
        _, child, day = query.data.split(":")
        await self.absent(query, int(child), date.fromisoformat(day), session, state)

    async def absent(
        self, query: CallbackQuery, child_id: int, day: date, session: AsyncSession, state: FSMContext
    ) -> None:
        """Why?"""
        child = await child_of(session, query.from_user.id, child_id)
        if child is None or not isinstance(query.message, Message):
            await query.answer("Недоступно")
            return
        await state.set_state(Report.reason)
        await state.update_data(child=child.id, day=day)
        buttons = [
            (text, ReasonData(reason=key).pack() if self.factories else f"reason:{key}")
            for key, text in REASONS.items()
        ]
        await query.message.edit_text(
            f"{child.name}: {day:%d.%m}.\nЯка причина?",
            reply_markup=keyboard(
                buttons[:2],
                buttons[2:4],
                buttons[4:],
                [("Інший день", f"when:{child.id}")],
                [("Додому", "home")],
            ),
        )
        await query.answer()

    async def save_by_factory(
        self, query: CallbackQuery, callback_data: ReasonData, session: AsyncSession, state: FSMContext
    ) -> None:
        """A reason, read by its factory."""
        await self.save(query, callback_data.reason, session, state)

    async def save_by_text(self, query: CallbackQuery, session: AsyncSession, state: FSMContext) -> None:
        """A reason, read by hand."""
        assert query.data is not None
        await self.save(query, query.data.removeprefix("reason:"), session, state)

    async def save(self, query: CallbackQuery, reason: str, session: AsyncSession, state: FSMContext) -> None:
        """Write it down, and show what was understood."""
        told = await state.get_data()
        day: date = told["day"]
        child = await child_of(session, query.from_user.id, told["child"])
        if child is None or not isinstance(query.message, Message):
            await query.answer("Недоступно")
            return
        taken = await session.scalar(
            select(AbsenceDay.absence_id).where(AbsenceDay.child_id == child.id, AbsenceDay.day == day)
        )
        if taken is not None:
            await query.answer("Про цей день уже повідомлено")
            return
        absence = Absence(
            child_id=child.id,
            first_day=day,
            last_day=day,
            reason=reason,
            told_by=query.from_user.id,
            told_at=datetime.now(UTC),
            days=[AbsenceDay(child_id=child.id, day=day)],
        )
        session.add(absence)
        await session.commit()
        await state.clear()
        await query.message.edit_text(
            f"✅ Записано: {child.name}, {day:%d.%m}.\nПричина: {REASONS[reason]}.\nПередано класному керівнику.",
            reply_markup=keyboard(
                [("Додати кілька слів", f"words:{absence.id}")],
                [("Змінити причину", f"why:{absence.id}"), ("Змінити дати", f"dates:{absence.id}")],
                [("Відкликати", f"withdraw:{absence.id}")],
                [("Додому", "home")],
            ),
        )
        await query.answer()


async def another(query: CallbackQuery) -> None:
    """Any other thing that the bot can do."""
    await query.answer()


def other_router(number: int, handlers: int, factories: bool) -> Router:
    """A router with other things to do: as many as told, half of them with arguments in their buttons."""
    router = Router(name=f"subject{number}")
    for place in range(handlers):
        name = f"other{number}x{place}"
        if factories:
            data: type[CallbackData] = type(
                name, (CallbackData,), {"__annotations__": {"id": int}}, prefix=name
            )
            router.callback_query.register(another, data.filter())
        elif place % 2:
            router.callback_query.register(another, F.data == name)
        else:
            router.callback_query.register(another, F.data.startswith(f"{name}:"))
    return router


def dispatcher(conversation: Router, handlers: int, factories: bool) -> Dispatcher:
    """Routers of ten handlers; those of our conversation stand in the middle, as on average they would."""
    others = handlers - 2
    counts = [min(10, others - begin) for begin in range(0, others, 10)]
    routers = [other_router(number, count, factories) for number, count in enumerate(counts)]
    middle = len(routers) // 2
    made = Dispatcher(storage=MemoryStorage())
    made.include_routers(*routers[:middle], conversation, *routers[middle:])
    return made


def engine_of(file: str) -> AsyncEngine:
    """The one engine, with Klasno's pragmas."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}")

    @event.listens_for(engine.sync_engine, "connect")
    def opened(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer")
    parser.add_argument("--form", choices=("F", "factories"), default="F")
    parser.add_argument("--handlers", type=int, default=60)
    parser.add_argument("--token", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    factories = options.form == "factories"

    engine = engine_of(options.database)
    made = dispatcher(Conversation(factories).router(), options.handlers, factories)
    made.update.middleware(SessionMiddleware(async_sessionmaker(engine, expire_on_commit=False)))

    async def on_startup(bot: Bot) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await bot.set_webhook(f"http://127.0.0.1:{options.port}/webhook", secret_token=options.secret)

    async def on_shutdown() -> None:
        await engine.dispose()

    made.startup.register(on_startup)
    made.shutdown.register(on_shutdown)
    bot = Bot(
        options.token,
        session=AiohttpSession(api=TelegramAPIServer.from_base(options.api)),
        default=DefaultBotProperties(parse_mode=ParseMode.HTML),
    )
    app = web.Application()
    SimpleRequestHandler(dispatcher=made, bot=bot, secret_token=options.secret).register(app, path="/webhook")
    setup_application(app, made, bot=bot)
    web.run_app(app, host="127.0.0.1", port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
