"""References and substitution: string.Template's spelling, one pass, nothing evaluated."""

from string import Template

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotgraph.spec.pipeline import BadTemplate, Reference, substitute, whole_reference

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text()


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("$shot", Reference("shot")),
        ("${shot}", Reference("shot")),
        ("$still.image", Reference("still", "image")),
        ("${still.image}", Reference("still", "image")),
        ("$_1", Reference("_1")),
    ],
)
def test_reads_a_whole_reference(text: str, reference: Reference) -> None:
    assert whole_reference(text) == reference


MORE = "$ $$ $$shot shot ${shot $shot} $1 $shot. $shot.image.x $shot$still ${} $été $a-b $(a)"


@pytest.mark.parametrize("text", [*MORE.split(), "", " $shot", "$shot ", "$shot\n", "${a b}"])
def test_anything_more_is_no_whole_reference(text: str) -> None:
    assert whole_reference(text) is None


@given(NAMES, st.none() | NAMES)
def test_a_reference_reads_what_it_writes(name: str, output: str | None) -> None:
    assert whole_reference(str(Reference(name, output))) == Reference(name, output)


def test_replaces_each_reference_where_it_stands() -> None:
    values = {"a": "1", "ab": "2"}
    assert substitute("$a $ab ${a}b $a.b $a-$$a $$$a", values.__getitem__) == "1 2 1b 1.b 1-$a $1"


@given(st.dictionaries(NAMES, TEXTS, min_size=1), st.data())
def test_does_what_string_template_does(values: dict[str, str], data: st.DataObject) -> None:
    names = st.sampled_from(sorted(values))
    plain = TEXTS.map(lambda text: text.replace("$", "$$"))
    pieces = data.draw(st.lists(st.one_of(plain, names.map(lambda name: f"${{{name}}}"))))
    text = "".join(pieces)
    assert substitute(text, values.__getitem__) == Template(text).substitute(values)


TRAPS = st.sampled_from(["$a", "${a}", "$$", "{0.__class__}", "{{7*7}}", "%(a)s", r"\1", r"\g<0>"])


@given(TEXTS | TRAPS)
def test_does_not_read_again_what_it_put_in(value: str) -> None:
    assert substitute("<$a|${a}>", {"a": value}.__getitem__) == f"<{value}|{value}>"


@given(TEXTS.filter(lambda text: "$" not in text))
def test_leaves_a_text_without_references_alone(text: str) -> None:
    assert substitute(text, lambda name: "never asked") == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It cost $5", '"$5"'),
        ("at the end $", '"$"'),
        ("$ 5", '"$ 5"'),
        ("${a", '"${a"'),
        ("${a.} and on and on", '"${a.} and o…"'),
        ("${a+1}", '"${a+1}"'),
        ("$(id)", '"$(id)"'),
        ("${a!r}", '"${a!r}"'),
    ],
)
def test_a_dollar_that_starts_no_name_is_refused(text: str, shown: str) -> None:
    with pytest.raises(BadTemplate) as raised:
        substitute(text, lambda name: "")
    assert str(raised.value).startswith(f'{shown}: a "$" that starts no name')


def test_an_output_inside_of_a_text_is_refused() -> None:
    with pytest.raises(BadTemplate) as raised:
        substitute("Like ${a.b} and on", lambda name: "")
    assert str(raised.value) == '"${a.b} and …": an output of a step can\'t be inside a text'
    assert raised.value.part == "$"
