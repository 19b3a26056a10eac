"""A file of somebody else says what its steps cost; the budget of whoever runs it holds."""

from dataclasses import dataclass

from tests.cli.command import Desk

from .commands import ran
from .figures import Count
from .other_fal import Job, OtherFal

KIND = 7
KLING = "fal-ai/kling-video/o1/standard/video-to-video/edit"

FILM = """\
name: {name}
{top}
steps:
  made:
    takes: {takes}
    fal: {{endpoint: other/{name}, arguments: {{prompt: x}}, price_usd: {price}}}
output: $made
"""


@dataclass(frozen=True)
class Offer:
    """A film with a step of a price, and what is known of that price besides.

    Attributes:
        listed: What fal's list says of it: price, unit, currency; None where it is not in it.
        sells: How many jobs may be sold.
        says: What is to be said.
    """

    price: str
    listed: tuple[str, str, str] | None = None
    options: tuple[str, ...] = ()
    takes: int = 12
    top: str = "description: of somebody else"
    env: tuple[str, str] = ("", "")
    units: str | None = None
    sells: int = 0
    says: tuple[str, ...] = ()


DEAR = ("50", "videos", "USD")
OFFERS = {
    "nothing": Offer('"0"', DEAR, ("--max-usd", "0.01"), says=("$0", "50")),
    "nothing-unlisted": Offer('"0"', None, ("--max-usd", "0.01")),
    "nothing-trusted": Offer('"0"', DEAR, ("--max-usd", "0.01", "--trust-prices")),
    "nothing-at-all": Offer('"0"', None, ("--trust-prices",)),
    "zero": Offer("0", DEAR),
    "zero-point": Offer('"0.000"', DEAR),
    "minus-zero": Offer('"-0"', DEAR),
    "zero-e": Offer('"0e9"', DEAR),
    "tiny": Offer('"1e-30"', DEAR, ("--max-usd", "0.01")),
    "tiny-unlisted": Offer('"1e-30"', None, ("--max-usd", "0.01")),
    "cheap": Offer('"0.10"', DEAR, ("--max-usd", "2"), says=("0.10", "50")),
    "cheap-no-budget": Offer('"0.10"', DEAR, says=("0.10", "50")),
    "unlisted": Offer('"0.001"', None, ("--max-usd", "1"), says=("--trust-prices",)),
    "unlisted-file-budget": Offer('"0.001"', None, top="budget_usd: 900", says=("--trust-prices",)),
    "unlisted-day": Offer('"0.001"', None, env=("SHOTGRAPH_DAILY_BUDGET_USD", "1")),
    "other-money": Offer('"0.001"', ("50", "videos", "EUR"), ("--max-usd", "1")),
    "listed-as-nothing": Offer('"0.001"', ("0", "videos", "USD"), ("--max-usd", "1")),
    "listed-below-nothing": Offer('"0.001"', ("-5", "videos", "USD"), ("--max-usd", "1")),
    "endless-list": Offer('"0.001"', ("inf", "videos", "USD"), ("--max-usd", "1")),
    "trusted": Offer('"0.001"', None, ("--max-usd", "1", "--trust-prices"), takes=2, sells=2),
    "trusted-too-many": Offer('"0.5"', None, ("--max-usd", "1", "--trust-prices")),
    "billed-more": Offer('"50"', DEAR, ("--max-usd", "400"), takes=6, units="20", sells=1),
}


def _run(offer: Offer, name: str, desk: Desk, fal: OtherFal) -> list[str]:
    film = FILM.format(name=name, top=offer.top, takes=offer.takes, price=offer.price)
    (desk.folder / f"{name}.yaml").write_text(film)
    if offer.listed is not None:
        fal.prices[f"other/{name}"] = offer.listed
    return ["run", f"{name}.yaml", *offer.options]


def test_no_price_of_a_file_passes_the_wall(desk: Desk, fal: OtherFal, count: Count) -> None:
    def billed(job: Job) -> None:
        job.units = OFFERS[job.endpoint_id.removeprefix("other/")].units

    fal.new_job = billed
    fal.prices["other/known"] = DEAR
    commands = {name: _run(offer, name, desk, fal) for name, offer in OFFERS.items()}
    wrong, stores = [], dict[tuple[str, str], list[str]]()
    for name, offer in OFFERS.items():
        stores.setdefault(offer.env, []).append(name)
    for (variable, value), names in stores.items():
        env = {**desk.env, variable: value} if variable else desk.env
        ends = ran([commands[name] for name in names], env, desk.folder)
        for name, ended in zip(names, ends, strict=True):
            offer = OFFERS[name]
            sold = [job for job in fal.jobs if job.endpoint_id == f"other/{name}"]
            said = ended.out + ended.err
            if len(sold) != offer.sells:
                wrong.append(f"{name}: {len(sold)} sold; exit {ended.code}: {said[-300:]}")
            if offer.sells == 0 and ended.code not in (2, 3):
                wrong.append(f"{name}: exit {ended.code}: {said[-500:]}")
            wrong += [
                f"{name}: {word!r} is not said: {said}" for word in offer.says if word not in said
            ]
    count(offers=len(OFFERS), submits=fal.submits, passed=len(wrong))
    assert not wrong, "\n".join(wrong)


def test_what_a_run_was_billed_counts_for_the_next(desk: Desk, fal: OtherFal, count: Count) -> None:
    def billed(job: Job) -> None:
        job.units = "20"

    fal.new_job = billed
    fal.prices["other/first"] = fal.prices["other/second"] = DEAR
    commands = []
    for name in ("first", "second"):
        film = FILM.format(name=name, top="description: x", takes=1, price='"0.5"')
        (desk.folder / f"{name}.yaml").write_text(film)
        commands.append(("run", f"{name}.yaml", "--trust-prices"))
    env = {**desk.env, "SHOTGRAPH_DAILY_BUDGET_USD": "100"}
    first, second = ran(commands, env, desk.folder)
    jobs = desk.run("jobs", "--json").json["jobs"]
    count(submits=fal.submits, dollars_billed=1000, dollars_on_record=round(jobs[0]["cost_usd"]))
    assert first.code == 0, first.err
    assert jobs[0]["cost_usd"] == 1000
    assert second.code == 3, second.err
    assert fal.submits == 1


def test_a_list_that_says_nothing_for_kling_is_not_believed(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    film = "name: k\nsteps: {one: {edit: {video: shot.mp4, prompt: x}}}\noutput: $one\n"
    (desk.folder / "kling.yaml").write_text(film)
    wrong = []
    lists = [("0", "second", "USD"), ("-1", "second", "USD"), ("1e-9", "second", "USD")]
    lists += [("0", "seconds", "USD"), ("0", "video", "USD"), ("0.126", "second", "JPY")]
    for number, listed in enumerate(lists):
        fal.prices[KLING] = listed
        env = {**desk.env, "SHOTGRAPH_STORE": str(desk.folder / f"store-{number}")}
        (planned,) = ran([("plan", "kling.yaml", "--json")], env, desk.folder)
        cost_usd = planned.json["cost_usd"]
        wrong += [] if cost_usd >= 0.504 else [f"{listed}: ${cost_usd}"]
    count(lists=len(lists), believed=len(wrong))
    assert not wrong
