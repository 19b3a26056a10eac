"""The command line: ``shotgraph …``."""
