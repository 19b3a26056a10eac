"""What the storyboard knows of a run besides its steps: cuts, takes, the graph, what is asked."""

from decimal import Decimal
from fractions import Fraction

from shotgraph.media.quality.flaw import Flaw
from shotgraph.money.decisions import decision_key
from shotgraph.report.edit_list import shots_on_film
from shotgraph.report.gates_asked import gates_asked
from shotgraph.report.graph_drawing import HEIGHT_PX, NODE_PX, draw_graph
from shotgraph.report.manifest import ErrorEntry
from shotgraph.report.storyboard import Drawn, Links, makers, storyboard
from shotgraph.report.take_groups import differences, take_groups
from tests.report.told_runs import HOSTILE, joined, medium, sha, step, told

WAITS = ErrorEntry(code="waits_for_a_person", message="seen waits. See /a/path.mp4.")


def test_shots_lie_end_to_end_and_a_cut_has_its_two_frames() -> None:
    manifest = joined(None, [48, 24, 72], 144)
    shots, cuts = shots_on_film(manifest, manifest.films[0])
    assert [(shot.name, shot.start, shot.frames) for shot in shots] == [
        ("shot.mp4", 0, 48),
        ("shot1", 48, 24),
        ("shot2", 72, 72),
    ]
    assert [(cut.before, cut.after, cut.frames) for cut in cuts] == [
        ("shot.mp4", "shot1", (47, 48)),
        ("shot1", "shot2", (71, 72)),
    ]


def test_the_sides_of_a_dissolve_show_one_shot_each() -> None:
    manifest = joined("0.5", [48, 48], 84)
    shots, (cut,) = shots_on_film(manifest, manifest.films[0])
    assert sum(shot.frames for shot in shots) == 84
    # Twelve frames show both: 36 to 47.
    assert (cut.kind, cut.last, cut.first) == ("dissolve", 35, 48)


def test_a_film_of_one_piece_has_no_cut() -> None:
    manifest = told([step("film", "edit", medium(1))], medium(1))
    shots, cuts = shots_on_film(manifest, manifest.films[0])
    assert (len(shots), list(cuts)) == (1, [])


def test_takes_are_grouped_and_differ_in_words() -> None:
    steps = [
        step("dusk take 1", "edit", medium(1), prompt="Repaint it at dusk", key="a" * 64),
        step("dusk take 2", "edit", medium(2), prompt="Repaint it at dawn", key="b" * 64),
        step("dusk", "pick", medium(2), key="b" * 64),
        step("alone", "edit", medium(3)),
    ]
    (group,) = take_groups(told(steps))
    assert group.name == "dusk"
    assert [take.chosen for take in group.takes] == [False, True]
    assert not group.same_words
    assert list(group.takes[1].words) == [
        ("same", "Repaint it at "),
        ("gone", "dusk"),
        ("new", "dawn"),
    ]
    assert list(differences("a" * 9, "a" * 9)) == [("same", "a" * 9)]


def test_each_node_stands_to_the_right_of_what_it_takes() -> None:
    steps = [
        step("film", "concat", medium(9), arguments={"clips": [{"step": "a"}, {"step": "b"}]}),
        step("a", "edit", medium(1), arguments={"video": {"sha256": sha(5), "file": "shot.mp4"}}),
        step("b", "edit", medium(2), arguments={"video": {"step": "a"}}),
        step("loop", "edit", None, arguments={"video": {"step": "loop"}}),
    ]
    manifest = told(steps, medium(9))
    drawing = draw_graph(manifest, makers(manifest))
    places = {node.name: node.x for node in drawing.nodes}
    assert places["a"] < places["b"] < places["film"]
    corners = {(node.x, node.y) for node in drawing.nodes}
    assert len(corners) == len(drawing.nodes), "no two stand on each other"
    assert all(x + NODE_PX <= drawing.width for x, _ in corners)
    assert all(y + HEIGHT_PX <= drawing.height for _, y in corners)


def test_what_is_asked_has_the_key_that_a_run_looks_for() -> None:
    steps = [
        step("dawn", "edit", medium(1), prompt="At dawn", paid_usd=Decimal("0.5")),
        step("cut", "trim", medium(2), arguments={"video": {"step": "dawn"}}),
        step(
            "seen",
            "approve",
            None,
            status="failed",
            error=WAITS,
            arguments={"video": {"step": "cut"}, "message": "Is it early?"},
        ),
        step("later", "approve", None, arguments={"video": {"step": "nothing"}}),
    ]
    (gate,) = gates_asked(told(steps, error=WAITS, status="failed"))
    assert gate.decision == decision_key("Is it early?", [sha(2)])
    assert [(one.step, one.prompt, one.cost_usd) for one in gate.retakes] == [
        ("dawn", "At dawn", Decimal("0.5"))
    ]
    assert gate.command(1) == "shotgraph run FILE --approve seen"


def test_a_pick_is_asked_by_all_of_its_takes() -> None:
    clips = [{"step": "dusk take 1"}, {"step": "dusk take 2"}]
    steps = [
        step("dusk take 1", "edit", medium(1), prompt="At dusk"),
        step("dusk take 2", "edit", medium(2), prompt="At dusk"),
        step("dusk", "pick", None, status="failed", error=WAITS, arguments={"clips": clips}),
    ]
    (gate,) = gates_asked(told(steps, error=WAITS, status="failed"))
    assert gate.decision == decision_key("", [sha(1), sha(2)])
    assert [one.step for one in gate.retakes] == ["dusk"]
    assert gate.command(2) == "shotgraph run FILE --pick dusk=2"


def test_what_is_wrong_with_each_take_is_seen_where_one_is_picked() -> None:
    frozen = Flaw(kind="frozen", begin_s=Fraction(1), end_s=Fraction(2), what="it <stands> still")
    clips = [{"step": "dusk take 1"}, {"step": "dusk take 2"}]
    steps = [
        step("dusk take 1", "edit", medium(1)),
        step("dusk take 2", "edit", medium(2)).model_copy(update={"flaws": (frozen,)}),
        step("dusk", "pick", None, status="failed", error=WAITS, arguments={"clips": clips}),
        step("cut", "trim", medium(3), arguments={"video": {"step": "dusk take 2"}}),
        step("seen", "approve", None, error=WAITS, arguments={"video": {"step": "cut"}}),
    ]
    run = told(steps, error=WAITS, status="failed")
    said = ["from 1 s to 2 s: it <stands> still"]
    gates = {gate.name: gate for gate in gates_asked(run)}
    assert [list(clip.faults) for clip in gates["dusk"].clips] == [[], said]
    assert [list(clip.faults) for clip in gates["seen"].clips] == [said]
    links = Links(medium=lambda clip: "shots/1.mp4", film=lambda film: None)
    page = storyboard(run, links, Drawn({}, {}))
    asked = page[page.index('<section class="asked">') :]
    asked = asked[: asked.index("</section>")]
    assert asked.count('<p class="fault">from 1 s to 2 s: it &lt;stands&gt; still</p>') == 1


def test_a_waiting_run_shows_its_clips_and_no_path() -> None:
    steps = [
        step(HOSTILE, "edit", medium(1)),
        step(
            "seen",
            "approve",
            None,
            status="failed",
            error=WAITS,
            arguments={"video": {"step": HOSTILE}, "message": HOSTILE},
        ),
    ]
    links = Links(medium=lambda clip: "shots/1.mp4", film=lambda film: None)
    page = storyboard(told(steps, error=WAITS, status="failed"), links, Drawn({}, {}))
    assert '<section class="asked">' in page
    assert 'class="wrong"' not in page
    assert "/a/path" not in page
    assert "shotgraph run FILE --approve seen" in page
    assert "<script>alert" not in page
