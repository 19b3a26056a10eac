"""What all else rests on: our fal is one to this product, and sells it what it asks for once."""

from tests.cli.command import Desk

from .figures import Count
from .other_fal import OtherFal

KIND = 2

FILM = """\
name: sea
steps:
  sea:
    fal: {endpoint: other/sea, arguments: {prompt: a sea}, price_usd: "0.50"}
output: $sea
"""


def test_a_film_is_sold_once_and_found_the_next_time(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    first = desk.run("run", "film.yaml", "--json")
    assert first.code == 0, first.err
    again = desk.run("run", "film.yaml", "--json")
    assert again.json["steps"][0]["status"] == "cached"
    (job,) = desk.run("jobs", "--json").json["jobs"]
    assert job["state"] == "succeeded"
    count(runs=2, submits=fal.submits)
    assert fal.submits == len(fal.jobs) == 1
