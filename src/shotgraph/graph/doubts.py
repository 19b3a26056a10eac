"""Warnings: unused steps, long prompts, texts that YAML cuts short, odd URLs and arguments."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import TYPE_CHECKING

from shotgraph.endpoints.arguments import LONG_PROMPT, KlingArguments
from shotgraph.graph.node import Node
from shotgraph.model.references import RemoteUrl, media_kind_of_file, one
from shotgraph.model.walk import FieldPath, each_value
from shotgraph.spec import Pipeline, Problem
from shotgraph.spec.document import QUOTES, Document, Path
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.spec.foreign_forms import meant_name
from shotgraph.spec.hidden_characters import stray_quotes, without_quotes

if TYPE_CHECKING:
    from shotgraph.graph.layout import Layout

_LONGEST_GUESS = 200
_TEXTS = ("prompt", "message", "negative_prompt", "text")
_COLOURS = ("background",)  # an empty value of another colour field is an error by itself
# Other programs write ``{look}`` or ``{{ look }}`` for ``${look}``.
_IN_BRACES = re.compile(r"(?<![$\w])(?:\{\{? *[A-Za-z_][\w.]* *\}?\}|%[A-Za-z_]\w*%)")
_ENTITY = re.compile(r"&(?:quot|amp|nbsp|lt|gt|apos|hellip|[lr]dquo|#\d{2,4});")
_TAG_WITHOUT_NUMBER = re.compile(r"(?<!\w)@(?i:video|image|element)s?(?! *\d|\w)")
_TAG_WITH_A_SPACE = re.compile(r"(?<!\w)@(?i:(video|image|element))s?[ _-](\d{1,2})\b")


def unused(pipeline: Pipeline, layout: "Layout") -> Iterator[Problem]:
    """Find unused parameters and steps."""
    used = layout.meanings.used | {pipeline.output.name}
    for step in pipeline.steps.values():
        if step.name not in used and step.kind.name != "approve":
            paid = ", and the output is paid for" if step.kind.paid else ""
            what = f"no step uses the output of ${step.name}{paid}"
            yield pipeline.document.problem(("steps", step.name), what, of_key=True)
    for name in pipeline.params:
        if name not in used:
            what = f"no step uses ${name}"
            yield pipeline.document.problem(("params", name), what, of_key=True)


def long_prompts(nodes: Iterable[Node]) -> list[Problem]:
    """Find prompts that Kling may refuse for their length, each location once."""
    found: dict[str, Problem] = {}
    for node in nodes:
        path, prompt = _prompt_of(node)
        if len(prompt) <= LONG_PROMPT:
            continue
        problem = node.source.problem(
            (*node.path, *path),
            f"the prompt has {len(prompt):,} characters. The Kling endpoints that name a limit "
            f"refuse more than {LONG_PROMPT:,}; for Kling O1 fal names no limit: fal may refuse "
            "the prompt",
        )
        found.setdefault(str(problem.location), problem)
    return list(found.values())


def odd_arguments(nodes: Iterable[Node]) -> Iterator[Problem]:
    """Find arguments that fal accepts and the author probably did not intend."""
    for node in nodes:
        if isinstance(node.arguments, KlingArguments) and (doubt := node.arguments.doubt()):
            yield node.source.problem(node.path, doubt, of_key=True)


def _prompt_of(node: Node) -> tuple[FieldPath, str]:
    """Give a Kling node's prompt and its location in the body; of other nodes, nothing."""
    arguments = node.arguments
    if isinstance(arguments, KlingArguments):
        return ("prompt",), arguments.prompt
    if isinstance(arguments, FalArguments) and "kling" in arguments.endpoint:
        prompt = arguments.arguments.get("prompt")
        return ("arguments", "prompt"), prompt if isinstance(prompt, str) else ""
    return (), ""


def odd_texts(pipeline: Pipeline) -> Iterator[Problem]:
    """Find texts that the author probably did not intend as they are written."""
    yield from cut_texts(pipeline, surely=False)
    for name, param in pipeline.params.items():
        here: Path = ("params", name, "default")
        quotes = stray_quotes(pipeline.document.plain_text(here)) if param.item == "text" else ""
        if quotes:
            yield _quoted(pipeline.document, here, str(param.default), quotes)
    for step in pipeline.steps.values():
        for path, text in each_value(step.body, ("steps", step.name, step.kind.name)):
            if isinstance(text, str) and path[-1] in _TEXTS:
                yield from _odd_text(pipeline, path, text)


def cut_texts(pipeline: Pipeline, *, surely: bool) -> Iterator[Problem]:
    """Find texts without quotes that YAML ends at a ``#``, which begins a comment.

    A colour without quotes is lost as a whole: ``background: #102030``.

    Args:
        surely: True finds texts such as ``shot #2``, where no comment is intended; False finds
            texts such as ``shot # 2``.
    """
    for path, comment in pipeline.document.comments.items():
        is_default = path[:1] == ("params",) and path[-1] == "default"
        param = pipeline.params.get(str(path[1])) if is_default else None
        is_text = path[-1] in _TEXTS or (param is not None and param.item == "text")
        is_text = is_text and pipeline.document.raw(path) is not None
        is_colour = path[-1] in _COLOURS and pipeline.document.raw(path) is None
        if surely and is_colour and comment[1:2].strip():
            allowed = f'the colour in quotes: "{_short(comment)}"'
            yield pipeline.document.problem(path, "nothing is given", allowed=allowed)
        if is_text and surely == bool(comment[1:2].strip()):
            what = f'the text ends before "{_short(comment)}", which is a comment to YAML'
            allowed = "the whole text in quotes; before a comment, two spaces"
            yield pipeline.document.problem(path, what, allowed=allowed)


def _odd_text(pipeline: Pipeline, path: Path, text: str) -> Iterator[Problem]:
    say = pipeline.document.problem
    for found in _IN_BRACES.finditer(text):
        if name := meant_name(found[0], pipeline.params):
            what = f"{found[0]} stays in the text as it is"
            yield say(path, what, nearest=f"${{{name}}}", part=found[0])
    for found in _ENTITY.finditer(text):
        what = f"{found[0]} stays in the text as it is"
        yield say(path, what, nearest=unescape(found[0]), part=found[0])
    for found in _TAG_WITH_A_SPACE.finditer(text):
        what = f"{found[0]} is no tag"
        nearest = f"@{found[1].capitalize()}{found[2]}"
        yield say(path, what, nearest=nearest, part=found[0])
    for found in _TAG_WITHOUT_NUMBER.finditer(text):
        if _TAG_WITH_A_SPACE.match(text, found.start()) is None:
            what = f"{found[0]} is no tag: it has no number"
            nearest = f"{found[0].rstrip('sS')}1"
            yield say(path, what, nearest=nearest, part=found[0])
    if quotes := stray_quotes(pipeline.document.plain_text(path)):
        yield _quoted(pipeline.document, path, text, quotes)


def _quoted(document: Document, path: Path, text: str, quotes: str) -> Problem:
    """Say that the typographic quotes around a text belong to it."""
    said = "are" if "and" in quotes else "is"
    bare = without_quotes(text).replace("\\", "\\\\").replace('"', '\\"')
    nearest = f'"{bare}"' if len(bare) < _LONGEST_GUESS and bare.isprintable() else ""
    what = f"{quotes} {said} part of the text; {QUOTES}"
    return document.problem(path, what, nearest=nearest)


def quoted_prompts(nodes: Iterable[Node]) -> list[Problem]:
    """Find prompts in typographic quotes, which fal would get; each location once."""
    found: dict[str, Problem] = {}
    for node in nodes:
        path, prompt = _prompt_of(node)
        here = (*node.path, *path)
        written = node.source.raw(here)
        is_given = isinstance(written, str) and written.startswith("$")
        quotes = stray_quotes(prompt if is_given else node.source.plain_text(here))
        if path and quotes:
            problem = _quoted(node.source, here, prompt, quotes)
            found.setdefault(str(problem.location), problem)
    return list(found.values())


def odd_urls(nodes: Iterable[Node]) -> Iterator[Problem]:
    """Find URLs with the file ending of another kind of medium."""
    for node in nodes:
        for path, wanted, ref in node.media():
            kind = media_kind_of_file(ref.url) if isinstance(ref, RemoteUrl) else None
            if kind is not None and wanted is not None and kind != wanted:
                what = (
                    f"the URL ends like the URL of {one(kind)}, but the field needs {one(wanted)}"
                )
                yield node.source.problem((*node.path, *path), what)


def _short(text: str) -> str:
    return f"{text[:37]}…" if len(text) > 40 else text
