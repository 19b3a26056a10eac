import shutil
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import pytest
from PIL import Image, ImageOps

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe, read_media
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.reader import count, opened, ratio
from shotgraph.media.source import address, identify, source
from tests.media.coded_clips import Sound, read_codes, write_clip

Rate = Fraction | int


async def test_a_clip_is_told_in_full(first: Path) -> None:
    info = await probe(first)

    assert info.model_dump(mode="json") == {
        "kind": "video",
        "container": "mp4",
        "codec": "h264",
        "width": 320,
        "height": 180,
        "pixel_format": "yuv420p",
        "rotation": 0,
        "sample_aspect_ratio": "1",
        "frame_rate": "30",
        "constant_frame_rate": True,
        "frames": 40,
        "duration": "4/3",
        "time_base": "1/15360",
        "size_bytes": first.stat().st_size,
        "audio": {
            "codec": "aac",
            "sample_rate_hz": 48000,
            "channels": 2,
            "duration": "1333/1000",
            "layout": "stereo",
            "start": "0",
        },
        "profile": "Constrained Baseline",
        "colour": {"range": "", "space": "", "primaries": "", "transfer": ""},
        "interlaced": False,
        "start": "0",
    }


@pytest.mark.parametrize("tag", range(1, 9))
def test_a_photo_is_turned_as_its_tag_says(tag: int, tmp_path: Path) -> None:
    stored = Image.frombytes("L", (3, 2), bytes(range(0, 240, 40))).resize((300, 200), 0)
    exif = Image.Exif()
    exif[0x0112] = tag
    stored.save(tmp_path / "photo.png", exif=exif)

    info = read_media(tmp_path / "photo.png")

    with Image.open(tmp_path / "photo.png") as photo:
        upright = ImageOps.exif_transpose(photo)
    shown = ImageOps.mirror(stored) if info.mirrored else stored
    assert shown.rotate(-info.rotation, expand=True).tobytes() == upright.tobytes()
    assert (info.width, info.height) == upright.size


def test_fractions_survive_json(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=24, rate=Fraction(24000, 1001))

    info = read_media(clip)

    assert info.frame_rate == Fraction(24000, 1001)
    assert info.duration == Fraction(24 * 1001, 24000)
    assert '"frame_rate":"24000/1001"' in info.model_dump_json()
    assert MediaInfo.model_validate_json(info.model_dump_json()) == info


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "container", "codec"),
    [
        (Fraction(30000, 1001), "mp4", "libx264"),
        (Fraction(60000, 1001), "mov", "libx264"),
        (25, "matroska", "libx264"),
        # A clock of milliseconds: 30 per second is told by gaps of 33 and 34.
        (30, "webm", "libvpx"),
        (Fraction(24000, 1001), "webm", "libvpx"),
    ],
)
def test_the_rate_is_exact_whatever_the_clock(
    rate: Rate, container: str, codec: str, tmp_path: Path
) -> None:
    clip = write_clip(
        tmp_path / "x", clip=1, frames=20, rate=rate, container=container, codec=codec
    )

    info = read_media(clip)

    assert info.frame_rate == rate
    assert info.constant_frame_rate
    assert info.frames == 20
    assert info.duration == 20 / Fraction(rate)


def test_an_uneven_rate_is_said_to_be_one(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=4, times=[0, 1, 3, 4])

    info = read_media(clip)

    assert not info.constant_frame_rate
    assert info.duration == Fraction(5, 30)
    assert info.frame_rate == 24


@pytest.mark.parametrize("container", ["mp4", "matroska"])
@pytest.mark.parametrize("before", [1, 4, 10, 12, 13])
def test_a_pause_of_a_recorder_is_no_part_of_the_end(
    before: int, container: str, tmp_path: Path
) -> None:
    # Frames are decoded before they are shown: the file has the pause at another packet.
    times = [*range(before), *range(before + 60, 74)]
    options = {"bf": "3", "b_strategy": "0"}
    clip = write_clip(
        tmp_path / "x", clip=1, frames=14, times=times, container=container, options=options
    )

    info = read_media(clip)

    assert info.frames == 14
    assert abs(info.duration - Fraction(74, 30)) < Fraction(1, 400)


def test_one_frame_is_a_video_too(tmp_path: Path) -> None:
    info = read_media(write_clip(tmp_path / "x.mp4", clip=1, frames=1, rate=24))

    assert (info.frames, info.duration) == (1, Fraction(1, 24))
    assert info.frame_rate == 24


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_the_size_is_as_shown(rotation: int, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=5, rotation=rotation)

    info = read_media(clip)

    assert info.rotation == rotation
    assert (info.width, info.height) == ((320, 180) if rotation == 180 else (180, 320))


@pytest.mark.parametrize(
    ("aspect", "shown"), [(Fraction(4, 3), (320, 180)), (Fraction(3, 4), (240, 240))]
)
def test_pixels_are_made_square(aspect: Fraction, shown: tuple[int, int], tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=5, size=(240, 180), aspect=aspect)

    info = read_media(clip)

    assert info.sample_aspect_ratio == aspect
    assert (info.width, info.height) == shown


def test_pixels_are_made_square_where_only_the_pictures_say_their_shape(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=5, size=(240, 180), aspect=Fraction(4, 3))
    data = clip.read_bytes()
    assert b"pasp" in data
    clip.write_bytes(data.replace(b"pasp", b"free"))

    info = read_media(clip)

    assert info.sample_aspect_ratio == Fraction(4, 3)
    assert (info.width, info.height) == (320, 180)


@pytest.mark.parametrize(
    ("sound", "seconds"),
    [
        (Sound(sample_rate_hz=44_100, layout="mono", seconds=Fraction(1)), Fraction(1)),
        (Sound(seconds=Fraction(7, 4)), Fraction(7, 4)),
    ],
)
def test_sound_has_a_length_of_its_own(sound: Sound, seconds: Fraction, tmp_path: Path) -> None:
    info = read_media(write_clip(tmp_path / "x.mp4", clip=1, frames=40, sound=sound))

    assert info.audio is not None
    assert info.audio.duration == seconds
    assert info.audio.sample_rate_hz == sound.sample_rate_hz
    assert info.audio.channels == (1 if sound.layout == "mono" else 2)
    assert info.duration == Fraction(4, 3)


def test_a_tag_in_another_encoding_is_no_reason_to_refuse_a_clip(tmp_path: Path) -> None:
    clip = tmp_path / "tagged.mp4"
    with av.open(str(clip), "w", format="mp4") as media:
        media.metadata["title"] = "Cafeteria"
        stream = media.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame(format="s16", layout="mono", samples=100)
        frame.sample_rate = 8000
        media.mux(stream.encode(frame))
    coded = clip.read_bytes()
    assert coded.count(b"Cafeteria") == 1
    clip.write_bytes(coded.replace(b"Cafeteria", "Caf\u00e9teria".encode("cp1252")))
    assert read_media(clip).kind == "audio"


def test_every_ratio_is_a_fraction_whatever_the_version_of_pyav(first: Path) -> None:
    with opened(first, identify(first)) as media:
        (track,) = count(media, media.streams.video, first)
        assert type(track.time_base) is Fraction
    info = read_media(first)
    for said in (info.time_base, info.sample_aspect_ratio, info.frame_rate):
        assert type(said) is Fraction


@pytest.mark.skipif(not hasattr(av, "AVRational"), reason="PyAV 18 gives a Fraction or None")
@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (0, 0), (1, 0), (-1, 0)])
def test_a_ratio_that_is_not_said_is_none(numerator: int, denominator: int) -> None:
    assert ratio(vars(av)["AVRational"](numerator, denominator)) is None


async def test_what_an_edit_hides_is_not_counted(first: Path, tmp_path: Path) -> None:
    # Cut by copying: frames before the cut stay in the file, and an edit list hides them.
    cut = tmp_path / "cut.mp4"
    node = source(first, ss=0.5)
    await run_ffmpeg(ffmpeg.output(node["v:0"], address(cut), c="copy", f="mp4"))

    with av.open(str(cut)) as media:
        assert media.streams.video[0].frames == 40
    assert read_media(cut).frames == 25
    assert read_codes(cut) == [(1, number) for number in range(15, 40)]


async def test_a_sound_file_has_the_length_of_its_sound(first: Path, tmp_path: Path) -> None:
    for name, container in {"x.wav": "wav", "x.mp3": "mp3", "x.m4a": "mp4"}.items():
        path = tmp_path / name
        await run_ffmpeg(ffmpeg.output(source(first)["a:0"], address(path), f=container))

        info = read_media(path)

        assert (info.kind, info.container, info.frames, info.width) == ("audio", container, 0, 0)
        # ffmpeg 5.1 keeps the padding at the end of an AAC stream.
        assert info.duration == pytest.approx(4 / 3, abs=1024 / 48000)


def test_what_is_beyond_the_bounds_is_not_opened(tmp_path: Path) -> None:
    many = tmp_path / "many.mov"
    with av.open(str(many), "w", format="mov") as media:
        streams = [media.add_stream("pcm_s16le", rate=8000) for _ in range(257)]
        frame = av.AudioFrame(format="s16", layout="mono", samples=100)
        frame.sample_rate = 8000
        for stream in streams:
            media.mux(stream.encode(frame))
    with pytest.raises(MediaError, match="has over 256 streams"):
        read_media(many)

    huge = tmp_path / "huge.png"
    Image.new("1", (9000, 9000)).save(huge)
    with pytest.raises(MediaError, match="9000 x 9000"):
        read_media(huge)

    wide = write_clip(tmp_path / "wide.mp4", clip=1, frames=1, size=(8192, 4608))
    with pytest.raises(MediaError, match="8192 x 4608"):
        read_media(wide)

    long = write_clip(tmp_path / "long.mp4", clip=1, frames=2, rate=1, times=[0, 4000])
    with pytest.raises(MediaError, match="at most 3600"):
        read_media(long)


def test_the_name_has_no_say(first: Path, tmp_path: Path) -> None:
    other = Path(shutil.copy(first, tmp_path / "x.png"))

    assert read_media(other).frames == 40


async def test_colours_and_interlacing_are_told(first: Path, tmp_path: Path) -> None:
    picture = source(first)["v:0"].filter("format", "yuv420p10le").filter("setfield", "tff")
    picture = picture.filter(
        "setparams",
        range="tv",
        color_primaries="bt2020",
        color_trc="smpte2084",
        colorspace="bt2020nc",
    )
    made = ffmpeg.output(
        picture,
        address(tmp_path / "x.mp4"),
        f="mp4",
        preset="ultrafast",
        flags="+ildct+ilme",
        **{"x264-params": "tff=1"},
    )
    await run_ffmpeg(made)

    info = read_media(tmp_path / "x.mp4")

    assert info.colour.model_dump() == {
        "range": "tv",
        "space": "bt2020nc",
        "primaries": "bt2020",
        "transfer": "smpte2084",
    }
    assert (info.colour.is_hdr, info.interlaced, info.pixel_format) == (True, True, "yuv420p10le")
    assert info.profile.startswith("High 10")


def test_where_picture_and_sound_begin_is_told(tmp_path: Path) -> None:
    late = [number + 10 for number in range(20)]
    clip = write_clip(
        tmp_path / "x.mkv", clip=1, frames=20, rate=25, times=late, container="matroska"
    )

    assert read_media(clip).start == Fraction(10, 25)
