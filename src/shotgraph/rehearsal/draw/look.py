"""A look: one texture and one palette, chosen by the words of a prompt."""

from dataclasses import dataclass
from hashlib import sha256

from shotgraph.media.source import Stream
from shotgraph.rehearsal.draw.palette import Palette, palette_of
from shotgraph.rehearsal.draw.scene import Frame, Scene
from shotgraph.rehearsal.draw.texture import Texture, texture_of


@dataclass(frozen=True)
class Look:
    """How a scene is painted.

    Attributes:
        hue_degrees: By how much this take is off, -12 to 12: no two takes are alike.
        drift_degrees: By how much its colours change per second.
    """

    texture: Texture
    palette: Palette
    hue_degrees: float
    drift_degrees: float

    def paint(self, stream: Stream, frame: Frame) -> Stream:
        """Restyle a yuv420p stream."""
        return self.palette.apply(self.texture(stream, frame), turned_degrees=self.hue_degrees)

    def tint(self, stream: Stream) -> Stream:
        """Leave the first frame as it is and let the colours change slowly from there."""
        return stream.filter("hue", h=f"{self.drift_degrees:.2f}*t")


def look_of(scene: Scene) -> Look:
    """The look of a scene: texture and palette by its prompt, small differences by its take."""
    words, take = sha256(scene.prompt.encode()).digest(), sha256(scene.take.encode()).digest()
    return Look(
        texture=texture_of(scene.prompt, words),
        palette=palette_of(scene.prompt, words),
        hue_degrees=24 * (take[0] / 255 - 0.5),
        drift_degrees=4 * (1 if take[1] % 2 else -1) * (0.5 + take[2] / 510),
    )
