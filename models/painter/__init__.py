"""Procedural portraits with exact landmarks: 63 numbers in 0..1 make a face in the FFHQ crop.

Needs numpy and skia-python; the contact sheets of `python -m painter` (from the folder above) need Pillow.

    u = combine(sample(1, 1)[0], sample(2, 1)[0])
    picture, points = paint(u, 256), landmarks(u, 256)
"""
from .parameters import IS_LOOK, NAMES, PARAMETERS, combine, neutral, parameters, sample
from .portrait import landmarks, paint

__all__ = ["IS_LOOK", "NAMES", "PARAMETERS", "combine", "landmarks", "neutral", "paint", "parameters", "sample"]
