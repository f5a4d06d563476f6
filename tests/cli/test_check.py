"""`klasno check` on where media lie: that it is there, is ours alone, and takes what is put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checks import _media
from bot.settings import DatabaseSettings, MediaSettings, Settings
from tests.s3 import S3


def at(where: Path, **media: str) -> Settings:
    return Settings(
        database=DatabaseSettings(url=f"sqlite:///{where}/klasno.db"),
        media=MediaSettings.model_validate(media),
    )


async def test_a_folder_lies_beside_the_database(tmp_path: Path) -> None:
    new = await _media(at(tmp_path))
    assert (new.fine, new.found) == (True, f"{tmp_path}/klasno.db.media is new; klasno run will make it")
    (tmp_path / "klasno.db.media").mkdir(mode=0o700)
    assert (await _media(at(tmp_path))).found == f"{tmp_path}/klasno.db.media takes and gives"
    assert not any((tmp_path / "klasno.db.media").iterdir())


async def test_a_folder_that_others_can_read_is_not_fine(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos").chmod(0o755)
    found = await _media(at(tmp_path, folder=str(tmp_path / "photos")))
    assert (found.fine, found.mend) == (False, f"run: chmod 700 {tmp_path}/photos")


async def test_what_is_no_folder_is_not_fine(tmp_path: Path) -> None:
    (tmp_path / "photos").write_bytes(b"")
    (tmp_path / "photos").chmod(0o600)
    found = await _media(at(tmp_path, folder=str(tmp_path / "photos")))
    assert (found.fine, found.mend) == (False, "look at media.folder")


@pytest.mark.parametrize("refuses", [0, 403])
async def test_a_bucket_is_tried(tmp_path: Path, refuses: int) -> None:
    served = S3("klasno", "AKIATEST")
    await served.start()
    served.refuses = refuses
    try:
        found = await _media(
            at(tmp_path, bucket="klasno", endpoint=served.url, key_id="AKIATEST", secret="s3cret")
        )
    finally:
        await served.stop()
    assert found.fine is not bool(refuses)
    assert "s3cret" not in found.found
    assert served.objects == {}
