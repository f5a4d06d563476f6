"""What the bot says of itself: its commands, names, descriptions and menu buttons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.telegram.schema import Params, bad_request

if TYPE_CHECKING:
    from sandbox.telegram.server import TelegramServer

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"(?:[a-z]{2})?")

Scope = tuple[str, int]
"""A scope's type, and the chat's id where the type is "chat", else 0."""


class Profile:
    """Commands by scope and language; names and descriptions by language; menu buttons by chat."""

    def __init__(self) -> None:
        self.commands: dict[tuple[Scope, str], list[dict[str, str]]] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.menus: dict[int, dict[str, Any]] = {}

    def commands_for(self, chat_id: int, language: str) -> list[dict[str, str]]:
        """What a person sees in the menu (https://core.telegram.org/bots/api#botcommandscope)."""
        for scope in (("chat", chat_id), ("all_private_chats", 0), ("default", 0)):
            for tongue in (language[:2], ""):
                if (scope, tongue) in self.commands:
                    return self.commands[scope, tongue]
        return []


def _language(p: Params) -> str:
    code: str = p.get("language_code", "")
    if not LANGUAGE.fullmatch(code):
        raise bad_request("Invalid language code specified")
    return code


def _scope(server: TelegramServer, p: Params) -> Scope:
    scope = p.get("scope") or {"type": "default"}
    if scope["type"] == "chat":
        return "chat", server.chat(scope["chat_id"]).id
    if scope["type"] in {"chat_administrators", "chat_member"}:
        raise bad_request("can't use specified scope in private chats")
    return scope["type"], 0


def _told(server: TelegramServer) -> bool:
    for phone in server.people.values():
        phone.changes.tell()
    return True


def set_my_commands(server: TelegramServer, p: Params) -> bool:
    where = _scope(server, p), _language(p)
    for command in p["commands"]:
        command["command"] = command["command"].strip().removeprefix("/")
        command["description"] = command["description"].strip()
        if not command["description"]:
            raise bad_request("Command description must be non-empty")
        if not COMMAND.fullmatch(command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
    server.profile.commands[where] = p["commands"]
    if not p["commands"]:
        del server.profile.commands[where]
    return _told(server)


def get_my_commands(server: TelegramServer, p: Params) -> list[dict[str, str]]:
    return server.profile.commands.get((_scope(server, p), _language(p)), [])


def delete_my_commands(server: TelegramServer, p: Params) -> bool:
    server.profile.commands.pop((_scope(server, p), _language(p)), None)
    return _told(server)


def _set_text(server: TelegramServer, p: Params, name: str) -> bool:
    server.profile.texts[name, _language(p)] = p.get(name, "")
    return True


def _get_text(server: TelegramServer, p: Params, name: str) -> dict[str, str]:
    texts = server.profile.texts
    return {name: texts.get((name, _language(p))) or texts.get((name, ""), "")}


def set_my_name(server: TelegramServer, p: Params) -> bool:
    return _set_text(server, p, "name")


def get_my_name(server: TelegramServer, p: Params) -> dict[str, str]:
    return {"name": _get_text(server, p, "name")["name"] or server.me["first_name"]}


def set_my_description(server: TelegramServer, p: Params) -> bool:
    return _set_text(server, p, "description")


def get_my_description(server: TelegramServer, p: Params) -> dict[str, str]:
    return _get_text(server, p, "description")


def set_my_short_description(server: TelegramServer, p: Params) -> bool:
    return _set_text(server, p, "short_description")


def get_my_short_description(server: TelegramServer, p: Params) -> dict[str, str]:
    return _get_text(server, p, "short_description")


def set_chat_menu_button(server: TelegramServer, p: Params) -> bool:
    chat_id = server.chat(p["chat_id"]).id if "chat_id" in p else 0
    server.profile.menus[chat_id] = p.get("menu_button", {"type": "default"})
    return True


def get_chat_menu_button(server: TelegramServer, p: Params) -> dict[str, Any]:
    chat_id = server.chat(p["chat_id"]).id if "chat_id" in p else 0
    return server.profile.menus.get(chat_id) or server.profile.menus.get(0) or {"type": "commands"}
