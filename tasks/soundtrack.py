"""Lay music or a voice on a film."""

from prefect import task

from shotgraph.media.soundtrack import Mode
from shotgraph.tasks.concat import Number
from shotgraph.tasks.local import make
from shotgraph.tasks.made import Made
from shotgraph.tasks.policy import local_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.source import Source
from shotgraph.tasks.trim import Time


@task(**local_options("soundtrack"))
async def soundtrack(
    video: Source,
    *,
    audio: Source | None = None,
    voice: Source | None = None,
    mode: Mode | None = None,
    gain_db: Number | None = None,
    start: Time | None = None,
    loop: bool | None = None,
    fade_out: Time | None = None,
    loudness: Number | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Lay a sound on a film whose picture stays as it is, bit for bit.

    Args:
        video: The film.
        audio: Music, or any sound; or give a voice.
        voice: A voice: as `audio`, but with duck the film goes down under it.
        mode: replace takes the film's own sound away, mix (the default) keeps it, duck keeps it
            and brings the music down while the film is heard.
        gain_db: What the new sound is raised by, in decibels.
        start: Where in the film it begins, in seconds; at its start by default.
        loop: Whether it is repeated to the film's end.
        fade_out: How long it fades at its end, in seconds.
        loudness: How loud the whole film is, in LUFS; by default as it comes.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The film with its sound, in the store.

    Raises:
        MediaError: A file is damaged or has no sound, the sound would begin after the film's end,
            or what was made is not as it should be.
    """
    given = {
        "video": video,
        "audio": audio,
        "voice": voice,
        "mode": mode,
        "gain_db": gain_db,
        "start": start,
        "loop": loop,
        "fade_out": fade_out,
        "loudness": loudness,
    }
    return await make("soundtrack", given, settings)
