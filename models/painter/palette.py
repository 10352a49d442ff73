"""The colours of a portrait; hair, brows and lips follow the skin."""
import colorsys
from types import SimpleNamespace

from .brush import mix, ramp

SKIN = [(0.27, 0.165, 0.125), (0.42, 0.265, 0.19), (0.575, 0.375, 0.265), (0.735, 0.51, 0.375), (0.87, 0.665, 0.525), (0.95, 0.79, 0.68), (0.985, 0.865, 0.785)]
HAIR = [(0.065, 0.055, 0.065), (0.15, 0.095, 0.075), (0.285, 0.165, 0.105), (0.45, 0.215, 0.11), (0.60, 0.39, 0.19), (0.80, 0.62, 0.36), (0.92, 0.82, 0.62)]
IRIS = [(0.20, 0.11, 0.06), (0.36, 0.21, 0.10), (0.47, 0.37, 0.17), (0.33, 0.44, 0.25), (0.40, 0.48, 0.50), (0.27, 0.50, 0.70)]
FRAMES = [(0.08, 0.08, 0.10), (0.30, 0.17, 0.10), (0.74, 0.58, 0.28), (0.55, 0.12, 0.14)]


def hue(h, s, l):
    """(r, g, b) from hue, saturation and lightness in 0..1."""
    return colorsys.hls_to_rgb(h % 1.0, l, s)


def shaded(rgb, amount, cast=(0.30, 0.12, 0.16)):
    """The colour in shadow: darker and towards the cast."""
    return tuple(c * (1 - amount) + c * k * amount for c, k in zip(rgb, (0.42 + cast[0] * 0.5, 0.33 + cast[1] * 0.5, 0.34 + cast[2] * 0.8)))


def colours(v) -> SimpleNamespace:
    """All colours of the portrait with values v."""
    skin = ramp(SKIN, v.skin)
    skin = tuple(c * k for c, k in zip(skin, (1 + 0.012 * v.undertone, 1 + 0.02 * v.undertone, 1 - 0.065 * v.undertone)))
    bare = 1 - 0.85 * min(1.0, 2.5 * max(v.beard, v.moustache))
    warm = (1 + 0.025 * v.light_warmth, 1.0, 1 - 0.045 * v.light_warmth)
    skin = tuple(min(1.0, c * k) for c, k in zip(skin, warm))
    tone = v.hair_tone ** 1.25 * (0.22 + 0.78 * min(1.0, v.skin * 1.35))
    young = ramp(HAIR, tone)
    grey = mix((0.50, 0.50, 0.52), (0.86, 0.86, 0.86), v.hair_tone)
    hair = mix(young, grey, 0.9 * v.hair_grey)
    brow = mix(mix(hair, (0.13 * v.skin, 0.085 * v.skin, 0.07 * v.skin), 0.42 + 0.2 * (1 - v.skin) * (1 - v.hair_grey)), skin, 0.05)
    deep = shaded(skin, 0.78)
    natural = mix(mix(skin, (0.72, 0.30, 0.30), 0.46), deep, 0.14)
    painted = mix((0.62, 0.06, 0.13), (0.80, 0.14, 0.20), v.skin)
    lips = mix(natural, painted, 0.85 * v.lip_colour * bare)
    eye = v.eye_colour * (0.16 + 0.84 * min(1.0, v.skin * 1.3))
    light = 0.22 + 0.62 * v.back_light
    back = hue(v.back_hue, 0.10 + 0.45 * v.back_colour, light)
    back_rim = hue(v.back_hue + 0.06, 0.10 + 0.42 * v.back_colour, light * 0.62)
    back_glow = hue(v.back_hue + 0.10, 0.14 + 0.5 * v.back_colour, min(0.9, light * 1.12))
    cloth = hue(v.cloth_hue, 0.42 - 0.12 * v.cloth_light, 0.17 + 0.60 * v.cloth_light)
    return SimpleNamespace(
        skin=skin, lit=mix(skin, (1.0, 0.97 + 0.02 * v.light_warmth, 0.90 - 0.05 * v.light_warmth), 0.5), shade=shaded(skin, 0.62), deep=deep,
        blush=mix(skin, (0.86, 0.27, 0.27), 0.34 + 0.40 * v.skin), hair=hair, hair_lit=mix(hair, (1.0, 0.93, 0.80), 0.30), hair_deep=mix(hair, (0.03, 0.02, 0.04), 0.55),
        brow=brow, lips=lips, lips_lit=mix(lips, (1.0, 0.88, 0.86), 0.5), lips_deep=mix(lips, (0.20, 0.04, 0.06), 0.5), iris=ramp(IRIS, eye),
        back=back, back_rim=back_rim, back_glow=back_glow, cloth=cloth, cloth_deep=mix(cloth, (0.04, 0.04, 0.08), 0.45), cloth_lit=mix(cloth, (1, 1, 1), 0.25),
        frame=ramp(FRAMES, v.glasses_tone), white=mix((0.93, 0.925, 0.915), skin, 0.07), teeth=(0.955, 0.94, 0.905), mouth=(0.23, 0.055, 0.06), tongue=(0.76, 0.33, 0.34))
