"""The commands: demo, run, check, invite, migrate, keygen, backup, restore."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot import settings as configuration
from bot.settings import Settings

app = typer.Typer(
    help="Klasno: a Telegram and Viber chatbot for a school class.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Config = Annotated[Path | None, typer.Option(help="The settings; config.toml if there is one.")]


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The page's port on 127.0.0.1; 0 is any free one.")] = 8080,
) -> None:
    """Try Klasno without a token: a page of phones, stand-ins for both messengers, and the real bot."""
    from bot.demo import CannotShow, show

    _until_stopped(lambda: show(port), CannotShow)


@app.command()
def run(
    config: Config = None,
    clock: Annotated[Path | None, typer.Option(hidden=True, help="A file of seconds to be ahead.")] = None,
    tied: Annotated[bool, typer.Option("--tied", hidden=True, help="End when standard input ends.")] = False,
) -> None:
    """Run the bot until SIGTERM or Ctrl+C."""
    gc.disable()  # nothing that is imported is garbage, and to look for some takes a quarter of a second
    from bot.app import App, CannotStart
    from bot.core import logs
    from bot.core.clock import Clock

    settings = _settings(config)
    logs.set_up()
    if not settings.telegram.token.get_secret_value() and not settings.viber.token.get_secret_value():
        _end(
            "telegram.token, viber.token: both are empty, so there is nothing to run. Try first: klasno demo",
            2,
        )

    async def serve() -> None:
        stop = asyncio.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(one, stop.set)
        if tied:
            _when_stdin_ends(stop.set)
        klasno = App(settings, Clock(clock))
        await klasno.start()
        klasno.welcome_first(_tell)
        gc.freeze()
        gc.enable()
        await stop.wait()
        await klasno.stop()

    _until_stopped(serve, CannotStart)


@app.command()
def check(config: Config = None) -> None:
    """Look at the configuration, the database, the time zone, both messengers and the public address."""
    from bot.checks import look

    settings = _settings(config)
    findings = asyncio.run(look(settings, configuration.file_of(config)))
    for one in findings:
        typer.echo(f"{'✓' if one.fine else '✗'} {one.what}: {one.found}")
        if one.mend:
            typer.echo(f"    → {one.mend}")
    raise typer.Exit(0 if all(one.fine for one in findings) else 1)


@app.command()
def invite(
    role: Annotated[str, typer.Option(help="administrator, class_teacher, specialist or guardian")],
    name: Annotated[
        str, typer.Option(help="How the person is called here, such as «Олена Петрівна»; asked if left out.")
    ] = "",
    school: Annotated[
        str, typer.Option(help="One of several schools, by name; made if it is new. Left out: the first.")
    ] = "",
    school_class: Annotated[
        str, typer.Option("--class", help="The class, such as 3-Б; made if it is new.")
    ] = "",
    child: Annotated[str, typer.Option(help="The guardian's child; added to the class if new.")] = "",
    title: Annotated[str, typer.Option(help="What a specialist is, such as «Психолог».")] = "",
    config: Config = None,
) -> None:
    """Invite one person: prints a link for each messenger that is on, and a code to type."""
    from bot.invitations import CannotInvite, Wanted, invite_person

    settings = _settings(config)
    try:
        wanted = Wanted(
            role, name.strip(), school.strip(), school_class.strip(), child.strip(), title.strip()
        )
        lines = asyncio.run(invite_person(settings, wanted))
    except CannotInvite as reason:
        _end(str(reason), 1)
    for line in lines:
        typer.echo(line)


@app.command()
def migrate(config: Config = None) -> None:
    """Bring the database to this version of Klasno. Back it up first."""
    from models import schema
    from models.database import Database

    settings = _settings(config)

    async def work() -> schema.Standing:
        database = Database(settings.database.url)
        try:
            standing = await schema.standing(database)
            if standing in (schema.Standing.EMPTY, schema.Standing.OLDER):
                await schema.upgrade(database)
            return standing
        finally:
            await database.close()

    match asyncio.run(work()):
        case schema.Standing.CURRENT:
            typer.echo("The database is up to date.")
        case schema.Standing.FUTURE:
            _end("The database is of a newer Klasno than this one. Please install the newer one.", 1)
        case _:
            typer.echo("Done: the database is up to date.")


@app.command()
def keygen(
    file: Annotated[Path, typer.Argument(help="Where the key is written; keep it on another machine.")],
) -> None:
    """Make a key for backups: writes it to a file, and prints the recipient for `backup.recipients`."""
    from bot.backup import CannotBackUp, make_key

    try:
        typer.echo(make_key(file))
    except CannotBackUp as reason:
        _end(str(reason), 1)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, such as klasno-2026-11-23.age.")],
    to: Annotated[list[str] | None, typer.Option(help="Who can read it, beside backup.recipients.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Write it for everybody to read.")] = False,
    config: Config = None,
) -> None:
    """Write an encrypted backup of the database, also while the bot runs."""
    from bot.backup import CannotBackUp, back_up

    settings = _settings(config)
    try:
        typer.echo(back_up(settings, file, to or [], plain=plain))
    except CannotBackUp as reason:
        _end(str(reason), 1)


@app.command()
def restore(
    file: Annotated[Path | None, typer.Argument(help="A backup. Without one: only erase again.")] = None,
    key: Annotated[Path | None, typer.Option(help="The key that klasno keygen made.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Move the present database aside.")] = False,
    config: Config = None,
) -> None:
    """Put a backup in the database's place, erase again who was erased since, and send nothing old."""
    from bot.backup import CannotBackUp, forget_again
    from bot.backup import restore as restored

    settings = _settings(config)
    work = restored(settings, file, key, replace=replace) if file else forget_again(settings)
    try:
        for line in asyncio.run(work):
            typer.echo(line)
    except CannotBackUp as reason:
        _end(str(reason), 1)


def _tell(line: str) -> None:
    """A line to whoever started us, at once, also where the output is no terminal."""
    typer.echo(line)
    sys.stdout.flush()


def _when_stdin_ends(act: Callable[[], None]) -> None:
    """Call `act` when whoever holds our standard input is gone, even by kill -9."""
    loop = asyncio.get_running_loop()

    def ended() -> None:
        loop.remove_reader(sys.stdin)
        act()

    loop.add_reader(sys.stdin, ended)


def _settings(config: Path | None) -> Settings:
    try:
        return configuration.load(config)
    except configuration.Wrong as wrong:
        _end(str(wrong), 2)


def _until_stopped(work: Callable[[], Coroutine[None, None, None]], sorry: type[Exception]) -> None:
    try:
        asyncio.run(work())
    except sorry as reason:
        _end(str(reason), 1)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _end(sentence: str, code: int) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(code)


def main() -> None:
    """The entry of the command `klasno`."""
    app()


if __name__ == "__main__":
    main()
