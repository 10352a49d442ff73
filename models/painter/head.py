"""One portrait's geometry, worked out once and shared by everything that paints."""
import math

import numpy as np

from .palette import colours
from .parameters import values
from .template import Camera, flatten, lids, shape

_TURN = np.linspace(0, 2 * math.pi, 28, endpoint=False)
_ROUND = np.stack([-np.cos(_TURN), -np.sin(_TURN)], 1)
_HALF = np.linspace(0, math.pi, 21)
CROWN = np.stack([-np.cos(_HALF), -np.sin(_HALF)], 1)


class Head:
    """Values, colours, landmarks and the camera of a portrait; points are (x, y) in the plane, eyes 62 apart."""

    def __init__(self, u):
        self.v = v = values(u)
        self.c = colours(v)
        self.solid = shape(v)
        self.camera = Camera(v.yaw, v.pitch)
        self.flat = flatten(self.solid, self.camera)
        self.p = [tuple(xy) for xy in self.flat.tolist()]
        self.lids = lids(v)
        self.width = v.face_width

    def place(self, *points):
        """(x, y, z) in the head to (x, y) in the plane."""
        return self.camera.place(points)

    def place_rim(self, *points):
        """The same for points on the side of the head, kept outside the face that turns in front of them."""
        points = np.array(points)
        depth = 76 * np.clip(np.abs(points[:, 0]) / 16 - 3.1, 0, 1)
        return [tuple(xy) for xy in self.camera.rim(points, depth).tolist()]

    def skull(self, grow=0.0, lift=0.0, directions=_ROUND):
        """Outline of the cranium, grown by `grow` and raised by `lift`, from the left over the top."""
        centre = (0.0, -22.0 - lift, -70.0)
        radii = (74.5 * self.width + grow, 80.0 + grow + lift * 0.3, 92.0 + grow)
        return [tuple(xy) for xy in self.camera.ellipsoid(centre, radii, directions).tolist()]

    def surface(self, x, y):
        """Depth of the cranium's front at (x, y) in the head."""
        rest = 1 - (x / (74.5 * self.width)) ** 2 - ((y + 22) / 80) ** 2
        return -70 + 92 * math.sqrt(max(0.01, rest))
