"""Fifty open pages hear of a change within a second, and cost the server next to nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from signoff.domain.effect import EffectState
from signoff.web.live import Live
from tests.browser.conftest import Server, serving
from tests.web.desk import Desk
from tests.web.samples import EMAIL

CLEAN = {**EMAIL, "body": "Hi."}
TABS = 50


@pytest.fixture
def server(sqlite_url: str) -> Iterator[Server]:
    with serving(sqlite_url) as running:
        yield running


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(server: Server, path: str, cookie: str) -> Stream:
    """A page or a stream that was asked for; it stays open while it is kept."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
    assert b"200" in await reader.readline()
    return reader, writer


async def heard(stream: Stream) -> str:
    """The next event's data."""
    while not (line := await stream[0].readline()).startswith(b"data:"):
        assert line, "the stream ended"
    return line.decode()


def test_fifty_tabs_hear_within_a_second_and_the_server_still_answers(server: Server) -> None:
    desk = server.desk
    review = desk.propose(CLEAN)
    path = f"/reviews/{review.id}"
    with desk.browser() as browser:
        cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())

        async def listen() -> float:
            streams = [await opened(server, f"{path}/events", cookie) for _ in range(TABS)]
            before = await asyncio.gather(*map(heard, streams))
            assert len(set(before)) == 1
            answer = await asyncio.to_thread(browser.decide, review, "approve")
            assert answer.status_code == 303
            decided = time.monotonic()
            after = await asyncio.wait_for(asyncio.gather(*map(heard, streams)), 5)
            assert set(after).isdisjoint(before)
            took = time.monotonic() - decided
            streams.append(await opened(server, path, cookie))
            for _, writer in streams:
                writer.close()
                await writer.wait_closed()
            return took

        took = asyncio.run(listen())
    print(f"{TABS} tabs heard after {took:.2f} s")
    assert took < 1


def test_one_reader_asks_for_all_and_everything_ends_when_the_server_stops(desk: Desk) -> None:
    reviews = [desk.propose(CLEAN) for _ in range(3)]
    live = Live(desk.core)
    asked = []
    ask = live._ask
    live._ask = lambda watched: (asked.append(len(tuple(watched))), ask(watched))[1]  # type: ignore[method-assign,func-returns-value]

    async def tab(number: int) -> list[tuple[int, EffectState | None]]:
        review = reviews[number % 3]
        return [pulse async for pulse in live.changes(desk.ann.workspace, review.id, lasts=60)]

    async def run() -> list[list[tuple[int, EffectState | None]]]:
        tabs = [asyncio.create_task(tab(number)) for number in range(30)]
        await asyncio.sleep(1)
        live.stop()
        return await asyncio.wait_for(asyncio.gather(*tabs), 5)

    told = asyncio.run(run())
    assert told == [[(1, None)]] * 30
    assert set(asked) == {3}
    assert len(asked) <= 6


def test_a_stream_ends_by_itself(desk: Desk) -> None:
    review = desk.propose(CLEAN)
    live = Live(desk.core)

    async def run() -> None:
        async for _ in live.changes(desk.ann.workspace, review.id, lasts=0.4):
            pass

    asyncio.run(asyncio.wait_for(run(), 5))
    asyncio.run(asyncio.wait_for(run(), 5))
