"""A film: how pose and expression of a portrait move from frame to frame."""
import numpy as np

from .parameters import INDEX, PARAMETERS, neutral

RATE = 25.0  # frames a second
_LIDS = (0.5, 0.9, 1.0, 0.9, 0.5)  # how far they fall in the frames of a blink
_RARE = {"wink", "brow_skew", "lip_press", "mouth_skew", "jaw_shift", "tongue", "nose_wrinkle"}


def film(seed: int, frames: int) -> np.ndarray:
    """Rows of numbers in 0..1, float32 [frames, P]: a head that turns, looks about, blinks and speaks. What belongs to
    the look is neutral: `combine(look, film(seed, frames))` gives it to one."""
    random = np.random.Generator(np.random.PCG64(seed))
    seconds = np.arange(frames) / RATE
    rows = np.tile(neutral().astype(np.float64), (frames, 1))
    for row in PARAMETERS:
        if row.kind != "pose":
            continue
        extreme = 1.0 if row.neutral < 0.1 or random.random() < 0.5 else 0.0
        sway = _wave(random, seconds, 0.15, 0.6) * _wave(random, seconds, 0.05, 0.2)
        if row.name not in _RARE or random.random() < 0.3:
            rows[:, INDEX[row.name]] += 0.85 * sway * (extreme - row.neutral)
    _speak(random, seconds, rows)
    _blink(random, rows)
    return np.clip(rows, 0, 1).astype(np.float32)


def _wave(random, seconds, slowest, fastest):
    """0..1, of a rate in Hz between those."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * (random.uniform(slowest, fastest) * seconds + random.random()))


def _speak(random, seconds, rows):
    """Phrases of syllables: the jaw drops about four times a second."""
    phrase = np.clip(3 * _wave(random, seconds, 0.3, 0.5) - 1, 0, 1)
    syllables = _wave(random, seconds, 3.2, 4.6)
    opening = rows[:, INDEX["mouth_open"]]
    rows[:, INDEX["mouth_open"]] = np.maximum(opening, phrase * (0.42 + 0.36 * syllables))


def _blink(random, rows):
    """Once in a second or two."""
    frame = int(random.integers(8, 24))
    while frame + len(_LIDS) < len(rows):
        rows[frame : frame + len(_LIDS), INDEX["eyes_open"]] *= 1 - np.array(_LIDS)
        frame += int(random.integers(20, 50))
