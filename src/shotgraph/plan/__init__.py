"""Graph + store + ledger + prices → of each step: have, in flight or to buy, and for how much."""

from shotgraph.plan.plan import Plan, PlannedStep, State
from shotgraph.plan.planner import make_plan

__all__ = ["Plan", "PlannedStep", "State", "make_plan"]
