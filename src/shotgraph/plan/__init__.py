"""Graph, store, ledger and prices → for each step: have, in flight or to buy, and for how much.

* plan, planner: the plan, and how it is made
* inputs: what is known of a step's inputs before they exist
* standing: how far a step is that may be taken again because of faults
* purchase: a paid step, its state, price and seconds
* budgets: the budgets of a run, plans over one, and the prices in files
* run_record: what a run set out to make, compared with the last one
* retakes: takes that people asked for again
* purge: old records that can be removed
"""

from shotgraph.plan.plan import DecidedBy, Plan, PlannedStep, StepState
from shotgraph.plan.planner import make_plan

__all__ = ["DecidedBy", "Plan", "PlannedStep", "StepState", "make_plan"]
