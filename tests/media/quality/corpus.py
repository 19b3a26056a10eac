"""Good clips and spoilt ones, to judge the judge: generated, filmed, and drawn by a rehearsal.

Each is 3 s long and small, and is what people ask models for: pans, zooms, a shaking hand, night,
fades, lightning, slow motion. The spoilt ones are good ones with a known fault.
"""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.probe import probe
from shotgraph.rehearsal.draw import Scene, SceneClip, draw
from shotgraph.rehearsal.spoil import Spoilt, spoil

ROOT = Path(__file__).parents[3]
_SIZE = "640x360"
_SOUND = ("-f", "lavfi", "-i", "sine=f=330:d=3,volume=-14dB")
_CODED = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac")

_HARBOUR = ROOT / "examples/clips/harbour.mp4"
_LAMP = ROOT / "examples/stills/lamp-front.png"
BASES: dict[str, tuple[str, ...]] = {
    "harbour": ("-ss", "1", "-i", str(_HARBOUR)),
    "test card": ("-f", "lavfi", "-i", f"testsrc2=s={_SIZE}:r=24"),
    "fractal": ("-f", "lavfi", "-i", f"mandelbrot=s={_SIZE}:r=24:end_pts=400:end_scale=0.3"),
    "colours": ("-f", "lavfi", "-i", f"gradients=s={_SIZE}:r=24:speed=0.03:n=5:seed=3"),
    "dial": ("-f", "lavfi", "-i", f"testsrc=s={_SIZE}:r=24"),
    "still": ("-f", "lavfi", "-i", f"movie={_LAMP},zoompan=z='1+0.0015*on':d=72:s=1280x720:fps=24"),
}
"""What is filmed."""
_BIG = "scale=1440:810:force_original_aspect_ratio=increase:flags=fast_bilinear,crop=1440:810"
_FILL = f"scale={_SIZE.replace('x', ':')}:force_original_aspect_ratio=increase,crop=640:360"


def _moved(x: str = "80", y: str = "45", *then: str) -> str:
    """Move over the picture by half a pixel at a time: whole ones would stutter."""
    return ",".join([_BIG, f"crop=1280:720:x='{x}':y='{y}'", "scale=640:360", *then])


_PAN = "160*t/3"
_BARS = "drawbox=h=46:c=black:t=fill,drawbox=y=314:h=46:c=black:t=fill"
MOVES: dict[str, str] = {
    "as it is": f"{_FILL},noise=alls=3:allf=t",
    "pan": _moved(_PAN),
    "fast pan": _moved("80-80*cos(2*PI*t)"),
    "shaking hand": _moved("80+24*sin(9*t)+10*sin(23*t)", "45+18*sin(11*t)"),
    "turning": f"{_FILL},rotate='0.12*sin(t)'",
    "night": _moved("100*t/3", "20", "eq=brightness=-0.25:contrast=0.6", "noise=alls=4:allf=t"),
    "fade in": _moved(_PAN, "45", "fade=t=in:d=0.5"),
    "fade out": _moved(_PAN, "45", "fade=t=out:st=2.4:d=0.6"),
    "breathing light": _moved("100*t/3", "45", "eq=brightness='0.08*sin(2*PI*1.5*t)':eval=frame"),
    "lightning": _moved(
        "100*t/3",
        "45",
        "eq=brightness='if(between(t,1.4,1.48)+between(t,1.6,1.64),0.4,0)':eval=frame",
    ),
    "drifting hue": _moved("120*t/3", "45", "hue=h='40*t'"),
    "grain": _moved("60*t/3", "45", "noise=alls=20:allf=t"),
    "out of focus": _moved(_PAN, "45", "gblur=sigma=6"),
    "slow motion": _moved("72*t/3", "45", "noise=alls=2:allf=t"),
    "letterbox": _moved(_PAN, "45", _BARS),
    "speeding up": _moved("160*t*t/9"),
    "stopping": _moved("160*(1-(1-t/3)*(1-t/3))", "45", "noise=alls=2:allf=t"),
}
"""How the camera and the light move."""
PROMPTS = (
    *("an oil painting at dusk", "a watercolour of winter", "a comic at night", "pixel art, neon"),
    *("a dream in the forest", "long exposure of fire", "a charcoal sketch", "a vintage photo"),
    *("rain and fog", "underwater", "a western in the desert", "an autumn morning", "gold"),
)
"""What rehearsals are asked for."""


@dataclass(frozen=True)
class Sample:
    """One clip.

    Attributes:
        clip: It.
        source: The video that it repaints, if it repaints one.
        wanted: The kinds of which at least one has to be found; empty for a good clip.
    """

    name: str
    clip: Path
    source: Path | None = None
    wanted: frozenset[str] = frozenset()


def filmed(folder: Path, base: str, move: str) -> Path:
    """Film something."""
    path = folder / f"{base} {move}.mp4".replace(" ", "-")
    if not path.exists():
        given = [*BASES[base], *_SOUND, "-vf", f"{MOVES[move]},fps=24", "-t", "3", "-map", "0:v"]
        begun = [str(find_ffmpeg().path), "-v", "error", "-y", *given]
        command = [*begun, "-map", "1:a", *_CODED, str(path)]
        subprocess.run(command, check=True, capture_output=True)
    return path


async def drawn(folder: Path, kind: str, prompt: str, source: Path | None, number: int = 0) -> Path:
    """Have a rehearsal draw."""
    of = f"-of-{source.stem}" if source is not None else ""
    path = folder / f"{kind}-{prompt}{of}-{number}.mp4".replace(" ", "-")
    if path.exists():
        return path
    scene = Scene(
        kind=kind,
        take=f"take-{number}-{prompt}",
        prompt=prompt,
        duration_s=3,
        aspect_ratio="auto",
        keep_audio=True,
        video=SceneClip(source, await probe(source)) if source is not None else None,
        start_image=_LAMP if kind == "image_to_video" else None,
        end_image=None,
        pictures=(_LAMP,) if kind == "reference_to_video" else (),
    )
    work = folder / f"{path.stem}.work"
    work.mkdir(exist_ok=True)
    await draw(scene, work, path, lambda line: None)
    return path


def good_names() -> list[tuple[str, ...]]:
    """102 that are filmed, and 98 that are drawn."""
    filming: list[tuple[str, ...]] = [
        ("filmed", base, move) for base, move in product(BASES, MOVES)
    ]
    sources = [("harbour", "pan"), ("test card", "shaking hand"), ("colours", "as it is")]
    sources += [("still", "speeding up"), ("fractal", "turning")]
    edits = [("edit", prompt, *source) for prompt, source in product(PROMPTS, sources)]
    # A sketch of what has no edges is a white sheet, in which nothing moves: that is no good clip.
    edits[edits.index(("edit", "a charcoal sketch", *sources[2]))] = (
        *("edit", "a charcoal sketch"),
        *("dial", "pan"),
    )
    others: list[tuple[str, ...]] = [
        ("reference", prompt, *sources[n % 5]) for n, prompt in enumerate(PROMPTS)
    ]
    others += [("image_to_video", prompt) for prompt in PROMPTS]
    others += [("reference_to_video", prompt) for prompt in PROMPTS[:7]]
    return [*filming, *edits, *others]


async def good(folder: Path, name: tuple[str, ...]) -> Sample:
    """Make a good clip."""
    said = " · ".join(name)
    match name:
        case ("filmed", base, move):
            return Sample(said, filmed(folder, base, move))
        case ("edit", prompt, base, move):
            source = filmed(folder, base, move)
            return Sample(said, await drawn(folder, "edit", prompt, source), source)
        case ("reference", prompt, base, move):
            source = filmed(folder, base, move)
            return Sample(said, await drawn(folder, "reference", prompt, source))
        case (kind, prompt):
            return Sample(said, await drawn(folder, kind, prompt, None))
        case _:
            raise ValueError(name)


WANTED: dict[Spoilt, frozenset[str]] = {
    "black": frozenset({"black"}),
    "frozen": frozenset({"frozen"}),
    "flicker": frozenset({"flicker"}),
    "cut": frozenset({"cut"}),
    "repeated": frozenset({"repeated"}),
    "jump": frozenset({"jump", "length"}),
    "short": frozenset({"length"}),
    "silent": frozenset({"silent"}),
    "mute": frozenset({"silent"}),
    "clipped": frozenset({"clipped"}),
    "backwards": frozenset({"motion"}),
}


def spoilt_names() -> Iterator[tuple[Spoilt, str, str, str]]:
    """Forty: each fault in four edits, but for `backwards`, which needs motion that changes."""
    sources = [("harbour", "pan"), ("test card", "shaking hand"), ("colours", "grain")]
    sources += [("still", "turning"), ("fractal", "night")]
    for place, how in enumerate(one for one in WANTED if one != "backwards"):
        for number in range(4):
            source = sources[(place + number) % len(sources)]
            if how == "jump" and source[1] in ("shaking hand", "grain", "night"):
                source = ("harbour", "pan")
            yield how, PROMPTS[(place + 3 * number) % len(PROMPTS)], *source


async def spoilt(folder: Path, name: tuple[Spoilt, str, str, str]) -> Sample:
    """Make a spoilt clip out of a good one."""
    how, prompt, base, move = name
    source = filmed(folder, base, move)
    whole = await drawn(folder, "edit", prompt, source)
    path = folder / f"{how}-{whole.name}"
    if not path.exists():
        await spoil(whole, path, how)
    return Sample(" · ".join(name), path, source, WANTED[how])


Maker = Callable[[Path], Path]
LENGTH_S = Fraction(3)
