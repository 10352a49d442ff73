"""Writes the motions that come with Mien: what a middling face does in three seconds, by the painter's expressions, in the
directions of the model of shapes. The last frame leads to the first, so that they can be played round and round.

    python motions.py       writes models/pack/motions/*.npz

Needs numpy, safetensors and skia-python; takes a second. After shapes.py.
"""

import hashlib
import math
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

import data  # noqa: F401 makes the painter importable
from painter.film import RATE
from painter.parameters import INDEX, neutral, values
from painter.template import TEMPLATE, shape

PACK = Path(__file__).resolve().parent.parent / "pack"
SHAPES = PACK / "shapes.safetensors"
FRAMES = 75
LIDS = np.array((0.5, 0.9, 1.0, 0.9, 0.5))  # how far they fall in the frames of a blink


def held(*knots):
    """A number in each frame: it goes through (second, number) gently, and before the first and after the last as round a
    circle."""
    seconds, numbers = np.array(knots, np.float64).T
    length = FRAMES / RATE
    seconds = np.concatenate(([seconds[-1] - length], seconds, [seconds[0] + length]))
    numbers = np.concatenate(([numbers[-1]], numbers, [numbers[0]]))
    now = np.arange(FRAMES) / RATE
    i = np.searchsorted(seconds, now, side="right") - 1
    part = (now - seconds[i]) / (seconds[i + 1] - seconds[i])
    return numbers[i] + (numbers[i + 1] - numbers[i]) * (0.5 - 0.5 * np.cos(math.pi * part))


def wave(times, start=0.0):
    """-1..1, so many times round."""
    return np.sin(2 * math.pi * (times * np.arange(FRAMES) / FRAMES + start))


def blinking(lids, *frames):
    """The same with a blink at each of these frames."""
    lids = lids.copy()
    for frame in frames:
        lids[frame : frame + len(LIDS)] *= 1 - LIDS
    return lids


def smile():
    """The corners of the mouth rise and sink again; the lips stay shut, since nobody knows the look's teeth."""
    return {
        "smile": held((0.2, 0.5), (0.9, 0.78), (1.9, 0.77), (2.7, 0.5)),
        "mouth_width": held((0.2, 0.5), (0.9, 0.72), (1.9, 0.7), (2.7, 0.5)),
        "brow_raise": held((0.1, 0.375), (0.8, 0.55), (2.0, 0.5), (2.8, 0.375)),
        "eyes_open": blinking(np.full(FRAMES, 0.6), 64),
        "yaw": 0.5 + 0.06 * wave(1),
        "pitch": held((0.2, 0.5), (0.8, 0.58), (1.9, 0.55), (2.7, 0.5)),
    }


def wink():
    """The eye on the right of the picture winks, then the face laughs."""
    laughing = held((1.1, 0.0), (1.4, 1.0), (2.3, 0.9), (2.8, 0.0))
    return {
        "wink": held((0.25, 0.5), (0.42, 1.0), (0.72, 1.0), (0.92, 0.5)),
        "smile": held((0.0, 0.5), (0.5, 0.8), (1.0, 0.75), (1.5, 0.86), (2.3, 0.84), (2.9, 0.5)),
        "mouth_skew": held((0.2, 0.5), (0.5, 0.88), (0.9, 0.6), (1.2, 0.5), (2.9, 0.5)),
        "mouth_width": 0.5 + 0.16 * laughing,
        "mouth_open": laughing * (0.52 + 0.08 * wave(12)),
        "brow_raise": held((0.1, 0.375), (0.5, 0.5), (1.0, 0.4), (1.5, 0.65), (2.3, 0.55), (2.9, 0.375)),
        "eyes_open": 0.6 - 0.2 * laughing,
        "yaw": held((0.1, 0.5), (0.5, 0.62), (1.1, 0.5), (1.7, 0.42), (2.9, 0.5)),
        "pitch": held((0.2, 0.5), (0.6, 0.44), (1.1, 0.5), (1.6, 0.72), (2.3, 0.66), (2.9, 0.5)) + 0.02 * laughing * wave(12),
    }


def speaking():
    """Two phrases; lips shut between syllables and after each phrase."""
    phrase = held((0.1, 0.0), (0.3, 1.0), (1.3, 1.0), (1.5, 0.0), (1.7, 0.0), (1.9, 1.0), (2.7, 1.0), (2.9, 0.0))
    return {
        "mouth_open": phrase * (0.5 + 0.26 * wave(12) + 0.1 * wave(7)),
        "lips_part": phrase * (0.45 + 0.2 * wave(12, 0.1)),
        "mouth_width": 0.5 + 0.28 * phrase * wave(5),
        "smile": 0.56 + 0.08 * wave(1, 0.3),
        "brow_raise": 0.42 + 0.14 * phrase * wave(2, 0.1),
        "eyes_open": blinking(np.full(FRAMES, 0.6), 36, 70),
        "yaw": 0.5 + 0.13 * wave(1) + 0.04 * wave(3),
        "pitch": 0.5 + 0.07 * wave(2, 0.2) + 0.03 * wave(5),
    }


def rotation(yaw, pitch):
    """The quaternion w, x, y, z of the painter's camera, which turns the head and then nods it; degrees."""
    (ct, st), (cn, sn) = ((math.cos(math.radians(a) / 2), math.sin(math.radians(a) / 2)) for a in (yaw, pitch))
    return cn * ct, sn * ct, cn * st, sn * st


def motion(courses):
    """The arrays of a motion's file; src/node/drivers/motion-file.ts reads them."""
    rows = np.tile(neutral().astype(np.float64), (FRAMES, 1))
    for name, course in courses.items():
        rows[:, INDEX[name]] = np.clip(course, 0, 1)
    faces = [values(row) for row in rows]
    directions = load_file(SHAPES)
    moved = np.array([shape(face) for face in faces]) - shape(values(neutral()))
    basis = directions["expression"].reshape(len(directions["expression"]), -1).astype(np.float64)
    expressions = np.linalg.lstsq(basis.T, moved.reshape(FRAMES, -1).T, rcond=None)[0].T
    off = np.abs(moved.reshape(FRAMES, -1) - expressions @ basis).max()
    print(f"at most {off / 62:.4f} of the eyes' distance is left out")
    zeros = np.zeros(TEMPLATE.shape, np.float32)
    return {
        "shapes_sha256": np.frombuffer(hashlib.sha256(SHAPES.read_bytes()).digest(), np.uint8),
        "timescale": np.int64(RATE),
        "times": np.arange(FRAMES, dtype=np.int64),
        "segments": np.array([[0, FRAMES]], np.int32),
        "identity": np.zeros(len(directions["identity"]), np.float32),
        "residual": zeros,
        "rotations": np.array([rotation(face.yaw, face.pitch) for face in faces], np.float32),
        "scales": np.ones(FRAMES, np.float32),
        "origins": np.zeros((FRAMES, 2), np.float32),
        "expressions": expressions.astype(np.float32),
        "residuals": np.tile(zeros, (FRAMES, 1, 1)),
    }


def main():
    folder = PACK / "motions"
    folder.mkdir(exist_ok=True)
    for make in (smile, wink, speaking):
        file = folder / f"{make.__name__}.npz"
        np.savez_compressed(file, **motion(make()))
        print(f"{file.relative_to(PACK)}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
