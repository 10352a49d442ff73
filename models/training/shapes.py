"""Learns the linear model of the 68 landmarks in three dimensions from the painter's solids, and draws the films that judge it.

    python shapes.py        writes models/pack/shapes.safetensors and models/evaluation/films.safetensors
                            and films.webp

Needs numpy, safetensors and skia-python; takes seconds.
"""

from pathlib import Path

import numpy as np
import skia
from safetensors.numpy import save_file

import data  # makes the painter importable, too
from painter.film import film
from painter.head import Head
from painter.parameters import combine, neutral, sample, values
from painter.portrait import paint
from painter.template import shape

MODELS = Path(__file__).resolve().parent.parent
FACES = 1500
IDENTITIES, EXPRESSIONS = 10, 16
FILMS, FRAMES = 6, 60
SIDE, EVERY = 256, 6  # pixels of a picture of the films' truth, and how many frames lie between two of them


def directions(offsets, count):
    """The widest directions of offsets [n, 68, 3] from the mean face, each as long as the root mean square along it:
    [count, 68, 3]."""
    _, lengths, rows = np.linalg.svd(offsets.reshape(len(offsets), -1), full_matrices=False)
    print(f"{count} directions explain {(lengths[:count] ** 2).sum() / (lengths**2).sum():.4f} of {len(offsets)} faces")
    return (rows[:count] * lengths[:count, None] / np.sqrt(len(offsets))).reshape(count, 68, 3)


def learn_shapes():
    """The face at rest, how faces at rest differ from it, and how expressions move a face."""
    rest, mean = neutral(), shape(values(neutral()))
    looks, poses = sample(1001, FACES), sample(1002, FACES)
    still = np.array([shape(values(combine(look, rest))) for look in looks])
    moved = np.array([shape(values(combine(look, pose))) for look, pose in zip(looks, poses, strict=True)])
    identity, expression = directions(still - mean, IDENTITIES), directions(moved - still, EXPRESSIONS)
    write({"mean": mean, "identity": identity, "expression": expression}, MODELS / "pack" / "shapes.safetensors")


def flat(u):
    """The landmarks of a row in the painter's plane, [68, 2]: eyes about 62 apart, not aligned."""
    return Head(u).flat


def draw_films():
    """Films of held-out portraits: the look of a pair of the evaluation, at rest and as its picture is, and the face of
    the pair's other portrait making the movements of a film; the truth is the look making them."""
    looks, others = (data.parameters_of(data.latents(data.HELD_OUT, index, FILMS)) for index in (100, 101))
    films = [film(seed, FRAMES) for seed in range(FILMS)]
    tensors = {
        "resting": np.array([flat(combine(look, neutral())) for look in looks]),
        "looks": np.array([flat(look) for look in looks]),
        "drivers": np.array([[flat(combine(other, u)) for u in rows] for other, rows in zip(others, films, strict=True)]),
        "truths": np.array([[flat(combine(look, u)) for u in rows] for look, rows in zip(looks, films, strict=True)]),
    }
    write(tensors, MODELS / "evaluation" / "films.safetensors")
    draw_truths(looks, films)


def draw_truths(looks, films):
    """A sheet with a row for each look: at rest, then every sixth of the frames in which it makes the movements, in the crop of the
    face at rest."""
    sheet = np.full((FILMS * SIDE, (1 + FRAMES // EVERY) * SIDE, 4), 255, np.uint8)
    for row, (look, poses) in enumerate(zip(looks, films, strict=True)):
        rest = combine(look, neutral())
        for column, u in enumerate([rest, *(combine(look, pose) for pose in poses[::EVERY])]):
            tile = np.s_[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE, :3]
            sheet[tile] = paint(u, SIDE, framed=rest)
    file = MODELS / "evaluation" / "films.webp"
    skia.Image.fromarray(sheet, skia.kRGBA_8888_ColorType).save(str(file), skia.kWEBP, 90)
    print(f"{file.relative_to(MODELS)}: {file.stat().st_size} bytes")


def write(tensors, file):
    save_file({name: np.ascontiguousarray(tensor, np.float32) for name, tensor in tensors.items()}, file)
    print(f"{file.relative_to(MODELS)}: {file.stat().st_size} bytes")


def main():
    learn_shapes()
    draw_films()


if __name__ == "__main__":
    main()
