"""Write docs/reference out of the code, or check that it is as the code says.

python docs/generate_reference.py [--check] [FOLDER]      (default: docs/reference)
"""

import sys
from pathlib import Path

from pages import command_line, environment, errors, failpoints, faults, pipeline_file

PAGES = {
    "pipeline-file.md": pipeline_file.page,
    "command-line.md": command_line.page,
    "environment.md": environment.page,
    "errors.md": errors.page,
    "failpoints.md": failpoints.page,
    "faults.md": faults.page,
}
NOTE = "<!-- Made by docs/generate_reference.py: change the code, and run it again. -->\n\n"


def written() -> dict[str, str]:
    """Write every page, by its file's name."""
    return {name: NOTE + page().rstrip() + "\n" for name, page in PAGES.items()}


def stale(folder: Path) -> list[str]:
    """Name the pages in a folder that are not as the code says, or that it knows nothing of."""
    pages = written()
    wrong = [
        name
        for name, text in pages.items()
        if not (folder / name).is_file() or (folder / name).read_text() != text
    ]
    return wrong + sorted(file.name for file in folder.glob("*.md") if file.name not in pages)


def main(arguments: list[str]) -> int:
    """Write or check; returns the exit code."""
    rest = [word for word in arguments if word != "--check"]
    folder = Path(rest[0]) if rest else Path(__file__).parent / "reference"
    if "--check" in arguments:
        wrong = stale(folder)
        for name in wrong:
            sys.stderr.write(f"{folder / name} is stale: run docs/generate_reference.py\n")
        return 1 if wrong else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written().items():
        (folder / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
