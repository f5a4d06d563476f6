"""The media store, in a folder as in a bucket: whole or not at all, once, and what is no hash leads nowhere."""

from __future__ import annotations

import asyncio
import hashlib
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.core.store import NotStored, Store, StoreAway, digest_of
from tests.s3 import S3

KEY_ID, SECRET = "AKIATEST", "secret-of-nobody"


@pytest.fixture
async def bucket() -> AsyncIterator[S3]:
    served = S3("klasno", KEY_ID)
    await served.start()
    yield served
    await served.stop()


def in_bucket(bucket: S3) -> Store:
    return Store.in_bucket("klasno", bucket.url, "us-east-1", KEY_ID, SECRET)


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Store.in_folder(tmp_path / "media")
    return in_bucket(request.getfixturevalue("bucket"))


@contextmanager
def full_disk(at: int) -> Iterator[None]:
    """Within, no file grows beyond so many bytes, and what is written breaks off there."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def names_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


async def nobody() -> set[str]:
    return set()


async def test_what_is_put_is_there_once(store: Store) -> None:
    digests = [await store.put(data) for data in (b"one", b"two", b"one", b"")]
    assert digests[0] == digests[2] == hashlib.sha256(b"one").hexdigest()
    assert await store.all() == set(digests)
    assert [await store.get(digest) for digest in digests] == [b"one", b"two", b"one", b""]
    await store.drop([digests[1], digest_of(b"never there"), "../../etc/passwd"])
    assert await store.all() == {digests[0], digests[3]}
    with pytest.raises(NotStored):
        await store.get(digests[1])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(data=st.binary(max_size=5000))
async def test_any_bytes_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    store = Store.in_folder(tmp_path_factory.mktemp("media"))
    assert await store.get(await store.put(data)) == data


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(max_size=80) | st.from_regex(r"[0-9a-fA-F/.#]{60,70}", fullmatch=True))
@example("a" * 64 + "\n")
@example("A" * 64)
@example("../klasno.db")
@example("/etc/passwd")
async def test_what_is_no_hash_leads_nowhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "media"
    store = Store.in_folder(folder)
    (tmp_path / "klasno.db").write_bytes(b"secret")
    (folder / ("A" * 64)).write_bytes(b"secret")
    with pytest.raises(NotStored):
        await store.get(name)
    await store.drop([name])
    assert (tmp_path / "klasno.db").exists()
    assert (folder / ("A" * 64)).exists()


async def test_a_list_is_read_to_its_end(store: Store) -> None:
    digests = {await store.put(bytes([number])) for number in range(7)}
    assert await store.all() == digests


async def test_what_nobody_names_is_swept(store: Store) -> None:
    named, lost = await store.put(b"named"), await store.put(b"lost")

    async def names() -> set[str]:
        return {named}

    assert await store.sweep(names) == 1
    assert await store.all() == {named}
    assert lost != named


async def test_what_is_being_kept_is_not_swept(store: Store) -> None:
    rows: set[str] = set()
    sure, go_on = asyncio.Event(), asyncio.Event()

    async def names() -> set[str]:
        seen = set(rows)
        sure.set()
        await go_on.wait()  # meanwhile the turn commits
        return seen

    async with store.keeping(b"photo", b"small") as digests:
        assert await store.sweep(nobody) == 0
        sweeping = asyncio.ensure_future(store.sweep(names))
        await sure.wait()
        rows.update(digests)
    go_on.set()
    assert await sweeping == 0
    assert await store.all() == set(digests)
    assert await store.sweep(nobody) == 2


async def test_what_comes_again_while_it_is_swept_stays(store: Store) -> None:
    """It lay there and nobody named it; before the sweep has come to it, it is kept and named."""
    again = await store.put(b"photo")

    async def names() -> set[str]:
        async with store.keeping(b"photo"):
            return set()

    assert await store.sweep(names) == 0
    assert await store.all() == {again}


async def test_what_two_keep_is_held_until_both_are_done(store: Store) -> None:
    async with store.keeping(b"photo"):
        async with store.keeping(b"photo"):
            pass
        assert await store.sweep(nobody) == 0
    assert await store.sweep(nobody) == 1


async def test_on_a_full_disk_nothing_is_half_there(tmp_path: Path) -> None:
    store = Store.in_folder(tmp_path)
    there = await store.put(b"there")
    with full_disk(100_000), pytest.raises(StoreAway) as away:
        await store.put(bytes(200_000))
    assert names_in(tmp_path) == {there}
    assert "large" in away.value.why
    assert store.trouble == away.value.why
    await store.check()
    assert store.trouble == ""
    assert await store.all() == {there}


async def test_what_a_kill_left_half_written_is_taken_away(tmp_path: Path) -> None:
    store = Store.in_folder(tmp_path)
    whole = await store.put(b"whole")
    (tmp_path / f"{'a' * 64}#1").write_bytes(b"ha")
    (tmp_path / "notes.txt").write_bytes(b"of the operator's")
    store.tidy()
    assert names_in(tmp_path) == {whole, "notes.txt"}
    assert await store.all() == {whole}
    assert await store.sweep(nobody) == 1
    assert names_in(tmp_path) == {"notes.txt"}


async def test_nobody_else_may_look_into_the_folder(tmp_path: Path) -> None:
    Store.in_folder(tmp_path / "media")
    assert (tmp_path / "media").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("status", [403, 404, 501])
async def test_a_bucket_that_refuses_is_away_and_tells_no_secret(bucket: S3, status: int) -> None:
    store = in_bucket(bucket)
    there = await store.put(b"photo")
    bucket.refuses = status
    with pytest.raises(StoreAway) as away:
        await store.put(b"other")
    assert SECRET not in away.value.why
    assert digest_of(b"other") not in away.value.why
    with pytest.raises((StoreAway, NotStored)):
        await store.get(there)
    bucket.refuses = 0
    assert await store.get(there) == b"photo"
    assert await store.all() == {there}


async def test_a_stranger_s_key_opens_no_bucket(bucket: S3) -> None:
    with pytest.raises(StoreAway):
        await Store.in_bucket("klasno", bucket.url, "us-east-1", "AKIAOTHER", SECRET).check()
    assert bucket.objects == {}
