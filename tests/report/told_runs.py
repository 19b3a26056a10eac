"""Manifests for the tests, with words in them that nobody should trust."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shotgraph.keys import Key
from shotgraph.media.probe import Medium
from shotgraph.model.references import Sha256
from shotgraph.report.manifest import FilmEntry, GivenEntry, Manifest, StepEntry

HOSTILE = "\"><script>alert(1)</script>'</blockquote> ![x](https://evil.example/i.png) | `x` **b**"
AT = datetime(2026, 11, 27, 20, 49, tzinfo=UTC)
RATE = Fraction(24)


def medium(number: int, frames: int = 120, **changed: Any) -> Medium:
    """A clip that is nowhere."""
    given: dict[str, Any] = {
        "sha256": f"{number:064x}",
        "kind": "video",
        "content_type": "video/mp4",
        "size_bytes": 1000,
        "width": 1280,
        "height": 720,
        "frames": frames,
        "fps": RATE,
        "duration_s": frames / RATE,
    }
    return Medium.model_validate({**given, **changed})


def step(name: str, kind: str, made: Medium | None, **changed: Any) -> StepEntry:
    """A step that was bought, or made here."""
    paid = kind in ("edit", "reference")
    given: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "endpoint": f"fal-ai/kling-video/o1/{kind}" if paid else None,
        "take": 1,
        "status": "ran",
        "prompt": "",
        "arguments": {},
        "key": Key("a" * 64),
        "medium": made,
        "cost_usd": Decimal("0.63") if paid else Decimal(0),
        "estimate_usd": Decimal("0.63") if paid else None,
        "estimate_was_off": "",
        "paid_usd": Decimal("0.63") if paid else Decimal(0),
        "request_id": f"request-of-{name}" if paid else None,
        "recipe": None,
        "seconds": 48.0,
        "made_at": AT,
        "error": None,
    }
    return StepEntry.model_validate({**given, **changed})


def told(steps: list[StepEntry], shown: Medium | None = None, **changed: Any) -> Manifest:
    """A run of these steps, whose last one makes the film."""
    films = [FilmEntry(step=steps[-1].name, file="harbour.mp4", medium=shown)] if shown else []
    given: dict[str, Any] = {
        "film": "harbour",
        "description": HOSTILE,
        "run_id": "run-1",
        "status": "done",
        "error": None,
        "at": AT,
        "ended_at": AT,
        "backend": "rehearsal",
        "cost_usd": sum((one.cost_usd for one in steps), Decimal(0)),
        "films": films,
        "given": [],
        "steps": steps,
        "software": {"shotgraph": "0.1.0"},
    }
    return Manifest.model_validate({**given, **changed})


def joined(overlap: str | None, frames: list[int], film_frames: int) -> Manifest:
    """A film of clips; the first was given, the others bought."""
    media = [medium(number, count) for number, count in enumerate(frames)]
    refs: list[dict[str, str]] = [{"sha256": media[0].sha256, "file": "shot.mp4"}]
    refs += [{"step": f"shot{number}"} for number in range(1, len(frames))]
    kind = {"kind": "dissolve", "seconds": overlap} if overlap else {"kind": "cut", "seconds": "0"}
    steps = [
        step(f"shot{number}", "edit", media[number], prompt=HOSTILE)
        for number in range(1, len(frames))
    ]
    film = medium(99, film_frames)
    steps.append(step("film", "concat", film, arguments={"clips": refs, "transition": kind}))
    return told(steps, film, given=[GivenEntry(name="shot.mp4", medium=media[0])])


def sha(number: int) -> Sha256:
    """The hash of a clip that `medium` makes."""
    return medium(number).sha256
