"""What is copied into a film, what is coded beside it, and that both play as one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from av.video.plane import VideoPlane
from PIL import Image, ImageStat

from shotgraph.errors import MediaError
from shotgraph.media.reading import reading
from shotgraph.media.smart.clip import Clip, read_clip, whole_shot
from shotgraph.media.smart.join import concat, join
from shotgraph.media.smart.pattern import pattern_of, read_sets
from shotgraph.media.smart.splice import remux_picture
from shotgraph.media.target_format import TargetFormat, WantedFormat
from tests.media.coded_clips import (
    Code,
    Sound,
    codes,
    read_code,
    read_codes,
    resampled,
    tone_onsets_s,
    write_clip,
)

FORMAT = TargetFormat(320, 180, Fraction(30))
_HEADERS = frozenset({7, 8})


@pytest.fixture(scope="session")
def paid(shelf: Path) -> Path:
    """Clip 11: 40 frames at 30 per second by a coder with other settings than ours, with sound."""
    options = {"preset": "slow", "crf": "24", "profile": "main"}
    return write_clip(shelf / "paid.mp4", clip=11, frames=40, options=options, sound=Sound())


def units(picture: bytes) -> list[bytes]:
    found = []
    while picture:
        end = 4 + int.from_bytes(picture[:4], "big")
        found.append(picture[4:end])
        picture = picture[end:]
    return found


def slices(path: Path) -> list[list[bytes]]:
    """The coded pictures, without the headers that a join may put before them."""
    with av.open(str(path)) as media:
        packets = [bytes(packet) for packet in media.demux(video=0) if packet.size]
    return [[unit for unit in units(each) if unit[0] & 31 not in _HEADERS] for each in packets]


def codes_by_the_header_alone(path: Path) -> list[Code | None]:
    """What the frames say in a player that does not read the headers between pictures."""
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = read_clip(path).headers
    shown = []
    for picture in [*slices(path), None]:
        data = b"".join(len(unit).to_bytes(4, "big") + unit for unit in picture or [])
        for frame in decoder.decode(av.Packet(data) if picture else None):
            grey = frame.reformat(format="gray").planes[0]
            size = (frame.width, frame.height)
            image = Image.frombytes("L", size, bytes(grey), "raw", "L", grey.line_size, 1)
            shown.append(read_code(image))
    return shown


@pytest.mark.slow
@pytest.mark.parametrize("first_is_coded", [False, True])
async def test_only_what_differs_is_coded_anew(
    first_is_coded: bool, paid: Path, mute: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    clips = [mute, paid, paid] if first_is_coded else [paid, mute, paid]

    info = await concat(clips, film)

    cinema = codes(3, resampled(24, 24, 30))
    wanted = {mute: cinema, paid: codes(11, range(40))}
    shown = [code for clip in clips for code in wanted[clip]]
    assert read_codes(film) == shown
    assert (info.frames, info.profile) == (110, "Main")
    assert info.frame_rate == 30
    begin = 30 if first_is_coded else 0
    assert slices(film)[begin : begin + 40] == slices(paid)
    assert slices(film)[-40:] == slices(paid)
    places = [place for place, clip in enumerate(shown[:110]) if clip == (11, 0)]
    assert tone_onsets_s(film) == pytest.approx([place / 30 for place in places], abs=0.0005)
    # Both coders' headers are in the film's own, each under a number of its own.
    assert len(read_sets(read_clip(film).headers).sequences) == 2
    assert codes_by_the_header_alone(film) == shown


async def test_a_coded_clip_keeps_its_own_header_to_compare_the_film_by(
    paid: Path, mute: Path, tmp_path: Path
) -> None:
    shots = [whole_shot(read_clip(path), FORMAT) for path in (mute, paid)]
    room, film = tmp_path / "room", tmp_path / "film.mp4"
    room.mkdir()

    first, second = await join(shots, FORMAT, room, film)

    assert [first.is_new, second.is_new] == [True, False]
    own, theirs = (read_clip(piece.path).headers for piece in (first, second))
    assert read_clip(film).headers == read_sets(theirs).joined(read_sets(own)).coded()
    assert len(read_sets(own).sequences) == len(read_sets(theirs).sequences) == 1


async def test_what_we_code_is_decoded_before_it_counts(
    paid: Path, mute: Path, tmp_path: Path, script: Callable[[str], Path]
) -> None:
    shots = [whole_shot(read_clip(path), FORMAT) for path in (mute, paid)]
    room = tmp_path / "room"
    room.mkdir()
    coded = room / "new-00000.mp4"
    # It ends well, and what it has coded of a clip is full of zeros in its middle.
    script(
        f"""
"$REAL" "$@" || exit
case "$*" in *libx264*new-00000.mp4*)
    seek=$(($(wc -c < '{coded}') / 2))
    dd if=/dev/zero of='{coded}' bs=1 seek=$seek count=300 conv=notrunc 2>/dev/null;;
esac"""
    )

    with pytest.raises(MediaError, match="Invalid data found"):
        await join(shots, FORMAT, room, tmp_path / "film.mp4")


async def test_what_an_edit_hides_at_the_end_is_not_in_the_film(tmp_path: Path) -> None:
    options = {"preset": "medium", "bf": "3", "b-adapt": "0", "profile": "high"}
    clip = write_clip(tmp_path / "clip.mp4", clip=1, frames=40, options=options)
    data = bytearray(clip.read_bytes())
    # The length of the edit follows its name, its version and the number of edits, in milliseconds
    # (ISO/IEC 14496-12, 8.6.6). The pictures behind it stay, where others are made out of them.
    at = data.index(b"elst") + 12
    data[at : at + 4] = round(34 / 30 * 1000).to_bytes(4, "big")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data)
    with reading(cut) as found:
        assert found.tracks[0][1].hidden == 6
    film = tmp_path / "film.mp4"

    info = await concat([clip, cut, clip], film)

    assert info.frames == 114
    assert read_codes(film) == [*codes(1, range(40)), *codes(1, range(34)), *codes(1, range(40))]


async def test_a_clock_alone_is_no_reason_to_code(paid: Path, shelf: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    remux_picture(paid, other, time_base=Fraction(1, 90_000))
    assert read_clip(other).info.time_base != read_clip(paid).info.time_base
    film = tmp_path / "film.mp4"

    info = await concat([paid, other, paid], film)

    assert read_codes(film) == codes(11, range(40)) * 3
    assert info.duration == 4
    assert slices(film) == slices(paid) * 3


@pytest.mark.media
async def test_hevc_is_copied_where_all_of_it_is_alike(first: Path, tmp_path: Path) -> None:
    clip = write_hevc(tmp_path / "x.mp4")
    film = tmp_path / "film.mp4"

    info = await concat([clip, clip], film)
    mixed = await concat([clip, first, clip], tmp_path / "mixed.mp4")

    assert info.codec == "hevc"
    assert packets(film) == packets(clip) * 2
    assert read_codes(film) == codes(12, range(20)) * 2
    assert mixed.codec == "h264"
    assert read_codes(tmp_path / "mixed.mp4") == (
        codes(12, range(20)) + codes(1, range(40)) + codes(12, range(20))
    )


def write_hevc(path: Path) -> Path:
    """Clip 12 in HEVC, 20 frames, tagged as what has its headers once."""
    tagged = path.with_suffix(".tagged.mp4")
    write_clip(path, clip=12, frames=20, codec="libx265")
    with av.open(str(path)) as media, av.open(str(tagged), "w") as made:
        copied = made.add_stream_from_template(media.streams.video[0])
        copied.codec_context.codec_tag = "hvc1"
        for packet in media.demux(video=0):
            if packet.dts is not None:
                packet.stream = copied
                made.mux(packet)
    return tagged


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as media:
        return [bytes(packet) for packet in media.demux(video=0) if packet.size]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"frames": 30}, marks=pytest.mark.media),
        pytest.param({"first": 10, "frames": 30}, marks=pytest.mark.media),
        pytest.param({"retime": Fraction(3, 4), "frames": 30}, marks=pytest.mark.media),
        {"frames": 50},
        {"retime": Fraction(3, 4), "frames": 40},
    ],
)
async def test_a_part_of_a_clip_is_not_copied(
    changed: dict[str, int | Fraction], paid: Path, tmp_path: Path
) -> None:
    clip = read_clip(paid)
    part = replace(whole_shot(clip, FORMAT), **changed)  # type: ignore[arg-type]
    film = tmp_path / "film.mp4"
    room = tmp_path / "room"
    room.mkdir()

    pieces = await join([whole_shot(clip, FORMAT), part], FORMAT, room, film)

    shown = read_codes(film)
    assert [(piece.frames, piece.is_new) for piece in pieces] == [(40, False), (part.frames, True)]
    assert len(shown) == 40 + part.frames
    assert slices(film)[:40] == slices(paid)
    assert slices(film)[40:80] != slices(paid)
    numbers: Sequence[int] = range(part.first, min(part.first + part.frames, 40))
    if part.retime is not None:
        numbers = resampled(40, 40, 30)
    expected = [*numbers, *[39] * (part.frames - len(numbers))]
    assert [code and code[0] for code in shown[40:]] == [11] * part.frames
    if part.retime is None:
        assert shown[40:] == codes(11, expected)


def signature_of(clip: Clip, **changed: object) -> Clip:
    assert clip.signature is not None
    return replace(clip, signature=replace(clip.signature, **changed))  # type: ignore[arg-type]


def test_most_seconds_are_the_pattern(first: Path, second: Path, paid: Path) -> None:
    clips = [read_clip(path) for path in (second, paid, first)]

    pattern = pattern_of([whole_shot(clip, FORMAT) for clip in clips], FORMAT)

    assert pattern is not None
    assert pattern.signature == clips[0].signature
    assert [pattern.fits(whole_shot(clip, FORMAT)) for clip in clips] == [True, False, True]
    assert pattern_of([whole_shot(clips[0], FORMAT)], replace(FORMAT, width=640)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"colours": (1, 9, 9, 14)},
        {"colours": (1, 1, 9, 14)},
        {"time_base": Fraction(1, 1000)},
        {"time_base": Fraction(1001, 30000)},
    ],
)
def test_nothing_is_coded_beside_what_is_not_common(changed: dict[str, object], paid: Path) -> None:
    clip = read_clip(paid)
    usual = pattern_of([whole_shot(clip, FORMAT)], FORMAT)
    strange = signature_of(clip, **changed)

    pattern = pattern_of([whole_shot(replace(strange, matrix="auto"), FORMAT)], FORMAT)

    assert usual is not None
    assert usual.takes_others
    assert pattern is not None
    assert not pattern.takes_others


def test_nothing_is_coded_beside_what_our_coder_can_not_do(paid: Path) -> None:
    clip = read_clip(paid)
    for place, number in ((1, 244), (3, 99)):  # profile, level
        headers = bytearray(clip.headers)
        headers[place] = number
        pattern = pattern_of([whole_shot(replace(clip, headers=bytes(headers)), FORMAT)], FORMAT)
        assert pattern is not None
        assert not pattern.takes_others


async def test_what_is_coded_beside_has_the_colours_of_what_is_copied(tmp_path: Path) -> None:
    # Standard definition that says nothing is smpte170m; what is coded anew is bt709 by itself.
    bare = colour_bars(tmp_path / "bare.mp4", rate=30, seconds=2)
    other = colour_bars(tmp_path / "other.mp4", rate=25, seconds=1)
    film = tmp_path / "film.mp4"

    await concat([bare, other], film)

    with av.open(str(film)) as media:
        frames = [
            [ImageStat.Stat(plane_image(plane)).mean[0] for plane in frame.planes]
            for frame in media.decode(video=0)
        ]
    assert read_clip(film).info.colour == read_clip(bare).info.colour
    assert frames[10] == pytest.approx(frames[70], abs=4)


def plane_image(plane: VideoPlane) -> Image.Image:
    size = (plane.width, plane.height)
    return Image.frombytes("L", size, bytes(plane), "raw", "L", plane.line_size, 1)


def colour_bars(path: Path, *, rate: int, seconds: int) -> Path:
    """A red picture in smpte170m, which the file does not say."""
    with av.open(str(path), "w") as media:
        stream = media.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(rate * seconds):
            frame = av.VideoFrame.from_image(  # type: ignore[no-untyped-call]
                Image.new("RGB", (64, 48), (230, 30, 20))
            )
            frame.pts, frame.time_base = number, Fraction(1, rate)
            media.mux(stream.encode(frame))
        media.mux(stream.encode(None))
    return path


async def test_a_film_can_have_the_sound_of_one_clip(
    paid: Path, mute: Path, tmp_path: Path
) -> None:
    voice = read_clip(
        write_clip(
            tmp_path / "voice.mp4",
            clip=1,
            frames=20,
            sound=Sound(layout="mono", tone_at=Fraction(1, 2)),
        )
    )
    shots = [whole_shot(read_clip(path), FORMAT) for path in (paid, mute)]
    room, film = tmp_path / "room", tmp_path / "film.mp4"
    room.mkdir()

    await join(shots, FORMAT, room, film, sound_from=voice)

    sound = read_clip(film).info.audio
    assert sound is not None
    assert (sound.layout, sound.duration) == ("mono", Fraction(70, 30))
    assert tone_onsets_s(film) == pytest.approx([0.5], abs=0.0005)


async def test_a_given_format_is_what_the_film_has(paid: Path, mute: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"

    info = await concat([mute, paid], film, wanted=WantedFormat(width=160, frame_rate=Fraction(15)))

    assert (info.width, info.height) == (160, 90)
    assert info.frame_rate == 15
    assert read_codes(film) == codes(3, resampled(24, 24, 15)) + codes(11, resampled(40, 30, 15))


@pytest.mark.parametrize("order", ["long short", "short long short", "short other long"])
async def test_a_clip_of_a_frame_or_two_is_decoded_as_evenly_as_others(
    order: str, tmp_path: Path
) -> None:
    """It has nothing to reorder. The film said 23.52 frames a second then, of 24."""
    options = {"preset": "medium", "crf": "20"}
    lengths = {"long": 30, "short": 1, "other": 2}
    clips = {
        name: write_clip(tmp_path / name, clip=number, frames=frames, options=options)
        for number, (name, frames) in enumerate(lengths.items())
    }
    film = tmp_path / "film.mp4"

    await concat([clips[name] for name in order.split()], film)

    total = sum(lengths[name] for name in order.split())
    with av.open(str(film)) as media:
        stream = media.streams.video[0]
        assert stream.average_rate == 30
        times = [packet.dts for packet in media.demux(stream) if packet.dts is not None]
    assert len(times) == total
    assert len({later - earlier for earlier, later in pairwise(times)}) == 1
    assert [code and code[1] for code in read_codes(film)] == [
        number for name in order.split() for number in range(lengths[name])
    ]
