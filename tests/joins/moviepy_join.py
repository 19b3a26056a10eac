"""Join clips with moviepy: ``python moviepy_join.py METHOD FILM CLIP…``.

It stands alone, because the Python that has moviepy need not have shotgraph, nor its Pillow.
"""

import importlib
import sys


def main(method: str, film: str, *paths: str) -> None:
    moviepy = importlib.import_module("moviepy")
    clips = [moviepy.VideoFileClip(path) for path in paths]
    joined = moviepy.concatenate_videoclips(clips, method=method)
    joined.write_videofile(
        film, codec="libx264", audio_codec="aac", preset="ultrafast", logger=None
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
