"""Graph + store + ledger + prices → of each step: have, in flight or to buy, and for how much.

* planner:    walks the graph; inputs, expected: what its steps take
* purchase:   what a paid step would buy; on_record, durations: what the store knows of that
* run_record: what each run set out to make; diff: a plan beside the last one
* budgets:    what a plan may cost, and what would fit
"""

from shotgraph.plan.plan import Plan, PlannedStep, State
from shotgraph.plan.planner import make_plan

__all__ = ["Plan", "PlannedStep", "State", "make_plan"]
