"""What odd files are made from: numbered clips with a tone each half second, and ffmpeg."""

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from shotgraph.media.binary import find_ffmpeg
from tests.media.coded_clips import Sound, write_clip

RATE, FRAMES = 30, 60
TONES_S = (0.0, 0.5, 1.0, 1.5)
PLAIN, ODD = 1, 2
_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Bench:
    """A folder for what is made."""

    folder: Path

    @cached_property
    def plain(self) -> Path:
        """What stands before an odd file in a film: 1 s."""
        path = self.folder / "plain.mp4"
        sound = Sound(and_at=(_HALF,))
        return path if path.exists() else write_clip(path, clip=PLAIN, frames=RATE, sound=sound)

    @cached_property
    def good(self) -> Path:
        """What odd files are made from: 2 s, a key frame each second."""
        return self.written("good.mp4")

    def written(self, name: str, **given: object) -> Path:
        """Another file with the same frames and tones, by `write_clip`."""
        path = self.folder / name
        if path.exists():
            return path
        codec = str(given.pop("sound_codec", "aac"))
        rate = Fraction(str(given.pop("rate", RATE)))
        frames = int(2 * rate + _HALF)
        sound = Sound(and_at=tuple(_HALF * place for place in (1, 2, 3)), codec=codec)
        options = {"g": "30", **dict(given.pop("options", {}))}  # type: ignore[call-overload]
        write_clip(path, clip=ODD, frames=frames, rate=rate, sound=sound, options=options, **given)  # type: ignore[arg-type]
        return path

    def detailed(self, of: str = "") -> Path:
        """`good` with so much grain that its packets are as large as those of a camera.

        Args:
            of: The options of its coding, with the container in front; h264 in mp4 if empty.
        """
        container, *how = of.split() or ["mp4", "-c:v", "libx264", "-g", "30", "-crf", "23"]
        name = f"detailed-{'-'.join(how).replace('-', '').replace(':', '')}.{container}"
        if self.path(name).exists():
            return self.path(name)
        grain = ["-vf", "noise=alls=12:allf=t"]
        sound = ["-c:a", "libopus" if container == "webm" else "copy"]
        return self.run("-i", self.good, *grain, *how, *sound, into=name)

    def path(self, name: str) -> Path:
        """Where a file is to be made."""
        return self.folder / name

    def run(self, *words: str | Path, into: str) -> Path:
        """Run ffmpeg; its last word is the file that is made."""
        made = self.path(into)
        argv = [find_ffmpeg().path, "-v", "error", "-y", "-nostdin", *words, made]
        subprocess.run([str(word) for word in argv], check=True, timeout=600, cwd=self.folder)
        return made
