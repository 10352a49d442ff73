"""The head in three dimensions: 68 landmarks, the way a face's shape and expression move them, and the camera.

Units: the eyes are 62 apart; x to the right of the picture, y down, z to the viewer; the origin lies between the eyes.
"""
import math

import numpy as np


def _mirrored(rows):
    return [(-x, y, z) for x, y, z in rows]


_JAW = [(-72, -2, -45), (-72, 19, -42), (-70, 41, -38), (-65, 63, -32), (-56, 82, -23), (-43, 97, -12), (-29, 107, -3), (-14, 113, 4)]
_BROW = [(-58.5, -18, -13), (-50.5, -25, 0), (-40, -28, 10), (-28.5, -27, 18), (-17, -23.5, 21)]
_BRIDGE = [(0, -2, 20), (0, 11.5, 26), (0, 25, 33), (0, 38, 40)]
_NOSTRILS = [(-13.5, 46.5, 19), (-7, 49.5, 25), (0, 51.5, 28), (7, 49.5, 25), (13.5, 46.5, 19)]
_EYE = [(-46.5, -0.5, -8), (-37.5, -8.2, 8), (-26, -8, 14), (-16.5, 2.6, 12), (-25.5, 6.2, 13), (-36.5, 6.2, 8)]
_OUTER = [(-25.5, 68, 5), (-16.5, 62.5, 12), (-6.2, 59, 17), (0, 60.6, 18), (6.2, 59, 17), (16.5, 62.5, 12), (25.5, 68, 5),
          (16, 75.6, 12), (7, 79, 16), (0, 79.8, 17), (-7, 79, 16), (-16, 75.6, 12)]
_INNER = [(-22.5, 68, 6), (-8.5, 67, 14), (0, 68, 16), (8.5, 67, 14), (22.5, 68, 6), (8.5, 68.4, 14), (0, 69.2, 16), (-8.5, 68.4, 14)]

TEMPLATE = np.array(
    _JAW + [(0, 115.5, 8)] + _mirrored(_JAW[::-1]) + _BROW + _mirrored(_BROW[::-1]) + _BRIDGE + _NOSTRILS
    + _EYE + _mirrored([_EYE[i] for i in (3, 2, 1, 0, 5, 4)]) + _OUTER + _INNER, np.float64)

LEFT_EYE, RIGHT_EYE = slice(36, 42), slice(42, 48)
OUTER, INNER = slice(48, 60), slice(60, 68)
UPPER_LIP = [49, 50, 51, 52, 53]
LOWER_LIP = [55, 56, 57, 58, 59]
UPPER_INNER = [61, 62, 63]
LOWER_INNER = [65, 66, 67]

_JAW_DROP = np.array([0, 0.02, 0.08, 0.25, 0.5, 0.75, 0.92, 1, 1, 1, 0.92, 0.75, 0.5, 0.25, 0.08, 0.02, 0])
_CHIN = np.array([0, 0, 0, 0.1, 0.35, 0.65, 0.85, 1, 1, 1, 0.85, 0.65, 0.35, 0.1, 0, 0, 0])
_SQUARE = np.array([0, 0.1, 0.3, 0.7, 1, 1, 0.7, 0.3, 0, 0.3, 0.7, 1, 1, 0.7, 0.3, 0.1, 0])
_FULL = np.array([0, 0.5, 1, 1, 0.6, 0.3, 0.1, 0, 0, 0, 0.1, 0.3, 0.6, 1, 1, 0.5, 0])
_FRONT_DEPTH = np.array([76, 76, 70, 58, 42, 27, 14, 6, 0, 6, 14, 27, 42, 58, 70, 76, 76], np.float64)


def lids(v):
    """How far the two eyes are open, 0 closed to about 1.4 staring: (left of the picture, right)."""
    squint = 1 - 0.16 * max(0.0, v.smile) - 0.2 * v.nose_wrinkle - 0.12 * v.brow_frown
    left = v.eyes_open * (1 - min(1.0, max(0.0, -v.wink))) * squint
    right = v.eyes_open * (1 - min(1.0, max(0.0, v.wink))) * squint
    return left, right


def shape(v) -> np.ndarray:
    """The 68 landmarks of a face and its expression in three dimensions, [68, 3]."""
    p = TEMPLATE.copy()
    _shape_face(p, v)
    _shape_brows(p, v)
    _shape_eyes(p, v)
    _shape_mouth(p, v)
    return p


def _shape_face(p, v):
    side = np.sign(p[:17, 0])
    p[:17, 0] += side * (5.5 * v.jaw_width * _SQUARE + 3.6 * v.cheeks * _FULL)
    p[:17, 0] *= v.face_width
    p[:17, 1] += 5.0 * v.chin_length * _CHIN + (20 * v.mouth_open - 1.5 * v.lip_press) * _JAW_DROP
    p[:17, 2] -= 6 * v.mouth_open * _JAW_DROP
    p[:17, 0] += 8.0 * v.jaw_shift * _JAW_DROP
    p[2:15, 0] += side[2:15] * 1.6 * max(0.0, v.smile) * _FULL[2:15]
    p[28:36, 1] += 3.0 * v.nose_length * np.array([0.3, 0.6, 1, 1, 1, 1, 1, 1])
    p[31:36, 0] *= v.nose_width * (1 + 0.1 * max(0.0, v.smile) + 0.14 * v.nose_wrinkle)
    p[31:36, 1] -= np.array([3.2, 1.5, 0.6, 1.5, 3.2]) * v.nose_wrinkle + np.array([1.2, 0.5, 0, 0.5, 1.2]) * max(0.0, v.smile)
    p[30, 1] -= 0.8 * v.nose_wrinkle


def _shape_brows(p, v):
    for rows, sign in (((17, 18, 19, 20, 21), -1), ((26, 25, 24, 23, 22), 1)):
        lift = 12 * v.brow_raise + 7.5 * v.brow_skew * sign
        rise = np.array([0.7, 0.95, 1.1, 1.05, 0.95]) * lift
        rise += np.array([-4.5, -3.5, 0.5, 6.5, 11]) * v.brow_sad
        rise += np.array([3.5, 2.5, -2, -6, -8.5]) * v.brow_frown
        rise += np.array([-0.6, 0.8, 1.6, 0.4, -0.6]) * v.brow_arch - 2.0 * v.nose_wrinkle
        rows = list(rows)
        p[rows, 1] -= rise
        p[rows, 0] -= sign * (np.array([0, 0.5, 1.5, 3, 4.5]) * v.brow_frown + np.array([0, 0, 0.4, 1.2, 2]) * v.brow_sad)
        p[rows, 0] += sign * (v.eye_spacing - 0.5)


def _shape_eyes(p, v):
    for rows, sign, opening in ((LEFT_EYE, -1, lids(v)[0]), (RIGHT_EYE, 1, lids(v)[1])):
        eye = p[rows]
        outer = 0 if sign < 0 else 3
        upper, lower = [1, 2], [4, 5]
        shut = 4.2
        squint = 2.2 * max(0.0, v.smile) + 1.5 * v.nose_wrinkle + 0.8 * v.brow_frown
        look = -2.2 * v.gaze_y
        lift = opening
        eye[lower, 1] += 1.0 * (lift - 1) - squint + 0.4 * look
        low = eye[lower, 1].mean() - 0.6 * (1 - min(1.0, lift))
        eye[upper, 1] = low + (eye[upper, 1] + look * 0.8 - shut - 2.0) * lift
        eye[upper, 1] = np.minimum(eye[upper, 1], low)
        eye[outer, 1] += (1 - min(1.0, lift)) * 2.2 - 2.2 * v.eye_tilt - 1.5 * v.brow_frown + 1.2 * v.brow_sad
        centre = np.array([31.2 * sign, 1.0])
        eye[:, :2] = centre + (eye[:, :2] - centre) * v.eye_size
        eye[:, 0] += sign * v.eye_spacing


def _shape_mouth(p, v):
    m = p[48:68]
    middle = np.clip(1 - (m[:, 0] / 25.5) ** 2, 0, 1)
    below = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1], np.float64)
    above = np.array([0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0], np.float64)
    outer = np.array([1.0] * 12 + [0.0] * 8)
    corner = np.clip(np.abs(m[:, 0]) / 25.5, 0, 1) ** 2
    side = np.sign(m[:, 0])
    happy, sad = max(0.0, v.smile), max(0.0, -v.smile)

    thick = v.lip_fullness * (1 - 0.55 * v.lip_press) * (1 - 0.2 * happy) * (1 + 0.25 * max(0.0, -v.mouth_width))
    line = 68.2
    m[:, 1] = line + (m[:, 1] - line) * np.where(outer > 0, thick, 1.0)
    m[:, 1] += above * 1.2 * v.lip_press * outer - below * 0.6 * v.lip_press * outer

    drop = v.mouth_open
    m[:, 1] += below * middle ** 0.6 * 27 * drop + corner * 7 * drop - above * middle * 3.5 * drop
    m[:, 2] -= below * middle * 6 * drop
    m[:, 0] *= 1 - 0.14 * drop

    part = min(1.2, v.lips_part + 0.6 * min(1.0, max(0.0, 2.2 * happy - 1.1)) * (1 - v.lip_press) * (1 - 0.5 * drop))
    m[:, 1] += below * middle ** 0.5 * 5.5 * part - above * middle ** 0.5 * 4.5 * part
    m[:, 1] -= above * middle * 2.5 * v.nose_wrinkle

    wide = 1 + (0.18 if v.mouth_width > 0 else 0.36) * v.mouth_width
    m[:, 0] *= wide
    m[:, 2] += 5 * max(0.0, -v.mouth_width)
    m[:, 0] += side * corner * (8.5 * happy - 1.5 * sad)
    m[:, 1] += corner * (8.5 * sad - 10.5 * happy) + (1 - corner) * (1.6 * happy - 2.6 * sad)
    m[:, 2] -= corner * 5 * happy
    tilt = np.clip(m[:, 0] / 25.5, -1.2, 1.2)
    m[:, 1] -= 5.5 * v.mouth_skew * tilt
    m[:, 0] += 2.5 * v.mouth_skew * (0.5 + 0.5 * tilt * np.sign(v.mouth_skew or 1))
    m[:, 0] += v.jaw_shift * (3.0 + 3.5 * below)
    m[:, 1] += 1.2 * v.nose_length


class Camera:
    """Turns the head and projects it: rotation about the head's middle, mild perspective."""

    DISTANCE = 760.0
    _PIVOT = (0.0, 35.0, -60.0)
    PIVOT = np.array(_PIVOT)

    def __init__(self, yaw, pitch):
        """Angles in degrees; yaw > 0 turns to the right of the picture, pitch > 0 looks up."""
        self.yaw, self.pitch = math.radians(yaw), math.radians(pitch)
        cy, sy, cp, sp = math.cos(self.yaw), math.sin(self.yaw), math.cos(self.pitch), math.sin(self.pitch)
        turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        self.rotation = nod @ turn
        self._rows = self.rotation.tolist()

    def project(self, points) -> np.ndarray:
        """[..., 3] in the head to [..., 2] in the picture's plane."""
        q = (np.asarray(points, np.float64) - self.PIVOT) @ self.rotation.T
        scale = self.DISTANCE / (self.DISTANCE - q[..., 2:3])
        return q[..., :2] * scale + self.PIVOT[:2]

    def place(self, points) -> list:
        """`project` for a few points given as tuples: [(x, y, z), ...] to [(x, y), ...]."""
        px, py, pz = -self._PIVOT[0], -self._PIVOT[1], -self._PIVOT[2]
        (a, b, c), (d, e, f), (g, h, i) = self._rows
        flat = []
        for x, y, z in points:
            x, y, z = x + px, y + py, z + pz
            scale = self.DISTANCE / (self.DISTANCE - (g * x + h * y + i * z))
            flat.append(((a * x + b * y + c * z) * scale - px, (d * x + e * y + f * z) * scale - py))
        return flat

    def contour(self, jaw) -> np.ndarray:
        """The visible edge of the jaw, [17, 2]: the far side shows the cheek in front of the jaw's line."""
        return self.rim(jaw, _FRONT_DEPTH)

    def rim(self, points, depth) -> np.ndarray:
        """Points on the side of the head, [n, 3] to [n, 2]: where they are turned away they move out to the edge
        of the horizontal slice through them, an ellipse as wide as the point and `depth` deep in front of it."""
        points = np.asarray(points, np.float64)
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        half = np.abs(points[:, 0])
        bulge = np.sqrt((half * c) ** 2 + (depth * s) ** 2) - half * c
        flat = self.project(points)
        away = points[:, 0] * s > 0
        flat[:, 0] += np.where(away, np.sign(points[:, 0]) * bulge, 0)
        return flat

    def ellipsoid(self, centre, radii, directions) -> np.ndarray:
        """Outline of an ellipsoid in the picture: [n, 2] unit directions to [n, 2] points."""
        r = self.rotation[:2] * np.asarray(radii, np.float64)
        spread = r @ r.T
        along = directions @ spread
        reach = np.sqrt((along * directions).sum(1, keepdims=True))
        return self.project(np.asarray(centre, np.float64)) + along / reach


def flatten(points, camera) -> np.ndarray:
    """The 68 landmarks in the picture's plane, [68, 2]."""
    flat = camera.project(points)
    flat[:17] = camera.contour(points[:17])
    return flat
