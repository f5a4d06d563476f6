"""What Telegram refuses and in which words; after "Bad Request: " in each case."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]

KEY = {"text": "Так", "callback_data": "y"}


def inline(*rows: list[JSON]) -> JSON:
    return {"chat_id": 7, "text": "?", "reply_markup": {"inline_keyboard": list(rows)}}


BAD_KEY = "can't parse inline keyboard button: "
WRONG: list[tuple[str, JSON, str]] = [
    ("sendMessage", {"text": "a"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": 7}, "message text is empty"),
    ("sendMessage", {"chat_id": 7, "text": ""}, "message text is empty"),
    ("sendMessage", {"chat_id": 7, "text": " \n "}, "message text is empty"),
    ("sendMessage", {"chat_id": 7, "text": "a" * 4097}, "message is too long"),
    ("sendMessage", {"chat_id": 7, "text": "😀" * 2049}, "message is too long"),
    ("sendMessage", {"chat_id": 7, "text": "a" * 32769}, "text is too long"),
    ("sendMessage", {"chat_id": 99, "text": "a"}, "chat not found"),
    ("sendMessage", {"chat_id": "@school", "text": "a"}, "chat not found"),
    ("sendMessage", {"chat_id": 7, "text": "a", "colour": 1}, "unknown parameter 'colour'"),
    ("sendMessage", {"chat_id": 7, "text": 5}, 'parameter "text" must be of type String'),
    ("sendMessage", {"chat_id": 7, "text": "\ud83d"}, 'parameter "text" must be encoded in UTF-8'),
    ("sendMessage", {"chat_id": [7], "text": "a"}, 'parameter "chat_id" must be of type String'),
    ("sendMessage", {"chat_id": 7, "text": "a", "entities": "[{"}, 'parameter "entities" must be JSON'),
    ("sendMessage", {"chat_id": 7, "text": "a", "parse_mode": "BBCode"}, "unsupported parse_mode"),
    (
        "sendMessage",
        {"chat_id": 7, "text": "a", "reply_parameters": {"message_id": 99}},
        "message to be replied not found",
    ),
    ("sendMessage", inline([{"text": "a", "callback_data": "щ" * 33}]), "BUTTON_DATA_INVALID"),
    (
        "sendMessage",
        inline([{"text": "a", "callback_data": ""}]),
        BAD_KEY + "Text buttons are unallowed in the inline keyboard",
    ),
    ("sendMessage", inline([{"text": "a"}]), BAD_KEY + "Text buttons are unallowed in the inline keyboard"),
    ("sendMessage", inline([{"callback_data": "a"}]), BAD_KEY + 'Can\'t find field "text"'),
    (
        "sendMessage",
        inline([{"text": 5, "callback_data": "a"}]),
        BAD_KEY + 'Field "text" must be of type String',
    ),
    ("sendMessage", inline([{**KEY, "colour": "red"}]), BAD_KEY + 'unknown field "colour"'),
    ("sendMessage", inline([{**KEY, "style": "link"}]), BAD_KEY + "invalid button style specified"),
    (
        "sendMessage",
        inline([{**KEY, "url": "https://a.ua"}]),
        BAD_KEY + "exactly one of the optional fields must be used",
    ),
    (
        "sendMessage",
        inline([{"text": " ", "callback_data": "a"}]),
        "inline keyboard button text must be non-empty",
    ),
    (
        "sendMessage",
        inline([{"text": "a", "url": "ftp://a.ua"}]),
        "inline keyboard button URL 'ftp://a.ua' is invalid: Unsupported URL protocol",
    ),
    (
        "sendMessage",
        inline([{"text": "a", "url": "http://school"}]),
        "inline keyboard button URL 'http://school' is invalid: Wrong HTTP URL",
    ),
    ("sendMessage", inline(*[[KEY] * 5] * 21), "reply markup is too long"),
    ("sendMessage", inline([KEY] * 9), "BUTTON_ROW_INVALID: more than 8 buttons in a row"),
    (
        "sendMessage",
        {"chat_id": 7, "text": "a", "reply_markup": {"buttons": []}},
        "can't parse InlineKeyboardMarkup: unsupported type specified",
    ),
    ("sendPhoto", {"chat_id": 7}, "there is no photo in the request"),
    ("sendPhoto", {"chat_id": 7, "photo": "attach://none"}, "there is no photo in the request"),
    ("sendPhoto", {"chat_id": 7, "photo": "no-such-id"}, "wrong file identifier/HTTP URL specified"),
    (
        "sendPhoto",
        {"chat_id": 7, "photo": "https://a.ua/a.jpg", "caption": "a" * 1025},
        "message caption is too long",
    ),
    (
        "sendMediaGroup",
        {"chat_id": 7, "media": [{"type": "photo", "media": "https://a.ua/a.jpg"}]},
        'parameter "media" must have 2-10 items',
    ),
    (
        "sendMediaGroup",
        {
            "chat_id": 7,
            "media": [{"type": kind, "media": "https://a.ua/a"} for kind in ("photo", "document")],
        },
        "document can't be mixed with other media types",
    ),
    ("sendChatAction", {"chat_id": 7, "action": "dancing"}, "wrong parameter action in request"),
    ("editMessageText", {"chat_id": 7, "message_id": 99, "text": "a"}, "message to edit not found"),
    ("editMessageText", {"chat_id": 7, "message_id": 1, "text": "a"}, "message can't be edited"),
    ("editMessageReplyMarkup", {"chat_id": 7, "message_id": 99}, "message to edit not found"),
    ("deleteMessage", {"chat_id": 7, "message_id": 99}, "message to delete not found"),
    ("deleteMessage", {"chat_id": 7}, "message identifier is not specified"),
    ("deleteMessages", {"chat_id": 7, "message_ids": []}, "message identifiers are not specified"),
    ("copyMessage", {"chat_id": 7, "from_chat_id": 7, "message_id": 99}, "message to copy not found"),
    ("forwardMessage", {"chat_id": 7, "from_chat_id": 7, "message_id": 99}, "message to forward not found"),
    ("setMessageReaction", {"chat_id": 7, "message_id": 99}, "message to react not found"),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        "query is too old and response timeout expired or query ID is invalid",
    ),
    ("getFile", {"file_id": "none"}, "wrong file_id or the file is temporarily unavailable"),
    ("setMyCommands", {"commands": [{"command": "Start", "description": "a"}]}, "BOT_COMMAND_INVALID"),
    (
        "setMyCommands",
        {"commands": [{"command": "a" * 33, "description": "a"}]},
        "command length must not exceed 32",
    ),
    ("setMyCommands", {"commands": [{"command": "", "description": "a"}]}, "command must be non-empty"),
    (
        "setMyCommands",
        {"commands": [{"command": "a", "description": " "}]},
        "command description must be non-empty",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "a", "description": "a" * 257}]},
        "command description length must not exceed 256",
    ),
    ("setMyCommands", {"commands": [{"command": "a", "description": "a"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
    ("setMyCommands", {"commands": [], "language_code": "ukr"}, "invalid language code specified"),
    ("setMyCommands", {"commands": [], "scope": {"type": "chat", "chat_id": 99}}, "chat not found"),
    (
        "setMyShortDescription",
        {"short_description": "a" * 121},
        'parameter "short_description" must have 0-120 characters',
    ),
    ("setWebhook", {"url": "not a url"}, "invalid webhook URL specified"),
    (
        "setWebhook",
        {"url": "https://a.ua", "secret_token": "таємниця"},
        "secret token contains unallowed characters",
    ),
    ("setWebhook", {"url": "https://a.ua", "secret_token": "a" * 257}, "secret token is too long"),
]


HTML_ERRORS = [
    ("<x>a</x>", 'Unsupported start tag "x" at byte offset 0'),
    ("Привіт <", "Unclosed start tag at byte offset 13"),
    ("3 < 5", 'Unsupported start tag "" at byte offset 2'),
    ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("a</b>", "Unexpected end tag at byte offset 1"),
    ("<b>a</b", "Unclosed end tag at byte offset 4"),
    ("<a href>a</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
    ("<a =x>a</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
    ('<a href="x>a</a>', "Unclosed start tag at byte offset 0"),
    ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
]


BAD_ENTITIES = [
    (0, 9, "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9"),
    (9, 1, "entity begins after the end of the text at UTF-16 offset 9"),
    (0, 1, "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4"),
    (1, 2, "entity begins in a middle of a UTF-16 symbol at byte offset 4"),
    (-1, 1, "receive an entity with incorrect offset -1"),
]
