"""What a film is made of, and what that cost: also what the film does not show."""

from shotgraph.report.examined import Examined
from shotgraph.report.manifest import Manifest
from shotgraph.report.origins import origin_lines, origins
from shotgraph.report.signature import FilmSignature
from shotgraph.report.stories import upstream_of
from shotgraph.report.story import Story
from tests.report.told_runs import medium, step, told


def examined_of(manifest: Manifest) -> Examined:
    story = Story(
        file=manifest.films[0].file,
        manifest=manifest.model_dump_json(),
        approvals=(),
        size_bytes=1,
        sha256="0" * 64,
        parts=(),
    )
    return Examined(story, manifest, [], FilmSignature("not checked"))


def test_what_a_seen_shot_was_made_from_counts() -> None:
    media = [medium(number) for number in range(4)]
    manifest = told(
        [
            step("next", "reference", media[0]),
            step("dusk", "edit", media[1], arguments={"video": {"step": "next"}}),
            step("unused", "edit", media[2]),
            step("film", "trim", media[3], arguments={"video": {"step": "dusk"}}),
        ],
        media[3],
    )
    assert [one.name for one in upstream_of(manifest, "film")] == ["film", "dusk"]
    examined = examined_of(manifest)
    said = "\n".join(origin_lines(examined))
    assert "  next: not seen in the film, but what is seen was made from it, $0.63" in said
    assert "  not in the film: unused\n" in said
    assert (
        "Its parts would have cost $1.26: $0.63 for what is seen, and $0.63 for next, "
        "from which that was made."
    ) in said
    film = origins(examined)["film"]
    assert (film["paid_usd"], film["paid_behind_usd"]) == (0.63, 0.63)


def test_a_take_that_was_not_picked_is_not_behind_the_film() -> None:
    media = [medium(number) for number in range(2)]
    takes = [{"step": "dusk"}, {"step": "dusk take 2"}]
    manifest = told(
        [
            step("dusk", "edit", media[0]),
            step("dusk take 2", "edit", media[1]),
            step("picked", "pick", media[1], arguments={"takes": takes}),
        ],
        media[1],
    )
    said = "\n".join(origin_lines(examined_of(manifest)))
    assert "  not in the film: dusk\n" in said
    assert "Its parts would have cost $0.63." in said
