"""After an announcement went out: the silent are reminded, its text is corrected, or it is taken back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import people
from bot.core.anew import bring, has_ahead, show_anew, take_ahead_away
from bot.core.broadcast import Shown, standing, stop
from bot.core.clock import day_of
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import N_, _, n_
from bot.core.laying import send_ahead, send_sample
from bot.core.marks import Marked
from bot.core.screens import Button, Look, Screen, Words
from bot.core.turn import Turn
from handlers import announcements, compose, reports
from handlers.placed import Placed
from handlers.wording import too_long
from models.announcement import LONGEST, Ask, Post, Stage, change, post_of
from models.audit import Deed, record
from models.copies import answered, forget_answers
from models.errors import NotYours
from models.letter import Kind, State
from models.reach import Reach, Report

amending = Flow("amending")

_TAKEN_BACK = N_("This announcement has been taken back.")


async def buttons(turn: Turn, mine: Report) -> list[list[Button]]:
    """What can be done about an announcement that went out, by whoever manages all classes that it went to."""
    post = mine.post
    if not mine.whole:
        return []
    if post.stage is Stage.RECALLED:
        keep = len((await Placed.of(turn, post)).keeping(post))
        label = _("Tell it on Viber: {n}").format(n=keep)
        return [[Button(label, tell(post.id))]] if keep else []
    whom = silent(turn, mine)
    rows = [[Button(_("⏰ Remind: {n}").format(n=len(whom)), remind(post.id), Look.MAIN)]] if whom else []
    return [*rows, [Button(_("Correct it"), correct(post.id)), Button(_("Take it back"), recall(post.id))]]


async def _amendable(turn: Turn, post: int) -> Report:
    """What went out and stands; NotYours for whoever does not manage all classes that it went to."""
    mine = await reports.report(turn, post)
    if not mine.whole or mine.post.stage not in reports.GONE_OUT:
        raise NotYours
    if mine.post.stage is Stage.RECALLED:
        raise Sorry(_("This announcement has been taken back already."), reports.card(post))
    return mine


# Reminding


def silent(turn: Turn, mine: Report) -> set[int]:
    """Whom a reminder would go to: everybody who can be reached of families of which nobody has answered.

    Nobody, if nothing is asked (any more) or there was one today.
    """
    post = mine.post
    if post.asks is Ask.NOTHING or announcements.is_closed(post, turn.now) or _reminded_today(turn, post):
        return set()
    left_alone = (Reach.QUEUED, Reach.SPARED, Reach.LATER)
    return {
        one.id
        for family in mine.families
        if family.newest is None
        for one in family.readers
        if one.reachable and one.reach not in left_alone
    }


def _reminded_today(turn: Turn, post: Post) -> bool:
    return post.reminded_at is not None and day_of(post.reminded_at, turn.speaker.timezone) == turn.today


@amending.do
async def remind(turn: Turn, post: int) -> Link:
    """Bring it once more to the silent, not more than once a day."""
    mine = await _amendable(turn, post)
    if _reminded_today(turn, mine.post):
        raise Sorry(
            _("There was a reminder today already; the next one can go tomorrow."), reports.card(post)
        )
    whom = silent(turn, mine)
    if not whom:
        raise Sorry(
            _("There is nobody to remind: everybody whom it has come to has answered."), reports.card(post)
        )
    await change(turn.db, post, reminded_at=turn.now)
    link, kind = announcements.show(post), _kind(mine.post)
    stands = {one.chat: one for one in await standing(turn, link) if one.state is State.SENT}
    chats = await people.chats_of(turn.db, whom)
    await show_anew(turn, [stands[one.chat] for one in chats if one.chat in stands], link, kind, ring=True)
    ahead = len((await _face(turn, mine.post)).ahead)
    await bring(turn, [one for one in chats if one.chat not in stands], link, kind, ahead)
    said = n_("⏰ The reminder goes to {n} person.", "⏰ The reminder goes to {n} people.", len(chats))
    return reports.card(post).saying(said)


def _kind(post: Post) -> Kind:
    """How pressing it is what comes by itself, and not in a digest any more."""
    return Kind.URGENT if post.kind is Kind.URGENT else Kind.TODAY


async def _face(turn: Turn, post: Post) -> Screen:
    return announcements.face(turn, await announcements.beforehand(turn, post))


# Correcting


@amending.ask
async def correct(turn: Turn, post: int) -> Screen:
    """What a correction does where; and the new text is written."""
    mine = await _amendable(turn, post)
    lines = [
        "",
        "",
        *_what_it_does(await Placed.of(turn, mine.post)),
        _("Write the whole text anew; you will see it before anything is changed."),
    ]
    shown = announcements.marked(mine.post).shortened(compose.SHOWN) + Marked("\n".join(lines))
    rows = [[Button(_("Back"), reports.card(post))]]
    title = _("✏️ Correct it")
    return Screen(shown.text, rows, title=title, hears=rewrite(post), marks=shown.marks)


def _what_it_does(placed: Placed, *, longer: bool = False) -> list[str]:
    """In how many chats the text changes, and to how many people a message goes.

    longer: the new text needs more messages than the old one.
    """
    further = len(placed.cards) if longer else 0
    changed, others, waits = placed.changed - further, len(placed.others), placed.waits
    lines = [
        n_(
            "In {n} chat on Telegram the text changes without a sound.",
            "In {n} chats on Telegram the text changes without a sound.",
            changed,
        ),
        n_(
            "In {n} chat on Telegram the text changes, and its end comes as a new message.",
            "In {n} chats on Telegram the text changes, and its end comes as a new message.",
            further,
        ),
        n_(
            "{n} person on Viber gets a new message: there the old one stays.",
            "{n} people on Viber get a new message: there the old one stays.",
            others,
        ),
        n_(
            "{n} person has not got it yet: the new text goes there.",
            "{n} people have not got it yet: the new text goes there.",
            waits,
        ),
    ]
    return [line for line, number in zip(lines, (changed, further, others, waits), strict=True) if number]


@amending.hear(most=LONGEST)
async def rewrite(turn: Turn, _text: str, post: int) -> Link:
    """Keep the new text for now, and show it as families will see it."""
    return await _look_at(turn, await _amendable(turn, post), turn.styled)


@amending.hear(most=LONGEST)
async def more(turn: Turn, _text: str, post: int) -> Link:
    """One more paragraph of the new text; Telegram sends what is long in parts."""
    mine = await _amendable(turn, post)
    before = Marked.unpacked(mine.post.correction or "", mine.post.correction_marks or ())
    return await _look_at(turn, mine, (before + Marked("\n\n") + turn.styled).stripped())


async def _look_at(turn: Turn, mine: Report, text: Marked) -> Link:
    if len(text.text) > LONGEST:
        raise Sorry(too_long(LONGEST), correct(mine.post.id))
    kept = {"correction": text.text, "correction_marks": text.packed() or None}
    await change(turn.db, mine.post.id, **kept)
    face = await _face(turn, _corrected(turn, await post_of(turn.db, mine.post.id)))
    await send_ahead(turn, face.ahead)
    await send_sample(turn, face)
    return sure(mine.post.id)


def _corrected(turn: Turn, post: Post) -> Post:
    """It with the new text that waits."""
    return post._replace(text=post.correction or "", marks=post.correction_marks, corrected_at=turn.now)


def _texts(face: Screen) -> set[int]:
    return {place for place, one in enumerate(face.ahead) if isinstance(one, Words)}


@amending.ask
async def sure(turn: Turn, post: int) -> Screen | Link:
    """The question before the new text takes the place of the old."""
    mine = await _amendable(turn, post)
    if mine.post.correction is None:
        return reports.card(post)
    old, new = await _face(turn, mine.post), await _face(turn, _corrected(turn, mine.post))
    lines = _what_it_does(await Placed.of(turn, mine.post), longer=_texts(new) > _texts(old))
    rows = [[Button(_("Correct it everywhere"), keep(post, False), Look.MAIN)]]
    number = len(await answered(turn.db, post))
    if number:
        lines.append(
            n_(
                "{n} answer stays; or ask anew, and whoever has answered gets a new message.",
                "{n} answers stay; or ask anew, and whoever has answered gets a new message.",
                number,
            )
        )
        rows.append([Button(_("Correct it and ask anew"), keep(post, True))])
    rows.append([Button(_("Write it differently"), correct(post)), Button(_("Back"), reports.card(post))])
    return Screen("\n".join(lines), rows, title=_("✏️ So it will be"), hears=more(post))


@amending.do
async def keep(turn: Turn, post: int, anew: bool) -> Link:
    """Put the new text in the place of the old one, wherever it stands; anew: all answers are forgotten."""
    mine = await _amendable(turn, post)
    if mine.post.correction is None:
        raise Sorry(_("Please write the new text first."), correct(post))
    old = _texts(await _face(turn, mine.post))
    ring = await answered(turn.db, post) if anew else set()
    new = _corrected(turn, mine.post)
    await change(turn.db, post, text=new.text, marks=new.marks, corrected_at=turn.now)
    await change(turn.db, post, correction=None, correction_marks=None)
    if anew:
        await forget_answers(turn.db, post)
    link, kind, placed = announcements.show(post), _kind(mine.post), await Placed.of(turn, mine.post)
    face = await _face(turn, new)
    texts, where = _texts(face), [*placed.cards, *placed.other_cards, *placed.waiting]
    quiet = [one for one in where if one.person not in ring]
    await show_anew(turn, quiet, link, kind, texts=texts)
    await show_anew(turn, [one for one in where if one.person in ring], link, kind, ring=True, texts=texts)
    await take_ahead_away(turn, where, link, old - texts, dict.fromkeys(old - texts, "✏️"))
    await _in_digests(turn, placed, link, kind, len(face.ahead))
    await _record(turn, mine.post, Deed.ANNOUNCEMENT_CORRECTED)
    said = _("✅ Corrected.")
    return reports.card(post).saying("\n".join([said, *_what_it_does(placed, longer=texts > old)]))


async def _in_digests(turn: Turn, placed: Placed, link: Link, kind: Kind, ahead: int) -> None:
    """Whoever had it in a digest: what stands there is changed, or the card itself comes."""
    for day, there in placed.digests:
        await show_anew(turn, there, day, Kind.DIGEST)
    await _bring_to(turn, placed.other_digests, link, kind, ahead)


async def _bring_to(turn: Turn, there: Sequence[Shown], link: Link, kind: Kind, ahead: int = 0) -> None:
    whose = {one.person for one in there if one.person is not None}
    chats = {one.chat for one in there}
    here = [one for one in await people.all_chats_of(turn.db, whose) if one.chat in chats]
    await bring(turn, here, link, kind, ahead)


async def _record(turn: Turn, post: Post, deed: Deed) -> None:
    await record(turn.db, post.school, turn.person, deed, turn.now, detail=str(post.id))


# Taking back


@amending.ask
async def recall(turn: Turn, post: int) -> Screen:
    """The question before it is taken back, and what that can do where."""
    mine = await _amendable(turn, post)
    placed = await Placed.of(turn, mine.post)
    lines = []
    if placed.waits:
        lines.append(
            n_(
                "{n} person has not got it yet and will not.",
                "{n} people have not got it yet and will not.",
                placed.waits,
            )
        )
    if placed.changed:
        lines.append(
            n_(
                "In {n} chat on Telegram it will say that it was taken back.",
                "In {n} chats on Telegram it will say that it was taken back.",
                placed.changed,
            )
        )
    if placed.others:
        lines.append(
            n_(
                "{n} person on Viber keeps it: nothing can be taken away there.",
                "{n} people on Viber keep it: nothing can be taken away there.",
                len(placed.others),
            )
        )
    if placed.cards and await has_ahead(turn, announcements.show(post)):
        lines.append(_("Photos are deleted on Telegram too, unless they are older than two days."))
    yes = Button(_("Yes, take it back"), take_back(post), Look.DANGER)
    rows = [[yes], [Button(_("Back"), reports.card(post))]]
    return Screen("\n".join(lines), rows, title=_("Take the announcement back?"))


@amending.do
async def take_back(turn: Turn, post: int) -> Link:
    """Stop what waits, and say where it stands that it was taken back."""
    mine = await _amendable(turn, post)
    link, kind = announcements.show(post), mine.post.kind
    face = await _face(turn, mine.post)
    says, places = dict.fromkeys(_texts(face), _TAKEN_BACK), range(len(face.ahead))
    on_their_way = (await Placed.of(turn, mine.post)).waiting
    await stop(turn, link)
    await change(
        turn.db, post, stage=Stage.RECALLED, recalled_at=turn.now, correction=None, correction_marks=None
    )
    placed = await Placed.of(turn, mine.post)
    stopped = [one._replace(waits=False) for one in on_their_way if turn.traits[one.platform].edits]
    await take_ahead_away(turn, [*placed.cards, *stopped], link, places, says)
    await show_anew(turn, [*placed.cards, *stopped], link, kind)
    for day, there in placed.digests:
        await show_anew(turn, there, day, Kind.DIGEST)
    await _record(turn, mine.post, Deed.ANNOUNCEMENT_RECALLED)
    said = [_("✅ Taken back.")]
    if placed.others:
        said.append(
            n_(
                "{n} person on Viber keeps it; you can tell them.",
                "{n} people on Viber keep it; you can tell them.",
                len(placed.others),
            )
        )
    return reports.card(post).saying("\n".join(said))


@amending.do
async def tell(turn: Turn, post: int) -> Link:
    """Send word that it was taken back to those from whom it could not be taken away."""
    mine = await reports.report(turn, post)
    if not mine.whole or mine.post.stage is not Stage.RECALLED:
        raise NotYours
    keeping = (await Placed.of(turn, mine.post)).keeping(mine.post)
    if not keeping:
        raise Sorry(_("They have been told already."), reports.card(post))
    await _bring_to(turn, keeping, announcements.show(post), _kind(mine.post))
    said = n_("{n} person is told on Viber.", "{n} people are told on Viber.", len(keeping))
    return reports.card(post).saying(said)
