"""The cuts of a clip: they are found once, and kept in the store.

On record, because pieces are bought: another ffmpeg must not find the cuts elsewhere.
"""

import asyncio
import json
from fractions import Fraction
from pathlib import Path

from shotgraph.making.fit import format_for
from shotgraph.media.info import MediaInfo
from shotgraph.media.smart.clip import read_clip
from shotgraph.media.split import find_cuts
from shotgraph.model.references import Asset
from shotgraph.store import Store

_RECIPE = 1


async def cuts_in(asset: Asset, info: MediaInfo, store: Store) -> list[int]:
    """Find the cuts of a clip in the store, as frame numbers at the rate that the model gets.

    Raises:
        MediaError: The clip can't be decoded.
    """
    known = await known_cuts(asset, info, store)
    if known is not None:
        return known
    found = await cuts_of(await store.assets.file(asset), info)
    await store.records.put_if_absent(_record(asset, info), json.dumps(found).encode())
    # Another run may have been first; its record counts.
    standing = await known_cuts(asset, info, store)
    return found if standing is None else standing


async def known_cuts(asset: Asset, info: MediaInfo, store: Store) -> list[int] | None:
    """Read the recorded cuts; None if there are none."""
    found = await store.records.get(_record(asset, info))
    return None if found is None else [int(cut) for cut in json.loads(found)]


async def cuts_of(path: Path, info: MediaInfo) -> list[int]:
    """Find the cuts of a file, without a record.

    Raises:
        MediaError: It can't be decoded.
    """
    clip = await asyncio.to_thread(read_clip, path)
    return await find_cuts(clip, _rate(info))


def _rate(info: MediaInfo) -> Fraction:
    return format_for(info)[0].frame_rate


def _record(asset: Asset, info: MediaInfo) -> str:
    rate = _rate(info)
    return f"cuts/{_RECIPE}/{asset.sha256}/{rate.numerator}-{rate.denominator}.json"
