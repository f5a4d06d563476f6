"""Derives bot_api.json, the table of what methods take, from the Bot API's machine-readable schema.

The schema is `.butcher/schema/schema.json` in aiogram's source distribution (3.31.0 holds Bot API 10.3), which is
read from https://core.telegram.org/bots/api; it is not in the wheel:

    pip download --no-binary :all: --no-deps aiogram==3.31.0
    python -m sandbox.telegram.derive aiogram-3.31.0/.butcher/schema/schema.json

A field is written as `"name!": "type"`, with "!" where it is required. A type is a name of the API, `[T]` for an
array, `A|B` for a choice, `=word` for a fixed word, and `T{1,64}` or `T{1,64b}` for a size in characters (or items)
or in bytes. Sizes that count "after entities parsing" are not in the table: markup.py knows them.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

METHODS = """
getMe getUpdates setWebhook deleteWebhook getWebhookInfo
sendMessage sendPhoto sendDocument sendVoice sendVideo sendMediaGroup sendChatAction copyMessage forwardMessage
editMessageText editMessageCaption editMessageReplyMarkup deleteMessage deleteMessages
answerCallbackQuery setMessageReaction pinChatMessage unpinChatMessage getChat getFile
setMyCommands getMyCommands deleteMyCommands setChatMenuButton getChatMenuButton
setMyName getMyName setMyDescription getMyDescription setMyShortDescription getMyShortDescription
"""
"""What a chatbot for private chats calls; anything else is answered with "method not found"."""

LEFT_OUT = {"InputRichMessage", "EphemeralMessageParameters", "SuggestedPostParameters"}
"""Types whose fields are not in the table: nothing that a class's bot needs, and half of all types hang on them."""
PLAIN = {"Integer", "String", "Boolean", "True", "Float", "InputFile"}
SIZE = re.compile(r"(\d+)-(\d+) (characters|bytes|items|identifiers)(?! after entit)")
AT_MOST = re.compile(r"At most (\d+) \w+ can be specified")
WORD = re.compile(r"(?:must be|always) [\"'“]?(\w+)[\"'”]?$")
MEMBER = re.compile(r"^ ?- (\w+)$", re.MULTILINE)


def short(kind: str) -> str:
    """Telegram's wording of a type in the table's: "Array of A and B" becomes "[A|B]"."""
    if kind.startswith("Array of "):
        return f"[{short(kind.removeprefix('Array of '))}]"
    return "|".join(re.split(r", | and | or ", kind))


def field(annotation: dict[str, Any]) -> tuple[str, str]:
    """One field of a method or a type: its name with "!" where required, and its type."""
    about = annotation["description"].strip()
    kind = short(annotation["type"])
    if annotation["name"] == "type" and (word := WORD.search(about)):
        kind = f"={word[1]}"
    elif kind != "Integer" and (size := SIZE.search(about)):
        kind += f"{{{size[1]},{size[2]}{'b' if size[3] == 'bytes' else ''}}}"
    elif most := AT_MOST.search(about):
        kind += f"{{0,{most[1]}}}"
    return annotation["name"] + ("!" if annotation["required"] else ""), kind


def derive(schema: dict[str, Any]) -> dict[str, Any]:
    """The table: the API's version, the methods, and every type that they lead to."""
    known = {child["name"]: child for item in schema["items"] for child in item["children"]}
    table: dict[str, Any] = {"api": schema["api"]["version"], "methods": {}, "types": {}}
    wanted: list[str] = []
    for name in METHODS.split():
        taken = [about for about in known[name]["annotations"] if about["type"] not in LEFT_OUT]
        table["methods"][name] = dict(map(field, taken))
        wanted += table["methods"][name].values()
    while wanted:
        for name in re.findall(r"(?<!=)\b[A-Z]\w+", wanted.pop()):
            if name in PLAIN or name in table["types"]:
                continue
            members = MEMBER.findall(known[name]["description"]) if not known[name]["annotations"] else []
            shape: Any = "|".join(members) or dict(map(field, known[name]["annotations"]))
            table["types"][name] = shape
            wanted += [shape] if isinstance(shape, str) else shape.values()
    table["types"] = dict(sorted(table["types"].items()))
    return table


def page(table: dict[str, Any]) -> str:
    """The table as JSON with one method or type a line, so that a new version shows in a diff."""
    parts = [f'"api": {json.dumps(table["api"])}']
    for part in ("methods", "types"):
        lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(shape)}" for name, shape in table[part].items())
        parts.append(f'"{part}": {{\n{lines}\n}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    source = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    Path(__file__).with_name("bot_api.json").write_text(page(derive(source)), "utf-8")
