"""A block that is there is the account; one that is wrong is an error, and no reason to look on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.cli.command import Desk
from tests.locked_database import AsksAgainNow

from .buying import bought, order
from .figures import Count
from .other_fal import KEY, OtherFal

KIND = 9

WRONG: dict[str, dict[str, Any]] = {
    "no scheme": {"key": KEY, "queue_url": "127.0.0.1:1/queue"},
    "no host": {"key": KEY, "queue_url": "http:///queue"},
    "other scheme": {"key": KEY, "api_url": "ftp://127.0.0.1/api"},
    "a query": {"key": KEY, "rest_url": "http://127.0.0.1:1/rest?a=b"},
    "a user": {"key": KEY, "cdn_url": "http://me:pw@127.0.0.1:1/cdn"},
    "a port of words": {"key": KEY, "run_url": "http://127.0.0.1:one/run"},
    "a bracket": {"key": KEY, "queue_url": "http://[::1/queue"},
    "a space": {"key": KEY, "queue_url": "http://127.0.0.1 :1/queue"},
    "empty key": {"key": ""},
    "a key of two lines": {"key": "other-id:\nother-secret"},
    "a curly key": {"key": f"\u201c{KEY}\u201d"},
    "no key": {"queue_url": "http://127.0.0.1:1/queue"},
    "a key that is a list": {"key": [KEY]},
}


def test_a_wrong_block_is_an_error(desk: Desk, fal: OtherFal, count: Count) -> None:
    api = desk.env["PREFECT_API_URL"]
    prefect = str(Path(sys.executable).with_name("prefect"))
    command = [prefect, "block", "register", "-m", "shotgraph.blocks"]
    subprocess.run(command, env=desk.env, check=True, capture_output=True)
    with httpx.Client(base_url=api, timeout=300, transport=AsksAgainNow()) as http:
        kind = http.get("/block_types/slug/fal-credentials").raise_for_status().json()["id"]
        asked = {"block_schemas": {"block_type_id": {"any_": [kind]}}}
        (schema, *_) = http.post("/block_schemas/filter", json=asked).raise_for_status().json()
        orders, blocks = [], []
        for number, data in enumerate(WRONG.values()):
            body = {
                "name": f"wrong-{number}",
                "data": data,
                "block_type_id": kind,
                "block_schema_id": schema["id"],
            }
            saved = http.post("/block_documents/", json=body)
            blocks += [saved.json()["id"]] if saved.is_success else []
            one = order(f"b{number}")
            settings = {"credentials": f"wrong-{number}"}
            orders += [{**one, "given": {**one["given"], "settings": settings}}]
        try:
            found = bought(orders, desk.env)
        finally:
            for block in blocks:
                http.delete(f"/block_documents/{block}")
    used = {name: ends[0] for name, ends in found.items() if ends[0]["how"] is not None}
    raw = {name: ends[0] for name, ends in found.items() if ends[0]["word"] in ("other", "none")}
    told = [name for name, ends in found.items() if KEY in str(ends)]
    count(blocks=len(WRONG), submits=fal.submits, fell_back=len(used))
    assert blocks, "no wrong block could be saved, so none was tried"
    assert not used
    assert not raw
    assert not told
    assert fal.submits == 0


def test_a_wrong_block_is_not_saved(offline: Desk, count: Count) -> None:
    script = (
        "import json, sys\n"
        "from shotgraph.blocks import FalCredentials\n"
        "for data in json.load(sys.stdin):\n"
        "    try:\n"
        "        FalCredentials(**data)\n"
        "        print('taken')\n"
        "    except ValueError as error:\n"
        "        print('refused', 'other-secret' in str(error))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(list(WRONG.values())),
        env=offline.env,
        capture_output=True,
        text=True,
        check=True,
    )
    ends = dict(zip(WRONG, ran.stdout.splitlines(), strict=True))
    taken = [name for name, end in ends.items() if end != "refused False"]
    count(blocks=len(WRONG), taken=len(taken))
    assert not taken, ends
