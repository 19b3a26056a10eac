"""Start timecodes: read from files that ffmpeg makes, and counted as OpenTimelineIO counts."""

import wave
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe, start_timecode
from shotgraph.media.start_timecode import (
    SourceStart,
    StartTimecode,
    counted,
    whole_rate,
    written_timecode,
)
from tests.media.timecoded import write_timecoded

NTSC, DOUBLE_NTSC, FILM = Fraction(30000, 1001), Fraction(60000, 1001), Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("name", "said", "rate", "frame"),
    [
        ("a.mov", "01:00:10:12", NTSC, 108_312),
        ("a.mov", "01:00:10;12", NTSC, 108_204),
        ("a.mp4", "01:00:10:12", Fraction(24), 86_652),
        ("a.mp4", "10:00:00:00", FILM, 864_000),
        ("a.mov", "23:59:59:24", Fraction(25), 2_159_999),
        ("a.mov", "01:00:10;58", DOUBLE_NTSC, 216_442),
        ("a.mkv", "01:00:10;12", NTSC, 108_204),
        ("a.mkv", "01:00:10:12", Fraction(25), 90_262),
    ],
)
async def test_the_start_of_a_file_is_read(
    name: str, said: str, rate: Fraction, frame: int, tmp_path: Path
) -> None:
    path = await write_timecoded(tmp_path / name, said, rate=rate, frames=12)
    info = await probe(path)
    found = await start_timecode(path)
    assert found is not None
    assert found.text == said
    assert found.number in (frame, None)
    assert (found.number is None) == (name == "a.mkv")
    start = counted(found, info.frame_rate)
    assert start == SourceStart(said, frame, rate, is_drop=";" in said)
    assert written_timecode(frame, rate, is_drop=start.is_drop) == said
    # The record of a file is as before: older versions read it, and no key changes.
    assert "timecode" not in MediaInfo.model_fields
    assert await start_timecode(tmp_path / "plain-a.mp4") is None


async def test_a_recorder_s_sound_has_a_time_reference(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(bytes(9600))
    assert await start_timecode(path) is None
    plain = path.read_bytes()
    # EBU Tech 3285: texts of 338 bytes, then the samples since midnight.
    bext = bytes(338) + (172_800_000).to_bytes(8, "little") + bytes(256)
    chunk = b"bext" + len(bext).to_bytes(4, "little") + bext
    size = (len(plain) - 8 + len(chunk)).to_bytes(4, "little")
    recorded = tmp_path / "b.wav"
    recorded.write_bytes(b"RIFF" + size + plain[8:12] + chunk + plain[12:])
    found = await start_timecode(recorded)
    assert found == StartTimecode("172800000 samples after midnight")
    assert counted(found, None) is None


async def test_a_file_that_is_no_medium_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(b"\0\0\0\x14ftypqt  " + bytes(40))
    with pytest.raises(MediaError, match=r"a\.mov"):
        await start_timecode(path)


@pytest.mark.parametrize(
    ("said", "number", "fps", "rate"),
    [
        ("01:00:10:12", 108_312, Fraction(60), Fraction(30)),
        ("01:00:10;12", 108_204, DOUBLE_NTSC, NTSC),
        ("01:00:10:12", 90_262, Fraction(50), Fraction(25)),
        ("01:00:10:12", 216_612, Fraction(60), Fraction(60)),
        ("01:00:10:12", None, Fraction(60), Fraction(60)),
        # A track of timecode with the rate of another clip.
        ("01:00:10:12", 108_312, Fraction(24), None),
        ("01:00:10:29", None, Fraction(25), None),
        ("01:00:10;12", None, Fraction(25), None),
        ("01:00:10;12", None, Fraction(30), None),
        ("01:00:10:12", None, Fraction(675, 17), None),
        ("-01:00:00:00", None, Fraction(24), None),
    ],
)
def test_the_rate_of_a_timecode_is_found(
    said: str, number: int | None, fps: Fraction, rate: Fraction | None
) -> None:
    start = counted(StartTimecode(said, number), fps)
    assert (start.rate if start is not None else None) == rate
    if start is not None and rate is not None:
        assert start.at(fps) == start.frame * (fps / rate)


@pytest.mark.parametrize("rate", [NTSC, DOUBLE_NTSC])
@pytest.mark.parametrize("is_drop", [True, False])
def test_timecodes_are_those_of_opentimelineio(rate: Fraction, is_drop: bool) -> None:
    otio = pytest.importorskip("opentimelineio", reason="it has no wheel for Python 3.14")
    hour = whole_rate(rate) * 3600
    near = [minute * whole_rate(rate) * 60 for minute in range(1, 21)]
    frames = {0, 1, hour, 23 * hour, *(one + more for one in near for more in range(-40, 5))}
    for frame in frames:
        time = otio.opentime.RationalTime(frame, float(rate))
        said = otio.opentime.to_timecode(time, float(rate), is_drop)
        assert written_timecode(frame, rate, is_drop=is_drop) == said
        start = counted(StartTimecode(said), rate)
        assert start is not None
        assert start.frame == frame
