"""Settings: what is wrong is one line that names the key, says what is wrong and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Wrong, load

TELEGRAM = 'token = "123456789:AAbbccddeeffgghhiijj"'


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "config.toml"


@pytest.mark.parametrize(
    ("toml", "key", "words"),
    [
        ('[school]\nnam = "Л"', "school.nam", ["unknown key", "name, timezone, language"]),
        ('[shool]\nname = "Л"', "shool", ["unknown key", "school, database, telegram, viber, http"]),
        ('[school]\ntimezone = "Kiev"', "school.timezone", ["not a time zone", "Europe/Kyiv"]),
        ('[school]\ntimezone = "../etc"', "school.timezone", ["not a time zone"]),
        ('[school]\nlanguage = "pl"', "school.language", ["'uk', 'ru' or 'en'"]),
        ("[school]\nname = 7", "school.name", ["string"]),
        ('[database]\nurl = "mysql://x/y"', "database.url", ["sqlite:///FILE", "postgresql://"]),
        ('[telegram]\ntoken = "abc"', "telegram.token", ["not a token of Telegram", "@BotFather"]),
        ('[telegram]\nmode = "push"', "telegram.mode", ["'polling' or 'webhook'"]),
        ('[telegram]\nwebhook_secret = "пароль"', "telegram.webhook_secret", ["allowed are", "A-Z"]),
        ('[telegram]\napi_base = "ftp://x"', "telegram.api_base", ["allowed is", "https://"]),
        ('[telegram]\nper_second = "many"', "telegram.per_second", ["integer"]),
        ('[http]\nlisten = "8081"', "http.listen", ["HOST:PORT"]),
        ('[http]\nlisten = "127.0.0.1:99999"', "http.listen", ["HOST:PORT"]),
        ('[http]\npublic_url = "klasno.example"', "http.public_url", ["https://"]),
        ('[media]\nfolder = "a"\nbucket = "b"', "media.bucket", ["media.folder", "only one"]),
        ('[media]\nendpoint = "minio:9000"', "media.endpoint", ["https://"]),
        ('[viber]\nname = "Класно, наш шкільний чат-бот!"', "viber.name", ["28"]),
        ("[viber]\nprice = -1", "viber.price", ["greater than or equal to 0"]),
        ("[viber]\ncap = 1.5", "viber.cap", ["integer"]),
        (f'[telegram]\n{TELEGRAM}\nmode = "webhook"', "telegram.webhook_secret", ["needed", "32"]),
        (
            f'[telegram]\n{TELEGRAM}\nmode = "webhook"\nwebhook_secret = "abc"',
            "http.public_url",
            ["needed", "https"],
        ),
    ],
)
def test_a_wrong_key_is_one_line_that_says_how_to_mend_it(
    config: Path, toml: str, key: str, words: list[str]
) -> None:
    config.write_text(toml)
    with pytest.raises(Wrong) as wrong:
        load(config)
    line = str(wrong.value)
    assert line.startswith(f"{key}: ")
    assert "\n" not in line
    assert [word for word in words if word not in line] == []


def test_each_wrong_key_has_its_own_line(config: Path) -> None:
    config.write_text('[school]\nname = 7\nlanguage = "pl"\n[http]\nlisten = "x"')
    with pytest.raises(Wrong) as wrong:
        load(config)
    assert [line.split(":")[0] for line in str(wrong.value).splitlines()] == [
        "school.name",
        "school.language",
        "http.listen",
    ]


def test_no_line_repeats_a_secret(config: Path) -> None:
    config.write_text('[telegram]\ntoken = "s3cret-that-is-no-token"\nwebhook_secret = "s3cret!"')
    with pytest.raises(Wrong) as wrong:
        load(config)
    assert "s3cret" not in str(wrong.value)


def test_a_file_that_is_not_there_or_is_no_toml(config: Path) -> None:
    with pytest.raises(Wrong, match="no such file"):
        load(config)
    config.write_text("[school\n")
    with pytest.raises(Wrong, match="not valid TOML"):
        load(config)


def test_without_a_file_there_are_defaults_and_a_file_in_the_folder_is_found(config: Path) -> None:
    assert load().school.timezone == "Europe/Kyiv"
    config.write_text('[school]\nname = "Ліцей №7"')
    assert load().school.name == "Ліцей №7"


def test_the_environment_comes_before_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text('[school]\nname = "Ліцей №7"\nlanguage = "ru"')
    monkeypatch.setenv("KLASNO_SCHOOL__NAME", "Гімназія №1")
    monkeypatch.setenv("KLASNO_TELEGRAM__TOKEN", "123456789:AAbbccddeeffgghhiijj")
    settings = load(config)
    assert (settings.school.name, settings.school.language) == ("Гімназія №1", "ru")
    assert settings.telegram.token.get_secret_value().startswith("123456789:")


def test_a_wrong_key_of_the_environment_is_named_too(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLASNO_SCHOOL__LANGUAGE", "pl")
    with pytest.raises(Wrong, match=r"^school\.language: "):
        load()
