"""The odd files, by kind."""

from tests.joins.odd.bench import TONES_S
from tests.joins.odd.case import Odd
from tests.joins.odd.coded import picture, sound
from tests.joins.odd.sounds import gap
from tests.joins.odd.streams import cover_first, fonts, later, sound_first, subtitles

_MANY = "over 256 streams"
# fmt: off
STREAMS = [
    Odd("18 subtitles, mkv", subtitles(18, "subs.mkv", "srt")),
    Odd("18 subtitles, webm", subtitles(18, "subs.webm", "webvtt")),
    Odd("18 subtitles, mp4", subtitles(18, "subs.mp4", "mov_text")),
    Odd("160 subtitles, mkv", subtitles(160, "subs-160.mkv", "srt")),
    Odd("300 subtitles, mkv", subtitles(300, "subs-300.mkv", "srt"),
        refused=_MANY, cut_refused=_MANY),
    Odd("20 fonts, mkv", fonts),
    Odd("cover first, mp4", cover_first),
    Odd("sound first, mp4", sound_first),
    Odd("clock from 10 h, mkv", later("mkv", 36_000)),
    Odd("clock from 10 h, webm", later("webm", 36_000)),
    Odd("clock from 2 s, mp4", later("mp4", 2)),
]
GAPS = [
    Odd("85 ms of aac missing", gap("copy", "between(n,30,33)", "gap-85.mkv")),
    Odd("21 ms of aac missing", gap("copy", "eq(n,15)", "gap-21.mkv")),
    Odd("43 ms of aac missing, mp4", gap("copy", "between(n,36,37)", "gap-43.mp4")),
    Odd("60 ms of opus missing", gap("libopus", "between(n,30,32)", "gap-60.mkv")),
    Odd("20 ms of opus missing each 0.5 s", gap("libopus", "eq(mod(n,25),12)", "gap-20.mkv")),
    Odd("200 ms of aac missing", gap("copy", "between(n,28,36)", "gap-200.mkv")),
]
_NOT = "is not opened; allowed: "
CODECS = [
    Odd("dnxhr in mov", picture("dnxhd", "yuv422p", "dnxhr.mov", "-profile:v", "dnxhr_sq")),
    Odd("dnxhd 10 bit in mkv", picture("dnxhd", "yuv422p10", "dnx.mkv", "-profile:v", "dnxhr_hqx")),
    Odd("cineform in mov", picture("cfhd", "yuv422p10", "cfhd.mov", size="320x192")),
    Odd("mpeg-2 in mov", picture("mpeg2video", "yuv420p", "mpeg2.mov", "-q:v", "2")),
    Odd("mpeg-2 in mkv", picture("mpeg2video", "yuv420p", "mpeg2.mkv", "-q:v", "2")),
    Odd("ffv1 in mkv", picture("ffv1", "yuv420p", "ffv1.mkv", "-level", "3")),
    Odd("eac3 in mp4", sound("eac3", "eac3.mp4")),
    Odd("eac3 in mkv", sound("eac3", "eac3.mkv")),
    Odd("mp2 in mkv", sound("mp2", "mp2.mkv")),
    # Its coder begins 512 samples early, and the file does not say so.
    Odd("dts in mkv", sound("dca", "dts.mkv"), tones_s=[at + 512 / 48_000 for at in TONES_S]),
    Odd("µ-law in mov", sound("pcm_mulaw", "mulaw.mov", "-ar", "48000")),
    Odd("huffyuv in mkv", picture("huffyuv", "yuv422p", "huffyuv.mkv"),
        refused=f"its picture is huffyuv, which {_NOT}", cut_refused=_NOT),
    Odd("animation in mov", picture("qtrle", "rgb24", "qtrle.mov"), refused=_NOT, cut_refused=_NOT),
    Odd("truehd in mkv", sound("truehd", "truehd.mkv"),
        refused=f"its sound is truehd, which {_NOT}", cut_refused=_NOT),
]
# fmt: on
ODD = [*STREAMS, *GAPS, *CODECS]
