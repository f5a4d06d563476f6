"""Text as Telegram takes it: HTML tags into entities, entities checked against the text, sizes in UTF-16 units.

What is refused and in which words is that of td/telegram/MessageEntity.cpp and its tests (github.com/tdlib/td).
Markdown is not spoken here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.telegram.schema import bad_request

TEXT = 4096
"""Longest text after entities are taken out, UTF-16 units (sendMessage)."""
CAPTION = 1024
"""Longest caption, counted alike (sendPhoto)."""
SOURCE_BYTES = 2**15
"""Longest text before entities are taken out (Client.cpp, get_formatted_text)."""

Entity = dict[str, Any]

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]+)|#(\d+)|(lt|gt|amp|quot));?")
SPECIAL = re.compile(r"[<&]")
START = re.compile(r"<([^\s>]*)")
END = re.compile(r"</([^\s>]*)\s*(>?)")
ATTRIBUTE = re.compile(r"([^\s=>]*)\s*(=?)\s*")
TOKEN = re.compile(r"[A-Za-z0-9.-]*")
LINK = re.compile(r"(?:https?|tg|ton|mailto|tel):(?://)?\S+", re.IGNORECASE)


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity names in UTF-16 units."""
    return text.encode("utf-16-le", "surrogatepass")[2 * offset : 2 * (offset + length)].decode(
        "utf-16-le", "replace"
    )


def formatted(text: str, parse_mode: str | None, entities: list[Entity] | None) -> tuple[str, list[Entity]]:
    """What is shown for a text in a parse mode or with entities: the bare text, trimmed, and its entities.

    Raises Refused (400) for tags or entities that Telegram cannot parse.
    """
    if len(text.encode("utf-8", "surrogatepass")) > SOURCE_BYTES:
        raise bad_request("Text is too long")
    mode = (parse_mode or "").lower()
    if mode not in {"", "none", "html"}:
        raise bad_request("Unsupported parse_mode")
    if mode == "html" and SPECIAL.search(text):
        text, marks = _Html(text).parse()
    else:
        marks = list(entities or []) if mode != "html" else []
        _check(text, marks)
    return _trimmed(text, marks)


def _check(text: str, entities: list[Entity]) -> None:
    """Entities must begin and end in the text, and not in the middle of a letter."""
    if not entities:
        return
    starts: dict[int, int] = {}
    at = octets = 0
    for letter in text:
        starts[at] = octets
        at += 2 if letter > "\uffff" else 1
        octets += len(letter.encode("utf-8", "surrogatepass"))
    starts[at] = octets
    for entity in entities:
        offset, length = entity["offset"], entity["length"]
        if not 0 <= offset <= 1_000_000:
            raise bad_request(f"Receive an entity with incorrect offset {offset}")
        if not 0 <= length <= 1_000_000:
            raise bad_request(f"Receive an entity with incorrect length {length}")
        if offset > at:
            raise bad_request(f"Entity begins after the end of the text at UTF-16 offset {offset}")
        end = offset + length
        if end > at:
            raise bad_request(
                f"Entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
            )
        if offset not in starts:
            byte = starts[offset + 1]
            raise bad_request(f"Entity begins in a middle of a UTF-16 symbol at byte offset {byte}")
        if end not in starts:
            raise bad_request(
                f"Entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol"
                f" at byte offset {starts[end + 1]}"
            )


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    bare = text.strip()
    if not entities:
        return bare, entities
    skipped, end = units(text[: len(text) - len(text.lstrip())]), units(bare)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - skipped, 0)
        length = min(entity["offset"] + entity["length"] - skipped, end) - start
        if length > 0 and cut(bare, start, length).strip():
            kept.append({**entity, "offset": start, "length": length})
    return bare, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def pieces(text: str, entities: list[Entity]) -> Iterator[tuple[str, list[Entity]]]:
    """What an app makes of a typed text: trimmed, in as many messages as it takes, each with its entities."""
    _check(text, entities)
    text, entities = _trimmed(text, entities)
    while text:
        piece = text[:TEXT]
        while units(piece) > TEXT:
            piece = piece[:-1]
        size = units(piece)
        yield piece, [_moved(entity, 0, size) for entity in entities if entity["offset"] < size]
        text = text[len(piece) :]
        entities = [
            _moved(entity, size, units(text))
            for entity in entities
            if entity["offset"] + entity["length"] > size
        ]


def _moved(entity: Entity, by: int, end: int) -> Entity:
    """An entity as it is when that much of the text before it is gone, and nothing comes after `end`."""
    start = max(entity["offset"] - by, 0)
    return {**entity, "offset": start, "length": min(entity["offset"] + entity["length"] - by, end) - start}


class _Html:
    """One pass over a text in Telegram's HTML."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.shown: list[str] = []
        self.length = 0
        self.open: list[tuple[str, dict[str, str], int, int]] = []
        self.entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        at = 0
        while special := SPECIAL.search(self.source, at):
            self.show(self.source[at : special.start()])
            at = special.start()
            if special[0] == "&":
                at = self.character(at)
            elif self.source.startswith("</", at):
                at = self.end(at)
            else:
                at = self.start(at)
        self.show(self.source[at:])
        if self.open:
            raise self.wrong(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return "".join(self.shown), self.entities

    def show(self, text: str) -> None:
        self.shown.append(text)
        self.length += units(text)

    def wrong(self, what: str, at: int | None = None) -> Exception:
        if at is not None:
            what += f" at byte offset {len(self.source[:at].encode())}"
        return bad_request(f"Can't parse entities: {what}")

    def character(self, at: int) -> int:
        letter, after = _letter(self.source, at)
        self.show(letter)
        return after

    def start(self, at: int) -> int:
        """Read `<tag name="value">` and remember it as open."""
        name = START.match(self.source, at)
        assert name is not None  # noqa: S101 - we stand at "<"
        tag, here = name[1].lower(), name.end()
        if here == len(self.source):
            raise self.wrong("Unclosed start tag", at)
        if tag not in TAGS:
            raise self.wrong(f'Unsupported start tag "{tag}"', at)
        values: dict[str, str] = {}
        while True:
            here += len(self.source[here:]) - len(self.source[here:].lstrip())
            if self.source.startswith(">", here):
                break
            here = self.attribute(tag, values, at, here)
        if tag == "span" and values.get("class") != "tg-spoiler":
            raise self.wrong('Tag "span" must have class "tg-spoiler"', at)
        self.open.append((tag, values, self.length, sum(map(len, self.shown))))
        return here + 1

    def attribute(self, tag: str, values: dict[str, str], at: int, here: int) -> int:
        found = ATTRIBUTE.match(self.source, here)
        assert found is not None  # noqa: S101 - every part may be empty
        if here == len(self.source):
            raise self.wrong(f'Unclosed start tag "{tag}"', at)
        if not found[1]:
            raise self.wrong(f'Empty attribute name in the tag "{tag}"', at)
        if tag == "blockquote" and found[1] == "expandable" and not found[2]:
            values["expandable"] = ""
            return found.end()
        if not found[2]:
            raise self.wrong(f'Expected equal sign in declaration of an attribute of the tag "{tag}"', at)
        here = found.end()
        if here == len(self.source):
            raise self.wrong(f'Unclosed start tag "{tag}"', at)
        quote = self.source[here]
        if quote not in "'\"":
            token = TOKEN.match(self.source, here)
            assert token is not None  # noqa: S101 - it may be empty
            after = self.source[token.end() : token.end() + 1]
            if not (after.isspace() or after == ">"):
                raise self.wrong("Unexpected end of name token", here)
            values[found[1].lower()] = token[0].lower()
            return token.end()
        end = self.source.find(quote, here + 1)
        if end < 0 or end + 1 == len(self.source):
            raise self.wrong("Unclosed start tag", at)
        values[found[1].lower()] = CHARACTER.sub(
            lambda mark: _letter(mark[0], 0)[0], self.source[here + 1 : end]
        )
        return end + 1

    def end(self, at: int) -> int:
        """Read `</tag>`, which must close the tag that was opened last."""
        if not self.open:
            raise self.wrong("Unexpected end tag", at)
        found = END.match(self.source, at)
        if found is None or not found[2]:
            raise self.wrong("Unclosed end tag", at)
        tag, values, offset, shown = self.open.pop()
        if found[1] and found[1].lower() != tag:
            raise self.wrong(
                f"Unmatched end tag at byte offset {len(self.source[:at].encode())},"
                f' expected "</{tag}>", found "</{found[1]}>"'
            )
        if self.length > offset and (more := _details(tag, values, "".join(self.shown)[shown:])) is not None:
            self.entities.append({"offset": offset, "length": self.length - offset, **more})
        return found.end()


def _letter(source: str, at: int) -> tuple[str, int]:
    """The letter that `&…;` stands for, or the ampersand itself, and where the text goes on."""
    mark = CHARACTER.match(source, at)
    if mark is None:
        return "&", at + 1
    if mark[3]:
        return NAMED[mark[3]], mark.end()
    code = int(mark[1], 16) if mark[1] else int(mark[2])
    if code == 0 or code > 0x10FFFF:
        return "&", at + 1
    if 0xD800 <= code <= 0xDFFF:
        raise bad_request(
            "Can't parse entities: Text contains invalid Unicode characters after decoding HTML entities,"
            " check for unmatched surrogate code units"
        )
    return chr(code), mark.end()


def _details(tag: str, values: dict[str, str], inner: str) -> Entity | None:
    """The entity that a closed tag makes, without its place; None where Telegram makes none."""
    kind = TAGS[tag]
    if tag == "a":
        link = values.get("href") or inner
        return {"type": kind, "url": link} if LINK.fullmatch(link) or "." in link else None
    if tag == "tg-emoji":
        return {"type": kind, "custom_emoji_id": values.get("emoji-id", "")}
    if tag == "tg-time":
        time = values.get("unix", "")
        return {"type": kind, "unix_time": int(time)} if time.isdecimal() else None
    if tag == "blockquote" and "expandable" in values:
        return {"type": "expandable_blockquote"}
    if tag == "code" and values.get("class", "").startswith("language-"):
        return {"type": kind, "language": values["class"].removeprefix("language-")}
    return {"type": kind}


FOUND = re.compile(r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64})|(?P<url>https?://\S+)")


def found(text: str) -> list[Entity]:
    """What Telegram finds by itself in a person's text: commands and links (it finds more)."""
    return [
        {
            "offset": units(text[: hit.start()]),
            "length": units(hit[0]),
            "type": "bot_command" if hit["bot_command"] else "url",
        }
        for hit in FOUND.finditer(text)
    ]
