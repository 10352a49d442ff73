"""Contact sheets of portraits."""
import numpy as np

from .parameters import INDEX, PARAMETERS, combine, neutral, sample
from .portrait import landmarks, paint

EXPRESSIONS = {
    "rest": {},
    "smile": dict(smile=0.85),
    "laugh": dict(smile=0.98, mouth_open=0.75, lips_part=0.8, eyes_open=0.4, brow_raise=0.55),
    "surprise": dict(eyes_open=1, brow_raise=1, mouth_open=0.85, mouth_width=0.15),
    "anger": dict(brow_frown=1, smile=0.2, lips_part=0.95, nose_wrinkle=0.9, eyes_open=0.62),
    "sadness": dict(brow_sad=1, smile=0.02, eyes_open=0.42, gaze_y=0.2),
    "wink": dict(wink=1, smile=0.9, mouth_skew=0.9),
    "kiss": dict(mouth_width=0.0, eyes_open=0.05),
    "disgust": dict(nose_wrinkle=1, smile=0.15, eyes_open=0.35, brow_frown=0.7, lips_part=0.6),
    "doubt": dict(brow_skew=1, mouth_skew=0.05, lip_press=0.9, gaze_x=0.9),
    "tongue": dict(mouth_open=0.9, tongue=1, smile=0.8, wink=0.0),
    "sleep": dict(eyes_open=0.0),
    "fear": dict(brow_sad=0.9, brow_raise=0.9, eyes_open=1, mouth_width=0.95, lips_part=0.9, mouth_open=0.5),
    "shout": dict(mouth_open=1, brow_frown=1, lips_part=0.6),
    "left": dict(yaw=0, gaze_x=0.1),
    "up": dict(yaw=0.8, pitch=1, smile=0.8),
}


def setting(row, **changes):
    """A copy of the row with some parameters set by name."""
    row = row.copy()
    for name, u in changes.items():
        row[INDEX[name]] = u
    return row


def random(seed, n):
    """n random rows."""
    return sample(seed, n)


def expressions(seed, looks=1):
    """The named expressions on each of some looks, [looks * E, P]."""
    faces = sample(seed, looks)
    return np.stack([combine(look, setting(neutral(), **changes)) for look in faces for changes in EXPRESSIONS.values()])


def sweep(seed, kind, steps=5):
    """Each parameter of a kind from low to high on one face, [parameters * steps, P]."""
    base = combine(sample(seed, 1)[0], neutral())
    return np.stack([setting(base, **{row.name: k / (steps - 1)}) for row in PARAMETERS if row.kind == kind for k in range(steps)])


def sheet(rows, columns, size, dots=False) -> np.ndarray:
    """The portraits side by side, uint8 [height, width, 3]."""
    lines = -(-len(rows) // columns)
    page = np.full((lines * size, columns * size, 3), 255, np.uint8)
    for i, row in enumerate(rows):
        tile = paint(row, size)
        if dots:
            for x, y in np.clip(landmarks(row, size), 1, size - 2).astype(int):
                tile[y - 1:y + 2, x - 1:x + 2] = (0, 255, 120)
        top, left = i // columns * size, i % columns * size
        page[top:top + size, left:left + size] = tile
    return page
