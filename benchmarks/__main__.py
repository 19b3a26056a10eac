"""Run every benchmark, or those that are named; prints medians and ratios, never a verdict."""

import sys

from benchmarks import asking, joining, joins, keeping, planning, splitting

BENCHMARKS = {
    "planning": planning,
    "asking": asking,
    "keeping": keeping,
    "joining": joining,
    "joins": joins,
    "splitting": splitting,
}

for name in sys.argv[1:] or BENCHMARKS:
    print((BENCHMARKS[name].__doc__ or "").splitlines()[0])
    for line in BENCHMARKS[name].figures():
        print(f"  {line}", flush=True)
