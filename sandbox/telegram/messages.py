"""The methods that put messages into chats, change them, take them away, and answer taps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.telegram import keyboards
from sandbox.telegram.markup import CAPTION, TEXT, formatted, units
from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.schema import Params, Refused, bad_request
from sandbox.telegram.seeing import Shown

if TYPE_CHECKING:
    from sandbox.telegram.server import TelegramServer

DELETABLE = 48 * 3600
"""Seconds for which a message can be deleted (https://core.telegram.org/bots/api#deletemessage)."""
ANSWERABLE = 60.0
"""Seconds for which a tap can be answered. Not documented: practice speaks of anything from 15 seconds on."""
ACTIONS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker"
    " find_location record_video_note upload_video_note"
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current"
    " content and reply markup of the message"
)
CONTENT = ("text", "entities", "caption", "caption_entities", "reply_markup")
"""What an edit can change."""

Message = dict[str, Any]


def _reachable(server: TelegramServer, chat_id: int | str) -> TelegramPhone:
    """The chat, if the bot may write there."""
    phone = server.chat(chat_id)
    if phone.deactivated:
        raise Refused(403, "Forbidden: user is deactivated")
    if phone.blocked:
        raise Refused(403, "Forbidden: bot was blocked by the user")
    return phone


def _text(p: Params) -> Message:
    if not p.get("text"):
        raise bad_request("Message text is empty")
    text, entities = formatted(p["text"], p.get("parse_mode"), p.get("entities"))
    if not text:
        raise bad_request("Message text is empty")
    if units(text) > TEXT:
        raise bad_request("Message is too long")
    return {"text": text, "entities": entities} if entities else {"text": text}


def _caption(p: Params | dict[str, Any]) -> Message:
    text, entities = formatted(p.get("caption", ""), p.get("parse_mode"), p.get("caption_entities"))
    if units(text) > CAPTION:
        raise bad_request("Message caption is too long")
    if not text:
        return {}
    return {"caption": text, "caption_entities": entities} if entities else {"caption": text}


def _put(server: TelegramServer, p: Params, content: Message, phone: TelegramPhone | None = None) -> Message:
    """A new message of the bot in the chat that the parameters name."""
    phone = phone or _reachable(server, p["chat_id"])
    if "business_connection_id" in p:
        raise bad_request("business connection not found")
    if p.get("message_thread_id"):
        raise bad_request("message thread not found")
    markup = keyboards.check(p.get("reply_markup"))
    reply = _replied(phone, p.get("reply_parameters"))
    message: Message = {
        "message_id": server.next_message_id(),
        "from": server.me,
        "chat": phone.chat,
        "date": server.now(),
        **content,
    }
    if reply:
        message["reply_to_message"] = reply
    if p.get("protect_content"):
        message["has_protected_content"] = True
    if markup is not None:
        if "inline_keyboard" in markup:
            message["reply_markup"] = markup
        elif "keyboard" in markup:
            phone.keyboard = markup
        elif "remove_keyboard" in markup:
            phone.keyboard = None
    phone.shown[message["message_id"]] = Shown(message, mine=False)
    phone.changes.tell()
    return message


def _replied(phone: TelegramPhone, reply: dict[str, Any] | None) -> Message | None:
    if reply is None:
        return None
    shown = phone.shown.get(reply.get("message_id", 0))
    if shown is None:
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    return {name: value for name, value in shown.message.items() if name != "reply_to_message"}


def send_message(server: TelegramServer, p: Params) -> Message:
    phone = _reachable(server, p["chat_id"])
    return _put(server, p, _text(p), phone)


def _send_file(server: TelegramServer, p: Params, kind: str) -> Message:
    phone = _reachable(server, p["chat_id"])
    caption = _caption(p)
    file_id = server.files.sent(kind, p[kind], p.uploads, **_told(p))
    return _put(server, p, server.files.shown(file_id) | caption, phone)


def _told(about: dict[str, Any]) -> dict[str, int]:
    """What a bot tells of a file itself."""
    return {name: about[name] for name in ("width", "height", "duration") if name in about}


def send_photo(server: TelegramServer, p: Params) -> Message:
    return _send_file(server, p, "photo")


def send_document(server: TelegramServer, p: Params) -> Message:
    return _send_file(server, p, "document")


def send_voice(server: TelegramServer, p: Params) -> Message:
    return _send_file(server, p, "voice")


def send_video(server: TelegramServer, p: Params) -> Message:
    return _send_file(server, p, "video")


def send_media_group(server: TelegramServer, p: Params) -> list[Message]:
    phone = _reachable(server, p["chat_id"])
    kinds = {item["type"] for item in p["media"]}
    if not kinds <= {"photo", "video", "document"}:
        raise bad_request("the stand-in knows only albums of photos, videos and documents")
    if "document" in kinds and len(kinds) > 1:
        raise bad_request("Document can't be mixed with other media types")
    above = {item.get("show_caption_above_media", False) for item in p["media"] if item["type"] != "document"}
    if len(above) > 1:
        raise bad_request("parameter show_caption_above_media must be the same for all messages")
    captions = [_caption(item) for item in p["media"]]
    files = [_one_of_many(server, p, item, number) for number, item in enumerate(p["media"], 1)]
    group = {"media_group_id": str(server.next_message_id())}
    return [
        _put(server, p, {**server.files.shown(file_id), **caption, **group}, phone)
        for file_id, caption in zip(files, captions, strict=True)
    ]


def _one_of_many(server: TelegramServer, p: Params, item: dict[str, Any], number: int) -> str:
    """The file id of an album's item; its number is told with what is wrong with it."""
    media = item["media"]
    if media.startswith("attach://") and media.removeprefix("attach://") not in p.uploads:
        raise bad_request("can't parse InputMedia: media not found")
    try:
        return server.files.sent(item["type"], media, p.uploads, **_told(item))
    except Refused as refused:
        if refused.code != 400:
            raise
        said = refused.description.removeprefix("Bad Request: ")
        said = said[:1].upper() + said[1:]
        raise bad_request(f'failed to send message #{number} with the error message "{said}"') from None


def send_chat_action(server: TelegramServer, p: Params) -> bool:
    if p["action"] not in ACTIONS.split():
        raise bad_request("Wrong parameter action in request")
    _reachable(server, p["chat_id"])
    return True


def _copied(server: TelegramServer, p: Params, what: str) -> tuple[TelegramPhone, Message]:
    phone = _reachable(server, p["chat_id"])
    source = server.chat(p["from_chat_id"]).shown.get(p["message_id"])
    if source is None:
        raise bad_request(f"message to {what} not found")
    if source.message.get("has_protected_content"):
        raise bad_request(f"message can't be {'copied' if what == 'copy' else 'forwarded'}")
    own = {"message_id", "from", "chat", "date", "edit_date", "reply_markup", "reply_to_message"}
    return phone, {name: value for name, value in source.message.items() if name not in own}


def copy_message(server: TelegramServer, p: Params) -> dict[str, int]:
    phone, content = _copied(server, p, "copy")
    if "caption" in p and "text" not in content:
        content.pop("caption_entities", None)
        content |= _caption(p)
    content.pop("forward_origin", None)
    return {"message_id": _put(server, p, content, phone)["message_id"]}


def forward_message(server: TelegramServer, p: Params) -> Message:
    phone, content = _copied(server, p, "forward")
    source = server.chat(p["from_chat_id"]).shown[p["message_id"]].message
    origin = {"type": "user", "sender_user": source["from"], "date": source["date"]}
    return _put(server, p, {"forward_origin": origin, **content}, phone)


# Editing and deleting


def _edited(server: TelegramServer, p: Params, needs: str | None, content: Message) -> Message:
    """Replace what an edit changes; a keyboard that is not given again is gone, as with Telegram."""
    phone = _reachable(server, p["chat_id"])
    shown = phone.shown.get(p["message_id"])
    if shown is None:
        raise bad_request("message to edit not found")
    if shown.mine:
        raise bad_request("message can't be edited")
    old = shown.message
    if needs == "text" and "text" not in old:
        raise bad_request("There is no text in the message to edit")
    if needs == "caption" and "text" in old:
        raise bad_request("There is no caption in the message to edit")
    markup = keyboards.check(p.get("reply_markup"))
    if markup is not None and "inline_keyboard" not in markup:
        raise bad_request("Inline keyboard expected")
    if markup is not None:
        content = {**content, "reply_markup": markup}
    if all(old.get(name) == content.get(name) for name in CONTENT):
        raise bad_request(NOT_MODIFIED)
    message = {name: value for name, value in old.items() if name not in CONTENT}
    shown.message = {**message, **content, "edit_date": server.now()}
    shown.edits += 1
    phone.changes.tell()
    return shown.message


def _target(server: TelegramServer, p: Params) -> None:
    if "inline_message_id" in p:
        raise bad_request("message to edit not found")
    if "chat_id" not in p:
        raise bad_request("chat_id is empty")
    if "message_id" not in p:
        raise bad_request("Message identifier is not specified")


def edit_message_text(server: TelegramServer, p: Params) -> Message:
    _target(server, p)
    return _edited(server, p, "text", _text(p))


def edit_message_caption(server: TelegramServer, p: Params) -> Message:
    _target(server, p)
    return _edited(server, p, "caption", _caption(p))


def edit_message_reply_markup(server: TelegramServer, p: Params) -> Message:
    _target(server, p)
    shown = server.chat(p["chat_id"]).shown.get(p["message_id"])
    keep = {name: shown.message[name] for name in CONTENT[:-1] if name in shown.message} if shown else {}
    return _edited(server, p, None, keep)


def _delete(server: TelegramServer, phone: TelegramPhone, message_id: int) -> None:
    shown = phone.shown.get(message_id)
    if shown is None:
        raise bad_request("message to delete not found")
    if server.now() - shown.message["date"] > DELETABLE:
        raise bad_request("message can't be deleted")
    del phone.shown[message_id]
    phone.changes.tell()


def delete_message(server: TelegramServer, p: Params) -> bool:
    """In a private chat the bot may delete the person's messages too."""
    _delete(server, _reachable(server, p["chat_id"]), p["message_id"])
    return True


def delete_messages(server: TelegramServer, p: Params) -> bool:
    """Those that are not there are passed over."""
    phone = _reachable(server, p["chat_id"])
    for message_id in p["message_ids"]:
        if message_id in phone.shown:
            _delete(server, phone, message_id)
    return True


def set_message_reaction(server: TelegramServer, p: Params) -> bool:
    phone = _reachable(server, p["chat_id"])
    if p["message_id"] not in phone.shown:
        raise bad_request("message to react not found")
    phone.reactions[p["message_id"]] = p.get("reaction", [])
    phone.changes.tell()
    return True


def pin_chat_message(server: TelegramServer, p: Params) -> bool:
    phone = _reachable(server, p["chat_id"])
    if p["message_id"] not in phone.shown:
        raise bad_request("message to pin not found")
    phone.pinned.append(p["message_id"])
    return True


def unpin_chat_message(server: TelegramServer, p: Params) -> bool:
    phone = _reachable(server, p["chat_id"])
    message_id = p.get("message_id") or (phone.pinned[-1] if phone.pinned else 0)
    if message_id not in phone.pinned:
        raise bad_request("Message to unpin not found")
    phone.pinned.remove(message_id)
    return True


def answer_callback_query(server: TelegramServer, p: Params) -> bool:
    """Show the answer on the phone; each tap can be answered once (stricter than Telegram may be)."""
    tap = server.taps.pop(p["callback_query_id"], None)
    if tap is None or server.clock() - tap.born > ANSWERABLE:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = p.get("text")
    if tap.phone is not None:
        tap.phone.toast = text
        tap.phone.toast_is_alert = bool(text and p.get("show_alert"))
        tap.phone.changes.tell()
    return True
