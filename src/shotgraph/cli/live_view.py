"""A live view of a run at a terminal: a row for each step, until the step is over."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from shotgraph.cli.run_board import Row, RunBoard
from shotgraph.errors import ShotgraphError
from shotgraph.foreign_text import shown

PER_SECOND = 3
"""Redraws per second; each takes about 2 ms."""
_WIDE = 100
"""The least number of columns for a bar that shows a job's percentage."""
_BAR = 20
_NAME_SHARE = 0.3
_LEFT_ROWS = 5
"""Lines of the screen that are kept free of rows."""
_GAP = "  "
_MONEY = 8
_SECONDS = 6
_LEAST_DOING = 5
"""The fewest columns for the state of a step; with fewer, its seconds are not shown."""


class _SteadyConsole(Console):
    """A console that never hides the cursor: a killed run could not show it again."""

    def show_cursor(self, show: bool = True) -> bool:
        """Leave the cursor as it is."""
        return False


def terminal_console() -> Console:
    """Return a console for the terminal at stderr."""
    # Forced: the caller knows that the terminal can draw; rich's own check might say no.
    return _SteadyConsole(
        stderr=True, force_terminal=True, highlight=False, markup=False, emoji=False
    )


class LiveView:
    """Draws a board while its block runs.

    Args:
        board: The board to draw.
        console: The terminal.
    """

    def __init__(self, board: RunBoard, console: Console) -> None:
        self._board = board
        self._live = Live(
            _Drawn(board),
            console=console,
            refresh_per_second=PER_SECOND,
            transient=True,
            # Other output to stderr is printed above the view; stdout is only for the document.
            redirect_stdout=False,
            redirect_stderr=True,
            vertical_overflow="crop",
        )

    def __enter__(self) -> "LiveView":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def tell(self, line: str, style: str = "") -> None:
        """Print a line above the view; the line stays."""
        self._live.console.print(Text(shown(line, lines=True), style=style))

    def draw(self) -> None:
        """Draw the view now."""
        self._live.refresh()


class _Drawn:
    """A board as rich draws it, in the present size of the terminal."""

    def __init__(self, board: RunBoard) -> None:
        self._board = board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # One column less: after a full line, some terminals begin another line.
        yield from lines_of(self._board, options.max_width - 1, options.size.height)


def lines_of(board: RunBoard, width: int, height: int) -> Iterator[Text]:
    """Write a board, each line within the width and all within the height."""
    with board.lock:
        now_s = board.clock.monotonic()
        head, foot = list(_head(board, now_s)), list(_foot(board, width))
        rows = list(_rows(board, width, height - len(foot) + 1, now_s))
        # Cut the rows that don't fit here: rich would cut the last line, with the dollars.
        for line in [*head, *rows[: max(0, height - len(head) - len(foot))], *foot]:
            line.truncate(width, overflow="ellipsis")
            yield line


def _head(board: RunBoard, now_s: float) -> Iterator[Text]:
    since = clock_words(now_s - board.began_s)
    if board.stopped is not None:
        yield Text(f"{board.film}  is being stopped  {since}", style="bold yellow")
    elif not board.is_under_way:
        yield Text(f"{board.film}  {board.begins_words()}  {since}".strip(), style="bold")
    elif all(row.state == "ended" for row in board.rows.values()):
        yield Text(f"{board.film}  its film and pages are written  {since}", style="bold")
    else:
        yield Text(f"{board.film}  {since}", style="bold")


def _rows(board: RunBoard, width: int, height: int, now_s: float) -> Iterator[Text]:
    ended, running, waiting = board.counted()
    apart = [row for row in ended if _is_shown_apart(row)]
    columns = _name_width(board.rows, width)
    well = [row for row in ended if row not in apart]
    if well:
        yield _collapsed(well, width)
    room = max(1, height - _LEFT_ROWS - len(apart) - (1 if well else 0))
    for row in apart:
        yield _failed(row, columns, width)
    lines = [line for row in running for line in _running(row, columns, width, now_s)]
    if len(lines) > room:  # first drop the lines of the logs, then rows
        lines = [next(iter(_running(row, columns, width, now_s))) for row in running]
    yield from lines[:room]
    if len(lines) > room:
        yield Text(f"    and {len(lines) - room} more that run", style="dim")
    left = room - len(lines)
    shown_waiting = waiting if len(waiting) <= left else waiting[: max(0, left - 1)]
    for row in shown_waiting:
        yield _line(" ", row.name, row.doing(), "", _most(row), columns, width, "dim")
    if len(waiting) > len(shown_waiting):
        yield Text(f"    and {len(waiting) - len(shown_waiting)} more that wait", style="dim")


def _is_shown_apart(row: Row) -> bool:
    return row.report is not None and row.report.status == "failed"


def _collapsed(rows: Sequence[Row], width: int) -> Text:
    reports = [row.report for row in rows if row.report is not None]
    there = sum(one.status == "cached" for one in reports)
    not_made = sum(one.status == "skipped" for one in reports)
    made = len(reports) - there - not_made
    words = [f"{made} done" if made else "", f"{there} in the store" if there else ""]
    words.append(f"{not_made} not made" if not_made else "")
    cost_usd = sum((one.cost_usd for one in reports), Decimal(0))
    said = ", ".join(word for word in words if word)
    mark = "✓" if made or there else "-"
    return _line(mark, said, "", "", _dollars(cost_usd), cell_len(said), width, "green")


def _failed(row: Row, columns: int, width: int) -> Text:
    error: ShotgraphError | None = row.report.error if row.report is not None else None
    if row.awaits_person:
        return _line("?", row.name, "waits for a person", "", "", columns, width, "cyan")
    said = f"failed: {error.message}" if error is not None else "failed"
    said = said.replace(f"failed: {row.name} was ", "was ").partition("\n")[0]
    return _line("✗", row.name, said, "", "", columns, width, "red")


def _running(row: Row, columns: int, width: int, now_s: float) -> Iterator[Text]:
    since = clock_words(now_s - row.began_s) if row.began_s is not None else ""
    doing = f"{row.kind}: {row.doing()}" if row.kind else row.doing()
    if width >= _WIDE and row.percent is not None and row.is_at_fal:
        filled = round(_BAR * row.percent / 100)
        doing += f"  {'━' * filled}{'┄' * (_BAR - filled)}"
    yield _line("▸", row.name, doing, since, _most(row), columns, width, "")
    if row.line:
        yield Text(f"    {shown(row.line)}", style="dim")


def _foot(board: RunBoard, width: int) -> Iterator[Text]:
    """Write the dollars; in several lines on a narrow screen, because amounts are never cut off."""
    if not board.rows:
        return
    sums = board.sums()
    parts = [f"{_dollars(sums.so_far_usd) or '$0'} so far"]
    if sums.to_come_usd:
        parts.append(f"at most {_dollars(sums.to_come_usd)} to come")
    if board.wall is not None:
        parts.append(f"of {board.wall_words()}")
    said = [*(f"{part}," for part in parts[:-1]), parts[-1]]
    line = "a rehearsal, nothing is paid:" if board.is_rehearsal else ""
    for part in said:
        joined = f"{line} {part}".lstrip()
        if line and cell_len(joined) > width:
            yield Text(line)
            joined = part
        line = joined
    yield Text(line)


def _line(
    mark: str, name: str, doing: str, since: str, money: str, columns: int, width: int, style: str
) -> Text:
    """One row in columns: mark, name, state, seconds, dollars."""
    left = Text(f" {mark} ", style=style)
    named = Text(shown(name), style=style)
    # A narrow screen never cuts off the dollars.
    paid = max(_MONEY, cell_len(money))
    columns = min(columns, max(1, width - left.cell_len - 2 * len(_GAP) - paid))
    named.truncate(columns, overflow="ellipsis", pad=True)
    left.append_text(named)
    left.append(_GAP)
    what = Text(shown(doing), style=style)
    room = width - left.cell_len - len(_GAP) - paid
    timed = f"{_GAP}{since.rjust(_SECONDS)}"
    timed = timed if room >= cell_len(timed) + _LEAST_DOING else ""
    if room > 0:
        what.truncate(room - cell_len(timed), overflow="ellipsis", pad=True)
        left.append_text(what)
    left.append(f"{timed}{_GAP}{money.rjust(_MONEY)}", style=style)
    left.rstrip()
    return left


def _name_width(rows: dict[str, Row], width: int) -> int:
    longest = max((cell_len(shown(name)) for name in rows), default=0)
    return min(longest, max(10, int(width * _NAME_SHARE)))


def _most(row: Row) -> str:
    return _dollars(row.most_usd)


def _dollars(usd: Decimal) -> str:
    return f"${usd:.2f}" if usd else ""


def clock_words(seconds: float) -> str:
    """Seconds as a clock shows them: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
