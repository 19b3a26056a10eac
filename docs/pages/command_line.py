"""The commands: from the Typer app."""

from enum import Enum
from typing import Any, Literal, get_args, get_origin, get_type_hints

import typer

from pages.table import code, table
from shotgraph.cli.main import app


def page() -> str:
    """Write the page."""
    parts = ["# The command line\n", f"{app.info.help}\n"]
    parts += [
        part for name, command, hints in _commands(app) for part in _one(name, command, hints)
    ]
    return "\n".join(parts)


def _commands(of: typer.Typer, before: str = "shotgraph") -> list[tuple[str, Any, dict[str, Any]]]:
    group: Any = typer.main.get_command(of)
    callbacks = {
        info.name or str(getattr(info.callback, "__name__", "")): info.callback
        for info in of.registered_commands
    }
    found = [
        (f"{before} {name}", command, get_type_hints(callbacks[name], include_extras=True))
        for name, command in group.commands.items()
        if name in callbacks
    ]
    for info in of.registered_groups:
        if info.typer_instance is not None:
            found += _commands(info.typer_instance, f"{before} {info.name}")
    return found


def _one(name: str, command: Any, hints: dict[str, Any]) -> list[str]:
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [item for item in command.params if item.param_type_name == "option"]
    words = " ".join([name, *(argument.metavar for argument in arguments)])
    help_text = " ".join(str(command.help).split())
    lines = [f"## {words}\n", f"{help_text}\n"]
    rows = [[code(argument.metavar), "", argument.help] for argument in arguments]
    rows += [[_option(option, hints), _default(option), option.help] for option in options]
    return [*lines, table(["", "default", "meaning"], rows)]


def _option(option: Any, hints: dict[str, Any]) -> str:
    flag = option.opts[0]
    again = " (may be repeated)" if option.multiple else ""
    if option.is_flag:
        return code(flag)
    choices = _choices(hints[option.name])
    return code(f"{flag} {option.metavar or '|'.join(choices)}") + again


def _choices(hint: Any) -> list[str]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return [str(item.value) for item in hint]
    if get_origin(hint) is Literal:
        return [str(choice) for choice in get_args(hint)]
    return [choice for part in get_args(hint) for choice in _choices(part)]


def _default(option: Any) -> str:
    if option.is_flag or option.default in (None, ""):
        return ""
    return code(option.default)
