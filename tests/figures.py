"""What the tests of a suite counted, added up: one line for each kind of fault."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest

Figure: TypeAlias = int | Decimal | float
"""A number of things; dollars; or seconds, of which the longest is told. So it is of what is called
``longest`` or ``most``; everything else is added up."""
Told: TypeAlias = tuple[int, Mapping[str, str | int | float]]
"""A kind, and what one test counted; dollars are text."""
Count: TypeAlias = Callable[..., None]


@dataclass(frozen=True)
class Board:
    """The figures of one suite.

    Attributes:
        title: Of its lines. It is also the name by which a test's report carries its figures.
        kinds: What is counted, by number.
        targets: The most that a figure of a kind may be; a kind whose figure is more is wrong.
    """

    title: str
    kinds: Mapping[int, str]
    targets: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    def count(self, request: pytest.FixtureRequest, record_property: Count) -> Count:
        """Count for the kind that the test's module is about; a test that fails has counted too."""
        kind: int = request.module.KIND
        record_property(*self.as_property(kind, {}))

        def add(**found: Figure) -> None:
            named = {_words(name): one for name, one in found.items()}
            record_property(*self.as_property(kind, named))

        return add

    def as_property(self, kind: int, figures: Mapping[str, Figure]) -> tuple[str, list[object]]:
        """Write figures so that a test's report carries them, also out of another process."""
        said = {
            name: str(figure) if isinstance(figure, Decimal) else figure
            for name, figure in figures.items()
        }
        return self.title, [kind, said]

    def print(self, reporter: pytest.TerminalReporter) -> None:
        """Print a line for each kind, if any of them was tried."""
        told, wrong = self._gathered(reporter)
        if told:
            reporter.write_sep("=", self.title)
            for line in self.lines(told, wrong):
                reporter.write_line(line)

    def fail_if_incomplete(self, session: pytest.Session, folder: Path) -> None:
        """Fail where the whole of the suite's folder was run, and a kind has no figures."""
        config = session.config
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or not _is_whole(config, folder):
            return
        tried = {kind for kind, figures in self._gathered(reporter)[0] if figures}
        if left := sorted(self.kinds.keys() - tried):
            reporter.write_line(f"FAILED: nothing has tried {', '.join(map(str, left))}")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _gathered(self, reporter: pytest.TerminalReporter) -> tuple[list[Told], set[int]]:
        """What each test counted, and the kinds of which a test failed."""
        told: dict[str, list[Told]] = {}
        wrong: set[int] = set()
        for outcome, reports in reporter.stats.items():
            for report in reports:
                found = [
                    (value[0], value[1])
                    for name, value in getattr(report, "user_properties", ())
                    if name == self.title
                ]
                if found:
                    # Each phase of a test tells all that was counted so far.
                    told[report.nodeid] = max(told.get(report.nodeid, []), found, key=len)
                    failed = outcome in ("failed", "error")
                    wrong |= {kind for kind, _ in found} if failed else set()
        return [one for found in told.values() for one in found], wrong

    def lines(self, told: Iterable[Told], wrong: set[int]) -> list[str]:
        """Add up what the tests counted: a line for each kind.

        Args:
            told: By the tests.
            wrong: Kinds of which a test failed.
        """
        sums: dict[int, dict[str, Figure]] = {}
        for kind, figures in told:
            of_kind = sums.setdefault(kind, {})
            for name, figure in figures.items():
                number = Decimal(figure) if isinstance(figure, str) else figure
                of_kind[name] = _together(name, of_kind.get(name), number)
        found = []
        for kind, title in self.kinds.items():
            counted, most = sums.get(kind, {}), self.targets.get(kind, {})
            said = ", ".join(f"{name} {_said(one)}" for name, one in counted.items())
            is_over = any(counted.get(name, 0) > one for name, one in most.items())
            verdict = "right" if counted else "not tried"
            verdict = "WRONG" if kind in wrong or is_over else verdict
            target = ", ".join(f"{name} {_said(one)}" for name, one in most.items())
            line = f"{kind:>2}  {verdict:<9}  {title}: {said or '–'}"
            found.append(f"{line}  (at most: {target})" if target else line)
        return found


def _is_whole(config: pytest.Config, folder: Path) -> bool:
    """Tell whether this process sums up a run of all tests of a folder."""
    options = config.option
    given = [(config.invocation_params.dir / one).resolve() for one in config.args]
    is_part = options.keyword or options.deselect or options.lf or options.collectonly
    is_worker = hasattr(config, "workerinput")
    return any(folder.is_relative_to(one) for one in given) and not (
        is_part or is_worker or options.markexpr not in ("", folder.name)
    )


def _words(name: str) -> str:
    return name.replace("_", " ").replace(" minus ", " − ")


def _together(name: str, before: Figure | None, figure: Figure) -> Figure:
    if before is None:
        return figure
    if isinstance(before, float) or isinstance(figure, float):
        return max(before, figure)
    if name.startswith(("longest", "most")):
        return max(before, figure)
    return before + figure


def _said(figure: Figure) -> str:
    match figure:
        case Decimal():
            return f"${figure:.3f}"
        case float():
            return f"{figure:.1f} s"
    return f"{figure:,}"
