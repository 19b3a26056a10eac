"""Titles: on exactly their frames, where they should be, and the text as it was written."""

import io
import itertools
import re
import unicodedata
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFont, features

from shotgraph.errors import MediaError
from shotgraph.media.child import Child
from shotgraph.media.font_file import SHIPPED_FONT, without_glyphs
from shotgraph.media.lettering import Lettering, Place, draw_here, lettered, why_not_lettered
from shotgraph.media.probe import read_media
from shotgraph.media.source import source
from shotgraph.media.target_format import TargetFormat
from shotgraph.media.title import title, title_card
from shotgraph.media.title_timing import TitleFrames, TitleTiming, frames_of, title_words
from shotgraph.media.treatment import Treatment
from shotgraph.store.assets import sha256_of_file
from tests.media.coded_clips import Sound, read_lumas, tone_onsets_s, write_clip

RATES = st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
TIMES = st.fractions(0, 60, max_denominator=1000)
FORMAT = TargetFormat(320, 180, Fraction(24))


@given(rate=RATES, start=TIMES, seconds=TIMES.filter(bool), length=st.integers(1, 3000))
def test_a_title_has_its_frames_to_the_nearest_and_none_past_the_end(
    rate: Fraction, start: Fraction, seconds: Fraction, length: int
) -> None:
    try:
        frames = frames_of(TitleTiming(start, seconds), rate, length)
    except MediaError:
        assert (start + seconds) * rate > length - 1
        return
    assert abs(frames.first - start * rate) <= Fraction(1, 2)
    assert frames.count == 1 or abs(frames.count - seconds * rate) <= Fraction(1, 2)
    assert frames.first + frames.count <= length


def test_without_seconds_it_stays_to_the_end() -> None:
    timing = TitleTiming(Fraction(1), None, Fraction(1, 2), Fraction(1, 4))
    assert frames_of(timing, Fraction(24), 96) == TitleFrames(24, 72, 12, 6)
    with pytest.raises(MediaError, match="from 5 s to its end doesn't fit: the film lasts 4 s"):
        frames_of(TitleTiming(Fraction(5)), Fraction(24), 96)
    with pytest.raises(MediaError, match="of 24 frames can't fade for 12 frames in and 24 out"):
        frames_of(TitleTiming(Fraction(3), None, Fraction(1, 2), Fraction(1)), Fraction(24), 96)


def test_it_is_said() -> None:
    assert title_words(TitleFrames(24, 48, 12, 0), 1) == [
        "a title of 1 line is laid on frames 25 to 71, 12 frames to come from frame 24 on"
    ]
    assert title_words(TitleFrames(24, 48, 0, 6)) == [
        "a title is laid on frames 24 to 71, 6 frames to go"
    ]
    assert title_words(TitleFrames(5, 1, 1, 0)) == [
        "a title is never seen: it comes in frame 5, and ends there"
    ]
    assert title_words(TitleFrames(0, 1, 0, 0)) == ["a title is laid on frames 0 to 0"]


def test_the_shipped_font_stays_as_it_is() -> None:
    """It is in no content key: another one would need another name of the recipe."""
    assert sha256_of_file(SHIPPED_FONT) == (
        "abdc775b21b1bc470d50c97e790d276f2054b7504e56e5bd3e64f48d68582322"
    )
    info = read_media(SHIPPED_FONT)
    assert (info.kind, info.container) == ("font", "ttf")
    assert without_glyphs(SHIPPED_FONT, "Aé€Жשم\u0e01") == ["\u0e01"]
    with pytest.raises(MediaError, match="is a font; a medium is needed"):
        source(SHIPPED_FONT)


@pytest.mark.parametrize(
    ("text", "size", "said"),
    [
        ("สวัสดี", None, r"DejaVuSans\.ttf has no letter for ส \(U\+0E2A\), ว"),
        ("x" * 900, (320, 180), r"doesn't fit: at 14 px it needs .* shorten the text"),
        ("a", (30, 20), "letters of 2 px can't be read"),
        ("\u200b", (320, 180), "nothing that can be seen"),
    ],
)
def test_what_can_not_be_drawn_is_refused(
    text: str, size: tuple[int, int] | None, said: str
) -> None:
    wrong = why_not_lettered(Lettering(text), size)
    assert wrong is not None
    assert re.search(said, wrong)


@pytest.mark.parametrize("damage", ["cut", "empty", "zeros"])
def test_a_damaged_font_is_refused(damage: str, tmp_path: Path) -> None:
    whole = SHIPPED_FONT.read_bytes()
    data = {
        "cut": whole[:5000],
        "empty": whole[:12],
        "zeros": whole[:12] + bytes(len(whole) - 12),
    }[damage]
    (tmp_path / "x.ttf").write_bytes(data)
    with pytest.raises(MediaError):
        read_media(tmp_path / "x.ttf")
    with pytest.raises(MediaError):
        lettered(Lettering("a"), 320, 180, tmp_path / "x.ttf")
    assert lettered(Lettering("a"), 320, 180).lines == 1


def picture(lettering: Lettering, size: tuple[int, int] = (640, 360)) -> Image.Image:
    """What is drawn, in the place where it lies."""
    drawn = lettered(lettering, *size)
    whole = Image.new("RGBA", size)
    whole.paste(Image.open(io.BytesIO(drawn.png)), (drawn.left, drawn.top))
    return whole


TRICKS = [
    "%{pts} %{n} %{localtime}",
    "it's \\'quoted\\' : a=b, c;d [e]",
    "text=x:fontfile=/etc/passwd",
    "${x} $(id) `id` {{ x }} %s %d {0}",
    "<b>bold</b> {\\b1} &amp; \\n \\N",
]


@pytest.mark.parametrize("text", TRICKS)
def test_text_is_data(text: str) -> None:
    """It is drawn letter by letter: as wide as its letters, one after the other."""
    plain = Lettering(text, size=20, has_shadow=False)
    shown = picture(plain, (1280, 180)).getchannel("A")

    font = ImageFont.truetype(str(SHIPPED_FONT), 20, layout_engine=ImageFont.Layout.BASIC)
    wanted = Image.new("L", (1280, 180))
    ImageDraw.Draw(wanted).text((300, 60), text, fill=255, font=font)
    assert _ink(shown).size == _ink(wanted).size
    assert not any(ImageChops.difference(_ink(shown), _ink(wanted)).histogram()[160:])


def _ink(mask: Image.Image) -> Image.Image:
    return mask.crop(mask.point([0] * 40 + [255] * 216).getbbox())


@settings(max_examples=40)
@given(
    text=st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"], max_codepoint=0x24F), min_size=1
    ).filter(lambda text: bool(text.strip())),
    place=st.sampled_from(["centre", "top-left", "bottom-right"]),
)
def test_any_text_is_drawn_inside_of_the_picture_or_refused(text: str, place: Place) -> None:
    lettering = Lettering(text, size=24, place=place, box="#000000")
    try:
        drawn = lettered(lettering, 640, 360)
    except MediaError:
        return
    assert drawn.left % 2 == drawn.top % 2 == 0
    width, height = Image.open(io.BytesIO(drawn.png)).size
    assert drawn.left + width <= 640
    assert drawn.top + height <= 360


@pytest.mark.parametrize(
    ("place", "middle"),
    [
        ("centre", (320, 180)),
        ("top", (320, 36)),
        ("bottom-left", (70, 325)),
        ("top-right", (570, 36)),
        ((Fraction(1, 4), Fraction(3, 4)), (160, 270)),
        ((Fraction(0), Fraction(1)), (70, 325)),
    ],
)
def test_it_stands_where_it_should(place: Place, middle: tuple[int, int]) -> None:
    shown = picture(Lettering("Harbour", size=24, place=place, has_shadow=False))
    left, top, right, bottom = shown.getchannel("A").getbbox() or (0, 0, 0, 0)
    assert (left + right) / 2 == pytest.approx(middle[0], abs=8)
    assert (top + bottom) / 2 == pytest.approx(middle[1], abs=8)


def test_a_long_text_is_broken_and_a_long_word_too() -> None:
    assert lettered(Lettering("one two " * 12, size=24), 640, 360).lines == 3
    assert lettered(Lettering("x" * 100, size=24), 640, 360).lines == 3
    assert lettered(Lettering("a\n\nb", size=24), 640, 360).lines == 3


def test_both_ways_of_writing_a_letter_are_one() -> None:
    composed, apart = "é", unicodedata.normalize("NFD", "é")
    assert composed != apart
    assert lettered(Lettering(composed), 640, 360) == lettered(Lettering(apart), 640, 360)


@pytest.mark.skipif(not features.check("fribidi"), reason="this machine has no FriBidi")
def test_right_to_left_text_is_set_from_right_to_left() -> None:
    """Alef, lamed as they are read: the one that comes first stands on the right."""
    size = 60
    both = _ink(picture(Lettering("\u05d0\u05dc", size=size, has_shadow=False)).getchannel("A"))
    alef = _ink(picture(Lettering("\u05d0", size=size, has_shadow=False)).getchannel("A"))
    right = _ink(both.crop((both.width - alef.width, 0, both.width, both.height)))
    assert ImageChops.difference(right.resize(alef.size), alef).getbbox() is None or (
        sum(ImageChops.difference(right.resize(alef.size), alef).histogram()[128:])
        < 0.1 * alef.width * alef.height
    )


def test_letters_that_must_be_joined_need_the_library_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(features, "check", lambda feature: False)
    said = {"text": "שלום", "width": 0}
    with pytest.raises(MediaError, match=r"install FriBidi \(Debian: apt install libfribidi0\)"):
        draw_here(SHIPPED_FONT, said)
    assert draw_here(SHIPPED_FONT, {"text": "Peace", "width": 0}) == {}


def test_a_child_draws_that_may_write_nothing() -> None:
    child = Child()
    answer = child.draw(SHIPPED_FONT, {"text": "a", "width": 0})
    assert answer == {"drawn": {}}
    child.end()


def _levels(path: Path, box: tuple[int, int, int, int]) -> list[int]:
    """The brightest level in a box of each frame."""
    found = []
    for shown in read_lumas(path):
        brightest = shown.crop(box).getextrema()[1]
        assert isinstance(brightest, int | float)
        found.append(int(brightest))
    return found


@pytest.mark.media
@pytest.mark.parametrize("rate", [24, Fraction(30000, 1001)])
async def test_the_text_is_on_exactly_its_frames(rate: Fraction, tmp_path: Path) -> None:
    said: list[Treatment] = []
    sound = Sound(tone_at=Fraction(1, 2))
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=60, rate=rate, sound=sound)
    plain, titled = tmp_path / "p.mp4", tmp_path / "t.mp4"
    lettering = Lettering("MMMM", size=60, colour="#808080", has_shadow=False)

    await title(clip, plain, Lettering(".", size=8, place="top-left"), TitleTiming())
    made = await title(
        clip,
        titled,
        lettering,
        TitleTiming(Fraction(12, rate), Fraction(24, rate)),
        note=said.append,
    )

    assert (made.frames, made.frame_rate) == (60, rate)
    assert made.audio is not None
    assert tone_onsets_s(titled) == pytest.approx([0.5], abs=0.001)
    different = [
        any(ImageChops.difference(a, b).crop((60, 60, 260, 120)).histogram()[81:])
        for a, b in zip(read_lumas(plain), read_lumas(titled), strict=True)
    ]
    assert different == [12 <= number < 36 for number in range(60)]
    assert said[0].clips[0].changes[-1] == "a title of 1 line is laid on frames 12 to 35"


@pytest.mark.media
async def test_it_fades_frame_by_frame(tmp_path: Path) -> None:
    card = tmp_path / "card.mp4"
    timing = TitleTiming(Fraction(1, 4), Fraction(1), Fraction(1, 4), Fraction(1, 2))

    made = await title_card(card, FORMAT, Lettering("MM", size=80, has_shadow=False), timing)

    levels = _levels(card, (60, 40, 260, 140))
    assert (made.frames, made.audio, len(levels)) == (30, None, 30)
    assert max(levels[:7]) < 12  # six before, and the first that comes
    wanted = [number / 6 for number in range(6)] + [1.0] * 6
    wanted += [1 - number / 12 for number in range(12)]
    for level, share in zip(levels[6:], wanted, strict=True):
        assert level == pytest.approx(255 * share, abs=14)


@pytest.mark.media
async def test_a_card_has_its_colours(tmp_path: Path) -> None:
    card = tmp_path / "card.mp4"
    lettering = Lettering("MMM", size=100, colour="#ffcc00", has_shadow=False)

    await title_card(
        card, FORMAT, lettering, TitleTiming(seconds=Fraction(1, 2)), background="#204080"
    )

    with av.open(str(card)) as media:
        frame = next(media.decode(video=0))
        plane = frame.reformat(format="rgb24", src_colorspace="ITU709").planes[0]
        shown = Image.frombytes("RGB", (320, 180), bytes(plane), "raw", "RGB", plane.line_size, 1)
    assert shown.getpixel((8, 8)) == pytest.approx((0x20, 0x40, 0x80), abs=4)
    colours = shown.getcolors(320 * 180)
    assert colours is not None
    close = [
        count
        for count, colour in colours
        if isinstance(colour, tuple)
        and all(abs(is_ - of) < 12 for is_, of in zip(colour, (255, 204, 0), strict=True))
    ]
    assert sum(close) > 1500


@pytest.mark.media
async def test_nothing_beside_the_text_is_touched(turned: Path, tmp_path: Path) -> None:
    """A turned clip, upright as ever; a lower third changes the lower third alone."""
    with_text, without = tmp_path / "a.mp4", tmp_path / "b.mp4"
    lettering = Lettering("Ada", size=12, place="bottom-left", box="#000000")
    await title(turned, with_text, lettering, TitleTiming())
    await title(turned, without, Lettering("Ada", size=12, place="bottom-left"), TitleTiming())

    for is_, of in itertools.islice(
        zip(read_lumas(with_text), read_lumas(without), strict=True), 5
    ):
        assert is_.size == (180, 320)
        above = ImageChops.difference(is_.crop((0, 0, 180, 200)), of.crop((0, 0, 180, 200)))
        assert not any(above.histogram()[40:])


@pytest.mark.media
async def test_what_fails_leaves_nothing(first: Path, tmp_path: Path) -> None:
    for lettering, timing in (
        (Lettering("x" * 900), TitleTiming()),
        (Lettering("a"), TitleTiming(Fraction(1), Fraction(1))),
    ):
        with pytest.raises(MediaError):
            await title(first, tmp_path / "x.mp4", lettering, timing)
    assert list(tmp_path.iterdir()) == []
