"""The five hosts of fal, as five folders of one address."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Bases:
    """Where each part of fal is; URLs without a slash at the end."""

    queue_url: str
    run_url: str
    rest_url: str
    cdn_url: str
    api_url: str

    @classmethod
    def below(cls, root: str) -> "Bases":
        """The five bases below an address such as ``http://127.0.0.1:8765``."""
        names = ("queue", "run", "rest", "cdn", "api")
        return cls(**{f"{name}_url": f"{root}/{name}" for name in names})

    def as_dict(self) -> dict[str, str]:
        """The bases by name."""
        return asdict(self)
