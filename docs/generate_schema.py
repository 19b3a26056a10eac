"""Write the JSON Schema of pipeline files out of the models, or check that it is as they say.

python docs/generate_schema.py [--check] [FILE]
"""

import sys
from pathlib import Path

from shotgraph.spec.json_schema import FILE, schema_text


def main(arguments: list[str]) -> int:
    """Write or check; returns the exit code."""
    rest = [word for word in arguments if word != "--check"]
    file = Path(rest[0]) if rest else FILE
    if "--check" not in arguments:
        file.write_text(schema_text(), encoding="utf-8")
        return 0
    if file.is_file() and file.read_text(encoding="utf-8") == schema_text():
        return 0
    sys.stderr.write(f"{file} is stale: run docs/generate_schema.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
