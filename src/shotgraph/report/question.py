"""A question to a person, as Markdown: the clips as previews, and the money."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from shotgraph.errors import ShotgraphError
from shotgraph.foreign_text import is_signed, shown
from shotgraph.media.sheets.preview import MOST_BYTES, preview, thumbnail
from shotgraph.model.references import Asset
from shotgraph.money.accounts import Money
from shotgraph.money.results import Result
from shotgraph.report.pictures import Pictures
from shotgraph.store import Store

MOST_PREVIEW_BYTES = 200_000
"""The most bytes of all previews of one question. Base64 makes them a third larger; Prefect keeps
them in its database, and sends them with the form."""


@dataclass(frozen=True)
class Shown:
    """One clip or image in a question.

    Attributes:
        name: The step that made it.
        result: The result with this medium; None if no result is known.
        url: The URL of the whole medium; None if no URL is known.
        faults: The faults found in the medium, in words.
    """

    name: str
    asset: Asset
    result: Result | None = None
    url: str | None = None
    faults: Sequence[str] = ()


@dataclass(frozen=True)
class Costs:
    """The costs of a decision, in dollars.

    Attributes:
        run: The cost of the run so far, the parts before earlier questions included.
        film: The cost of the film in all its runs.
        to_come_usd: The cost of the steps after this decision.
        is_most: Whether `to_come_usd` is an upper bound.
        again_usd: The cost of one more take; None if it is not known.
    """

    run: Money
    film: Money
    to_come_usd: Decimal
    is_most: bool = False
    again_usd: Decimal | None = None


async def question_text(
    heading: str,
    question: str,
    shown: Sequence[Shown],
    costs: Costs,
    store: Store,
    *,
    remark: str = "",
    prompts: Sequence[tuple[str, str]] = (),
) -> str:
    """Write a question as Markdown, for the form in Prefect's UI.

    Args:
        heading: The film and the step.
        question: The question.
        shown: The clips and images; at least one.
        costs: The costs so far, and of the possible answers.
        store: The store with the clips.
        remark: The mistake in an earlier answer; empty if there is none.
        prompts: The steps that can be made again, with their prompts, if there are several.
    """
    most_bytes = min(MOST_BYTES, MOST_PREVIEW_BYTES // len(shown))
    parts = [f"### {plain(heading)}", f"**{plain(question)}**"]
    if remark:
        parts.insert(0, f"⚠ {plain(remark)}")
    for number, one in enumerate(shown, start=1):
        parts.append(await _picture(one, store, most_bytes))
        parts.append(_line(one, number if len(shown) > 1 else 0))
        parts += [f"⚠ {plain(fault)}" for fault in one.faults]
    parts += [f"Words of {plain(name)}: {plain(words)}" for name, words in prompts]
    return "\n\n".join([*parts, _money(costs)])


def plain(text: str) -> str:
    """Escape a text, so that Markdown shows it literally."""
    return re.sub(r"([\\`*_{}\[\]<>#|!~])", r"\\\1", shown(text))


def link(url: str) -> str:
    """Escape a URL as the target of a link: characters that could end the link are encoded."""
    return quote(url, safe=":/?#@!$&'+,;=%~")


def is_web_url(url: str) -> bool:
    """Tell whether a URL is safe for a link: a URL in fal's reply may have any scheme."""
    return url.startswith(("https://", "http://"))


async def _picture(one: Shown, store: Store, most_bytes: int) -> str:
    """Show a preview; if it can't be drawn, show a line instead, so that the question is asked."""
    asset = one.asset
    if asset.kind == "audio":
        return f"({plain(one.name)} is a sound, and can't be heard here)"
    coded = await Pictures(store).of(asset, "preview")
    try:
        if coded is None or len(coded) > most_bytes:
            coded = await _smaller(asset, store, most_bytes)
    except ShotgraphError as error:
        return f"(no preview of {plain(one.name)}: {plain(error.message)})"
    data = base64.b64encode(coded).decode("ascii")
    return f"![{plain(one.name)}](data:image/webp;base64,{data})"


async def _smaller(asset: Asset, store: Store, most_bytes: int) -> bytes:
    file = await store.assets.file(asset)
    with store.scratch() as room:
        drawn = room / "preview.webp"
        draw = thumbnail if asset.kind == "image" else preview
        await draw(file, drawn, most_bytes=most_bytes)
        return drawn.read_bytes()


def _line(one: Shown, number: int) -> str:
    said = [f"**take {number}**" if number else f"**{plain(one.name)}**"]
    if one.result is not None:
        info = one.result.info
        length = f"{float(info.duration):g} s, " if one.asset.kind == "video" else ""
        said.append(f"{length}{info.width} × {info.height}")
    if one.url is not None and is_web_url(one.url) and not is_signed(one.url):
        said.append(f"[the whole {one.asset.kind}]({link(one.url)})")
    return " · ".join(said)


def _money(costs: Costs) -> str:
    most = "at most " if costs.is_most else ""
    said = [f"This run has cost {_bold(costs.run)} so far."]
    if costs.film != costs.run:
        said.append(f"The film has cost {_bold(costs.film)} in all its runs.")
    said.append(f"What comes after this costs {most}**${costs.to_come_usd:.2f}**.")
    if costs.again_usd:
        said.append(f"One more take costs about **${costs.again_usd:.2f}**.")
    return " ".join(said)


def _bold(money: Money) -> str:
    more_usd = money.may_be_billed_usd
    more = f", and up to **${more_usd:.2f}** more is not known yet," if more_usd else ""
    return f"**${money.billed_usd:.2f}**{more}"
