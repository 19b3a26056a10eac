"""After ``purge --films`` nothing is bought again: what paid jobs took is kept."""

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
  cut: {trim: {video: $shot, seconds: 4}}
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
PAID = 5


def test_what_a_paid_job_took_stays(desk: Desk, fal: OtherFal, count: Count, clocks: Path) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    first = desk.run("run", "film.yaml", "--json")
    assert first.code == 0, first.err
    paid = fal.submits
    later = set_forward(clocks, wall_s=DAYS_100_S, boot_s=DAYS_100_S)
    purged = desk.run("purge", "--films", "--older-than", "90d", "--json", **later)
    assert purged.code == 0, purged.err
    removed = sum(purged.json["counts"].values())
    planned = desk.run("plan", "film.yaml", "--json").json
    to_buy = [step["name"] for step in planned["steps"] if step["state"] in ("buy", "unknown")]
    again = desk.run("run", "film.yaml", "--json")
    count(removed=removed, submits=paid, ideal=PAID, bought_again=fal.submits - paid)
    assert removed > 0, "nothing was purged, so nothing was tried"
    assert to_buy == []
    assert again.code == 0, again.err
    assert fal.submits == paid == PAID
