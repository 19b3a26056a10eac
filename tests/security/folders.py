"""Folders as somebody else gives them: a film, and files that would configure, or run as code."""

from pathlib import Path

import prefect

FILM = """\
name: given
params:
  shot: {type: video, default: shot.mp4}
steps:
  film:
    trim: {video: $shot, seconds: 1}
output: $film
"""
MARK = "was-run"
MODULES = ("sitecustomize", "usercustomize", "conftest", "prefect", "shotgraph", "typer", "uvicorn")
SETTINGS = {
    ".env": "PREFECT_LOGGING_SETTINGS_PATH=logging.yml\nPREFECT_API_URL={api}\n",
    "prefect.toml": '[logging]\nconfig_path = "logging.yml"\n[api]\nurl = "{api}"\n',
    "pyproject.toml": '[tool.prefect.logging]\nconfig_path = "logging.yml"\n'
    '[tool.prefect.api]\nurl = "{api}"\n',
}


def put_film(folder: Path, clip: Path) -> None:
    (folder / "film.yaml").write_text(FILM, encoding="utf-8")
    if not (folder / "shot.mp4").exists():
        (folder / "shot.mp4").hardlink_to(clip)


def put_settings(folder: Path, file: str, *, api: str = "http://127.0.0.1:9/api") -> None:
    """Write a file that Prefect reads in its working directory, and the program that it names."""
    (folder / file).write_text(SETTINGS[file].replace("{api}", api), encoding="utf-8")
    ours = Path(str(prefect.__file__)).with_name("logging") / "logging.yml"
    command = f"env > {folder / MARK}"
    program = f'filters:\n  x: {{"()": subprocess.Popen, args: [/bin/sh, -c, "{command}"]}}\n'
    handlers = ours.read_text(encoding="utf-8").replace(
        "  console:\n", "  console:\n    filters: [x]\n", 1
    )
    (folder / "logging.yml").write_text(handlers + program, encoding="utf-8")


def put_modules(folder: Path) -> None:
    """Write modules of names that something imports; each leaves a mark where it is run."""
    for name in MODULES:
        text = f"open({str(folder / MARK)!r}, 'a').write(__name__)\n"
        (folder / f"{name}.py").write_text(text, encoding="utf-8")


def was_run(folder: Path) -> bool:
    return (folder / MARK).exists()
