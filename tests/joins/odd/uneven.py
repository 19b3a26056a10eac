"""Files whose frames do not come at even times, as recorders and telephones write them."""

from fractions import Fraction
from pathlib import Path

from tests.joins.odd.bench import Bench
from tests.joins.odd.case import Maker


def short_first(rate: str, container: str = "mp4") -> Maker:
    """The first frame lasts 1 ms, and all that follows is early: OBS."""
    early = float(1 / Fraction(rate) - Fraction(1, 1000))

    def make(bench: Bench) -> Path:
        name = rate.replace("/", "-")
        good = bench.written(f"even-{name}.mp4", rate=rate, options={"bf": "0"})
        moved = f"setts=ts='if(eq(N,0),PTS,PTS-{early:.6f}/TB)'"
        clock = ["-video_track_timescale", "60000"] if container == "mp4" else []
        how = ["-c", "copy", *clock, "-bsf:v", moved]
        return bench.run("-i", good, *how, into=f"short-first-{name}.{container}")

    return make


def telephone(bench: Bench) -> Path:
    """A clock of 1/600 s, one tick off now and then, and a last frame of 17 ticks."""
    good = bench.written("even-30.mp4", rate="30", options={"bf": "0"})
    wobble = "setts=ts='PTS+(mod(N,3)-1)*gt(N,0)':duration='if(eq(N,59),17,DURATION)'"
    how = ["-c", "copy", "-video_track_timescale", "600", "-bsf:v", wobble]
    return bench.run("-i", good, *how, into="telephone.mov")


def recorder(container: str) -> Maker:
    """Nothing moves from 0.4 s to 1.7 s, and frames are decoded before they are shown."""

    def make(bench: Bench) -> Path:
        good = bench.written("even-30.mp4", rate="30", options={"bf": "0"})
        still = "select='lt(n,12)+gte(n,51)'"
        how = ["-vf", still, "-fps_mode", "vfr", "-c:v", "libx264", "-bf", "3", "-c:a", "copy"]
        return bench.run("-i", good, *how, into=f"recorder.{container}")

    return make


def begun_inside_a_frame(after_s: str, b_frames: int = 0) -> Maker:
    """Its edit list begins where a frame is half over: a cut without coding, or of a telephone."""

    def make(bench: Bench) -> Path:
        good = bench.written(f"b-{b_frames}.mp4", options={"bf": str(b_frames), "g": "30"})
        how = ["-c", "copy"]
        return bench.run("-ss", after_s, "-i", good, *how, into=f"from-{after_s}-{b_frames}.mp4")

    return make
