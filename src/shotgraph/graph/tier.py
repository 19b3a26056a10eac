"""The tier of a paid step."""

from typing import get_args

from shotgraph.endpoints import Tier
from shotgraph.graph.resolve import Resolver
from shotgraph.spec import Step
from shotgraph.spec.findings import shown
from shotgraph.spec.nearest_name import nearest_name


def tier_of(step: Step, resolver: Resolver) -> Tier:
    """Read a step's tier; what is wrong with it is noted."""
    path = ("steps", step.name, step.kind.name, "tier")
    if "tier" not in step.body:
        return "standard"
    tiers: dict[str, Tier] = {tier: tier for tier in get_args(Tier)}
    named = resolver.named(step.body["tier"], path)
    if named is None:
        return "standard"
    if named.is_made_up:
        return "standard"
    if not isinstance(named.value, str) or named.media is not None or named.value not in tiers:
        resolver.note(
            path,
            f"{shown(named.value)} is no tier",
            allowed=", ".join(tiers),
            nearest=nearest_name(str(named.value), tiers),
        )
        return "standard"
    return tiers[named.value]
