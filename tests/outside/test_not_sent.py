"""Keys that are none, and ways that end before fal: nothing was sent, and that is said."""

from contextlib import ExitStack
from typing import Any

from tests.cli.command import Desk

from .buying import Ended, bought, order
from .figures import Count
from .other_fal import KEY, OtherFal
from .proxies import PROXIES, listening

KIND = 5

SURROUNDED = {
    "line-break": f"{KEY}\n",
    "windows-line": f"{KEY}\r\n",
    "spaces": f"  {KEY} \t",
    "two-lines": f"\n{KEY}\n\n",
    "mark": f"\ufeff{KEY}",
    "no-break-space": f"\u00a0{KEY}\u00a0",
    "line-separator": f"{KEY}\u2028",
    "zero-width": f"\u200b{KEY}",
}
"""Keys with something around them, as it comes along when one is copied."""

WITH_A_SPACE = "other-id: other-secret"
"""A header may have it; fal knows no such key, and says so."""
CROOKED = {
    "inner-line": "other-id:\nother-secret",
    "inner-separator": "other-id:other\u2028secret",
    "curly-quotes": f"\u201c{KEY}\u201d",
    "inner-tab": "other-id:other\tsecret",
    "inner-space": WITH_A_SPACE,
    "inner-nul-sign": "other-id:other\u2400secret",
    "inner-control": "other-id:other\x01secret",
    "delete": "other-id:other\x7fsecret",
    "umlaut": "öther-id:other-secret",
    "emoji": "other-id:\U0001f511",
    "fullwidth-colon": "other-id\uff1aother-secret",
    "forged-header": "other-id:s\r\nX-Forged: yes",
    "only-spaces": "   ",
    "only-a-break": "\n",
    "two-keys": f"{KEY}\n{KEY}",
}
"""What is no key, whatever is taken from around it."""


def _is_wrong(end: Ended) -> str:
    """Say what is wrong with how a run ended that sent nothing; empty if nothing is."""
    if end["word"] in ("other", "none", "hung", "ambiguous"):
        return f"{end['word']}: {end['code']} {end['message'][:200]} {end['trace'][-300:]}"
    said = end["message"].lower()
    lies = ("was sent to fal", "may have been billed", "is not known")
    false = [one for one in lies if one in said]
    return f"says {false}: {end['message'][:300]}" if false else ""


def test_a_crooked_key_sends_nothing_and_locks_nothing(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    orders: list[dict[str, Any]] = []
    for name, key in {**SURROUNDED, **CROOKED}.items():
        orders += [order(name, env={"FAL_KEY": key}), order(name, env={"FAL_KEY": KEY})]
        orders[-1] = {**orders[-1], "name": f"{name}, then right"}
    found = bought(orders, desk.env, at_once=1)
    shown = {one.header("authorization") for one in fal.heard() if one.header("authorization")}
    wrong: dict[str, str] = {}
    for name in SURROUNDED:
        # What surrounds a key is taken off; or the key is refused before anything is sent.
        end = found[name][0]
        wrong |= {name: said} if not end["how"] and (said := _is_wrong(end)) else {}
    for name, key in CROOKED.items():
        end = found[name][0]
        said = "it was used" if end["how"] else _is_wrong(end)
        said = said or ("it is shown" if len(key.strip()) > 9 and key in end["message"] else "")
        wrong |= {name: said} if said else {}
    locked = {name: ends for name, ends in found.items() if "right" in name and not ends[-1]["how"]}
    count(keys=len(SURROUNDED) + len(CROOKED), submits=fal.submits, said_as_sent=len(wrong))
    assert not wrong
    assert not locked
    assert shown <= {f"Key {KEY}", f"Key {WITH_A_SPACE}"}
    assert len(fal.jobs) == len(SURROUNDED) + len(CROOKED)


def test_a_way_that_ends_before_fal_sends_nothing(desk: Desk, fal: OtherFal, count: Count) -> None:
    with ExitStack() as stack:
        ports = {name: stack.enter_context(listening(one)) for name, one in PROXIES.items()}
        away = "https://queue.example.test"
        crooked: dict[str, dict[str, str]] = {
            f"proxy-{name}": {
                "HTTPS_PROXY": f"http://127.0.0.1:{port}",
                "SHOTGRAPH_FAL_QUEUE_URL": away,
            }
            for name, port in ports.items()
        }
        port = ports["says-at-once"]
        crooked["no-tls"] = {"SHOTGRAPH_FAL_QUEUE_URL": f"https://127.0.0.1:{port}/queue"}
        crooked["nobody"] = {"SHOTGRAPH_FAL_QUEUE_URL": "http://127.0.0.1:9/queue"}
        crooked["no-name"] = {"SHOTGRAPH_FAL_QUEUE_URL": "http://nobody.invalid/queue"}
        usual = {"HTTPS_PROXY": "", "SHOTGRAPH_FAL_QUEUE_URL": desk.env["SHOTGRAPH_FAL_QUEUE_URL"]}
        orders = [order(name, env={**usual, **env}) for name, env in crooked.items()]
        found = bought(orders, desk.env, at_once=1)
    wrong = {name: said for name, ends in found.items() if (said := _is_wrong(ends[0]))}
    jobs = desk.run("jobs", "--json").json["jobs"]
    locked = [job["endpoint_id"] for job in jobs if job["state"] in ("sending", "unknown")]
    count(ways=len(crooked), submits=fal.submits, said_as_sent=len(wrong), locked=len(locked))
    assert not wrong
    assert not locked
    assert fal.submits == 0
