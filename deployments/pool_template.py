"""Put the settings of deployments/pools into Prefect's own template of a work pool.

prefect work-pool get-default-base-job-template --type kubernetes --file prefects.json
python deployments/pool_template.py deployments/pools/kubernetes.yaml < prefects.json > pool.json
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]


def filled(template: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a template with other defaults, and with additions to the job.

    Raises:
        ValueError: Prefect's template has no such variable, or has another value already.
    """
    whole: dict[str, Any] = json.loads(json.dumps(template))
    known = whole["variables"]["properties"]
    for name, value in settings["variables"].items():
        if name not in known:
            raise ValueError(f"{name} is no variable of this pool; allowed: {', '.join(known)}")
        known[name]["default"] = value
    whole["job_configuration"] = _with(whole["job_configuration"], settings["job"], "job")
    return whole


def _with(there: Any, added: Any, where: str) -> Any:
    if isinstance(there, dict) and isinstance(added, dict):
        more = {name: _with(there.get(name), added[name], f"{where}.{name}") for name in added}
        return {**there, **more}
    if isinstance(there, list) and isinstance(added, list) and len(there) == len(added):
        pairs = zip(there, added, strict=True)
        return [_with(*pair, f"{where}[{number}]") for number, pair in enumerate(pairs)]
    if there is None:
        return added
    raise ValueError(f"{where} is {there!r} in Prefect's template already")


if __name__ == "__main__":
    settings = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    json.dump(filled(json.load(sys.stdin), settings), sys.stdout, indent=2)
