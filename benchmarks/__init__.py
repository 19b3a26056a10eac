"""What shotgraph costs, each figure beside something known, taken in one run."""
