"""Which steps nothing paid is made of."""

from pathlib import Path

from tests.graph.films import graph_of

CLIP = "clip.mp4"


def final(steps: str, folder: Path) -> set[str]:
    (folder / CLIP).touch()
    return {node.name for node in graph_of(steps, folder).nodes.values() if node.is_final}


def test_the_film_is_final_and_what_is_bought_with_is_not(tmp_path: Path) -> None:
    steps = """
      cut: {trim: {video: clip.mp4, seconds: 4}}
      dusk: {edit: {video: $cut, prompt: dusk}}
      early: {trim: {video: $dusk, seconds: 2}}
      film: {concat: {clips: [$cut, $early]}}
    """
    assert final(steps, tmp_path) == {"early", "film"}


def test_whatever_leads_to_a_paid_step_by_others_is_not_final(tmp_path: Path) -> None:
    steps = """
      cut: {trim: {video: clip.mp4, seconds: 4}}
      slow: {speed: {video: $cut, factor: "1/2"}}
      seen: {approve: {video: $slow}}
      still: {frame: {video: $seen}}
      on: {image_to_video: {start_image: $still, prompt: on}}
      film: {concat: {clips: [$slow, $on]}}
    """
    assert final(steps, tmp_path) == {"film"}


def test_what_a_paid_step_only_waits_for_is_final(tmp_path: Path) -> None:
    steps = """
      cut: {trim: {video: clip.mp4, seconds: 4}}
      dusk: {edit: {video: clip.mp4, prompt: dusk}, needs: [cut]}
      film: {concat: {clips: [$cut, $dusk]}}
    """
    assert final(steps, tmp_path) == {"cut", "film"}
