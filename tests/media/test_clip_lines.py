"""The changes to clips in words: the verb has the number of the clips."""

from shotgraph.media.treatment import SILENT, clip_lines


def test_the_verb_has_the_number_of_the_clips() -> None:
    turned = "it is turned upright by 90 degrees"
    assert clip_lines({1: [SILENT]}) == ["clip 1: it is silent"]
    assert clip_lines({2: [turned, SILENT], 4: [turned, SILENT], 5: ["black margins"]}) == [
        "clips 2, 4: they are turned upright by 90 degrees; they are silent",
        "clip 5: black margins",
    ]
