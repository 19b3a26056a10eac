"""A fal that takes jobs, and says of them what a test wants."""

from dataclasses import dataclass, field

from tests.money.scripted import Heard, reply

DONE = reply(200, {"status": "COMPLETED"})
DRAWING = reply(202, {"status": "IN_PROGRESS"})
TYPED = {"detail": [{"loc": ["body"], "msg": "no", "type": "content_policy_violation"}]}


@dataclass
class StandIn:
    """A fal that takes jobs, and says of them what a test wants.

    Attributes:
        statuses: What it says first; then, that the job is done.
        results: The same of the result; then, the film.
        files: The same of the film's file; then, the film.
        place: Where the film's file is; else here.
    """

    film: bytes
    statuses: list[bytes] = field(default_factory=list)
    results: list[bytes] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    place: str = ""
    heard: list[str] = field(default_factory=list)
    root: str = ""

    def __call__(self, heard: Heard) -> bytes:
        path = heard.path.partition("?")[0]
        what = next(
            (word for word in ("stream", "status", "requests") if f"/{word}" in path), heard.method
        )
        self.heard.append(what)
        match what:
            case "POST":
                return reply(200, {"request_id": f"r-{self.heard.count('POST')}"})
            case "stream":
                return reply(404)
            case "status":
                return self.statuses.pop(0) if self.statuses else DONE
            case "requests":
                done = reply(200, {"video": {"url": self.place or f"{self.root}/cdn/x.mp4"}})
                return self.results.pop(0) if self.results else done
            case _:
                return self.files.pop(0) if self.files else reply(200, self.film)

    @property
    def submits(self) -> int:
        return self.heard.count("POST")
