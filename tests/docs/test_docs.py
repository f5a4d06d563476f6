"""The documents tell the truth: what they name is there, and the example that they give works."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
import typer.main
from babel.messages.pofile import read_po

from bot.__main__ import app
from bot.core import meaning, posting, sender, turns
from bot.settings import Settings
from models import calendar, database, invite, people, year
from models.retention import Days
from scheduler import ticks

ROOT = Path(__file__).resolve().parents[2]
DOCS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
GUIDES = sorted((ROOT / "docs").glob("guide-*.md"))
NAMES = [str(one.relative_to(ROOT)) for one in DOCS]
FOLDERS = (
    "bot",
    "handlers",
    "models",
    "scheduler",
    "locales",
    "sandbox",
    "tests",
    "benchmarks",
    "docs",
    ".ci",
)
MADE_BY_PEOPLE = {"config.toml", "klasno.db", "klasno.db.forgotten", "klasno.key", "klasno-today.age"}
"""Files that the documents tell people to make."""

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4,}\S.*$", re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FILE = re.compile(r"\.?[\w.-]+\.(?:md|toml|py|po|lock|js|png)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def spans(name: str) -> list[str]:
    """What stands between single backticks, outside of code blocks."""
    return _SPAN.findall(_FENCED.sub("", text_of(name)))


def code(name: str) -> str:
    """Everything that is code: spans, fenced and indented blocks, a line each."""
    text = text_of(name)
    blocks = [block for _language, block in _FENCED.findall(text)]
    return "\n".join([*spans(name), *blocks, *_INDENTED.findall(_FENCED.sub("", text))])


def blocks(name: str, language: str) -> list[str]:
    return [block for tag, block in _FENCED.findall(text_of(name)) if tag == language]


def example_files() -> dict[str, str]:
    """The files of CONTRIBUTING.md's example: each block's first line names its file."""
    found: dict[str, str] = {}
    for block in blocks("CONTRIBUTING.md", "python"):
        first, rest = block.split("\n", 1)
        found[first.removeprefix("# ")] = rest
    return found


def source() -> str:
    """All our code, to look for a name in it."""
    folders = ("bot", "handlers", "models", "scheduler", "locales", "papers", "sandbox", "tests")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file != Path(__file__))


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_is_named_exists(name: str) -> None:
    missing = []
    for span in spans(name):
        path = span.split(":")[0]
        inside = path.split("/")[0] in FOLDERS and "/" in path
        if not (inside or _FILE.fullmatch(path)) or path in MADE_BY_PEOPLE or path in example_files():
            continue
        if not (ROOT / path).exists() and ("/" in path or not any(ROOT.glob(f"*/**/{path}"))):
            missing.append(path)
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_every_link_between_documents_resolves(name: str) -> None:
    missing = []
    for target in _LINK.findall(_FENCED.sub("", text_of(name))):
        path, _hash, heading = target.partition("#")
        if path.startswith(("http:", "https:")):
            continue
        file = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE) if file.suffix == ".md" else []
        if not file.exists() or (heading and heading not in [_anchor(one) for one in headings]):
            missing.append(target)
    assert missing == []


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_is_named_exists(name: str) -> None:
    group = typer.main.get_command(app)
    commands = getattr(group, "commands", {})
    wrong = []
    for line in (line.split("  #")[0] for line in code(name).splitlines()):
        for command, rest in re.findall(r"(?:^|[\s/])klasno ([a-z]+)\b([^\n]*)", line):
            if command not in commands:
                wrong.append(f"klasno {command}")
                continue
            known = {option for one in commands[command].params for option in one.opts}
            wrong += [one for one in re.findall(r"(?<!\S)--[a-z-]+", rest) if one not in known]
        for words in re.findall(r"(?:^|\s)make ((?:[a-z]+ ?)+)", line):
            wrong += [f"make {one}" for one in words.split() if not _is_target(one)]
        for module in re.findall(r"python -m ([\w.]+)", line):
            if importlib.util.find_spec(module) is None:
                wrong.append(f"python -m {module}")
    assert wrong == []


def _is_target(word: str) -> bool:
    return re.search(rf"^{re.escape(word)}:", text_of("Makefile"), re.MULTILINE) is not None


def settings_keys() -> set[str]:
    return {
        f"{section}.{key}"
        for section, field in Settings.model_fields.items()
        for key in type(field.default).model_fields
    }


def test_the_example_configuration_has_every_key_and_no_other() -> None:
    example = tomllib.loads(text_of("config.example.toml"))
    assert {f"{section}.{key}" for section, keys in example.items() for key in keys} == settings_keys()
    Settings.model_validate(example)


def test_the_example_configuration_keeps_things_as_long_as_the_code() -> None:
    assert tomllib.loads(text_of("config.example.toml"))["retention"] == Days().model_dump()


def test_operations_tells_how_long_things_are_kept() -> None:
    rows = re.findall(
        r"^\| .+ \| `retention\.(\w+)` \| (\d+) \|$", text_of("docs/operations.md"), re.MULTILINE
    )
    assert {name: int(days) for name, days in rows} == Days().model_dump()


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_that_is_named_exists(name: str) -> None:
    sections = "|".join(Settings.model_fields)
    key = re.compile(rf"((?:{sections})\.[a-z_]+)(?: = .*)?")
    named = {found[1] for span in spans(name) if (found := key.fullmatch(span)) and not _FILE.fullmatch(span)}
    variables = re.findall(r"KLASNO_([A-Z]+)__([A-Z_]+)", text_of(name))
    named |= {f"{a}.{b}".lower() for a, b in variables if (a, b) != ("SECTION", "KEY")}
    assert named - settings_keys() - events() == set()


def events() -> set[str]:
    """What our log lines are called."""
    return set(re.findall(r"log\.\w+\(\s*\"([\w.]+)", source()))


def test_the_events_that_operations_explains_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", text_of("docs/operations.md").split("## Logs")[1], re.MULTILINE)
    explained = {event for row in rows for event in _SPAN.findall(row)}
    assert explained - events() == set()
    serious = set(re.findall(r"log\.(?:error|critical)\(\s*\"([\w.]+)", source()))
    assert serious - explained == set()


def test_the_metrics_that_operations_explains_are_those_of_the_code() -> None:
    served = set(re.findall(r"\"(klasno_\w+)\"", text_of("bot/web.py")))
    assert set(re.findall(r"klasno_\w+", text_of("docs/operations.md"))) == served


LANGUAGES = {"Українською": "uk", "По-русски": "ru", "In English": "en"}


@pytest.mark.parametrize("guide", [str(one.relative_to(ROOT)) for one in GUIDES])
def test_the_words_that_the_guides_quote_are_the_bots_own(guide: str) -> None:
    parts = re.split(r"^## (.+)$", text_of(guide), flags=re.MULTILINE)[1:]
    assert parts[::2] == list(LANGUAGES)
    unknown = []
    for heading, words in zip(parts[::2], parts[1::2], strict=True):
        sayings = _sayings(LANGUAGES[heading])
        quoted = re.findall(r"«([^»]+)»", re.sub(r"\s+", " ", words))
        assert quoted
        unknown += [one for one in quoted if not any(saying.fullmatch(one) for saying in sayings)]
    assert unknown == []


def _sayings(language: str) -> list[re.Pattern[str]]:
    """All that the bot says in a language; values stand for placeholders, and what is before a colon stands alone."""
    with (ROOT / "locales" / ("uk" if language == "en" else language) / "LC_MESSAGES" / "klasno.po").open(
        "rb"
    ) as po:
        messages = [one for one in read_po(po) if one.id]
    texts: list[str] = []
    for message in messages:
        found = message.id if language == "en" else message.string
        texts += [found] if isinstance(found, str) else [*(found or ())]
    texts += [
        start for text in texts for start in [text.split(": {")[0]] if start != text and "{" not in start
    ]
    return [re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text)), re.IGNORECASE) for text in texts]


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md"])
def test_the_names_that_are_quoted_from_the_code_are_in_it(name: str) -> None:
    everything = source()
    unknown = []
    for span in spans(name):
        named = re.fullmatch(r"@?(?:(\w+)\.)?(_?[a-zA-Z]\w+)(?:[(=].*)?", span)
        if named is None or span.isupper() or (ROOT / span).exists():
            continue
        owner, what = named.groups()
        there = re.search(rf"\b{what}\b", everything)
        if not there or (owner and owner[0].isupper() and not re.search(rf"class {owner}\b", everything)):
            unknown.append(span)
    assert [one for one in unknown if not _FILE.fullmatch(one)] == []


DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
FIGURES = [
    (
        "ARCHITECTURE.md",
        "beyond thirty events in thirty seconds",
        (turns.FLOOD, turns.FLOOD_SPAN),
        (30, 30 * SECOND),
    ),
    ("ARCHITECTURE.md", "left less than five seconds ago", meaning.DOUBLE_TAP, 5 * SECOND),
    ("ARCHITECTURE.md", "until five minutes after the card before", posting.GATHERED, 5 * MINUTE),
    ("ARCHITECTURE.md", "From 20:00 to 7:00", (people.QUIET_FROM, people.QUIET_TO), (20, 7)),
    ("ARCHITECTURE.md", "a code of 12 signs", invite.CODE_LENGTH, 12),
    ("ARCHITECTURE.md", "good once, for 14 days", invite.GOOD_FOR, 14 * DAY),
    (
        "ARCHITECTURE.md",
        "five wrong tries cost ten minutes",
        (invite.TRIES, invite.SLOWED_FOR),
        (5, 10 * MINUTE),
    ),
    ("README.md", "Good for 14 days, once.", invite.GOOD_FOR, 14 * DAY),
    ("docs/guide-administrator.md", "Up to 150 weekdays of a year", calendar.MOST_FREE, 150),
    (
        "docs/guide-administrator.md",
        "From 15 May to 31 October",
        (year.OPENS, year.CLOSES),
        ((5, 15), (10, 31)),
    ),
    ("CHANGELOG.md", "at 7:00 of a school day", ticks.MORNING, 7),
    ("docs/operations.md", "are tried every 15 s", sender.ALARM_PAUSE, 15.0),
    ("docs/operations.md", "for more than 20 seconds", database.PATIENCE, 20.0),
]


@pytest.mark.parametrize(("name", "words", "found", "told"), FIGURES)
def test_a_figure_that_is_told_is_the_codes_own(name: str, words: str, found: object, told: object) -> None:
    assert words in re.sub(r"\s+", " ", text_of(name))
    assert found == told


def test_the_changelog_knows_the_version() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    assert f"## [{version}]" in text_of("CHANGELOG.md")


def test_the_glossary_leaves_no_word_untranslated() -> None:
    rows = [line for line in text_of("GLOSSARY.md").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row for row in cells if len(row) != 4 or not all(row)] == []


def test_the_example_of_contributing_works(tmp_path: Path) -> None:
    for folder in ("bot", "handlers", "models", "scheduler", "sandbox", "locales", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, text in example_files().items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    for change in blocks("CONTRIBUTING.md", "diff"):
        _apply(change, tmp_path)
    shell = next(block for block in blocks("CONTRIBUTING.md", "sh") if "schema.draft" in block)
    script = shell.split("<<'END'\n")[1].removesuffix("END\n")
    script = re.sub(r"sqlite:///\S+?\.db", f"sqlite:///{tmp_path}/draft.db", script)
    _run(tmp_path, "-c", script)
    _give_the_next_number(tmp_path / "models/migrations/versions")
    _run(tmp_path, "-m", "locales", "update")
    story = next(file for file in example_files() if file.startswith("tests/"))
    _run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", story)


def _give_the_next_number(versions: Path) -> None:
    """To the draft of a migration, in its name and in its text, as the document says."""
    (draft,) = versions.glob("*lost_things.py")
    given = draft.name.split("_")[0]
    number = f"{len(list(versions.glob('0*.py'))) + (not given.startswith('0')):04}"
    text = draft.read_text(encoding="utf-8")
    draft.rename(versions / f"{number}_lost_things.py").write_text(
        text.replace(given, number), encoding="utf-8"
    )


def _apply(change: str, folder: Path) -> None:
    """Apply a change that is written as in the document: a file's name after ---, then lines with space, - or +."""
    for part in re.split(r"^--- ", change, flags=re.MULTILINE)[1:]:
        name, *lines = part.rstrip("\n").split("\n")
        before = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
        after = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{name} has not once:\n{before}"
        file.write_text(text.replace(before, after), encoding="utf-8")


def _run(folder: Path, *arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
