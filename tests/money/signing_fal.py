"""A fal that signs every URL of a file: it opens what it names, and whoever has it needs no key."""

import itertools

from tests.outside.other_fal import Answer, Asked, OtherFal, Reply, says

SIGNATURE = "c4naryc4nary5igned"


def have_sign(fal: OtherFal) -> None:
    """Have a fal sign from now on; a result's last signature is the only one that opens it."""
    numbers, last = itertools.count(), [""]

    def signed(url: str) -> str:
        return f"{url}?X-Amz-Expires=600&X-Amz-Signature={SIGNATURE}{next(numbers)}"

    async def uploaded(asked: Asked) -> None:
        code, body, _ = fal.truth(asked)
        await says(code, {"access_url": signed(body["access_url"])})(asked)

    async def result(asked: Asked) -> None:
        code, body, _ = fal.truth(asked)
        if code == 200:
            last[0] = signed(body["video"]["url"])
            body = {**body, "video": {**body["video"], "url": last[0]}}
        await says(code, body)(asked)

    def closed(asked: Asked) -> Answer | None:
        is_result = asked.place == "file" and asked.heard.path.endswith("/clip.mp4")
        opens = asked.heard.query.get("X-Amz-Signature", "-")
        return says(403, {"detail": "expired"}) if is_result and opens not in last[0] else None

    fal.usually("upload", uploaded)
    fal.usually("result", result)
    fal.moods.append(closed)


def take_and_hang_up(fal: OtherFal) -> None:
    """Take the next job, and lose the reply to it."""

    async def answer(asked: Asked) -> None:
        fal.sell(asked.heard)
        asked.line.reset()

    fal.usually("submit", answer, times=1)


GONE: Reply = (404, {"detail": "Request not found"}, {})
