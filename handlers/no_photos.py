"""Of whom no photos are to be shown: a guardian or the class teacher says so, and whoever sends photos is reminded."""

from __future__ import annotations

from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import privacy
from models.announcement import Post, shows_pictures
from models.audience import classes_meant
from models.children import photos_allowed, set_photos, without_photos
from models.errors import NotYours
from models.people import Pupil, managed_child, managed_classes, own_child

no_photos = Flow("no_photos")

NAMES = 12
"""Children who are named in the reminder; the rest are counted."""


@no_photos.ask
async def show(turn: Turn, child: int) -> Screen:
    """How it is now, and the way to the other."""
    pupil, manages = await _pupil(turn, child)
    back = [Button(_("Back"), privacy.child(child))]
    if await photos_allowed(turn.db, child):
        text = _(
            "Photos and videos with the child may be shown to the class.\n"
            "If they should not: whoever announces something with photos will be reminded each time."
        )
        return Screen(text, [[Button(_("No photos, please"), keep(child, False))], back], title=pupil.name)
    text = _("No photos: whoever announces something with photos is reminded of it.")
    if manages:
        again = Button(_("Photos are fine again"), keep(child, True), Look.DANGER)
        return Screen(text, [[again], back], title=pupil.name)
    text += "\n" + _("If photos are fine again, please tell the class teacher.")
    return Screen(text, [back], title=pupil.name)


@no_photos.do
async def keep(turn: Turn, child: int, allowed: bool) -> Link:
    """Keep it. Each guardian may say no; only the school takes a no back, so that no home overrules another."""
    pupil, manages = await _pupil(turn, child)
    if allowed and not manages:
        raise NotYours
    if allowed != await photos_allowed(turn.db, child):
        await set_photos(turn.db, pupil, turn.person, turn.now, allowed=allowed)
    return show(child).saying(_("✅ Saved."))


async def _pupil(turn: Turn, child: int) -> tuple[Pupil, bool]:
    """The child, and whether the speaker manages its class; NotYours for whoever is not its guardian either."""
    try:
        return await managed_child(turn.db, turn.person, child, turn.today), True
    except NotYours:
        return await own_child(turn.db, turn.person, child), False


async def reminder(turn: Turn, post: Post) -> list[str]:
    """Whom its author should not show, if an announcement has pictures; no line if there is nobody."""
    if turn.speaker.school is None or not await shows_pictures(turn.db, post.id):
        return []
    mine = {id_ for id_, _name in await managed_classes(turn.db, turn.person, turn.today)}
    meant = await classes_meant(turn.db, turn.speaker.school, post.audience)
    names = await without_photos(turn.db, meant & mine)
    if not names:
        return []
    rest = [_("and {n} more").format(n=len(names) - NAMES)] if len(names) > NAMES else []
    listed = ", ".join(names[:NAMES] + rest)
    return [
        _("📷 No photos of: {names}. Please check that none of the photos shows them.").format(names=listed)
    ]
