"""The time and memory that shotgraph needs, each compared with a known program in the same run."""
