"""A clip is copied only where its first picture clears the decoder, and every seam is decoded."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest
from av.packet import Packet

from shotgraph.errors import MediaError
from shotgraph.media.smart.clip import read_clip
from shotgraph.media.smart.coded import coded_pictures, starts_clean
from shotgraph.media.smart.coded_piece import CodedPiece
from shotgraph.media.smart.join import concat
from shotgraph.media.smart.run_ends import look_at_seam, wrong_seams
from shotgraph.media.smart.verify import verify
from shotgraph.media.target_format import format_of
from tests.media.coded_clips import codes, read_codes, write_clip

_H264 = {
    "x264-params": "open-gop=1:keyint=12:min-keyint=12:scenecut=0:"
    "bframes=3:b-adapt=0:b-pyramid=normal"
}
_HEVC = {"x265-params": "open-gop=1:keyint=12:min-keyint=12:bframes=3:scenecut=0:log-level=none"}


def cut_at_second_key(clip: Path, into: Path) -> Path:
    """Copy a clip from its second key picture on, without the pictures that lead up to it.

    Editors and recorders that cut without coding write such files: the first packet has the key
    flag, and is no IDR picture.
    """
    with av.open(str(clip)) as media, av.open(str(into), "w", format="mp4") as made:
        picture = media.streams.video[0]
        copied = made.add_stream_from_template(picture)
        packets = [packet for packet in media.demux(picture) if packet.size]
        second = [number for number, packet in enumerate(packets) if packet.is_keyframe][1]
        first_pts, first_dts = packets[second].pts, packets[second].dts
        assert first_pts is not None
        assert first_dts is not None
        kept = [packet for packet in packets[second:] if (packet.pts or 0) >= first_pts]
        for number, packet in enumerate(kept):
            assert packet.pts is not None
            packet.dts = first_dts - first_pts + number * (packet.duration or 0)
            packet.pts -= first_pts
            packet.stream = copied
            made.mux(packet)
    return into


@pytest.fixture(params=["libx264", "libx265"])
def open_gop(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Clip 7 from its second key picture on: 48 of 60 frames."""
    options = _H264 if request.param == "libx264" else _HEVC
    if request.param not in av.codecs_available:
        pytest.skip(f"PyAV has no {request.param} here")
    long = write_clip(
        tmp_path / "long.mp4", clip=7, frames=60, codec=request.param, options=options
    )
    return cut_at_second_key(long, tmp_path / "open.mp4")


def test_a_clip_of_open_groups_begins_with_a_key_picture_that_clears_nothing(
    open_gop: Path, mute: Path
) -> None:
    with av.open(str(open_gop)) as media:
        assert next(media.demux(video=0)).is_keyframe

    assert not starts_clean(open_gop)
    assert read_clip(open_gop).signature is None
    assert starts_clean(mute)


@pytest.mark.slow
async def test_clips_of_open_groups_are_joined_to_exactly_their_frames(
    open_gop: Path, tmp_path: Path
) -> None:
    shown = read_codes(open_gop)
    film = tmp_path / "film.mp4"

    await concat([open_gop, open_gop], film)

    assert read_codes(film) == shown + shown


async def test_a_film_whose_clips_clear_nothing_fails_its_check(
    open_gop: Path, tmp_path: Path
) -> None:
    """What a blind copy makes of such clips: all packets are there, and other frames are seen."""
    (ends,) = coded_pictures([open_gop]).ends
    film, info, shown = tmp_path / "film.mp4", read_clip(open_gop).info, read_codes(open_gop)
    with av.open(str(film), "w", format="mp4") as made:
        copied = None
        for turn in range(2):
            with av.open(str(open_gop)) as media:
                picture = media.streams.video[0]
                copied = copied or made.add_stream_from_template(picture)
                for packet in media.demux(picture):
                    if packet.size:
                        assert packet.pts is not None
                        assert packet.dts is not None
                        shift = turn * info.frames * (packet.duration or 0)
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = copied
                        made.mux(packet)

    if read_codes(film) == shown + shown:  # HEVC's decoder begins anew at a CRA picture
        made_ends = coded_pictures([film], [info.frames] * 2).ends
        assert made_ends[0].shown_with(made_ends[1]) == ends.shown_tail + ends.shown_head
        assert wrong_seams(made_ends, [ends, ends]) == []
        return
    with pytest.raises(
        MediaError, match="does not show the end of clip 1 and then the start of clip 2"
    ):
        await verify(
            film,
            format_of(info),
            frames=2 * info.frames,
            has_sound=False,
            pieces=[CodedPiece(open_gop, info.frames)] * 2,
            decoded=[open_gop],
        )


async def test_each_seam_shows_the_end_of_one_clip_and_the_beginning_of_the_next(
    first: Path, second: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    await concat([first, second, first], film)
    one, two = coded_pictures([first, second]).ends
    clips = [one, two, one]

    made = coded_pictures([film], [40, 25, 40]).ends
    assert made[0].is_tail_of(one)
    assert not made[0].is_tail_of(two)
    assert [a.shown_with(b) for a, b in pairwise(made)] == [
        one.shown_tail + two.shown_head,
        two.shown_tail + one.shown_head,
    ]
    assert wrong_seams(made, clips) == []
    assert wrong_seams(made, [one, one, one]) == [1, 2]
    assert wrong_seams(coded_pictures([film], [40, 26, 39]).ends, clips) == [2]
    made[1].head[0] = Packet(b"no picture")
    assert wrong_seams(made, clips) == [1]
    assert read_codes(film)[:2] == codes(1, range(2))


async def test_a_seam_that_was_decoded_before_counts_for_the_very_same_packets_only(
    first: Path, second: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    await concat([first, second, first], film)
    one, two = coded_pictures([first, second]).ends
    clips = [one, two, one]
    made = coded_pictures([film], [40, 25, 40]).ends

    looks = [look_at_seam(each) for each in pairwise(clips)]

    # ffmpeg repeats the headers where clips meet; of other versions, the film is decoded.
    for look, (before, after) in zip(looks, pairwise(made), strict=True):
        assert look is not None
        assert look.sha256 == before.sha256_with(after)
        assert look.shown == before.shown_with(after)
    wrong = [replace(look, shown=()) for look in looks if look is not None]
    assert wrong_seams(made, clips, wrong) == [1, 2]
    made[1].head[0] = Packet(bytes(made[1].head[0])[:-1])
    assert wrong_seams(made, clips, looks) == [1]
