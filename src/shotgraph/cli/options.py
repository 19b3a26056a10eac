"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

File: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="The pipeline file.")]
Set: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter's value for this run."),
]
TrustPrices: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--trust-prices",
        help="Vouch for the price_usd of the file's fal steps, where only the file knows it.",
    ),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON document, alone, on stdout.")
]
