"""Ways in which a finished film may be wrong: each changes one thing, and a player minds none.

They work on the file, as a muxer, a coder or a disk would spoil it, and know nothing of the check.
"""

import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.packet import Packet

from tests.joins.odd.bench import Bench

Packets = list[Any]  # whose times are None only where a file is strange
Order = Callable[[int, random.Random], list[int]]


@dataclass
class Spoiling:
    """A film that is to be spoilt.

    Attributes:
        film: A good one.
        other: Another film, coded alike.
        bench: Where to work.
        dice: What is chosen at random.
    """

    film: Path
    other: Path
    bench: Bench
    dice: random.Random = field(default_factory=random.Random)

    @property
    def out(self) -> Path:
        """The spoilt film."""
        return self.bench.path("spoilt.mp4")

    def ffmpeg(self, *words: str | Path) -> Path:
        """Copy the film but for what is said."""
        how = ("-fflags", "+bitexact", "-map_metadata", "-1", "-movflags", "+faststart")
        return self.bench.run("-i", self.film, "-c", "copy", *words, *how, into=self.out.name)

    def sound(self, graph: str) -> Path:
        """Code its sound anew through a filter."""
        layout = ("-b:a", "192k", "-ar", "48000")
        return self.ffmpeg("-af", graph, "-c:a", "aac", *layout)

    def picture(self, graph: str) -> Path:
        """Code its picture anew through a filter."""
        how = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-profile:v", "high")
        return self.ffmpeg("-vf", graph, *how, "-fps_mode", "passthrough")

    def packets(self, change: Callable[[Packets, random.Random], Packets], kind: str) -> Path:
        """Write the film anew with other packets of one kind."""
        with av.open(str(self.film)) as media:
            options = {"movflags": "+faststart", "movie_timescale": "240000"}
            with av.open(str(self.out), "w", format="mp4", options=options) as made:
                streams = [*media.streams.video, *media.streams.audio]
                copies = {each.index: made.add_stream_from_template(each) for each in streams}
                packets = [each for each in media.demux(*streams) if each.size]
                mine = [each for each in packets if each.stream.type == kind]
                rest = [each for each in packets if each.stream.type != kind]
                changed = [*change(mine, self.dice), *rest]
                seconds = {id(each): float(each.dts * each.time_base) for each in changed}
                for packet in sorted(changed, key=lambda each: seconds[id(each)]):
                    packet.stream = copies[packet.stream.index]
                    made.mux(packet)
        return self.out

    def patched(self, change: Callable[[bytearray], None]) -> Path:
        """Write its bytes with a change."""
        data = bytearray(self.film.read_bytes())
        change(data)
        self.out.write_bytes(data)
        return self.out


Mutation = Callable[[Spoiling], Path]


def _like(packet: "Packet[Any]", data: "Packet[Any]") -> "Packet[Any]":
    """A packet with another's bytes at its own time."""
    made: Packet[Any] = Packet(bytes(data))
    made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
    made.time_base, made.stream = packet.time_base, packet.stream
    made.is_keyframe = packet.is_keyframe
    return made


def _bytes_at(packets: Packets, order: Sequence[int]) -> Packets:
    return [_like(packet, packets[source]) for packet, source in zip(packets, order, strict=False)]


def dropped(many: int, dice: random.Random) -> list[int]:
    """One of so many is missing; here as in the next, which one stands in each place."""
    place = dice.randrange(1, many)
    return [n for n in range(many) if n != place]


def repeated(many: int, dice: random.Random) -> list[int]:
    """One comes twice, and the last one is missing."""
    place = dice.randrange(many - 1)
    return [n - (n > place) for n in range(many)]


def dropped_and_repeated(many: int, dice: random.Random) -> list[int]:
    """One is missing, and a later one comes twice."""
    begin, end = sorted(dice.sample(range(1, many), 2))
    return [*range(begin), *range(begin + 1, end + 1), *range(end, many)]


def swapped(many: int, dice: random.Random) -> list[int]:
    """Two stand in each other's place."""
    order = list(range(many))
    one, two = dice.sample(order, 2)
    order[one], order[two] = two, one
    return order


def neighbours_swapped(many: int, dice: random.Random) -> list[int]:
    """One comes before the one before it."""
    order = list(range(many))
    place = dice.randrange(many - 1)
    order[place : place + 2] = [place + 1, place]
    return order


def moved(many: int, dice: random.Random) -> list[int]:
    """A run stands elsewhere."""
    order = list(range(many))
    begin = dice.randrange(1, many - 5)
    run = order[begin : begin + 4]
    del order[begin : begin + 4]
    place = dice.choice([n for n in range(1, len(order)) if n != begin])
    order[place:place] = run
    return order


def shown_in_another_order(packets: Packets, dice: random.Random) -> Packets:
    """Two frames are due at each other's times."""
    one, two = dice.sample(range(1, len(packets)), 2)
    packets[one].pts, packets[two].pts = packets[two].pts, packets[one].pts
    for packet in packets:  # a frame is not shown before it is decoded
        packet.dts -= 90 * packets[0].duration
    return packets


def slower(packets: Packets, dice: random.Random) -> Packets:
    factor = dice.choice([Fraction(101, 100), Fraction(2), Fraction(103, 100)])
    for packet in packets:
        packet.pts, packet.dts = round(packet.pts * factor), round(packet.dts * factor)
        packet.duration = round(packet.duration * factor)
    return packets


def one_late(packets: Packets, dice: random.Random) -> Packets:
    place = dice.randrange(len(packets) // 2, len(packets))
    for packet in packets[place:]:
        packet.pts += packet.duration
        packet.dts += packet.duration
    return packets


def _video(change: Callable[[Packets, random.Random], Packets]) -> Mutation:
    return lambda spoiling: spoiling.packets(change, "video")


def _audio(change: Callable[[Packets, random.Random], Packets]) -> Mutation:
    return lambda spoiling: spoiling.packets(change, "audio")


def _in(order: Order) -> Callable[[Packets, random.Random], Packets]:
    return lambda packets, dice: _bytes_at(packets, order(len(packets), dice))


def from_another_film(spoiling: Spoiling) -> Path:
    """A run of coded pictures of another film, under this one's header."""
    with av.open(str(spoiling.other)) as media:
        others = [each for each in media.demux(media.streams.video[0]) if each.size]

    def change(packets: Packets, dice: random.Random) -> Packets:
        place = dice.randrange(len(packets))
        many = dice.choice([1, 1, 3, 8])
        chosen = range(place, min(place + many, len(packets)))
        return [
            _like(each, others[n % len(others)]) if n in chosen else each
            for n, each in enumerate(packets)
        ]

    return spoiling.packets(change, "video")


def shifted(milliseconds: float) -> Mutation:
    """The sound is heard later, or earlier if less than 0."""

    def spoil(spoiling: Spoiling) -> Path:
        samples = round(milliseconds * 48)
        cut = f"atrim=start_sample={-samples},asetpts=PTS-STARTPTS"
        late = f"adelay={samples}S:all=1" if samples > 0 else cut
        length = _samples(spoiling.film)
        return spoiling.sound(f"{late},apad=whole_len={length},atrim=end_sample={length}")

    return spoil


def _samples(film: Path) -> int:
    with av.open(str(film)) as media:
        return sum(frame.samples for frame in media.decode(audio=0))


def shifted_by_its_clock(spoiling: Spoiling) -> Path:
    """Its packets are due at other times."""
    late = spoiling.dice.choice([-1, 1]) * 48 * 40

    def change(packets: Packets, _: random.Random) -> Packets:
        for packet in packets:
            packet.pts, packet.dts = packet.pts + late, packet.dts + late
        return packets if late > 0 else packets[2:]

    return spoiling.packets(change, "audio")


def _sound(*graphs: str) -> Mutation:
    """One of some filters; `{at}` is a moment at which something is heard."""

    def spoil(spoiling: Spoiling) -> Path:
        at = spoiling.dice.uniform(0.1, 1.2)
        return spoiling.sound(spoiling.dice.choice(graphs).format(at=at, end=at + 0.04))

    return spoil


def _picture(*graphs: str) -> Mutation:
    def spoil(spoiling: Spoiling) -> Path:
        place = spoiling.dice.randrange(3, 30)
        return spoiling.picture(spoiling.dice.choice(graphs).format(n=place, m=place + 9))

    return spoil


def _shuffled(order: Order) -> Mutation:
    """Frames in another order, coded anew."""

    def spoil(spoiling: Spoiling) -> Path:
        with av.open(str(spoiling.film)) as media:
            many = sum(1 for _ in media.decode(video=0))
        frames = " ".join(map(str, order(many, spoiling.dice)))
        return spoiling.picture(f"shuffleframes={frames}")

    return spoil


def inside(first: int, last: int) -> dict[str, Mutation]:
    """Frames between two are exchanged, missing or repeated, and all is coded anew."""

    def within(order: Order) -> Order:
        def whole(many: int, dice: random.Random) -> list[int]:
            few = order(last - first, dice)
            few += [few[-1]] * (last - first - len(few))
            return [*range(first), *(first + n for n in few), *range(last, many)]

        return whole

    ways = (dropped, repeated, dropped_and_repeated, swapped, neighbours_swapped)
    return {each.__name__: _shuffled(within(each)) for each in ways}


def _copied(*ways: Sequence[str]) -> Mutation:
    return lambda spoiling: spoiling.ffmpeg(*spoiling.dice.choice(ways))


def _h264(*said: str) -> Mutation:
    """Other headers between the pictures and before them; of HEVC too, where it has such ones."""

    def spoil(spoiling: Spoiling) -> Path:
        with av.open(str(spoiling.film)) as media:
            codec = media.streams.video[0].codec_context.name
        change = spoiling.dice.choice(said)
        if codec == "hevc" and "display_orientation" in change:
            raise ValueError
        return spoiling.ffmpeg("-bsf:v", f"{codec}_metadata={change}")

    return spoil


def box(data: bytearray, kind: bytes, turn: int = 0) -> int:
    """Where the payload of a box begins."""
    place = -1
    for _ in range(turn + 1):
        place = data.index(kind, place + 1)
    return place + 4


def matrix(*parts: float) -> Mutation:
    """Another way up, of the picture."""

    def change(data: bytearray) -> None:
        begin = box(data, b"tkhd") + 40
        fixed = [round(part * 65536) for part in parts]
        a, b, c, d = fixed
        data[begin : begin + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)

    return lambda spoiling: spoiling.patched(change)


def said(kind: bytes, offset: int, size: int, *values: int) -> Mutation:
    """Other numbers in a box."""

    def spoil(spoiling: Spoiling) -> Path:
        def change(data: bytearray) -> None:
            place = box(data, kind) + offset
            was = int.from_bytes(data[place : place + size], "big")
            others = [value for value in values if value != was]
            data[place : place + size] = spoiling.dice.choice(others).to_bytes(size, "big")

        return spoiling.patched(change)

    return spoil


def a_byte_of(kind: bytes, first: int, last: int, turn: int = 0) -> Mutation:
    """A byte of a table is another one."""

    def spoil(spoiling: Spoiling) -> Path:
        def change(data: bytearray) -> None:
            place = box(data, kind, turn) + spoiling.dice.randrange(first, last)
            data[place] ^= 1 << spoiling.dice.randrange(8)

        return spoiling.patched(change)

    return spoil


def spoilt_bytes(kind: str, many: int) -> Mutation:
    """Some bytes of a coded picture or of coded sound are others."""

    def spoil(spoiling: Spoiling) -> Path:
        with av.open(str(spoiling.film)) as media:
            stream = media.streams.video[0] if kind == "video" else media.streams.audio[0]
            places = [(each.pos or 0, each.size) for each in media.demux(stream) if each.size > 60]
        place, size = spoiling.dice.choice(places)

        def change(data: bytearray) -> None:
            at = place + spoiling.dice.randrange(8, size - many)
            data[at : at + many] = bytes(
                each ^ spoiling.dice.randrange(1, 256) for each in data[at : at + many]
            )

        return spoiling.patched(change)

    return spoil


def cut_short(spoiling: Spoiling) -> Path:
    """Its last bytes are missing."""

    def change(data: bytearray) -> None:
        del data[-spoiling.dice.randrange(1, len(data) // 3) :]

    return spoiling.patched(change)


_COLOURS = (1, 5, 6, 9)
# fmt: off
PICTURES: dict[str, Mutation] = {
    "a frame is dropped": _video(_in(dropped)),
    "a frame is repeated": _video(_in(repeated)),
    "one is dropped, one repeated": _video(_in(dropped_and_repeated)),
    "two frames are swapped": _video(_in(swapped)),
    "neighbours are swapped": _video(_in(neighbours_swapped)),
    "a run stands elsewhere": _video(_in(moved)),
    "two are shown at each other's times": _video(shown_in_another_order),
    "it is slower": _video(slower),
    "all after one come a frame late": _video(one_late),
    "pictures of another film": from_another_film,
    "bytes of a picture": spoilt_bytes("video", 3),
    "many bytes of a picture": spoilt_bytes("video", 24),
    "a frame is dropped and one repeated, coded anew": _picture(
        "select='not(eq(n,{n}))',setpts=N/FRAME_RATE/TB,tpad=stop_mode=clone:stop=1",
        "loop=1:1:{n},select='not(eq(n,{n}+6))',setpts=N/FRAME_RATE/TB"),
    "frames are swapped, coded anew": _shuffled(swapped),
    "neighbours are swapped, coded anew": _shuffled(neighbours_swapped),
    "a run stands elsewhere, coded anew": _shuffled(moved),
    "a frame is black, coded anew": _picture("drawbox=color=black:t=fill:enable='eq(n,{n})'"),
    "a run is frozen, coded anew": _picture("select='not(between(n,{n},{m}))',fps=30"),
    "upside down, coded anew": _picture("vflip", "hflip"),
    "Cb and Cr are exchanged, coded anew": _picture("shuffleplanes=0:2:1"),
    "another hue, coded anew": _picture("hue=h=20", "hue=h=-20"),
    "paler, coded anew": _picture("hue=s=0.7"),
    "a cast, coded anew": _picture("lutyuv=u=val+12:v=val-12"),
    "a clip is grey, coded anew": _picture(
        "hue=s=0:enable='lt(n,20)'", "hue=s=0:enable='gt(n,20)'"),
    "a frame is grey, coded anew": _picture("hue=s=0:enable='eq(n,{n})'"),
}
SOUNDS: dict[str, Mutation] = {
    **{f"sound {each} ms late": shifted(each) for each in (40, 20, 10, 5, -5, -10, -20, -40)},
    "40 ms by its clock": shifted_by_its_clock,
    "a packet of sound is dropped": _audio(_in(dropped)),
    "a packet of sound is repeated": _audio(_in(repeated)),
    "packets of sound are swapped": _audio(_in(swapped)),
    "a run of sound stands elsewhere": _audio(_in(moved)),
    "the sound is slower": _audio(slower),
    "channels are swapped": _sound("pan=stereo|c0=c1|c1=c0"),
    "one channel is on both sides": _sound("pan=stereo|c0=c0|c1=c0", "pan=stereo|c0=c1|c1=c1"),
    "one channel is inverted": _sound("pan=stereo|c0=c0|c1=-1*c1"),
    "both are mixed": _sound("pan=stereo|c0=.5*c0+.5*c1|c1=.5*c0+.5*c1"),
    "a gap of 40 ms": _sound("volume=0:enable='between(t,{at},{end})'"),
    "half as loud": _sound("volume=-6dB", "volume=6dB"),
    "backwards": _sound("areverse"),
    "another pitch": _sound("asetrate=48500,aresample=48000", "atempo=1.05"),
    "a tone over it": _sound("aeval='val(0)+0.3*sin(2*PI*330*t)|val(1)':c=same"),
    "bytes of sound": spoilt_bytes("audio", 30),
    "no sound": _copied(("-an",)),
}
LABELS: dict[str, Mutation] = {
    "turned": matrix(0, 1, -1, 0),
    "turned back": matrix(0, -1, 1, 0),
    "on its head": matrix(-1, 0, 0, -1),
    "mirrored": matrix(-1, 0, 0, 1),
    "flipped": matrix(1, 0, 0, -1),
    "other primaries in the file": said(b"nclx", 0, 2, *_COLOURS),
    "another transfer in the file": said(b"nclx", 2, 2, 1, 6, 16, 18),
    "another matrix in the file": said(b"nclx", 4, 2, *_COLOURS),
    "another range in the file": said(b"nclx", 6, 1, 0, 0x80),
    "another range": _h264("video_full_range_flag=1"),
    "other colours": _h264("colour_primaries=9:matrix_coefficients=9", "matrix_coefficients=5",
                           "transfer_characteristics=18", "transfer_characteristics=16"),
    "cropped": _h264("crop_bottom=8", "crop_left=16", "crop_right=4"),
    "another shape of a pixel": _h264("sample_aspect_ratio=4/3"),
    "a turn between the pictures": _h264("display_orientation=insert:rotate=90"),
    "another level": _h264("level=1.1", "level=6.2"),
    "profile": said(b"avcC", 1, 1, 66, 77, 110),
    "level": said(b"avcC", 3, 1, 10, 62),
    "the clock of the picture": said(b"mdhd", 12, 4, 90_000, 30_001, 12_800),
    "two pictures of sound and picture": _copied(("-map", "0:v", "-map", "0:v", "-map", "0:a?")),
    "a second sound": _copied(("-map", "0:v", "-map", "0:a?", "-map", "0:a?", "-map", "0:v")),
    "the picture is switched off": said(b"tkhd", 3, 1, 0, 2),
    "a hole before it": _copied(("-output_ts_offset", "0.2", "-avoid_negative_ts", "disabled")),
    "the beginning is hidden": _copied(("-ss", "0.3")),
    "the end is missing": _copied(("-t", "1")),
    "cut short": cut_short,
    "headers of H.264": a_byte_of(b"avcC", 9, 24),
    "a length of a frame": a_byte_of(b"stts", 12, 16),
    "a size of a frame": a_byte_of(b"stsz", 14, 100),
    "an order of frames": a_byte_of(b"ctts", 8, 60),
}
# fmt: on
ALL = {**PICTURES, **SOUNDS, **LABELS}
