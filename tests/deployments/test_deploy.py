"""A pipeline file becomes a deployment: made once, changed in place, started through Prefect."""

import json
import threading
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prefect.events import DeploymentEventTrigger
from prefect.schedules import Cron, Interval
from prefect.settings import PREFECT_UI_URL, temporary_settings
from prefect.utilities.schema_tools.hydration import HydrationContext, hydrate

from shotgraph.bundle import is_reference
from shotgraph.errors import InvalidInput, ShotgraphError
from shotgraph.flows import deploying, deployment_of, film
from shotgraph.flows.deploying import deploy_all
from shotgraph.flows.schedules import schedules_of
from shotgraph.spec import InvalidPipeline
from tests.cli.command import Desk, plain_env
from tests.locked_database import AsksAgain
from tests.rehearsal.client import Client
from tests.through_prefect import PrefectServer

from .films import EVERY_TYPE, QUICK, write_film


@pytest.fixture
async def api(prefect_server: PrefectServer) -> AsyncIterator[httpx.AsyncClient]:
    url = f"{prefect_server.api_url}/"
    async with httpx.AsyncClient(base_url=url, timeout=300, transport=AsksAgain()) as client:
        yield client


async def known(api: httpx.AsyncClient, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(f"deployments/name/film/{name}")).json()
    return found


async def test_that_prices_are_vouched_for_is_fixed_and_on_no_form(
    fal_env: dict[str, str], prefect_server: PrefectServer, shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="vouched"), shot)
    vouched = await deployment_of(file, trust_prices=True)
    assert vouched.parameters["trust_prices"] is True
    assert "trust_prices" not in vouched._parameter_openapi_schema.properties
    assert "trust_prices" not in (await deployment_of(file)).parameters


async def test_it_is_made_once_and_changed_in_place(
    api: httpx.AsyncClient, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="in-place"), shot)
    daily = schedules_of(cron=["0 6 * * *"], timezone="Europe/Berlin", params={"words": "in ink"})
    first = await deploy_all([await deployment_of(file, schedules=daily, max_usd=2)])
    made = await known(api, "in-place")
    assert first[0].made
    assert made["id"] == str(first[0].id)
    assert is_reference(made["parameters"]["pipeline"])
    assert made["parameters"]["store"] == fal_env["SHOTGRAPH_STORE"]
    assert made["parameters"]["max_usd"] == 2
    assert made["entrypoint"] == "shotgraph.flows.film.film"
    assert made["enforce_parameter_schema"] is True
    assert made["work_pool_name"] == "shotgraph"
    assert made["global_concurrency_limit"]["limit"] == 1
    assert made["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    (schedule,) = made["schedules"]
    assert schedule["schedule"]["timezone"] == "Europe/Berlin"
    assert schedule["parameters"]["params"] == {"shot": "shot.mp4", "words": "in ink"}

    # Somebody adds a schedule by hand, and stops the deployment.
    by_hand = [{"schedule": {"cron": "0 7 * * *"}, "active": True}]
    added = await api.post(f"deployments/{made['id']}/schedules", json=by_hand)
    assert added.is_success
    await api.post(f"deployments/{made['id']}/pause_deployment")
    again = await deploy_all([await deployment_of(file, schedules=daily, max_usd=2)])
    same = await known(api, "in-place")
    assert (again[0].id, again[0].made) == (first[0].id, False)
    assert same["parameters"] == made["parameters"]
    assert same["paused"] is True
    assert schedule["id"] in [one["id"] for one in same["schedules"]]
    assert len(same["schedules"]) == 2

    hourly = schedules_of(interval_s=[3600])
    await deploy_all([await deployment_of(file, schedules=hourly, at_once=2, collision="enqueue")])
    changed = await known(api, "in-place")
    kinds = sorted("interval" if one["slug"] else "by hand" for one in changed["schedules"])
    assert kinds == ["by hand", "interval"]
    assert changed["global_concurrency_limit"]["limit"] == 2
    assert changed["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    assert "max_usd" not in changed["parameters"]


async def test_what_deploying_again_changes_is_told(
    api: httpx.AsyncClient, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="told"), shot)
    weekly = schedules_of(cron=["0 6 * * 1"], timezone="Europe/Berlin", params={"words": "ink"})
    of_event = {"footage.arrived": {"words": "{{ event.payload.words }}"}}
    first = await deployment_of(
        file, schedules=weekly, max_usd=2, day_in="words", on_event=of_event, tags=["studio"]
    )
    hourly = await deployment_of(file, schedules=schedules_of(interval_s=[3600]), name="hourly")
    for one in (first, hourly):
        (made,) = await deploy_all([one])
        (same,) = await deploy_all([one])
        assert (made.changes, same.changes) == ((), [])
    (made,) = await deploy_all([first])
    by_hand = [{"schedule": {"cron": "0 7 * * *"}, "active": True}]
    assert (await api.post(f"deployments/{made.id}/schedules", json=by_hand)).is_success
    second = await deployment_of(file, params={"words": "in oil"}, max_usd=1, at_once=2)
    (changed,) = await deploy_all([second])
    slug = first.schedules[0].slug if first.schedules else None
    bundles = [one.parameters["pipeline"][:19] for one in (first, second)]
    assert [change.in_words() for change in changed.changes] == [
        f"the film or its files: {bundles[0]}… before, {bundles[1]}… now",
        "--max-usd: $2 before, $1 now",
        "--day-in: removed; it was words",
        "zone of --day-in: removed; it was Europe/Berlin",
        "parameter words: at dusk before, in oil now",
        f"schedule {slug}: removed; it was cron 0 6 * * 1 (Europe/Berlin) with "
        'shot="shot.mp4", words="ink"',
        'event footage.arrived: removed; it was {"shot": "shot.mp4", "words": '
        '{"__prefect_kind": "jinja", "template": "{{ event.payload.words }}"}}',
        "--at-once: 1 before, 2 now",
        "--collision: enqueue before, cancel_new now",
        'tags: ["shotgraph", "studio"] before, ["shotgraph"] now',
    ]
    assert changed.changes[1].as_json() == {"what": "--max-usd", "before": 2, "now": 1}


async def test_no_film_takes_the_place_of_another_folders_unasked(
    api: httpx.AsyncClient, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    mine, other = (
        write_film(tmp_path / folder, QUICK.format(name="both"), shot) for folder in ("a", "b")
    )
    weekly = schedules_of(cron=["0 6 * * 1"])
    new = write_film(tmp_path / "b", QUICK.format(name="not-there"), shot, "new.yaml")
    await deploy_all([await deployment_of(mine, schedules=weekly, max_usd=2)])
    before = await known(api, "both")
    overtaking = await deployment_of(other, max_usd=1)
    with pytest.raises(InvalidInput, match="--replace") as refused:
        await deploy_all([await deployment_of(new, pool="unmade"), overtaking])
    assert f"was deployed from the folder {mine.parent}" in str(refused.value)
    assert f"is in {other.parent}" in str(refused.value)
    assert await known(api, "both") == before
    assert (await api.get("deployments/name/film/not-there")).status_code == 404
    assert (await api.get("work_pools/unmade")).status_code == 404
    (tmp_path / "link").symlink_to(mine.parent)
    (again,) = await deploy_all(
        [await deployment_of(tmp_path / "link" / "film.yaml", schedules=weekly, max_usd=2)]
    )
    assert [change.what for change in again.changes] == ["folder"]
    (replaced,) = await deploy_all([overtaking], replace=True)
    said = [change.in_words() for change in replaced.changes]
    assert said[0] == f"folder: {tmp_path / 'link'} before, {other.parent} now"
    assert "--max-usd: $2 before, $1 now" in said


async def test_a_deployment_without_a_folder_is_changed_as_before(
    api: httpx.AsyncClient, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="of-old"), shot)
    (made,) = await deploy_all([await deployment_of(file)])
    form = (await known(api, "of-old"))["parameter_openapi_schema"]
    assert form.pop("x-deployed-from") == str(file.parent)
    await api.patch(f"deployments/{made.id}", json={"parameter_openapi_schema": form})
    (changed,) = await deploy_all([await deployment_of(file)])
    assert [change.in_words() for change in changed.changes] == [
        f"folder: {file.parent}; an older version of shotgraph deployed it, and recorded no folder"
    ]


async def test_an_event_starts_it_and_deploying_again_makes_no_second_trigger(
    api: httpx.AsyncClient, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="on-event"), shot)
    for _ in range(2):
        (made,) = await deploy_all([await deployment_of(file, on_event=["footage.arrived"])])
    related = f"automations/related-to/prefect.deployment.{made.id}"
    (automation,) = (await api.get(related)).json()
    assert automation["name"] == "on-event on footage.arrived"
    assert automation["trigger"]["expect"] == ["footage.arrived"]
    assert automation["actions"][0]["deployment_id"] == str(made.id)


async def test_runs_take_values_from_their_event(
    api: httpx.AsyncClient, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", EVERY_TYPE.replace("every-type", "taking"), shot)
    templates = {"still": "{{ event.payload.file }}", "rounds": "{{ event.payload.rounds }}"}
    taking = await deployment_of(file, on_event={"footage.arrived": templates})
    (made,) = await deploy_all([taking])
    related = f"automations/related-to/prefect.deployment.{made.id}"
    (automation,) = (await api.get(related)).json()
    params = automation["actions"][0]["parameters"]["params"]
    still = {"__prefect_kind": "jinja", "template": "{{ event.payload.file }}"}
    rounds = {"__prefect_kind": "jinja", "template": "{{ event.payload.rounds }}"}
    assert params["still"] == still
    assert params["rounds"] == {"__prefect_kind": "json", "value": rounds}
    assert params["look"] == "charcoal"
    deployed = await known(api, "taking")
    assert deployed["concurrency_options"]["collision_strategy"] == "ENQUEUE"


@pytest.mark.usefixtures("prefect_server", "fal_env")
@pytest.mark.parametrize(
    ("templates", "said"),
    [
        ({"sill": "{{ event.payload.file }}"}, 'event-set "sill": there is no such parameter'),
        ({"still": "still.png"}, 'event-set still="still.png" takes nothing from the event'),
        ({"still": "{{ event.payload."}, "is no template that Prefect takes"),
        ({"still": "{{ " + "(" * 5000}, "is no template .*: its brackets are too deep"),
        ({"still": "{{ " + "9" * 5000 + " }}"}, "is no template that Prefect takes: Exceeds"),
        ({"still": "{{ 6.\u06f4 }}"}, "is no template that Prefect takes: invalid character"),
    ],
)
async def test_a_template_that_is_none_is_refused(
    templates: dict[str, str], said: str, shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", EVERY_TYPE, shot)
    with pytest.raises(InvalidInput, match=said):
        await deployment_of(file, on_event={"footage.arrived": templates})


@pytest.mark.prefect
async def test_the_api_refuses_what_does_not_fit(
    api: httpx.AsyncClient, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", EVERY_TYPE, shot)
    (made,) = await deploy_all([await deployment_of(file)])
    asked = f"deployments/{made.id}/create_flow_run"
    wrong = await api.post(asked, json={"parameters": {"params": {"still": "x", "length": "7"}}})
    assert wrong.status_code == 409
    assert "params.length" in wrong.json()["detail"]
    assert "'7' is not one of ['5', '10']" in wrong.json()["detail"]
    lacking = await api.post(asked, json={})
    assert "'still' is a required property" in lacking.json()["detail"]
    misspelt = {"params": {"still": "x"}, "reherse": True}
    unknown = await api.post(asked, json={"parameters": misspelt})
    assert unknown.status_code == 409
    assert "'reherse' does not match any of the regexes" in unknown.json()["detail"]
    unlimited = {"params": {"still": "x", "length": "10"}, "max_usd": None}
    right = await api.post(asked, json={"parameters": unlimited})
    assert right.is_success
    assert (await api.delete(f"flow_runs/{right.json()['id']}")).is_success
    (walled,) = await deploy_all([await deployment_of(file, max_usd=0.1, name="walled")])
    asked = f"deployments/{walled.id}/create_flow_run"
    for lifted in ({"max_usd": 0.2}, {"most_usd": None}, {"most_usd": 5}):
        given = {"params": {"still": "x", "length": "10"}, **lifted}
        assert (await api.post(asked, json={"parameters": given})).status_code == 409, lifted
    print("\nprefect: 3 of 3 ways to lift a deployment's wall are refused, and a misspelt name is")


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_only_what_an_event_sets_is_a_template(shot: Path, tmp_path: Path) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="mood"), shot)
    words = "a {{ mood }} sky {% raw %}"
    event = {"footage.arrived": {"shot": "{{ event.payload.file }}"}}
    made = await deployment_of(file, params={"words": words}, on_event=event)
    (trigger,) = made.triggers
    assert isinstance(trigger, DeploymentEventTrigger)
    rendering = HydrationContext(
        raise_on_error=True,
        render_jinja=True,
        jinja_context={"event": {"payload": {"file": "https://host/a.mp4"}}, "mood": "blue"},
    )
    found = hydrate(dict(trigger.parameters or {}), rendering)
    assert found == {"params": {"words": words, "shot": "https://host/a.mp4"}}
    print("\nprefect: an event fills in what it sets, and no other text of the film")


@pytest.mark.slow
async def test_a_bundle_is_run_with_its_values_and_its_files(
    prefect_server: PrefectServer, at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="bundled"), shot)
    given = {"words": "in ink", "shot": str(shot)}
    deployment = await deployment_of(file, params=given)
    for left in (tmp_path / "film").iterdir():
        left.unlink()
    fixed = {name: deployment.parameters[name] for name in ("pipeline", "store")}
    report = await film(**fixed, out=str(tmp_path / "films"))
    assert report["status"] == "done"
    (job,) = (await at_fal.book())["jobs"]
    assert job["input"]["prompt"] == "Paint it in ink"
    changed = await film(**fixed, params={"words": "in oil"}, out=str(tmp_path / "films"))
    assert changed["status"] == "done"
    again = await film(**deployment.parameters, out=str(tmp_path / "films"))
    assert [step["status"] for step in again["steps"]] == ["cached"]
    book = await at_fal.book()
    assert [one["input"]["prompt"] for one in book["jobs"]] == [
        "Paint it in ink",
        "Paint it in oil",
    ]
    # The shot was uploaded once, for both.
    assert book["counts"]["uploads"] == 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"params": {"words": "x", "wrods": "y"}}, "there is no such parameter"),
    ({"params": {"shot": "nowhere.mp4"}}, "there is no file"),
    ({"max_usd": -1}, "--max-usd is -1"),
    ({"latest_start_s": -1}, "--latest-start is -1"),
    ({"at_once": 0}, "--at-once is 0"),
    ({"name": "a/b"}, '--name "a/b": allowed: a name without / % & > <'),
    ({"pool": "a/b"}, '--pool "a/b": allowed'),
    ({"schedules": [Cron("0 0 30 2 *")]}, "never starts a run"),
    ({"schedules": [Cron("0 6 * * *"), Cron("0 6 * * *")]}, "is given twice"),
    ({"schedules": [Interval(60, parameters={"params": {"wrods": "y"}})]}, "no such parameter"),
    ({"store": "no-such-block"}, 'no MediaStore block named "no-such-block"'),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=[said for _, said in WRONG])
@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_what_is_wrong_is_said_before_anything_is_made(
    given: dict[str, Any], said: str, shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="wrong"), shot)
    with pytest.raises(ShotgraphError) as refused:
        await deployment_of(file, **given)
    assert said in str(refused.value)
    assert not (tmp_path / "store" / "bundles").exists()


@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_a_schedule_needs_all_values(shot: Path, tmp_path: Path) -> None:
    file = write_film(tmp_path / "film", EVERY_TYPE, shot)
    with pytest.raises(InvalidInput, match="--set still=…"):
        await deployment_of(file, schedules=[Interval(60)])
    with pytest.raises(InvalidInput, match="--set still=…"):
        await deployment_of(file, on_event=["footage.arrived"])
    still = tmp_path / "look.png"
    still.write_bytes(b"\x89PNG\r\n\x1a\n")
    valued = Interval(60, parameters={"params": {"still": str(still)}})
    assert (await deployment_of(file, schedules=[valued])).schedules


@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_several_schedules_wait_for_each_other(shot: Path, tmp_path: Path) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="several"), shot)
    two = schedules_of(cron=["0 6 * * *", "0 7 * * *"])
    options = (await deployment_of(file, schedules=two)).concurrency_options
    assert options is not None
    assert options.collision_strategy.value == "ENQUEUE"


@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_a_run_that_was_answered_is_not_one_too_many(shot: Path, tmp_path: Path) -> None:
    asking = QUICK.format(name="asking").replace(
        "steps:", "steps:\n  seen: {approve: {video: $film}}"
    )
    file = write_film(tmp_path / "film", asking.replace("output: $film", "output: $seen"), shot)
    options = (await deployment_of(file)).concurrency_options
    assert options is not None
    assert options.collision_strategy.value == "ENQUEUE"


@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_wrong_values_end_a_run_at_once(shot: Path, tmp_path: Path) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="refused"), shot)
    deployment = await deployment_of(file)
    given = {**deployment.parameters, "params": {"wrods": "at dawn"}}
    state = await film(**given, return_state=True)
    assert state.is_failed()
    assert 'film.yaml:2:1: params: a value is given for "wrods"' in str(state.message)
    assert "did you mean words?" in str(state.message)
    assert isinstance(await state.aresult(raise_on_failure=False), InvalidPipeline)


@pytest.mark.slow
def test_the_command_makes_all_of_a_folder(
    tmp_path: Path, shot: Path, prefect_server: PrefectServer, fal_env: dict[str, str]
) -> None:
    folder = tmp_path / "films"
    write_film(folder, QUICK.format(name="of-folder-1"), shot, "one.yaml")
    write_film(folder, QUICK.format(name="of-folder-2"), shot, "two.yml")
    env = {**plain_env(tmp_path / "home"), **fal_env, "PREFECT_API_URL": prefect_server.api_url}
    ran = Desk(tmp_path, env).run("deploy", "films", "--interval", "7200", "--tag", "b", "--json")
    assert ran.code == 0, ran.err
    one, two = ran.json["deployments"]
    assert (one["name"], two["name"]) == ("film/of-folder-1", "film/of-folder-2")
    assert (one["made"], one["pool"], one["at_once"]) == (True, "shotgraph", 1)
    assert one["collision"] == "cancel_new"
    assert one["bundle"] != two["bundle"]
    assert [slug.startswith("shotgraph-interval-") for slug in one["schedules"]] == [True]
    assert (one["folder"], one["changes"]) == (str(folder), [])

    write_film(tmp_path / "other", QUICK.format(name="of-folder-1"), shot)
    desk = Desk(tmp_path, env)
    refused = desk.run("deploy", "other/film.yaml", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "invalid_input")
    assert f"was deployed from the folder {folder}" in refused.json["error"]["message"]
    meant = desk.run("deploy", "other/film.yaml", "--replace")
    assert meant.code == 0, meant.err
    assert meant.out.startswith("film/of-folder-1: changed\n")
    assert f"  folder: {folder} before, {tmp_path / 'other'} now\n" in meant.out
    assert f"  schedule {one['schedules'][0]}: removed; it was every 7200 s\n" in meant.out


@pytest.mark.slow
def test_the_command_says_what_is_missing(tmp_path: Path, shot: Path) -> None:
    write_film(tmp_path, QUICK.format(name="alone"), shot)
    env = {**plain_env(tmp_path / "home"), "SHOTGRAPH_STORE": str(tmp_path / "store")}
    desk = Desk(tmp_path, env)
    unset = desk.run("deploy", "film.yaml")
    assert unset.code == 2
    assert "PREFECT_API_URL is not set" in unset.err
    assert "prefect server start" in unset.err
    taking = ("--event-set", "words={{ event.payload.words }}")
    lost = desk.run("deploy", "film.yaml", *taking)
    assert lost.code == 2
    assert "--event-set is given, and no --on-event" in lost.err
    dead = desk.run("deploy", "film.yaml", PREFECT_API_URL="http://127.0.0.1:9/api")
    assert dead.code == 2
    assert "no Prefect server answers at http://127.0.0.1:9/api" in dead.err
    assert not (tmp_path / "store" / "bundles").exists()


@pytest.mark.parametrize(
    ("served", "shown"),
    [
        # As Prefect 3.9.1 answers, with `prefect server start` and with --no-ui.
        ({"available_uis": ["v1", "v2"], "default_ui": "v2", "v2_base_url": "/v2"}, "/v2"),
        ({"available_uis": ["v1", "v2"], "default_ui": "v1", "v2_base_url": "/v2"}, ""),
        ({"available_uis": [], "default_ui": "v2", "v2_base_url": None}, None),
    ],
)
async def test_a_page_is_named_only_where_the_server_shows_one(
    served: dict[str, Any], shown: str | None
) -> None:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server looks for
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(served).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base, made = f"http://127.0.0.1:{server.server_port}", uuid4()
    try:
        with temporary_settings({PREFECT_UI_URL: base}):
            page = await deploying._page(made)
    finally:
        server.shutdown()
        server.server_close()
    assert page == (None if shown is None else f"{base}{shown}/deployments/deployment/{made}")


@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_what_another_pool_runs_is_not_served_besides(shot: Path, tmp_path: Path) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="pooled"), shot)
    await deploy_all([await deployment_of(file)])
    with pytest.raises(InvalidInput, match="belongs to the work pool shotgraph"):
        await deploy_all([await deployment_of(file, pool=None)])
    await deploy_all([await deployment_of(file, pool=None, name="served")])


@pytest.mark.slow
def test_credentials_that_are_not_saved_are_refused(
    prefect_server: PrefectServer, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="whose-key"), shot)
    env = {**plain_env(tmp_path / "prefect"), **fal_env, "PREFECT_API_URL": prefect_server.api_url}
    ran = Desk(tmp_path, env).run("deploy", str(file), "--credentials", "nosuch", "--json")
    assert ran.code == 2
    message = ran.json["error"]["message"]
    assert 'no FalCredentials block named "nosuch" is saved' in message
    assert ran.err.strip() == message
