"""What ``shotgraph doctor`` looks at: one file for each thing that a run needs."""
