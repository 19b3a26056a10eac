"""``shotgraph deploy FILE…``: give films a form and schedules in Prefect."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from shotgraph.cli.embedded_server import prepare_prefect
from shotgraph.cli.prefect_settings import read_by_prefect
from shotgraph.cli.printing import AsJson, Set, TrustPrices, print_json
from shotgraph.cli.run import MaxUsd
from shotgraph.cli.working_folder import elsewhere
from shotgraph.errors import InvalidInput
from shotgraph.model.file_memory import at_home

if TYPE_CHECKING:
    from shotgraph.flows.deploying import Deployed
    from shotgraph.flows.deployment import FilmDeployment


LONGEST_WAIT_S = 31_536_000
"""A year: the most for --latest-start."""
MOST_AT_ONCE = 10_000

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", help="Pipeline files, or folders of them.")
]
Pool = Annotated[
    str | None,
    typer.Option(
        "--pool",
        metavar="NAME",
        help="The work pool, shotgraph by default; it is made if it doesn't exist.",
    ),
]
Serve = Annotated[
    bool,
    typer.Option("--serve", help="Stay, and execute the runs here; no pool and no worker."),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help="The deployment's name; the film's by default."),
]
CronLine = Annotated[
    list[str] | None,
    typer.Option("--cron", metavar="LINE", help='A schedule, such as "0 6 * * *".'),
]
Every = Annotated[
    list[float] | None,
    typer.Option("--interval", metavar="SECONDS", help="A schedule: the seconds between two runs."),
]
Rule = Annotated[
    list[str] | None,
    typer.Option("--rrule", metavar="RULE", help='A schedule, such as "FREQ=WEEKLY;BYDAY=MO".'),
]
Timezone = Annotated[
    str | None,
    typer.Option(
        "--timezone",
        metavar="NAME",
        help="The time zone of the schedules, such as Europe/Berlin; UTC by default.",
    ),
]
ScheduleSet = Annotated[
    list[str] | None,
    typer.Option(
        "--schedule-set", metavar="NAME=VALUE", help="The value of a parameter in scheduled runs."
    ),
]
DayIn = Annotated[
    str | None,
    typer.Option(
        "--day-in",
        metavar="NAME",
        help="The text parameter that gets the day on which a scheduled run is due, as 2026-11-27, "
        "in the zone of --timezone.",
    ),
]
OnEvent = Annotated[
    list[str] | None,
    typer.Option("--on-event", metavar="NAME", help="An event of Prefect that starts a run."),
]
EventSet = Annotated[
    list[str] | None,
    typer.Option(
        "--event-set",
        metavar="NAME=TEMPLATE",
        help="The value that a parameter gets from the event that starts a run, such as "
        "'shot={{ event.payload.file }}'.",
    ),
]
Rehearse = Annotated[bool, typer.Option("--rehearse", help="Runs are rehearsals by default.")]
Credentials = Annotated[
    str, typer.Option("--credentials", metavar="NAME", help="The FalCredentials block for runs.")
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="STORE",
        help="The place for clips: a folder, a bucket, or a MediaStore block. By default the block "
        "named default, else SHOTGRAPH_STORE.",
    ),
]
Out = Annotated[
    str | None,
    typer.Option("--out", metavar="DIR", help="The folder for films, on the machine of the runs."),
]
LatestStart = Annotated[
    int | None,
    typer.Option(
        "--latest-start",
        metavar="SECONDS",
        min=0,
        max=LONGEST_WAIT_S,
        help="How late a run of a schedule or an event may start; by default, an hour.",
    ),
]
AtOnce = Annotated[
    int,
    typer.Option(
        "--at-once", metavar="N", min=1, max=MOST_AT_ONCE, help="The most runs at the same time."
    ),
]
CollisionOption = Annotated[
    Literal["enqueue", "cancel_new"] | None,
    typer.Option(
        "--collision",
        help="Whether a run above that limit waits or is cancelled. By default it is cancelled; it "
        "waits if there are several schedules, if a person decides, or if runs take a day or "
        "values of an event.",
    ),
]
Tag = Annotated[
    list[str] | None, typer.Option("--tag", metavar="NAME", help="A tag, in addition to shotgraph.")
]


Replace = Annotated[
    bool,
    typer.Option(
        "--replace",
        help="Replace a deployment of the same name that was deployed from another folder.",
    ),
]


def deploy(
    files: Files,
    pool: Pool = None,
    serve: Serve = False,
    name: Name = None,
    values: Set = None,
    max_usd: MaxUsd = None,
    rehearse: Rehearse = False,
    cron: CronLine = None,
    interval: Every = None,
    rrule: Rule = None,
    timezone: Timezone = None,
    schedule_set: ScheduleSet = None,
    day_in: DayIn = None,
    on_event: OnEvent = None,
    event_set: EventSet = None,
    latest_start: LatestStart = None,
    at_once: AtOnce = 1,
    collision: CollisionOption = None,
    credentials: Credentials = "default",
    store: StoreOption = None,
    out: Out = None,
    tag: Tag = None,
    trust_prices: TrustPrices = False,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Make or change a Prefect deployment of each file: its form, schedules and triggers."""
    _check_together(pool, serve=serve, timezone=timezone, has_schedule=any((cron, interval, rrule)))
    prepare_prefect()
    read_by_prefect()
    from shotgraph.flows.schedules import schedules_of
    from shotgraph.graph.bind import settings

    found = _for_one_name(pipeline_files(files), name)
    options: dict[str, Any] = {
        "name": name,
        "params": settings(values or []),
        "schedules": schedules_of(
            cron=cron or [],
            interval_s=interval or [],
            rrule=rrule or [],
            timezone=timezone,
            params=settings(schedule_set or [], "--schedule-set"),
        ),
        "on_event": _on_event(on_event or [], settings(event_set or [], "--event-set")),
        "rehearse": rehearse,
        "max_usd": max_usd,
        "credentials": credentials,
        "store": store,
        "out": out if out is None else str(at_home(out, "--out").absolute()),
        "latest_start_s": latest_start,
        "day_in": day_in,
        "at_once": at_once,
        "collision": collision,
        "pool": None if serve else "shotgraph" if pool is None else pool,
        "tags": tag or [],
        "trust_prices": trust_prices,
    }
    asyncio.run(_deploy(found, options, serve=serve, replace=replace, as_json=as_json))


def _check_together(
    pool: str | None, *, serve: bool, timezone: str | None, has_schedule: bool
) -> None:
    """Refuse an option that would have no effect next to the others.

    Raises:
        InvalidInput: There is such an option.
    """
    if serve and pool is not None:
        raise InvalidInput(
            f"--pool {pool} and --serve are given: --serve executes the runs in this process, and "
            "no worker of a pool gets them. Nothing was deployed. Leave one of the two out"
        )
    if timezone is not None and not has_schedule:
        raise InvalidInput(
            f"--timezone {timezone} is given, and no --cron, --interval or --rrule. Nothing was "
            "deployed"
        )


def _for_one_name(files: list[Path], name: str | None) -> list[Path]:
    if name is not None and len(files) > 1:
        raise InvalidInput(f"--name is for one file, and {len(files)} are given")
    return files


def _on_event(events: Sequence[str], templates: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    if templates and not events:
        raise InvalidInput("--event-set is given, and no --on-event")
    return dict.fromkeys(events, templates)


def pipeline_files(named: Sequence[Path]) -> list[Path]:
    """Find the pipeline files: the named files, and all in the named folders.

    Raises:
        InvalidInput: A folder has no pipeline file.
    """
    found: list[Path] = []
    for path in named:
        if not path.is_dir():
            found.append(path)
            continue
        named_so = [*path.glob("*.yaml"), *path.glob("*.yml")]
        inside = sorted(file for file in named_so if file.is_file())
        if not inside:
            raise InvalidInput(f"there is no pipeline file in the folder {path}")
        found += inside
    return found


async def _deploy(
    files: Sequence[Path], options: dict[str, Any], *, serve: bool, replace: bool, as_json: bool
) -> None:
    from shotgraph.blocks.fal_credentials import check_block
    from shotgraph.flows import deployment_of
    from shotgraph.flows.deploying import deploy_all, serve_all
    from shotgraph.flows.prefect_server import at_prefect
    from shotgraph.spec import load_pipeline

    _check_names(files, [load_pipeline(file).name for file in files])
    async with at_prefect():
        await check_block(options["credentials"])
        deployments = [await deployment_of(file, **options) for file in files]
    deployed = await deploy_all(deployments, replace=replace)
    if as_json:
        triples = zip(files, deployments, deployed, strict=True)
        print_json({"deployments": [_as_json(*each) for each in triples]})
        sys.stdout.flush()
    else:
        _print(deployments, deployed, options["pool"])
    if serve:
        # Prefect starts a process for each run; it would read settings from its working directory.
        with elsewhere():
            await serve_all(deployments)


def _check_names(files: Sequence[Path], names: Sequence[str]) -> None:
    for number, name in enumerate(names):
        first = names.index(name)
        if first != number:
            raise InvalidInput(
                f"{files[first]} and {files[number]} are both called {name}, and would be one "
                "deployment; deploy one of them by itself, with --name"
            )


def _as_json(file: Path, deployment: "FilmDeployment", deployed: "Deployed") -> dict[str, Any]:
    limit, options = deployment.concurrency_limit, deployment.concurrency_options
    return {
        "file": str(file),
        "name": deployed.name,
        "deployment_id": str(deployed.id),
        "made": deployed.made,
        "folder": deployment.folder,
        "changes": [change.as_json() for change in deployed.changes],
        "pool": deployed.pool,
        "url": deployed.url,
        "bundle": deployment.parameters["pipeline"],
        "store": deployment.parameters["store"],
        "schedules": [str(schedule.slug) for schedule in deployment.schedules or []],
        "next_runs": {
            slug: [at.isoformat() for at in runs] for slug, runs in deployment.next_runs.items()
        },
        "on_event": sorted(
            event for trigger in deployment.triggers for event in getattr(trigger, "expect", [])
        ),
        "at_once": limit,
        "collision": str(options.collision_strategy.value).lower() if options else None,
    }


def _print(
    deployments: Sequence["FilmDeployment"], deployed: Sequence["Deployed"], pool: str | None
) -> None:
    from shotgraph.flows.schedules import too_often

    say = sys.stdout.write
    for deployment, one in zip(deployments, deployed, strict=True):
        as_it_was = "changed" if one.changes else "as it was"
        say(f"{one.name}: {'made' if one.made else as_it_was}\n")
        for change in one.changes:
            say(f"  {change.in_words()}\n")
        for slug, runs in deployment.next_runs.items():
            said = ", ".join(f"{at:%a %Y-%m-%d %H:%M:%S %Z}" for at in runs)
            say(f"  schedule {slug}: next {said}\n")
            if warning := too_often(runs):
                sys.stderr.write(f"{slug}: {warning}\n")
        if one.url:
            say(f"  {one.url}\n")
    say(f"\nStart a run: in the UI, or prefect deployment run {deployed[0].name}\n")
    if pool is None:
        say("Runs are carried out here until you press Ctrl-C.\n")
    else:
        say(f"Runs are carried out by workers. Start one: prefect worker start --pool {pool}\n")
    sys.stdout.flush()
