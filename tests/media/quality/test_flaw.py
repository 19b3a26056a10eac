"""A flaw: how it is said, kept and counted."""

from fractions import Fraction

from shotgraph.media.quality.flaw import Flaw, flaws_json, flaws_of_json, lines_of, weight_of

_BLACK = Flaw(kind="black", begin_s=Fraction(3, 2), end_s=Fraction(2), what="the picture is black")
_CUT = Flaw(kind="cut", begin_s=Fraction(1), end_s=Fraction(1), what="it is cut")


def test_it_is_said_with_its_time() -> None:
    assert lines_of([_BLACK, _CUT]) == [
        "at 1 s: it is cut",
        "from 1.5 s to 2 s: the picture is black",
    ]
    assert lines_of([_BLACK, _CUT], most=1) == ["at 1 s: it is cut", "and 1 more"]


def test_it_comes_back_out_of_a_record_also_that_of_a_newer_shotgraph() -> None:
    newer = {"kind": "haunted", "begin_s": "0", "end_s": "1/3", "what": "a ghost", "colour": "red"}

    assert flaws_of_json(flaws_json([_BLACK, _CUT])) == (_BLACK, _CUT)
    assert flaws_of_json([newer])[0].weight == 1


def test_worse_things_count_more() -> None:
    assert weight_of([_BLACK]) > weight_of([_CUT]) > weight_of([]) == 0
