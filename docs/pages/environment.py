"""Environment variables: from the settings' model, and the few that are read elsewhere."""

from datetime import timedelta

from pydantic import BaseModel

from pages.table import code, table
from shotgraph.media import binary
from shotgraph.money.windows import Windows
from shotgraph.settings import Settings

_PREFIX = str(Settings.model_config["env_prefix"])
_NESTED = str(Settings.model_config["env_nested_delimiter"])
_DEATH = "Where a run is to die, in tests: [failpoints](failpoints.md)."
_ELSEWHERE = [
    [
        code(binary.VARIABLE),
        "the system's, else the wheel's",
        f"The ffmpeg to run, {binary.OLDEST} or newer; taken or refused, never passed over.",
    ],
    [code("SHOTGRAPH_FAILPOINT"), "", _DEATH],
]


def page() -> str:
    """Write the page."""
    rows, windows = [], []
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"{_PREFIX}{name.upper()}")
        if isinstance(field.default, BaseModel):
            windows = _nested(variable, type(field.default))
            continue
        default = "a per-user data folder" if field.default_factory else str(field.default or "")
        shown = default if field.default_factory or not default else code(default)
        rows.append([code(variable), shown, field.description or ""])
    until_safe = Windows().until_safe
    return "\n".join(
        [
            "# Environment variables\n",
            table(["variable", "default", "meaning"], rows + _ELSEWHERE),
            "A FalCredentials block goes before `FAL_KEY`, and its fields before the five "
            "addresses of fal. Each may be http or https, and have a path.\n",
            "## Time windows\n",
            table(["variable", "default", "meaning"], windows),
            f"Together they say from when a job that fal does not list is sure not to exist: "
            f"{_sum()} after its intent, {_spoken(until_safe)} with the defaults.\n",
        ]
    )


def _nested(variable: str, model: type[BaseModel]) -> list[list[str]]:
    def name_of(field: str) -> str:
        return code(f"{variable}{_NESTED}{field.upper()}")

    return [
        [name_of(name), f"{field.default:g} s", field.description or ""]
        for name, field in model.model_fields.items()
    ]


def _sum() -> str:
    """Write the sum, checked against the code's."""
    parts = ("send_s", "reply_s", "start_s", "run_s", "lag_s")
    defaults = Windows()
    seconds = sum(getattr(defaults, part) for part in parts) + 2 * defaults.skew_s
    if timedelta(seconds=seconds) != defaults.until_safe:
        raise SystemExit("until_safe is another sum by now: say which")
    return " + ".join([*(code(part) for part in parts), "2 × `skew_s`"])


def _spoken(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min {seconds} s"
