"""An announcement before it goes: seen as families will see it, sent by a press, and stopped within ten seconds."""

from __future__ import annotations

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.laying import send_ahead, send_sample
from bot.core.posting import touch
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import announcements, announcing, audience, compose, forecast, planning, polling, reports
from models.announcement import Stage, media_of, own_post
from models.errors import NotYours

preview = Flow("preview")


@preview.do
async def show(turn: Turn, post: int) -> Link:
    """Show it exactly as families will see it; what can be done about it comes below."""
    mine = await compose.drafted(turn, post)
    if not mine.text and not await media_of(turn.db, post):
        raise Sorry(_("There is nothing to send yet: please write the text."), compose.hub(post))
    polling.look_over(turn, mine)
    face = announcements.face(turn, await announcements.beforehand(turn, mine))
    await send_ahead(turn, face.ahead)
    await send_sample(turn, face)
    return ready(post)


@preview.ask
async def ready(turn: Turn, post: int) -> Screen | Link:
    """To how many it goes, by which messengers, and who cannot be reached; and the press that sends it."""
    mine = await compose.drafted(turn, post)
    lines, reached = await forecast.told(turn, mine)
    if not reached:
        rows = [
            [Button(_("To whom"), audience.choose(post))],
            [Button(_("Change something"), compose.hub(post))],
        ]
        return Screen("\n".join(lines), rows, title=_("Nobody would get it"))
    go = _("Send it: {n}") if mine.send_at is None else _("Let it wait: {n}")
    rows = [
        [Button(go.format(n=reached), send(post), Look.MAIN)],
        [Button(_("Change something"), compose.hub(post))],
    ]
    if mine.send_at is not None:
        lines.insert(0, _("It goes: {when}").format(when=planning.when_name(turn, mine)))
    return Screen("\n".join(lines), rows, title=_("So families will see it"))


@preview.do
async def send(turn: Turn, post: int) -> Link:
    """Send it; for ten seconds it can be stopped. What has a time of its own waits for it."""
    mine = await compose.drafted(turn, post)
    polling.look_over(turn, mine)
    await audience.look_over(turn, mine)
    if mine.send_at is not None:
        return await planning.plan(turn, mine)
    await announcing.send_out(turn, mine)
    return sending(post)


@preview.ask
async def sending(turn: Turn, post: int) -> Screen | Link:
    """It is about to go; once it has begun to, the card of what becomes of it."""
    mine = await own_post(turn.db, turn.person, post, turn.today)
    if mine.stage is Stage.DRAFT:
        return compose.hub(post)
    if mine.sent_at is None or turn.now >= mine.sent_at + announcing.STOPPABLE:
        return reports.card(post)
    text = _("It goes in {n} seconds. Until then you can stop it.").format(n=announcing.STOPPABLE.seconds)
    rows = [[Button(_("Stop"), stop(post), Look.DANGER)], [Button(_("Who has it"), reports.card(post))]]
    return Screen(text, rows, title=_("📣 On its way"))


async def has_gone(turn: Turn, post: int, author: int) -> None:
    """Where its author still looks at how it is about to go, show what becomes of it, if the messenger can."""
    await touch(turn, [author], sending(post))


@preview.do
async def stop(turn: Turn, post: int) -> Link:
    """Stop it, if nothing has gone yet; whoever may take it back later may."""
    mine = await reports.report(turn, post)
    if not mine.whole:
        raise NotYours
    if await announcing.stop_sending(turn, mine.post):
        return compose.hub(post).saying(_("Stopped: nobody has got anything. It is a draft again."))
    return reports.card(post).saying(_("Too late to stop: some may have it already."))
