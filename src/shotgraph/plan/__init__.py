"""Plan a run from graph, store, ledger and prices: the state and the price of each step.

* plan, planner: the plan, and how it is made
* inputs: the inputs of a step, as far as they are known before they exist
* standing: the state of a step with retakes
* purchase: a paid step, its state, price and seconds
* budgets: the budgets of a run, plans that exceed them, and prices that only a file names
* run_record, reasons: the record of a run's steps, the comparison with the last run, the reasons
* retakes: the retakes that people asked for
* purge: old records that can be removed
* run_command: the command of a run, for messages
"""

from shotgraph.plan.plan import DecidedBy, Plan, PlannedStep, StepState
from shotgraph.plan.planner import make_plan

__all__ = ["DecidedBy", "Plan", "PlannedStep", "StepState", "make_plan"]
