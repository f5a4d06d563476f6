"""The school's consent text, for its administrators: as it is, as it is to be, and as it was."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import LANGUAGES, _, n_, numeric_day
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import consent, school
from handlers.wording import too_long
from models.audit import Deed, record
from models.consent import TEXT_LENGTH, versions, wanted, write_text
from models.errors import NotYours
from models.people import own_school
from models.school import school_of

consent_text = Flow("consent_text")


@consent_text.ask
async def show(turn: Turn) -> Screen:
    """What families are asked to agree to now."""
    id_, name = await own_school(turn.db, turn.person)
    text = (await wanted(turn.db, id_)).text
    head = _("Your school's own text:") if text else _("The text that comes with Klasno:")
    rows = [[Button(_("Write another text"), other())]]
    if text:
        rows.append([Button(_("Back to the built-in text"), built_in())])
    rows.append([Button(_("Earlier texts"), history())])
    rows.append([Button(_("Back"), school.hub())])
    warned = [await _one_language(turn)] if text else []
    lines = [*(line for line in warned if line), head, "", text or consent.built_in()]
    return Screen("\n".join(lines), rows, title=" · ".join([name, _("Consent")]))


async def _one_language(turn: Turn) -> str:
    """What to say of an own text, where the school speaks several languages; else nothing."""
    spoken = (await school_of(turn.db, turn.speaker.school or 0)).languages
    if len(spoken) < 2:
        return ""
    return _(
        "⚠️ Every family reads this text as it stands here, it is not translated. Write it in each language of "
        "the school, one below the other: {languages}."
    ).format(languages=", ".join(LANGUAGES[tag] for tag in spoken if tag in LANGUAGES))


@consent_text.ask
async def other(turn: Turn) -> Screen:
    """Another text, to be typed."""
    await own_school(turn.db, turn.person)
    text = _(
        "Type the whole text that families are to agree to: what is kept, why, who sees it, for how long."
    )
    room = n_("There is room for {n} character.", "There is room for {n} characters.", TEXT_LENGTH)
    said = [text, room, await _one_language(turn)]
    return Screen("\n".join(line for line in said if line), [[Button(_("Back"), show())]], hears=write())


@consent_text.hear
async def write(turn: Turn, text: str) -> Link:
    """Shown as families would see it, before it counts."""
    await own_school(turn.db, turn.person)
    if len(text) >= TEXT_LENGTH:  # what is typed is cut at that length, so that its end may be missing
        raise Sorry(too_long(TEXT_LENGTH), other())
    return preview(text)


@consent_text.ask
async def preview(turn: Turn, text: str) -> Screen:
    """The new text before it counts."""
    await own_school(turn.db, turn.person)
    head = _("Families would see this. Whoever has agreed to an earlier text is not asked again.")
    rows = [
        [Button(_("Use this text"), save(text), Look.MAIN)],
        [Button(_("Write it anew"), other())],
        [Button(_("Back"), show())],
    ]
    said = [head, await _one_language(turn)]
    head = "\n".join(line for line in said if line)
    return Screen(f"{head}\n\n{text}", rows)


@consent_text.do
async def save(turn: Turn, text: str) -> Link:
    """It counts from now on."""
    return await _write(turn, text[:TEXT_LENGTH])


@consent_text.do
async def built_in(turn: Turn) -> Link:
    """The built-in text counts again."""
    return await _write(turn, "")


async def _write(turn: Turn, text: str) -> Link:
    id_, _name = await own_school(turn.db, turn.person)
    await write_text(turn.db, id_, text, turn.now)
    await record(turn.db, id_, turn.person, Deed.CONSENT_TEXT_CHANGED, turn.now)
    return show().saying(_("✅ Saved."))


@consent_text.ask
async def history(turn: Turn, page: int = 0) -> Screen:
    """All texts there were, by the day since which each counted."""
    id_, _name = await own_school(turn.db, turn.person)
    found = await versions(turn.db, id_)
    shown, pages = page_of(found, page, 8, history)
    rows = []
    for version, at, text in shown:
        day = numeric_day(at.astimezone(ZoneInfo(turn.speaker.timezone)).date())
        own = _("own text") if text else _("built-in text")
        rows.append([Button(f"{day} · {own}", earlier(version))])
    said = (
        _("The texts, each by the day it came into force:")
        if found
        else _("There was only the built-in text so far.")
    )
    return Screen(said, [*rows, *pages, [Button(_("Back"), show())]])


@consent_text.ask
async def earlier(turn: Turn, id_: int) -> Screen:
    """A text as it was."""
    of_school, _name = await own_school(turn.db, turn.person)
    for version, at, text in await versions(turn.db, of_school):
        if version == id_:
            day = numeric_day(at.astimezone(ZoneInfo(turn.speaker.timezone)).date())
            return Screen(text or consent.built_in(), [[Button(_("Back"), history())]], title=day)
    raise NotYours
