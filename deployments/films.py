"""The examples as flows, each with its own form: the entrypoints of prefect.yaml."""

from pathlib import Path

from shotgraph.flows import flow_of

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

harbour_at_dusk = flow_of(EXAMPLES / "extend-restyle-concat.yaml")
daily_clip = flow_of(EXAMPLES / "daily-clip.yaml", day_in="day", day_zone="Europe/Berlin")
music_film = flow_of(EXAMPLES / "music-film.yaml")
