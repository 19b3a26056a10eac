"""``validate`` says every problem of a file in one pass, in the order of its lines."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from PIL import Image

from tests.cli.command import Desk, Ran

from .commands import ran
from .figures import Count
from .wrong_films import DEFECTS, FILM, together, written

KIND = 20


def _files(desk: Desk, *cases: tuple[str, ...]) -> list[Ran]:
    """Check a file for each set of defects."""
    Image.new("RGB", (720, 720), "navy").save(desk.folder / "still.png")
    for number, names in enumerate(cases):
        (desk.folder / f"many-{number}.yaml").write_text(written(*names)[0])
    (desk.folder / "many.yaml").write_text("\n".join(FILM.values()))
    commands = [("validate", "--json", f"many-{number}.yaml") for number in range(len(cases))]
    return ran(commands, desk.env, desk.folder)


def _said(checked: Ran) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = checked.json.get("problems") or []
    return [*found, *(checked.json.get("warnings") or [])]


def _missed(names: tuple[str, ...], checked: Ran, hidden: set[str]) -> Iterator[str]:
    _, where = written(*names)
    for name in names:
        about = [one for one in _said(checked) if (one["line"] or 0) in where[name]]
        text = " ".join(str(one).lower() for one in about)
        if name not in hidden and DEFECTS[name].says not in text:
            yield f"{name}: {text[:300]}"


def test_a_film_without_faults_has_none(offline: Desk) -> None:
    (checked,) = _files(offline, ())
    assert (checked.code, checked.json["valid"]) == (0, True), checked.out


def test_each_problem_is_said_alone_and_among_all_others(offline: Desk, count: Count) -> None:
    alone = [(name,) for name in DEFECTS]
    plain = [name for name, defect in DEFECTS.items() if not defect.in_prose]
    spoilt = [name for name, defect in DEFECTS.items() if defect.in_prose]
    many: list[tuple[str, ...]] = []
    left = list(plain)
    while left:
        chosen = together(left)
        many.append(tuple(chosen))
        left = [name for name in left if name not in chosen]
    # Whatever is no YAML hides others of its own step, and no more.
    among = [tuple(together([name, *plain])) for name in spoilt]
    cases = [*alone, *many, *among]
    missed, unordered = dict[str, list[str]](), []
    for names, checked in zip_longest(cases, _files(offline, *cases)):
        spoils = {DEFECTS[name].line.split("-")[-1] for name in names if DEFECTS[name].in_prose}
        hidden = {
            name
            for name in names
            if DEFECTS[name].line.split("-")[-1] in spoils and not DEFECTS[name].in_prose
        }
        found = list(_missed(names, checked, hidden))
        if found:
            missed[" + ".join(names)[:60]] = found
        lines = [one["line"] for one in checked.json.get("problems") or []]
        unordered += [names] if lines != sorted(lines) else []
        assert checked.code in (0, 2), checked.err
    count(files=len(cases), problems=sum(map(len, cases)), missed=sum(map(len, missed.values())))
    assert not missed, "\n".join(f"{names}: {found}" for names, found in missed.items())
    assert not unordered
