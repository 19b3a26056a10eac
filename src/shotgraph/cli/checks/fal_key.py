"""fal: where the key is found, and whether fal knows it."""

from shotgraph.cli.checks.finding import Finding
from shotgraph.errors import BadKey, MissingKey, ShotgraphError

_ABOUT = "Key for fal"
_KEY = "export FAL_KEY=key-id:key-secret, as fal.ai/dashboard/keys shows it; --rehearse needs none"
_BLOCK = "see the block on the page Blocks of the Prefect UI, or delete it"
_MENDS = {
    "not_known": _KEY,
    "refused": "see fal.ai/dashboard/billing",
    "not_reached": "try again; behind a proxy, set HTTPS_PROXY; see status.fal.ai",
}


async def fal_key() -> list[Finding]:
    """Find the key as a run finds it, and ask fal whether it knows it; nothing is bought."""
    from shotgraph.blocks.fal_credentials import fal_connection, has_block
    from shotgraph.money.connection import check_key

    try:
        in_block = await has_block("default")
        connection = await fal_connection("default")
    except MissingKey:
        said = 'no FalCredentials block named "default" is saved, and FAL_KEY is not set'
        return [Finding(_ABOUT, "problem", said, _KEY)]
    except BadKey as error:
        return [Finding(_ABOUT, "problem", error.message, _KEY)]
    except ShotgraphError as error:
        return [Finding(_ABOUT, "problem", error.message, _BLOCK)]
    where = 'the FalCredentials block "default"' if in_block else "FAL_KEY"
    check = await check_key(connection)
    found = Finding(_ABOUT, "ok", f"in {where}")
    if check.ok:
        return [found, Finding("fal", "ok", check.said)]
    return [found, Finding("fal", "problem", check.said, _MENDS[check.state])]
