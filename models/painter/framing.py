"""The FFHQ crop of a face from its 68 landmarks."""
import numpy as np


def quad(points) -> np.ndarray:
    """The crop's corners (top left, bottom left, bottom right, top right), [4, 2], from landmarks [68, 2]."""
    left, right = points[36:42].mean(0), points[42:48].mean(0)
    eyes = (left + right) / 2
    eye_to_eye = right - left
    eye_to_mouth = (points[48] + points[54]) / 2 - eyes
    x = eye_to_eye - np.array([-eye_to_mouth[1], eye_to_mouth[0]])
    x = x / np.hypot(*x) * max(np.hypot(*eye_to_eye) * 2.0, np.hypot(*eye_to_mouth) * 1.8)
    y = np.array([-x[1], x[0]])
    centre = eyes + eye_to_mouth * 0.1
    return np.stack([centre - x - y, centre - x + y, centre + x + y, centre + x - y])


def crop(points) -> np.ndarray:
    """The affine map from the plane to the unit square of the crop, [2, 3]."""
    corners = quad(points)
    basis = np.stack([corners[3] - corners[0], corners[1] - corners[0]], axis=1)
    inverse = np.linalg.inv(basis)
    return np.concatenate([inverse, -(inverse @ corners[0])[:, None]], axis=1)
