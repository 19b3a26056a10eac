"""After ``purge --films`` nothing is bought again, not even where another ffmpeg makes the rest."""

import stat
from pathlib import Path

from tests.cli.command import Desk

from .conftest import set_forward
from .figures import Count
from .other_fal import OtherFal

KIND = 13
DAYS_100_S = 100 * 24 * 3600

FILM = """\
name: parts
params:
  shot: {type: video, default: shot.mp4}
steps:
  cut: {trim: {video: $shot, seconds: 3}}
  dusk: {edit: {video: $cut, prompt: dusk, keep_audio: true}}
  still: {frame: {video: $cut, at: 1}}
  moved: {image_to_video: {start_image: $still, prompt: slowly}}
  both: {concat: {clips: [$cut, $cut]}}
  night: {edit: {video: $both, prompt: night}}
  short: {trim: {video: $dusk, seconds: 3.5}}
  next: {reference: {video: $short, prompt: "Based on @Video1, go on"}}
  any: {fal: {endpoint: other/any, arguments: {image_url: $still}, price_usd: "0.5"}}
  film: {concat: {clips: [$dusk, $moved, $night, $next, $any]}}
output: $film
"""
OTHER_FFMPEG = """\
#!/bin/sh
# An ffmpeg that does the same, and whose files have other bytes.
for last; do :; done
case "$last" in
  *.mp4|*.png|*.mov|*.m4a) ;;
  *) exec {real} "$@" ;;
esac
{real} "$@" || exit $?
printf '\\000\\000\\000\\010free' >> "${{last#file:}}"
"""


def test_what_a_paid_job_took_stays(desk: Desk, fal: OtherFal, count: Count, clocks: Path) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    first = desk.run("run", "film.yaml", "--json")
    assert first.code == 0, first.err
    paid = fal.submits
    purged = desk.run(
        "purge", "--films", "--older-than", "90d", "--json",
        **set_forward(clocks, wall_s=DAYS_100_S, boot_s=DAYS_100_S),
    )  # fmt: skip
    assert purged.code == 0, purged.err
    planned = desk.run("plan", "film.yaml", "--json").json
    to_buy = [step["name"] for step in planned["steps"] if step["state"] in ("buy", "unknown")]
    again = desk.run("run", "film.yaml", "--json")
    removed = sum(purged.json["counts"].values())
    count(removed=removed, submits=paid, bought_again=fal.submits - paid)
    assert removed > 0, "nothing was purged, so nothing was tried"
    assert to_buy == []
    assert again.code == 0, again.err
    assert fal.submits == paid == 6


def test_another_ffmpeg_makes_nothing_be_bought_again(
    desk: Desk, fal: OtherFal, count: Count, clocks: Path
) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    assert desk.run("run", "film.yaml", "--json").code == 0
    paid = fal.submits
    desk.run("purge", "--films", **set_forward(clocks, wall_s=DAYS_100_S, boot_s=DAYS_100_S))
    import imageio_ffmpeg

    other = desk.folder / "other-ffmpeg"
    other.write_text(OTHER_FFMPEG.format(real=imageio_ffmpeg.get_ffmpeg_exe()))
    other.chmod(other.stat().st_mode | stat.S_IXUSR)
    again = desk.run("run", "film.yaml", "--json", SHOTGRAPH_FFMPEG=str(other))
    count(bought_again=fal.submits - paid)
    assert again.code == 0, again.err
    assert fal.submits == paid
