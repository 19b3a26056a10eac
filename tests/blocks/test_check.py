"""Does fal know the key? It says what is wrong, and never the key."""

import pytest
from pydantic import SecretStr

from shotgraph.blocks import FalCredentials
from shotgraph.rehearsal import RehearsalServer
from tests.money.scripted import ScriptedServer, reply

SECRET = "id-of-a-key:secret-of-a-key"


def block_of(key: str, server: RehearsalServer) -> FalCredentials:
    return FalCredentials(key=SecretStr(key), **server.bases.as_dict())


async def test_a_key_that_fal_knows(stand_in: RehearsalServer) -> None:
    check = await block_of(stand_in.key, stand_in).acheck()
    assert (check.ok, check.state, check.said) == (True, "known", "fal knows the key")


async def test_a_key_that_fal_does_not_know(stand_in: RehearsalServer) -> None:
    check = await block_of(SECRET, stand_in).acheck()
    assert (check.ok, check.state) == (False, "not_known")
    assert "fal.ai/dashboard/keys" in check.said
    assert "secret" not in check.said


@pytest.mark.parametrize(
    ("status", "state"), [(403, "refused"), (500, "not_reached"), (404, "not_reached")]
)
async def test_other_answers(status: int, state: str) -> None:
    answer = reply(status, {"detail": "User is locked. Reason: Exhausted balance."})
    async with ScriptedServer(lambda heard: answer) as server:
        block = FalCredentials(key=SecretStr(SECRET), api_url=server.root)
        check = await block.acheck()
    assert check.state == state
    assert SECRET not in check.said


async def test_nobody_there() -> None:
    block = FalCredentials(key=SecretStr(SECRET), api_url="http://127.0.0.1:1/api")
    check = await block.acheck()
    assert (check.ok, check.state) == (False, "not_reached")
    assert "can't be reached" in check.said
