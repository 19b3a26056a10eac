"""Each file that was made to do harm, given to what looks at files and to what joins them."""

from pathlib import Path

import pytest

from tests.figures import Count
from tests.media.coded_clips import Sound, write_clip
from tests.media.hostile.bench import Secrets, Worker, left_running
from tests.media.hostile.corpus import Ground, corpus

KIND = 19
OPERATIONS = ["probe", "concat"]
"""The others are in `make media`."""


@pytest.mark.timeout(3600)
def test_hostile_files_are_contained(tmp_path: Path, count: Count) -> None:
    good = write_clip(tmp_path / "good.mp4", clip=1, frames=12, sound=Sound())
    secret = write_clip(
        tmp_path / "secret.ts", clip=2, frames=12, sound=Sound(), container="mpegts"
    )
    wrong, read, cases = list[str](), 0, corpus()
    with Secrets([secret]) as secrets, Worker(patience_s=1800) as worker:
        for number, case in enumerate(cases):
            folder, into = tmp_path / f"{number:03}", tmp_path / f"{number:03}-made"
            folder.mkdir()
            into.mkdir()
            file = case.make(Ground(folder, good, secret, secrets.port))
            secrets.reads()
            seen = worker.put_through(file, good=good, into=into, operations=OPERATIONS)
            read += secrets.reads()
            allowed = {"right", "refused"} if case.must == "either" else {case.must}
            wrong += [f"{case.name}: {seen.crash}"] if seen.crash else []
            wrong += [str(one) for one in seen.outcomes if one.verdict not in allowed]
            wrong += [f"{case.name}: {left}" for left in left_running(worker.pid, into)]
        calls = secrets.calls
    count(files=len(cases), wrong=len(wrong), connections=calls, secrets_read=read)
    assert wrong == []
    assert (read, calls) == (0, 0)
