"""A task returns the plain JSON that it did before: Prefect's stored results stay readable."""

import json
from pathlib import Path
from typing import Any

from shotgraph.endpoints import Output
from shotgraph.model.references import Asset, media_ref
from shotgraph.money.results import Result
from shotgraph.tasks.made import made

GOLDEN = Path(__file__).parents[1] / "money/ledger/golden/v3/store/results"


def recorded(**changed: Any) -> Result:
    """A result that an older version kept, changed."""
    files = (json.loads(file.read_text()) for file in sorted(GOLDEN.rglob("*.json")))
    record = next(one for one in files if one["asset"]["kind"] == "video" and one["request_id"])
    return Result.model_validate({**record, **changed})


def described(result: Result) -> dict[str, Any]:
    """A medium as tasks have always described it."""
    rate = result.info.frame_rate
    return {
        **result.asset.model_dump(),
        "width": result.info.width,
        "height": result.info.height,
        "duration_s": str(result.info.duration),
        "fps": str(rate) if rate else None,
    }


def test_what_was_made_is_what_it_was() -> None:
    result = recorded()
    for how, cost_usd in (("ran", str(result.cost_usd)), ("cached", "0")):
        expected = {
            **described(result),
            "key": result.key,
            "request_id": result.request_id,
            "cost_usd": cost_usd,
            "how": how,
        }
        found = made(result, how)  # type: ignore[arg-type]
        assert json.dumps(found) == json.dumps(expected)
        assert media_ref(found) == result.asset


def test_each_of_several_files_has_its_name() -> None:
    first = recorded()
    still = first.asset.model_copy(update={"sha256": "b" * 64, "kind": "image"})
    info = first.info.model_copy(update={"kind": "image", "frame_rate": None, "duration": 0})
    kept = {
        "video": {"asset": first.asset, "info": first.info},
        "images[0]": {"asset": still, "info": info},
    }
    outputs = [
        Output(name="clip", path="video", kind="video"),
        Output(name="still", path="images[0]", kind="image"),
    ]
    found = made(recorded(outputs=kept), "ran", outputs)["outputs"]
    assert list(found) == ["clip", "still"]
    assert found["clip"] == described(first)
    assert (found["still"]["duration_s"], found["still"]["fps"]) == ("0", None)
    assert isinstance(media_ref(found["still"]), Asset)
    assert "outputs" not in made(recorded(outputs=kept), "ran", outputs[:1])
