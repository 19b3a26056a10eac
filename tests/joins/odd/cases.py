"""The odd files, by kind."""

import os
from dataclasses import replace
from fractions import Fraction

from tests.joins.odd.bench import TONES_S
from tests.joins.odd.case import Odd
from tests.joins.odd.changes import channels, merged, tags
from tests.joins.odd.coded import picture, sound
from tests.joins.odd.damage import noise, one_bit, spoilt, zeros
from tests.joins.odd.devices import copied, cut_by_copying, late_picture, recorded, shifted_sound
from tests.joins.odd.shapes import clean_aperture, cropped_matroska
from tests.joins.odd.sounds import gap
from tests.joins.odd.streams import (
    cover_as_picture,
    cover_first,
    fonts,
    later,
    second_picture,
    sound_first,
    subtitles,
)
from tests.joins.odd.uneven import begun_inside_a_frame, recorder, short_first, telephone

_MANY = "has over 256 streams"
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
    Odd("cover as a picture, mkv", cover_as_picture),
    Odd("second picture is the default, mkv", second_picture),
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
_PICTURE, _SOUND = "its picture can't be decoded at ", "its sound can't be decoded at "
_NEAR_1_2 = rf"{_PICTURE}1\.[012]\d* s"
_VP8 = "webm -c:v libvpx -deadline realtime -cpu-used 8 -g 30 -b:v 3M"
_VP9 = "webm -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 30"
DAMAGED = [
    Odd("zeros in a P frame", spoilt("zeros.mp4", "video", 1.2, zeros),
        refused=_NEAR_1_2, cut_refused=_NEAR_1_2),
    Odd("a bit in a P frame", spoilt("bit.mp4", "video", 1.2, one_bit),
        refused=_NEAR_1_2, cut_refused=_NEAR_1_2),
    Odd("noise in a key frame", spoilt("key.mp4", "video", 1.0, noise),
        refused=_PICTURE + r"(1|0\.9\d*) s", cut_refused=_PICTURE + r"(1|0\.9\d*) s"),
    Odd("noise after the part that is cut", spoilt("after.mp4", "video", 1.6, noise),
        refused=_PICTURE + r"1\.[56]\d* s"),
    Odd("noise before the part that is cut", spoilt("before.mp4", "video", 0.3, noise, many=4),
        refused=_PICTURE + r"0\.[234]\d* s"),
    Odd("zeros in hevc", spoilt("hevc.mp4", "video", 1.2, zeros,
        of="mp4 -c:v libx265 -g 30 -x265-params log-level=none"),
        refused=_PICTURE, cut_refused=_PICTURE),
    Odd("noise in mpeg-4", spoilt("mpeg4.mp4", "video", 1.2, noise,
        of="mp4 -c:v mpeg4 -q:v 4 -g 30"), refused=_PICTURE, cut_refused=_PICTURE),
    Odd("noise in prores", spoilt("prores.mov", "video", 1.2, noise, of="mov -c:v prores_ks"),
        refused=_PICTURE, cut_refused=_PICTURE),
    Odd("zeros in vp8", spoilt("vp8.webm", "video", 1.2, zeros, of=_VP8),
        refused=_PICTURE, cut_refused=_PICTURE),
    Odd("noise in vp9", spoilt("vp9.webm", "video", 1.2, noise, of=_VP9),
        refused=_PICTURE, cut_refused=_PICTURE),
    Odd("noise in mpeg-2", spoilt("mpeg2-noise.mkv", "video", 1.2, noise,
        of="mkv -c:v mpeg2video -q:v 4 -g 30"), refused=_PICTURE, cut_refused=_PICTURE),
    Odd("noise in ffv1", spoilt("ffv1-noise.mkv", "video", 1.2, noise,
        of="mkv -c:v ffv1 -level 3 -slicecrc 1"), refused=_PICTURE, cut_refused=_PICTURE),
    Odd("noise in aac", spoilt("aac.mp4", "audio", 1.2, noise, many=10),
        refused=_SOUND, cut_refused=_SOUND),
    Odd("noise in aac before the part", spoilt("aac-before.mp4", "audio", 0.2, noise, many=10),
        refused=_SOUND),
]
_709, _601 = tags("bt709"), tags("smpte170m")
_FULL = f"scale=out_range=pc,{tags('bt709', limits='pc')}"
_SIZE = "its size changes from 320 x 180 to 160 x 90 at "
_SMALL = "scale=160:90:flags=neighbor"
CHANGING = [
    Odd("tags change after 10 frames", merged("tags-10.mp4", 10, _709, _601)),
    Odd("tags change after 30 frames", merged("tags-30.mp4", 30, _709, _601)),
    Odd("tags change after 33 frames", merged("tags-33.mp4", 33, _709, _601)),
    Odd("tags change, mkv", merged("tags.mkv", 30, _709, _601)),
    Odd("size changes after 30 frames, mkv", merged("size-30.mkv", 30, "null", _SMALL),
        refused=_SIZE + "1 s", cut_refused=_SIZE + "1 s"),
    Odd("size changes after the part, mkv", merged("size-50.mkv", 50, "null", _SMALL),
        refused=_SIZE + "1.67 s"),
    Odd("size changes, mp4", merged("size.mp4", 30, "null", _SMALL),
        refused=_SIZE + "1 s", cut_refused=_SIZE + "1 s"),
    Odd("range changes", merged("range.mp4", 30, _709, _FULL),
        refused="changes from ", cut_refused="changes from "),
    Odd("shape of pixels changes", merged("aspect.mkv", 30, "setsar=1", "setsar=4/3"),
        refused="its shape of a pixel changes from 1 to 4/3 at 1 s", cut_refused="from 1 to 4/3"),
    Odd("channels change, aac", channels("aac", "channels-aac.mkv"),
        refused="its channels change from mono to stereo", cut_refused="its channels change"),
    Odd("channels change, ac-3", channels("ac3", "channels-ac3.mp4"),
        refused="its channels change from mono to stereo", cut_refused="its channels change"),
]
SHAPES = [
    Odd("clean aperture in the middle", clean_aperture(20, 20)),
    Odd("clean aperture at the right", clean_aperture(40, 0)),
    Odd("cropped, mkv", cropped_matroska),
]
_PAUSE = [*range(12), *[11] * 39, *range(51, 60)]
UNEVEN = [
    Odd(f"a short first frame, {rate} frames a second", short_first(rate), frames=range(frames),
        rate=Fraction(rate), alone=True)
    for rate, frames in (("24", 48), ("25", 50), ("30000/1001", 60), ("50", 100), ("60", 120))
] + [
    Odd("a short first frame, 60, mkv", short_first("60", "mkv"), frames=range(120),
        rate=Fraction(60), alone=True),
    Odd("a telephone's clock", telephone, alone=True),
    Odd("a recorder's pause, mp4", recorder("mp4"), _PAUSE, cut=False),
    Odd("a recorder's pause, mkv", recorder("mkv"), _PAUSE, cut=False),
    # Its first whole frame is 19; that is shown at once, and what is heard at 19/30 s is there too.
    Odd("it begins inside a frame, early", begun_inside_a_frame("0.605"), range(19, 60),
        (11 / 30, 26 / 30), cut=False),
    Odd("it begins inside a frame, late", begun_inside_a_frame("0.625", 3), range(19, 60),
        (11 / 30, 26 / 30), cut=False),
]
_LIVE = ("-deadline", "realtime", "-cpu-used", "8", "-b:v", "3M", "-g", "30", "-c:a", "libopus")
_LATE, _LEAD_IN = (0.25, 0.75, 1.25, 1.75), 1024 / 48_000
_GROUPS = "open-gop=1:keyint=15:min-keyint=15:scenecut=0:bframes=3"
_264, _265 = ("-x264-params", _GROUPS), ("-x265-params", f"log-level=none:{_GROUPS}")
_KIND = "is not a media file that shotgraph opens"
DEVICES = [
    # Without an edit list, the first frame lasts as long as the sound's lead-in too.
    Odd("fragments, mp4", copied("fragments.mp4", "-movflags", "+frag_keyframe+empty_moov"),
        [0, *range(60)], [at + _LEAD_IN for at in TONES_S], cut=False),
    Odd("an index of fragments", copied("dash.mp4", "-movflags",
        "+dash+global_sidx+frag_keyframe+delay_moov", b_frames=2)),
    Odd("pictures before their time, mov",
        copied("negative.mov", "-movflags", "+negative_cts_offsets", b_frames=3)),
    Odd("no edit list, mp4", copied("no-edits.mp4", "-use_editlist", "0", b_frames=3)),
    Odd("a timecode, mov", copied("timecode.mov", "-timecode", "01:00:00:00")),
    Odd("a browser's vp8", recorded("live.webm", "-c:v", "libvpx", *_LIVE)),
    Odd("a browser's vp9", recorded("live-9.webm", "-c:v", "libvpx-vp9", *_LIVE)),
    Odd("hidden pictures, vp9", recorded("hidden.webm", "-c:v", "libvpx-vp9", "-cpu-used", "6",
        "-auto-alt-ref", "1", "-lag-in-frames", "16", "-b:v", "2M", "-c:a", "libopus")),
    Odd("mp3 in mp4", sound("libmp3lame", "mp3.mp4")),
    Odd("mp3 in mkv", sound("libmp3lame", "mp3.mkv")),
    Odd("opus in mp4", sound("libopus", "opus.mp4")),
    Odd("flac in mp4", sound("flac", "flac.mp4")),
    Odd("alac in mov", sound("alac", "alac.mov")),
    Odd("vorbis in mkv", sound("libvorbis", "vorbis.mkv")),
    Odd("24 bit of sound in mov", sound("pcm_s24be", "s24.mov")),
    Odd("floating sound in mov", sound("pcm_f32le", "f32.mov")),
    Odd("sound of 96 kHz", sound("aac", "a96.mp4", "-ar", "96000")),
    Odd("sound begins late, mp4", shifted_sound("0.25", "late.mp4"), tones_s=_LATE),
    Odd("sound begins late, mkv", shifted_sound("0.25", "late.mkv"), tones_s=_LATE),
    Odd("sound begins early, mp4", shifted_sound("-0.25", "early.mp4"), tones_s=_LATE[:3]),
    Odd("sound begins early, mkv", shifted_sound("-0.25", "early.mkv"), tones_s=_LATE[:3]),
    Odd("picture begins late, mp4", late_picture("0.3", "p-late.mp4"), tones_s=(0.2, 0.7, 1.2)),
    Odd("picture begins late, mkv", late_picture("0.3", "p-late.mkv"), tones_s=(0.2, 0.7, 1.2)),
    Odd("motion jpeg in mov", picture("mjpeg", "yuvj420p", "mjpeg.mov", "-q:v", "2")),
    Odd("av1 with grain", picture("libsvtav1", "yuv420p", "grain.mp4", "-preset", "8",
        "-crf", "18", "-svtav1-params", "film-grain=6")),
    Odd("cut in an open group, h264 in mp4", cut_by_copying("open.mp4", "libx264", *_264),
        range(30, 60), (0, 0.5), cut=False),
    Odd("cut in an open group, h264 in mkv", cut_by_copying("open.mkv", "libx264", *_264),
        cut=False, refused="its picture can't be decoded at 0 s"),
    Odd("cut in an open group, hevc in mp4",
        cut_by_copying("open-5.mp4", "libx265", "-tag:v", "hvc1", *_265),
        range(30, 60), (0, 0.5), cut=False),
    Odd("cut in an open group, hevc in mkv", cut_by_copying("open-5.mkv", "libx265", *_265),
        range(15, 60), (0, 0.5, 1), cut=False),
    Odd("a transport stream", copied("a.ts", b_frames=2), refused=_KIND, cut_refused=_KIND),
    Odd("flash video", copied("a.flv", b_frames=2), refused=_KIND, cut_refused=_KIND),
    Odd("avi", copied("a.avi"), refused=_KIND, cut_refused=_KIND),
]
# fmt: on
# A part is cut out of one of each kind of coding and of gap; the reader is the same for all.
_WHOLE = [replace(each, cut=False) for each in [*CODECS[1:], *GAPS[1:]]]
_SOME = DEVICES if os.environ.get("SHOTGRAPH_MEDIA_FULL") == "1" else DEVICES[::6]
ODD = [*STREAMS, GAPS[0], CODECS[0], *_WHOLE, *DAMAGED, *CHANGING, *SHAPES, *UNEVEN, *_SOME]
