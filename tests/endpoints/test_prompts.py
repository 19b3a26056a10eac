"""A prompt names only what is given, and no more pictures are given than an endpoint takes."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.endpoints.examples import arguments, asset

IMAGE = asset(2)
ELEMENT = {"frontal_image": asset(3)}


def pictures(images: int, elements: int) -> dict[str, Any]:
    return {"images": [IMAGE] * images, "elements": [ELEMENT] * elements}


@pytest.mark.parametrize(
    ("kind", "most"), [("edit", 4), ("reference", 4), ("reference_to_video", 7)]
)
def test_images_and_elements_count_together(kind: str, most: int) -> None:
    for images in range(most + 2):
        for elements in range(most + 2):
            if images + elements <= most:
                assert arguments(kind, **pictures(images, elements))
                continue
            with pytest.raises(ValidationError) as raised:
                arguments(kind, **pictures(images, elements))
            (found,) = raised.value.errors()
            together = f"{images} images and {elements} elements are {images + elements} together"
            assert found["msg"] == f"{together}; this endpoint takes at most {most}"
            assert found["ctx"]["field"] == ("images" if images >= elements else "elements")


@pytest.mark.parametrize(
    ("kind", "given", "tags"),
    [
        ("edit", pictures(0, 0), {"Video": 1}),
        ("edit", pictures(2, 1), {"Video": 1, "Image": 2, "Element": 1}),
        ("reference", pictures(0, 3), {"Video": 1, "Element": 3}),
        ("reference_to_video", pictures(7, 0), {"Image": 7}),
        ("reference_to_video", pictures(3, 4), {"Image": 3, "Element": 4}),
        ("image_to_video", {}, {"Image": 1}),
        ("image_to_video", {"end_image": IMAGE}, {"Image": 2}),
    ],
)
def test_a_tag_names_what_is_given(kind: str, given: dict[str, Any], tags: dict[str, int]) -> None:
    for what in ("Video", "Image", "Element"):
        count = tags.get(what, 0)
        named = " ".join(f"@{what}{number}" for number in range(1, count + 1))
        assert arguments(kind, **given, prompt=f"Look: {named}")
        for wrong in (0, count + 1, 10 * (count + 1)):
            with pytest.raises(ValidationError, match=f"the prompt names @{what}{wrong}, and "):
                arguments(kind, **given, prompt=f"{named} and @{what}{wrong}.")


@pytest.mark.parametrize(
    "prompt", ["me@Imagery.com", "@Image", "@ Image2", "me@image2.com", "Image2"]
)
def test_other_words_are_no_tags(prompt: str) -> None:
    assert arguments("edit", prompt=prompt).prompt == prompt


@pytest.mark.parametrize("text", ["@image1", "@IMAGE1", "@Image01"])
def test_a_tag_in_other_letters_is_refused(text: str) -> None:
    said = f"the prompt says {text}, which is no tag; a tag is written @Image1"
    with pytest.raises(ValidationError, match=said):
        arguments("edit", images=[IMAGE], prompt=f"Like {text}")


def test_all_that_is_wrong_with_a_prompt_is_said() -> None:
    with pytest.raises(ValidationError) as raised:
        arguments("edit", **pictures(5, 0), prompt="@video1, @Video2 and @Image9, @Video2")
    assert [found["msg"] for found in raised.value.errors()] == [
        "5 images and 0 elements are 5 together; this endpoint takes at most 4",
        "the prompt says @video1, which is no tag; a tag is written @Video1",
        "the prompt names @Video2, and only one video is given",
        "the prompt names @Image9, and only 5 images are given",
    ]
