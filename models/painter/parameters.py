"""The scalars that describe a portrait, and how numbers in 0..1 become their values."""
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

RARE = ((0.0, 0.0), (0.6, 0.0), (1.0, 1.0))
EYES = ((0.0, 0.0), (0.08, 0.05), (0.24, 0.54), (0.6, 0.72), (1.0, 1.0))
SIDES = ((0.0, 0.0), (0.15, 0.5), (0.85, 0.5), (1.0, 1.0))
GENTLE = ((0.0, 0.0), (0.25, 0.35), (0.75, 0.65), (1.0, 1.0))
REST = ((0.0, 0.0), (0.42, 0.0), (0.72, 0.4), (1.0, 1.0))


@dataclass(frozen=True)
class Parameter:
    """One scalar: u in 0..1 goes through `knots` (piecewise linear, u -> fraction) and then to low..high."""

    name: str
    kind: str
    low: float
    high: float
    meaning: str
    knots: tuple = ((0.0, 0.0), (1.0, 1.0))
    neutral: float = 0.5

    def value(self, u: float) -> float:
        """The value that belongs to u in 0..1."""
        u = min(1.0, max(0.0, u))
        for (a, fa), (b, fb) in zip(self.knots, self.knots[1:]):
            if u <= b:
                fraction = fa + (fb - fa) * (u - a) / (b - a)
                return self.low + (self.high - self.low) * fraction
        return self.high


def _look(name, low, high, meaning, **more):
    return Parameter(name, "look", low, high, meaning, **more)


def _pose(name, low, high, meaning, **more):
    return Parameter(name, "pose", low, high, meaning, **more)


PARAMETERS = (
    _look("skin", 0, 1, "skin tone, deep to fair"),
    _look("undertone", -1, 1, "skin undertone, rosy to golden"),
    _look("blush", 0, 1, "colour of the cheeks"),
    _look("age", 0, 1, "folds, eye bags and lines", knots=((0, 0), (0.45, 0.1), (1, 1)), neutral=0.2),
    _look("face_width", 0.92, 1.08, "width of head and jaw"),
    _look("jaw_width", -1, 1, "jaw, tapered to square"),
    _look("chin_length", -1, 1, "chin, short to long"),
    _look("cheeks", -1, 1, "cheeks, hollow to full"),
    _look("eye_size", 0.96, 1.2, "size of the eye openings"),
    _look("eye_spacing", -1.5, 1.5, "distance between the eyes"),
    _look("eye_tilt", -1, 1, "outer corners, down to up"),
    _look("eye_colour", 0, 1, "iris: dark brown, hazel, green, grey, blue"),
    _look("lashes", 0, 1, "lashes and liner"),
    _look("brow_weight", 0.6, 1.5, "thickness of the brows"),
    _look("brow_arch", -1, 1, "brows, straight to arched"),
    _look("nose_width", 0.8, 1.26, "width of the nostrils"),
    _look("nose_length", -1, 1, "nose, short to long"),
    _look("lip_fullness", 0.75, 1.3, "thickness of the lips"),
    _look("lip_colour", 0, 1, "lips, natural to painted red", knots=((0, 0), (0.5, 0.25), (1, 1)), neutral=0.2),
    _look("hair_tone", 0, 1, "hair: black, brown, auburn, gold, fair"),
    _look("hair_grey", 0, 1, "grey in the hair", knots=((0, 0), (0.76, 0), (1, 1)), neutral=0.2),
    _look("hair_length", 0, 1, "hair, cropped to below the shoulders"),
    _look("hair_volume", 0, 1, "hair, flat to full"),
    _look("hair_fringe", 0, 1, "hair over the forehead"),
    _look("hair_parting", -1, 1, "parting, left to right"),
    _look("hair_wave", 0, 1, "outline, straight to curly"),
    _look("hairline", -1, 1, "hairline, receding to low"),
    _look("baldness", 0, 1, "loss of the hair", knots=((0, 0), (0.78, 0), (1, 1)), neutral=0.2),
    _look("beard", 0, 1, "stubble, then a beard that grows", knots=RARE, neutral=0.2),
    _look("moustache", 0, 1, "moustache", knots=RARE, neutral=0.2),
    _look("glasses", 0, 1, "glasses fade in", knots=((0, 0), (0.64, 0), (0.8, 1), (1, 1)), neutral=0.2),
    _look("glasses_shape", 0, 1, "lenses, round to square"),
    _look("glasses_tone", 0, 1, "frames, dark to gold to red"),
    _look("light_side", -1, 1, "key light, from the left to from the right"),
    _look("light_height", -1, 1, "key light, level to high"),
    _look("light_contrast", 0.35, 1, "shadow, soft to strong"),
    _look("light_warmth", -1, 1, "light, cool to warm"),
    _look("back_hue", 0, 1, "hue of the background", neutral=0.55),
    _look("back_light", 0, 1, "lightness of the background"),
    _look("back_colour", 0, 1, "saturation of the background"),
    _look("cloth_hue", 0, 1, "hue of the clothes"),
    _look("cloth_light", 0, 1, "lightness of the clothes"),
    _look("neckline", 0, 1, "clothes, closed collar to open neck"),
    _pose("yaw", -27, 27, "head turned to the left or right of the picture, degrees"),
    _pose("pitch", -17, 17, "head down or up, degrees"),
    _pose("roll", -12, 12, "head against the shoulders, degrees", knots=GENTLE),
    _pose("gaze_x", -1, 1, "look to the left or right of the picture", knots=GENTLE),
    _pose("gaze_y", -1, 1, "look down or up", knots=GENTLE),
    _pose("eyes_open", 0, 1.4, "lids, closed to staring", knots=EYES, neutral=0.6),
    _pose("wink", -1, 1, "one eye closes: left of the picture or right", knots=SIDES),
    _pose("brow_raise", -0.6, 1, "both brows, low to high", knots=GENTLE, neutral=0.375),
    _pose("brow_sad", 0, 1, "inner ends of the brows rise", knots=REST, neutral=0.0),
    _pose("brow_frown", 0, 1, "inner ends of the brows fall and draw together", knots=REST, neutral=0.0),
    _pose("brow_skew", -1, 1, "one brow higher", knots=SIDES),
    _pose("smile", -1, 1, "corners of the mouth, down to up"),
    _pose("mouth_open", 0, 1, "jaw drops", knots=REST, neutral=0.0),
    _pose("mouth_width", -1, 1, "mouth, puckered to stretched", knots=GENTLE),
    _pose("lips_part", 0, 1, "lips part from the teeth", knots=REST, neutral=0.0),
    _pose("lip_press", 0, 1, "lips pressed together", knots=RARE, neutral=0.0),
    _pose("mouth_skew", -1, 1, "one corner higher", knots=SIDES),
    _pose("jaw_shift", -1, 1, "jaw to the left or right of the picture", knots=SIDES),
    _pose("tongue", 0, 1, "tongue comes forward in the open mouth", knots=RARE, neutral=0.0),
    _pose("nose_wrinkle", 0, 1, "nostrils rise, bridge wrinkles", knots=RARE, neutral=0.0),
)

NAMES = tuple(row.name for row in PARAMETERS)
INDEX = {name: i for i, name in enumerate(NAMES)}
IS_LOOK = np.array([row.kind == "look" for row in PARAMETERS])


def sample(seed: int, n: int) -> np.ndarray:
    """n rows of uniform numbers in 0..1, float32 [n, P]; the same for the same seed everywhere."""
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.random((n, len(PARAMETERS)), dtype=np.float64).astype(np.float32)


def combine(look_row, pose_row) -> np.ndarray:
    """The look of one row (or of rows) with the pose of another, float32, the same shape."""
    return np.where(IS_LOOK, look_row, pose_row).astype(np.float32)


def neutral() -> np.ndarray:
    """A middling face at rest, float32 [P]."""
    return np.array([row.neutral for row in PARAMETERS], np.float32)


def parameters(u) -> dict:
    """The values that a row of numbers in 0..1 stands for, by name."""
    return {row.name: row.value(x) for row, x in zip(PARAMETERS, np.asarray(u, np.float64).tolist(), strict=True)}


def values(u) -> SimpleNamespace:
    """The same as attributes, for the painting code."""
    return SimpleNamespace(**parameters(u))
