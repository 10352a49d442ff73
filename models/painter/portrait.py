"""A portrait from its numbers: the picture and its landmarks in the FFHQ crop."""
import numpy as np
import skia

from . import eyes, face, hair, mouth, scenery
from .framing import crop
from .head import Head

SMALL = 128


def landmarks(u, size: int) -> np.ndarray:
    """The 68 landmarks in pixels of a picture of size x size, float32 [68, 2]."""
    flat = Head(u).flat
    affine = crop(flat)
    return ((flat @ affine[:, :2].T + affine[:, 2]) * size).astype(np.float32)


def paint(u, size: int, framed=None) -> np.ndarray:
    """The portrait of a row u [P] of numbers in 0..1, uint8 [size, size, 3], in its own crop or in that of another row."""
    head = Head(u)
    over = 2 if size <= SMALL else 1
    affine = crop((head if framed is None else Head(framed)).flat) * (size * over)
    pixels = np.empty((size * over, size * over, 4), np.uint8)
    info = skia.ImageInfo.Make(size * over, size * over, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
    surface = skia.Surface.MakeRasterDirect(info, pixels)
    with surface as canvas:
        canvas.concat(skia.Matrix.MakeAll(*affine[0].tolist(), *affine[1].tolist(), 0, 0, 1))
        _draw(canvas, head)
    if over == 1:
        return np.ascontiguousarray(pixels[..., :3])
    wide = pixels.astype(np.uint16)
    wide = wide[0::2] + wide[1::2]
    wide = wide[:, 0::2] + wide[:, 1::2]
    return ((wide[..., :3] + 2) >> 2).astype(np.uint8)


def _draw(canvas, head):
    locks = hair.Hair(head)
    skin = face.outline(head)
    scenery.background(canvas, head)
    hair.behind(canvas, locks)
    scenery.shoulders(canvas, head)
    face.scalp(canvas, head)
    face.ears(canvas, head, locks.cover)
    face.skin(canvas, head, skin)
    canvas.save()
    canvas.clipPath(skin, True)
    eyes.sockets(canvas, head)
    face.lines(canvas, head)
    canvas.restore()
    hair.beard(canvas, head, skin)
    mouth.paint(canvas, head)
    face.nose(canvas, head)
    eyes.paint(canvas, head)
    eyes.brows(canvas, head)
    hair.front(canvas, locks, skin)
    eyes.glasses(canvas, head)
