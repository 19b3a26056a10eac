"""HDR to SDR as a table of colours, which ffmpeg looks up.

A table, because ffmpeg's own filters bend HLG channel by channel, where its standard bends
brightness alone: saturated colours are off by up to 40 of 255.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from itertools import product
from math import exp
from pathlib import Path
from typing import Literal, TypeAlias

HdrTransfer: TypeAlias = Literal["smpte2084", "arib-std-b67"]
Rgb: TypeAlias = tuple[float, float, float]

# Nits of the white of paper (ITU-R BT.2408, 2.1), and of the brightest that is told apart.
_REFERENCE_WHITE, _PEAK = 203.0, 1000.0
# Of linear light, white being 1: below it nothing is changed; from there on brightness bends, so
# that reference white comes to 235 of 255, and the peak to 255.
_KNEE = 0.63
_SDR_GAMMA = 2.4  # ITU-R BT.1886
_STEPS = 33
# From linear light in BT.2020 to BT.709 (ITU-R BT.2087 gives the way back).
_TO_BT709: tuple[Rgb, Rgb, Rgb] = (
    (1.660491, -0.587641, -0.072850),
    (-0.124550, 1.132900, -0.008349),
    (-0.018151, -0.100579, 1.118730),
)


_lock = threading.Lock()
_folders: dict[HdrTransfer, "tempfile.TemporaryDirectory[str]"] = {}


def hdr_table(transfer: HdrTransfer) -> Path:
    """A ``.cube`` file from coded HDR in BT.2020 to coded SDR in BT.709.

    It is written once a process, in half a second, and removed when the process ends; written
    again where somebody tidied it away.
    """
    with _lock:
        if transfer in _folders:
            path = Path(_folders[transfer].name) / "hdr.cube"
            if path.exists():
                return path
        _folders[transfer] = tempfile.TemporaryDirectory(prefix="shotgraph-")
        path = Path(_folders[transfer].name) / "hdr.cube"
        path.write_text("\n".join(_lines(transfer)) + "\n", encoding="ascii")
        return path


def _lines(transfer: HdrTransfer) -> Iterator[str]:
    yield f"LUT_3D_SIZE {_STEPS}"
    light = [_LIGHT[transfer](step / (_STEPS - 1)) for step in range(_STEPS)]
    # Red changes first.
    for blue, green, red in product(light, repeat=3):
        yield " ".join(f"{part:.6f}" for part in _sdr((red, green, blue), transfer))


def _sdr(light: Rgb, transfer: HdrTransfer) -> Rgb:
    """Coded SDR of a colour's linear light, in units of reference white."""
    if transfer == "arib-std-b67":
        luma = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2]
        # The system gamma of a screen of 1000 nits (ITU-R BT.2100, table 5).
        gain = _PEAK / _REFERENCE_WHITE * luma**0.2
        light = light[0] * gain, light[1] * gain, light[2] * gain
    red, green, blue = (
        max(0.0, sum(row * part for row, part in zip(line, light, strict=True)))
        for line in _TO_BT709
    )
    # All three by the same factor, which keeps the hue.
    brightest = max(red, green, blue)
    factor = _bent(brightest) / brightest if brightest > _KNEE else 1.0
    return _coded(red * factor), _coded(green * factor), _coded(blue * factor)


def _bent(light: float) -> float:
    """A Möbius curve that begins straight at the knee, and brings the peak to 1."""
    peak = _PEAK / _REFERENCE_WHITE
    a = -_KNEE * _KNEE * (peak - 1) / (_KNEE * _KNEE - 2 * _KNEE + peak)
    b = (_KNEE * _KNEE - 2 * _KNEE * peak + peak) / (peak - 1)
    scale = (b * b + 2 * b * _KNEE + _KNEE * _KNEE) / (b - a)
    return min(1.0, scale * (light + a) / (light + b))


def _coded(light: float) -> float:
    return float(min(light, 1.0) ** (1 / _SDR_GAMMA))


def _of_pq(code: float) -> float:
    """Linear light of SMPTE ST 2084, in units of reference white."""
    power = code ** (32 / 2523)
    nits = 10_000 * (max(power - 0.8359375, 0.0) / (18.8515625 - 18.6875 * power)) ** (8192 / 1305)
    return float(nits / _REFERENCE_WHITE)


def _of_hlg(code: float) -> float:
    """Scene light of ARIB STD-B67, 0 to 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return code * code / 3 if code <= 0.5 else (exp((code - c) / a) + b) / 12


_LIGHT: dict[HdrTransfer, Callable[[float], float]] = {
    "smpte2084": _of_pq,
    "arib-std-b67": _of_hlg,
}
