"""Settings: config.toml, overridden by KLASNO_SECTION__KEY; a wrong key is one line that says how to mend it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from models.retention import Days

DEFAULT_FILE = Path("config.toml")
PREFIX = "KLASNO_"


class Wrong(Exception):
    """The configuration cannot be used: one line for each wrong key."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not a time zone; allowed are names such as Europe/Kyiv") from error
    return name


def _database(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("allowed are sqlite:///FILE and postgresql://USER:PASSWORD@HOST/NAME")
    return url


def _listen(address: str) -> str:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError("allowed is HOST:PORT, such as 127.0.0.1:8081")
    return address


def _web(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^\s/]+(/[^\s]*)?", url):
        raise ValueError("allowed is an address that begins with https://")
    return url.rstrip("/")


def _receivers(many: int) -> int:
    if not 0 <= many <= 300:
        raise ValueError("allowed is 0 (never) to 300, which is the most that Viber takes")
    return many


def _token(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() and not re.fullmatch(r"\d+:[\w-]{10,}", secret.get_secret_value()):
        raise ValueError("not a token of Telegram; @BotFather gives one such as 123456789:AA…")
    return secret


def _secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\w-]{0,256}", secret.get_secret_value(), re.ASCII):
        raise ValueError("allowed are 1 to 256 of A-Z, a-z, 0-9, _ and -")
    return secret


Web = Annotated[str, AfterValidator(_web)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SchoolSettings(_Section):
    """The school that is made when the database is new."""

    name: str = "Моя школа"
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Kyiv"
    language: Literal["uk", "ru", "en"] = "uk"


class DatabaseSettings(_Section):
    """Where the facts are."""

    url: Annotated[str, AfterValidator(_database)] = "sqlite:///klasno.db"


class TelegramSettings(_Section):
    """Telegram; off without a token."""

    token: Annotated[SecretStr, AfterValidator(_token)] = SecretStr("")
    mode: Literal["polling", "webhook"] = "polling"
    api_base: Web = "https://api.telegram.org"
    webhook_secret: Annotated[SecretStr, AfterValidator(_secret)] = SecretStr("")
    per_second: int = 30


class ViberSettings(_Section):
    """Viber; off without a token."""

    token: SecretStr = SecretStr("")
    name: str = "Класно"
    avatar: Web = ""
    price: Annotated[float, Field(ge=0, le=10)] = 0.02
    cap: Annotated[int, Field(ge=0)] = 0
    api_base: Web = "https://chatapi.viber.com/pa"
    broadcast: Annotated[int, AfterValidator(_receivers)] = 300


def _recipient(key: str) -> str:
    if not re.fullmatch(r"age1[0-9a-z]{58}", key):
        raise ValueError("not a recipient; klasno keygen prints one, such as age1…")
    return key


class BackupSettings(_Section):
    """Who can read backups, and where the list of those who were erased is kept."""

    recipients: list[Annotated[str, AfterValidator(_recipient)]] = []
    forgotten: str = ""


class MediaSettings(_Section):
    """Where photos, videos and files lie: in a folder, or in a bucket of S3's kind."""

    folder: str = ""
    bucket: str = ""
    endpoint: Web = ""
    region: str = "us-east-1"
    key_id: str = ""
    secret: SecretStr = SecretStr("")


class HttpSettings(_Section):
    """Our own web server."""

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8081"
    public_url: Web = ""


class Settings(BaseSettings):
    """All settings; units and reasons stand in config.example.toml."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")

    school: SchoolSettings = SchoolSettings()
    database: DatabaseSettings = DatabaseSettings()
    telegram: TelegramSettings = TelegramSettings()
    viber: ViberSettings = ViberSettings()
    http: HttpSettings = HttpSettings()
    retention: Days = Days()
    backup: BackupSettings = BackupSettings()
    media: MediaSettings = MediaSettings()

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        if self.telegram.token.get_secret_value() and self.telegram.mode == "webhook":
            if not self.telegram.webhook_secret.get_secret_value():
                raise ValueError(
                    'telegram.webhook_secret: needed for telegram.mode = "webhook"; any 32 letters and digits'
                )
            if not self.http.public_url:
                raise ValueError(
                    'http.public_url: needed for telegram.mode = "webhook"; the https address of this server'
                )
        if self.media.folder and self.media.bucket:
            raise ValueError("media.bucket: there is a media.folder as well; only one of them can be used")
        if len(self.viber.name) > 28:
            raise ValueError("viber.name: too long; Viber allows 28 signs")
        return self


def file_of(file: Path | None) -> Path | None:
    """The file that settings are read from: the one given, or config.toml where there is one."""
    return file or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)


def load(file: Path | None = None) -> Settings:
    """Read the settings from `file`, or config.toml where there is one; Wrong says what is to be mended."""
    if file is not None and not file.is_file():
        raise Wrong(f"{file}: there is no such file; copy config.example.toml and fill it in")
    path = file_of(file)
    if unknown := _unknown_variables():
        raise Wrong("\n".join(unknown))

    class Loaded(Settings):
        model_config = SettingsConfigDict(toml_file=path)

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (env_settings, TomlConfigSettingsSource(settings_cls))

    try:
        return Loaded()
    except ValidationError as error:
        raise Wrong(
            "\n".join(_line(dict(one)) for one in error.errors(include_url=False, include_input=False))
        ) from None
    except ValueError as error:  # the TOML itself cannot be read
        raise Wrong(f"{path}: not valid TOML: {error}") from None


def _unknown_variables() -> list[str]:
    """Variables that look like ours and are none: most likely a typing error that would otherwise pass unseen."""
    known = {
        f"{PREFIX}{section}__{key}".upper()
        for section, field in Settings.model_fields.items()
        for key in type(field.default).model_fields
    }
    found = sorted(
        name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    return [
        f"{name}: unknown variable; allowed are KLASNO_SECTION__KEY, such as KLASNO_HTTP__LISTEN"
        for name in found
    ]


def _line(error: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        section = Settings.model_fields.get(str(error["loc"][0]))
        known = section.default if section and len(error["loc"]) > 1 else Settings()
        allowed = ", ".join(type(known).model_fields)
        return f"{key}: unknown key; allowed here: {allowed}"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
