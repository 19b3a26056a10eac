"""Run every benchmark; prints medians and ratios, never a verdict."""

from benchmarks import asking, joining, keeping, planning

for benchmark in (planning, asking, keeping, joining):
    print((benchmark.__doc__ or "").splitlines()[0])
    for line in benchmark.figures():
        print(f"  {line}")
