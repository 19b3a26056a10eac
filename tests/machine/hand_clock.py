"""Time that passes only when the machine says so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class HandClock:
    """The one time that fal and every process go by."""

    def __init__(self) -> None:
        # Long before today: the store dates its files by the real clock, which must not be behind.
        self._began = datetime.now(UTC) - timedelta(days=3650)
        self.passed_s = 0.0

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return self._began + timedelta(seconds=self.passed_s)


class ProcessClock:
    """The clock of one process, which is fast or slow by some seconds.

    Args:
        time: The true time.
        fast_s: How far ahead its wall clock is.
        sleep: Takes the moment at which it wants to be woken, on its monotonic clock.
    """

    def __init__(self, time: HandClock, fast_s: float, sleep: Callable[[float], None]) -> None:
        self._time = time
        self._fast = timedelta(seconds=fast_s)
        self._sleep = sleep

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return self._time.now() + self._fast

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._time.passed_s

    async def sleep(self, seconds: float) -> None:
        """Wait until the machine lets it go on."""
        self._sleep(self._time.passed_s + seconds)
