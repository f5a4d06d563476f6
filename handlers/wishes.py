"""Kinds of messages: which news come at once, which once a day, and at what hour that is."""

from __future__ import annotations

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.posting import set_hours_anew
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import settings
from handlers.wording import hour_name, hours_to_choose
from models.errors import NotYours
from models.people import Role, roles_of
from models.wishes import News, Wish, choices, set_digest, wish, wished

wishes = Flow("wishes")

_WHOSE = {
    News.ABSENCES: {Role.CLASS_TEACHER},
    News.WAITING: {Role.CLASS_TEACHER, Role.ADMINISTRATOR},
    News.NOTICED: {Role.GUARDIAN},
    News.ANNOUNCEMENTS: {Role.GUARDIAN},
}
"""Whom a sort of news concerns."""


@wishes.ask
async def kinds(turn: Turn) -> Screen:
    """The sorts of news that concern this person, and how each comes."""
    roles = await roles_of(turn.db, turn.person, turn.today)
    mine = [news for news in News if _WHOSE[news] & roles]
    lines = [f"· {_news(news)}: {_how(news, wished(turn.speaker.wishes, news))}" for news in mine]
    hour = hour_name(turn.speaker.digest_at)
    lines.append(_("The day's digest comes at {hour}.").format(hour=hour))
    rows = [[Button(_news(news), how(news))] for news in mine]
    rows.append([Button(_("Hour of the digest: {hour}").format(hour=hour), digest())])
    return Screen("\n".join(lines), [*rows, [Button(_("Back"), settings.hub())]], title=_("What comes when"))


@wishes.ask
async def how(turn: Turn, news: News) -> Screen:
    """How one sort is to come."""
    now = wished(turn.speaker.wishes, news)
    lines = [_("{news}. Now: {how}.").format(news=_news(news), how=_how(news, now))]
    if news is News.ANNOUNCEMENTS:
        lines.append(_("Urgent ones come to you at once in any case."))
        lines.append(
            _(
                "Left to another guardian, they still come to you where nobody else of the family can have them."
            )
        )
    if news is News.ABSENCES:
        lines.append(_("The day's card can be opened at any time: {button}.").format(button="/class"))
    rows = [[Button(_button(news, one), keep(news, one))] for one in choices(news) if one is not now]
    return Screen("\n".join(lines), [*rows, [Button(_("Back"), kinds())]])


@wishes.do
async def keep(turn: Turn, news: News, one: Wish) -> Link:
    """Keep the wish."""
    if turn.person is None:
        raise NotYours
    await wish(turn.db, turn.person, news, one)
    await turn.look_again()
    return kinds().saying(_("✅ {news}: {how}.").format(news=_news(news), how=_how(news, one)))


@wishes.ask
async def digest(turn: Turn) -> Screen:
    """At what hour the digest is to come."""
    text = _("The day's digest comes at {hour}.").format(hour=hour_name(turn.speaker.digest_at))
    rows = hours_to_choose(keep_hour, but=turn.speaker.digest_at)
    return Screen(text, [*rows, [Button(_("Back"), kinds())]])


@wishes.do
async def keep_hour(turn: Turn, hour: int) -> Link:
    """Keep the hour; what waits for the former one waits for this."""
    if turn.person is None:
        raise NotYours
    if not 0 <= hour < 24:
        raise Sorry(_("A day has hours from 0 to 23."), digest())
    await set_digest(turn.db, turn.person, hour)
    await turn.look_again()
    await set_hours_anew(turn)
    return kinds().saying(_("✅ The day's digest: {hour}.").format(hour=hour_name(hour)))


def _news(news: News) -> str:
    match news:
        case News.ABSENCES:
            return _("Who is absent")
        case News.WAITING:
            return _("Who is waiting to join")
        case News.NOTICED:
            return _("“Noticed” by the teacher")
        case News.ANNOUNCEMENTS:
            return _("Announcements")


def _how(news: News, one: Wish) -> str:
    match one:
        case Wish.NEVER if news is News.ANNOUNCEMENTS:
            return _("to another guardian of the child")
        case Wish.AT_ONCE:
            return _("at once")
        case Wish.DIGEST:
            return _("in the day's digest")
        case Wish.NEVER:
            return _("not at all")


def _button(news: News, one: Wish) -> str:
    match one:
        case Wish.NEVER if news is News.ANNOUNCEMENTS:
            return _("To another guardian")
        case Wish.AT_ONCE:
            return _("At once")
        case Wish.DIGEST:
            return _("In the day's digest")
        case Wish.NEVER:
            return _("Not at all")
