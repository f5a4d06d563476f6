"""On Viber a file is an address out of somebody's message: it is opened if it is Viber's or the public network's."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.viber.phone import ViberPhone
from tests.house import Friend, House
from tests.stories.sheets import asked, waiting

pytestmark = pytest.mark.usefixtures("with_sheets")


async def _knocks(house: House, address: str) -> tuple[Friend, list[int]]:
    """Somebody's Viber says that a file lies at this address, where {port} is that of a door of ours; who knocked."""
    knocked: list[int] = []

    def knock(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocked.append(1)
        writer.close()

    async with await asyncio.start_server(knock, "127.0.0.1", 0) as door:
        port = door.sockets[0].getsockname()[1]
        teacher = await asked(house, "viber")
        assert isinstance(teacher.phone, ViberPhone)
        message = {"type": "file", "media": address.format(port=port), "file_name": "a.txt", "file_size": 9}
        teacher.phone._writes(message, None)
        await house.settled()
    return teacher, knocked


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/a.txt",
        "http://localhost:{port}/a.txt",
        "http://[::1]:{port}/a.txt",
        "http://[::ffff:127.0.0.1]:{port}/a.txt",
        "http://2130706433:{port}/a.txt",
        "http://0x7f.1:{port}/a.txt",
        "http://0.0.0.0:{port}/a.txt",
        "http://nobody@127.0.0.1:{port}/a.txt",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/a.txt",
        "http://[fd00::1]/a.txt",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/a.txt",
        "//127.0.0.1:{port}/a.txt",
        "http://",
        "http://127.0.0.1:99999999/",
        "no address",
    ],
)
async def test_addresses_lead_nowhere_near_us(house: House, address: str) -> None:
    teacher, knocked = await _knocks(house, address)
    assert knocked == []
    assert teacher.last.startswith("Файл уже не можна отримати.")
    assert await waiting(house) == 0
