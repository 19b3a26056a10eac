import os
from fractions import Fraction
from pathlib import Path

import ffmpeg
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.probe import read_media
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.smart.join import concat
from shotgraph.media.source import identify, source, why_not_opened
from shotgraph.media.trim import trim
from shotgraph.model.references import MediaKind
from tests.media.coded_clips import codes, read_codes

PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '{secret}'\n"
DASH = '<?xml version="1.0"?><MPD><Period><BaseURL>{secret}</BaseURL></Period></MPD>'


@pytest.mark.parametrize("text", [PLAYLIST, CONCAT, DASH, "v=0\nc=IN IP4 127.0.0.1\n", ""])
async def test_a_text_with_the_name_of_a_clip_is_not_opened(
    text: str, first: Path, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_text(text.format(secret=first), encoding="utf-8")

    with pytest.raises(MediaError, match=r"clip\.mp4 is not a media file that shotgraph opens"):
        read_media(clip)
    with pytest.raises(MediaError, match="not a media file"):
        source(clip)
    with pytest.raises(MediaError, match="not a media file"):
        await concat([first, clip], tmp_path / "film.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize("text", [PLAYLIST, CONCAT])
async def test_the_reader_is_forced_even_if_the_first_bytes_lie(
    text: str, first: Path, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    box = text.format(secret=first).encode()
    clip.write_bytes(
        b"\0\0\0\x10ftypisom\0\0\0\0" + (len(box) + 8).to_bytes(4, "big") + b"free" + box
    )
    assert identify(clip).demuxer == "mov"

    with pytest.raises(MediaError, match="can't be read as mp4"):
        read_media(clip)
    clip.write_text(text.format(secret=first.name), encoding="utf-8")
    neighbour = tmp_path / first.name
    neighbour.write_bytes(first.read_bytes())
    node = ffmpeg.input(f"file:{clip}", format="mov", protocol_whitelist="file")
    with pytest.raises(MediaError, match="Invalid data"):
        await run_ffmpeg(ffmpeg.output(node, "-", f="null"))


@pytest.mark.parametrize("magic", [b"OggS", b"fLaC", b"ID3\x03"])
def test_a_text_is_not_drawn_as_a_terminal(magic: bytes, tmp_path: Path) -> None:
    # By its name alone ffmpeg takes this for a session of a terminal, and makes a video of it.
    text = tmp_path / "passwords.ans"
    text.write_bytes(magic + b"\na secret\n" * 200)

    with pytest.raises(MediaError, match="can't be read as"):
        read_media(text)


async def test_odd_names_are_only_names(first: Path, tmp_path: Path) -> None:
    names = [
        "-y.mp4",
        'it\'s "a" clip.mp4',
        "a\nfile b.mp4",
        "concat:a|b.mp4",
        "%03d.mp4",
        "é [x];,.mp4",
    ]
    clips = [tmp_path / name for name in names]
    for clip in clips:
        clip.write_bytes(first.read_bytes())

    film = await concat(clips, tmp_path / "-film 'x'\n.mp4")
    part = await trim(clips[2], clips[0], start=Fraction(0), seconds=Fraction(1, 2))

    assert film.frames == 40 * len(clips)
    assert read_codes(tmp_path / "-film 'x'\n.mp4") == codes(1, range(40)) * len(clips)
    assert part.frames == 15


async def test_a_path_is_never_an_address(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "concat:a").write_bytes(first.read_bytes())

    assert read_media(Path("concat:a")).frames == 40
    with pytest.raises(MediaError, match="can't read"):
        source(Path("http://127.0.0.1:9/clip.mp4"))


def test_equal_paths_are_inputs_of_their_own(first: Path) -> None:
    streams = [source(first, index=number) for number in range(3)]

    arguments = ffmpeg.compile(ffmpeg.output(ffmpeg.concat(*streams), "file:/x", f="mp4"))

    assert arguments.count("-i") == 3
    assert arguments.count(f"file:{first}") == 3


def test_every_bound_is_on_the_command_line(first: Path) -> None:
    arguments = ffmpeg.compile(ffmpeg.output(source(first, t=5), "file:/x", f="mp4"))
    before = arguments[: arguments.index("-i")]

    for name, value in {
        "-f": "mov",
        "-protocol_whitelist": "file",
        "-enable_drefs": "0",
        "-use_absolute_path": "0",
        "-max_streams": "256",
        "-max_pixels": "36864000",
        "-t": "5",
    }.items():
        assert before[before.index(name) + 1] == value


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "clip.mp4")

    for path in (tmp_path, tmp_path / "clip.mp4"):
        with pytest.raises(MediaError, match="not a regular file"):
            identify(path)
    with pytest.raises(MediaError, match="can't read"):
        identify(tmp_path / "absent.mp4")
    with pytest.raises(MediaError, match="can't read"):
        identify(Path("a\0b"))


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x14ftypqt  ", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"),
        (b"\x1a\x45\xdf\xa3", "matroska"),
        (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"ID3\x04", "mp3"),
        (b"fLaC", "flac"),
        (b"OggS", "ogg"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(head)

    assert identify(tmp_path / "x.mp4").name == name


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"FAL_KEY=abc:secret", "holds text"),
        (b"GIF89a", "holds a GIF"),
        (b"%PDF-1.7", "holds a PDF"),
        (b"PK\3\4rest", "holds a ZIP archive"),
        (b"#EXTM3U\n", "holds a playlist"),
        ("Grüße".encode(), "holds text"),
        (b"\0\1\2\3secret", "holds bytes of another kind"),
        (b"BM6", "holds a BMP"),
        (b"", "is empty"),
    ],
)
def test_a_message_shows_no_byte_of_a_file(tmp_path: Path, head: bytes, kind: str) -> None:
    path = tmp_path / "given"
    path.write_bytes(head)
    with pytest.raises(MediaError) as caught:
        identify(path)
    assert f"that shotgraph opens: it {kind}. Allowed" in caught.value.message
    assert "secret" not in caught.value.message
    assert caught.value.message.endswith("a font as ttf or otf")


@pytest.mark.parametrize(
    ("head", "kind", "said", "allowed"),
    [
        (b"\0\0\0\x1cftypavif", "image", "an AVIF picture", "an image as png, jpg or webp"),
        (b"\0\0\0\x1cftypheic", "image", "a HEIC picture", "an image as png, jpg or webp"),
        (b"GIF89a", "video", "a GIF", "a video as mp4, mov, webm or mkv"),
        (b"GIF89a", "font", "a GIF", "a font as ttf or otf"),
        ((b"G" + b"\xff" * 187) * 3, "image", "an MPEG transport stream (MPEG-TS)", "an image as"),
    ],
)
def test_what_is_allowed_is_of_the_wanted_kind(
    head: bytes, kind: MediaKind, said: str, allowed: str, tmp_path: Path
) -> None:
    path = tmp_path / "given"
    path.write_bytes(head)
    found = why_not_opened(path, kind)
    assert found is not None
    assert found[0].endswith(f"it holds {said}")
    assert found[1].startswith(allowed)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ((b"G" + b"\xff" * 187) * 3, "an MPEG transport stream (MPEG-TS)"),
        ((b"\0\0\0\0G" + b"\xff" * 187) * 3, "an MPEG transport stream (MPEG-TS)"),
        (b"RIFF\0\0\0\0AVI LIST", "an AVI"),
    ],
)
def test_the_way_into_matroska_is_said(head: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "a clip.ts"
    path.write_bytes(head)
    found = why_not_opened(path, "video")
    assert found is not None
    assert found[0].endswith(
        f"it holds {what}, which can be moved into Matroska without being coded: "
        f"ffmpeg -i '{path}' -c copy '{tmp_path / 'a clip.mkv'}'"
    )


def test_a_file_that_is_opened_is_nothing_else(tmp_path: Path) -> None:
    """Whether it is damaged is not said here; a picture of mp4's form may be a video of a frame."""
    for head in (b"\0\0\0\x1cftypisom", b"\0\0\0\x1cftypavif", b"RIFF\0\0\0\0WAVE"):
        (tmp_path / "x").write_bytes(head)
        assert why_not_opened(tmp_path / "x", "video") is None
    os.mkfifo(tmp_path / "pipe")
    for name in ("nowhere", "pipe"):
        assert why_not_opened(tmp_path / name, "video") is None
