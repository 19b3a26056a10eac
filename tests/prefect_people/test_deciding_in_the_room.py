"""A decision in the screening room: a run that waits in Prefect goes on, as does the next run."""

import subprocess
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.cli.command import COMMAND

from .conftest import Street
from .house import House, until_gone
from .room import open_room

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("host", ["serve"], indirect=True)
async def test_a_run_of_a_deployment_goes_on(house: House, street: Street) -> None:
    film = house.film("in-the-room")
    run_id = await house.begin(film)
    first = await house.asked(run_id)
    await until_gone(run_id)
    env = {**street.env, "SHOTGRAPH_STORE": film.store}
    async with open_room(env, film.folder / "view.log") as page:
        await page.get_by_role("link", name=film.name).first.click()
        await expect(page.get_by_text("continues as soon as you decide")).to_be_visible()
        words = f"Repaint it before dawn, {film.name}"
        await page.get_by_label("Words of dawn").fill(words)
        await page.get_by_role("button", name="Take dawn again").click()
        second = await house.asked(run_id, first)
        assert second.field("prompt")["default"] == words
        # The page has followed: it shows the new clip, and asks anew.
        await expect(page.get_by_label("Words of dawn")).to_have_value(words)
        await page.get_by_role("button", name="Approve").click()
        report = await house.prefect.completed(run_id)
    jobs = await house.jobs(film)
    assert len(jobs) == 4
    assert report["cost_usd"] == pytest.approx(sum(job["charged_usd"] for job in jobs))


@pytest.mark.parametrize("host", ["serve"], indirect=True)
async def test_the_next_run_at_a_terminal_goes_on(
    house: House, street: Street, tmp_path: Path
) -> None:
    film = house.film("at-a-terminal")
    file = tmp_path / "film.yaml"
    file.write_text(film.parameters["pipeline"])
    shot = film.folder / "shot.mp4"
    shot.write_bytes(film.shot.read_bytes())
    env = {**street.env, "SHOTGRAPH_STORE": film.store, "PREFECT_HOME": str(tmp_path / "home")}
    env.pop("PREFECT_API_URL")
    out = str(tmp_path / "films")
    run = [str(COMMAND), "run", str(file), "--set", f"shot={shot}", "--out", out, "--yes"]

    def ran() -> int:
        ended = subprocess.run(run, env=env, capture_output=True, timeout=600, check=False)
        return ended.returncode

    assert ran() != 0
    assert len(await house.jobs(film)) == 2
    async with open_room(env, film.folder / "view.log") as page:
        await page.get_by_role("link", name=film.name).first.click()
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_text("The next run uses it.")).to_be_visible()
    assert ran() == 0
    assert len(await house.jobs(film)) == 3
