"""What is said of steps is so: which takes a film shows, what was left out, how much was drawn."""

from decimal import Decimal
from typing import Any

import pytest

from shotgraph.keys import Key
from shotgraph.report.manifest import Manifest
from shotgraph.report.stories import digital_source_type, upstream_of
from shotgraph.report.storyboard import Drawn, Links, storyboard
from shotgraph.report.words import kind_words, shots_drawn
from tests.report.told_runs import medium, step, told

LINKS = Links(medium=lambda clip: None, film=lambda film: None)


def of(name: str) -> dict[str, Any]:
    return {"video": {"step": name}}


def picked_and_titled(chosen: int) -> Manifest:
    """Two takes of one shot, with a title on the picked one, and a shot that continues that."""
    takes = [step(f"dusk take {n}", "edit", medium(n), key=Key(f"{n}" * 64)) for n in (1, 2)]
    clips = [{"step": take.name} for take in takes]
    dusk = step("dusk", "pick", medium(chosen), key=takes[chosen - 1].key).model_copy(
        update={"arguments": {"clips": clips}}
    )
    end = step("end", "title", medium(3), arguments={**of("dusk"), "text": "The end"})
    drawn = step("next as drawn", "reference", medium(4))
    following = step(
        "next", "continued", medium(5), arguments={**of(drawn.name), "after": of("end")}
    )
    card = step("card", "title", medium(6), arguments={"text": "Fin", "like": {"step": "next"}})
    film = step(
        "film", "concat", medium(9), arguments={"clips": [{"step": n} for n in ("end", "card")]}
    )
    return told([*takes, dusk, end, drawn, following, card, film], medium(9))


@pytest.mark.parametrize("chosen", [1, 2])
def test_of_takes_a_film_is_made_of_the_picked_one(chosen: int) -> None:
    manifest = picked_and_titled(chosen)
    used = {one.name for one in upstream_of(manifest, "film")}
    assert used == {"film", "end", "dusk", f"dusk take {chosen}", "card"}
    assert {one.name for one in upstream_of(manifest, "next")} == {"next", "next as drawn"}
    # The card is a picture that no model drew.
    kind = digital_source_type(manifest.model_copy(update={"backend": "fal"}), "film")
    assert kind.endswith("/compositeWithTrainedAlgorithmicMedia")


def test_of_takes_with_the_same_bytes_it_is_the_one_with_the_key() -> None:
    manifest = picked_and_titled(2)
    steps = [
        one.model_copy(update={"medium": medium(2)}) if one.name == "dusk take 1" else one
        for one in manifest.steps
    ]
    used = upstream_of(manifest.model_copy(update={"steps": steps}), "dusk")
    assert [one.name for one in used] == ["dusk", "dusk take 2"]


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        (90, "No repeated frames"),
        (89, "1 repeated frame removed"),
        (88, "2 repeated frames removed"),
    ],
)
def test_repeated_frames_are_said_with_their_number(frames: int, said: str) -> None:
    drawn = step("next as drawn", "reference", medium(4, 90))
    given = {**of(drawn.name), "after": {"step": "end"}}
    following = step("next", "continued", medium(5, frames), arguments=given)
    manifest = told([drawn, following], medium(5, frames))
    assert kind_words(following, manifest) == said
    assert f"<span>{said}</span>" in storyboard(manifest, LINKS, Drawn({}, {}))
    waiting = following.model_copy(update={"medium": None})
    assert kind_words(waiting, manifest) == "Continues another shot"


def test_a_shot_that_was_taken_again_was_drawn_and_is_no_step() -> None:
    again = step("dusk (taken again)", "edit", None, endpoint=None, cost_usd=Decimal("0.51"))
    lost = step("lost", "edit", None, status="failed")
    manifest = told([step("dusk", "edit", medium(1)), lost, again], medium(1))
    assert shots_drawn(manifest) == 2
    page = storyboard(manifest, LINKS, Drawn({}, {}))
    assert "<dt>Shots drawn</dt><dd>2</dd>" in page
    assert "<dt>Steps</dt><dd>2</dd>" in page
    # Its cost is in the sum, and so it has a row.
    assert "<tr><td>dusk (taken again)</td>" in page


@pytest.mark.parametrize(
    ("by", "status", "said"),
    [
        ("person", "ran", "Picked by a person</span> <em>decided</em>"),
        ("person", "cached", "Picked by a person</span> <em>decided before</em>"),
        ("faults", "ran", "Picked automatically: the fewest faults</span> <em>decided</em>"),
        ("rehearsal", "ran", "Picked by the rehearsal</span> <em>decided</em>"),
        (None, "cached", "Picked</span> <em>decided before</em>"),
    ],
)
def test_who_picked_a_take_is_said(by: str | None, status: str, said: str) -> None:
    dusk = step("dusk", "pick", medium(1), decided_by=by, status=status)
    page = storyboard(told([dusk], medium(1)), LINKS, Drawn({}, {}))
    assert f"<span>{said}" in page


def test_nobody_has_seen_what_a_rehearsal_passes() -> None:
    seen = step("seen", "approve", medium(1), decided_by="rehearsal")
    assert kind_words(seen, told([seen])) == "Approved by the rehearsal"
    waits = step("seen", "approve", None, status="failed")
    assert kind_words(waits, told([waits])) == "Waits for a person's approval"
