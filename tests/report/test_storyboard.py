"""The page: whole by itself, and no words of others are more than words in it."""

import base64
import hashlib
import re
from fractions import Fraction
from html.parser import HTMLParser

from shotgraph.media.treatment import ClipTreatment, Treatment
from shotgraph.money.results import PieceLength
from shotgraph.report.manifest import ErrorEntry, GivenEntry
from shotgraph.report.storyboard import Drawn, Links, script_of, shot_name, storyboard
from tests.report.told_runs import HOSTILE, medium, sha, step, told

WEBP = b"RIFF\x00\x00\x00\x00WEBP"
LINKS = Links(
    medium=lambda clip: f"shots/{int(clip.sha256, 16)}.mp4",
    film=lambda film: f"../{film.file}",
    companions=[("manifest", "manifest.json")],
)
FROM_ELSEWHERE = ("src", "href", "srcset", "poster", "action", "data", "background")


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page_of_hostile_words(links: Links = LINKS) -> str:
    steps = [
        step(
            HOSTILE,
            "edit",
            medium(1),
            prompt=HOSTILE,
            request_id=HOSTILE,
            estimate_was_off=HOSTILE,
            arguments={"video": {"sha256": sha(5), "file": HOSTILE}},
        ),
        step("lost", "edit", None, error=ErrorEntry(code="refused", message=HOSTILE)),
        step("film", "concat", medium(9)),
    ]
    manifest = told(
        steps,
        medium(9),
        film=HOSTILE,
        error=ErrorEntry(code="refused", message=HOSTILE),
        given=[GivenEntry(name=HOSTILE, medium=medium(5)), GivenEntry(name="none", medium=None)],
        software={HOSTILE: HOSTILE},
    )
    drawn = {sha(number): WEBP for number in (1, 5, 9)}
    return storyboard(manifest, links, Drawn(drawn, drawn))


def test_the_page_says_what_was_done_to_clips_and_what_came_in_another_length() -> None:
    length = PieceLength(
        piece=2, asked_s=Fraction(8), got_s=Fraction(5), done="its last frame is held for 3 s"
    )
    clips = (
        ClipTreatment(clip=1, how="copied"),
        ClipTreatment(clip=2, how="coded", changes=("HDR is made SDR",)),
    )
    film = Treatment(
        width=1280,
        height=720,
        fps=Fraction(24),
        codec="h264",
        pixel_format="yuv420p",
        range="tv",
        clips=clips,
    )
    as_they_were = film.model_copy(update={"clips": clips[:1]})

    page = storyboard(
        told(
            [
                step("dusk", "edit", medium(1), lengths=(length,)),
                step("plain", "concat", medium(2), treatment=as_they_were),
                step("film", "concat", medium(9), treatment=film),
            ],
            medium(9),
        ),
        LINKS,
        Drawn({}, {}),
    )

    assert (
        page.count("piece 2: 8 s were requested and 5 s were returned; its last frame is held") == 1
    )
    assert page.count("clip 2: HDR is made SDR") == 1
    assert page.count("1280 x 720 px, 24 frames a second, h264 yuv420p, limited range") == 1


def test_words_of_others_are_words() -> None:
    tags = Tags(page_of_hostile_words())
    assert [tag for tag, _ in tags.found].count("script") == 1, "our own"
    assert not any(name.startswith("on") for _, given in tags.found for name in given)
    assert [tag for tag, _ in tags.found].count("blockquote") == 1
    text = "".join(tags.words)
    # Name, prompt, request and why; what went wrong, twice; what was given; the film, the versions.
    assert text.count(HOSTILE) >= 10


def test_nothing_is_loaded_from_elsewhere() -> None:
    page = page_of_hostile_words()
    for _, given in Tags(page).found:
        for name in FROM_ELSEWHERE:
            value = given.get(name, "")
            assert not re.match(r"[a-z]+:|//", value) or value.startswith("data:image/webp;base64,")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    policy = next(given["content"] for tag, given in Tags(page).found if "http-equiv" in given)
    assert "default-src 'none'" in policy
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert script == script_of("player", "board")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy, "no other script runs"
    assert "trusted-types 'none'" in policy
    assert "connect-src" not in policy


def test_film_shots_and_costs_are_there() -> None:
    steps = [
        step("dusk", "edit", medium(1), prompt="Repaint it", arguments={"video": {"step": "next"}}),
        step("film", "concat", medium(9, 228)),
    ]
    page = storyboard(told(steps, medium(9, 228), backend="fal"), LINKS, Drawn({sha(1): WEBP}, {}))
    tags = Tags(page)
    video, undrawn = [given for tag, given in tags.found if tag == "video"]
    assert (video["src"], "controls" in video) == ("../harbour.mp4", True)
    # A clip without a preview shows its own first frame, once it is scrolled to.
    assert (undrawn["src"], undrawn["preload"]) == ("shots/9.mp4", "none")
    links = {given["href"] for tag, given in tags.found if tag == "a"}
    assert links == {"../harbour.mp4", "shots/1.mp4", "shots/9.mp4", "manifest.json"}
    text = " ".join(" ".join(tags.words).split())
    for said in ("9.5 s, 228 frames, 1280 × 720, 24 fps", "Repaint it", "$0.63", "from next"):
        assert said in text
    assert "request-of-dusk" in text
    assert "This run cost" in text
    assert "rehearsal" not in text


def test_what_a_rehearsal_would_cost_is_never_called_billed() -> None:
    steps = [step("dusk", "edit", medium(1), prompt="Repaint it")]
    for backend, name in (("rehearsal", "Would be billed"), ("fal", "Billed")):
        page = storyboard(told(steps, medium(1), backend=backend), LINKS, Drawn({}, {}))
        cells = [given.get("data-name", "") for tag, given in Tags(page).found if tag == "td"]
        assert [cell for cell in cells if "illed" in cell] == [name, name]
        assert f'<th class="n">{name}</th>' in page


def test_a_run_without_a_film_shows_what_is_there() -> None:
    error = ErrorEntry(code="refused", message="fal refused it")
    steps = [
        step("dusk", "edit", None, status="failed", error=error),
        step("film", "concat", None, status="skipped"),
    ]
    nowhere = Links(medium=lambda clip: None, film=lambda film: None)
    page = storyboard(told(steps, status="failed", error=error), nowhere, Drawn({}, {}))
    tags = Tags(page)
    assert not [tag for tag, _ in tags.found if tag in ("video", "img", "a")]
    text = "".join(tags.words)
    assert "fal refused it" in text
    assert "not made" in text


def test_a_shot_s_file_has_a_name_for_every_disk() -> None:
    assert shot_name("looks[2]", medium(1)) == "looks-2.mp4"
    assert shot_name("intro/film", medium(1)) == "intro-film.mp4"
    assert shot_name("../../etc/passwd", medium(1)) == "etc-passwd.mp4"
    assert shot_name("夜", medium(1)) == f"{sha(1)[:12]}.mp4"
    assert shot_name("clip.mp4", medium(1)) == "clip.mp4"
    assert shot_name("talk.mkv", medium(1, content_type="video/webm")) == "talk.mkv"
    assert shot_name("talk.webm", medium(1, content_type="video/webm")) == "talk.webm"
    assert shot_name("talk", medium(1, content_type="video/webm")) == "talk.webm"
    assert shot_name("still", medium(1, kind="image", content_type="image/png")) == "still.png"
