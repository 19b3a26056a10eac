"""The time limits of a purchase; they decide when buying again is safe."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field


class Windows(BaseModel):
    """Time limits in seconds. Where fal documents no limit, the defaults are on the safe side."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    send_s: float = Field(
        default=30, gt=0, description="How long after its intent a job may still be sent."
    )
    reply_s: float = Field(
        default=60, gt=0, description="How long the answer to a submission may take."
    )
    start_s: float = Field(
        default=3600, ge=1, description="How long a job may wait at fal; fal drops it then."
    )
    run_s: float = Field(default=1800, ge=0, description="How long a job may run at fal.")
    lag_s: float = Field(
        default=600, ge=0, description="How late fal may list a job that has ended."
    )
    skew_s: float = Field(
        default=300, ge=0, description="How far the clocks of machines and fal may be apart."
    )
    look_s: float = Field(
        default=120, ge=0, description="How long one run looks for a job whose answer was lost."
    )

    @property
    def lease(self) -> timedelta:
        """How long only its owner may decide anything about an attempt."""
        return timedelta(seconds=self.send_s)

    @property
    def until_safe(self) -> timedelta:
        """The time after the intent from which a job that fal does not list can't exist."""
        return timedelta(
            seconds=self.send_s
            + self.reply_s
            + self.start_s
            + self.run_s
            + self.lag_s
            + 2 * self.skew_s
        )
