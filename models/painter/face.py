"""Skin: ears, the face with its light, the nose, and the lines that expressions draw."""
import skia

from . import brush
from .brush import fill, glow, gradient, line, loop, mix, oval, smooth, stroke, tapered
from .head import CROWN


def outline(head):
    """The face: jaw and cranium as one filled path."""
    jaw = head.p[:17]
    top = head.place((68 * head.width, -34, -42), (44 * head.width, -62, -16), (0, -72, -2), (-44 * head.width, -62, -16), (-68 * head.width, -34, -42))
    path = loop(list(jaw) + top)
    other = brush.outline(head.skull(directions=CROWN)[::-1])
    return skia.Op(path, other, skia.PathOp.kUnion_PathOp) or path


def scalp(canvas, head):
    """The back of a head without hair, behind the ears."""
    bare = smooth(0.2, 0.5, head.v.baldness)
    if bare > 0.01:
        path = loop(head.skull())
        canvas.drawPath(path, fill(head.c.skin, bare))
        light = _sidelong(head)
        light.setAlphaf(bare)
        canvas.drawPath(path, light)


def ears(canvas, head, cover):
    """Ears on the sides of the skull; they fade where the hair covers them (0..1)."""
    v, c = head.v, head.c
    shown = 1 - smooth(0.4, 0.95, cover)
    if shown < 0.01:
        return
    for side in (-1, 1):
        x = 75 * head.width * side
        rim = ((-3, -6, -58), (7, -14, -66), (13, -6, -72), (12, 10, -70), (7, 24, -64), (1, 32, -58), (-6, 26, -54))
        points = head.place(*((x + side * dx, y, z) for dx, y, z in rim))
        lit = 0.45 - 0.4 * side * v.light_side * v.light_contrast
        canvas.drawPath(loop(points), fill(mix(c.skin, c.shade, min(1.0, max(0.1, lit))), shown))
        fold = head.place((x + side * 2, -6, -60), (x + side * 8.5, -5, -68), (x + side * 7.5, 9, -66), (x + side * 2.5, 19, -60))
        canvas.drawPath(line(fold), stroke(c.deep, 2.6, 0.6 * shown, 1.0))


def skin(canvas, head, path):
    """The face filled and lit."""
    canvas.drawPath(path, fill(head.c.skin))
    canvas.save()
    canvas.clipPath(path, True)
    _light(canvas, head)
    _cheeks(canvas, head)
    canvas.restore()


def _sidelong(head):
    """The shade from one side of the head to the other."""
    v, c, p = head.v, head.c, head.p
    dark = 0.80 * v.light_contrast * abs(v.light_side)
    left, right = (dark, 0.0) if v.light_side > 0 else (0.0, dark)
    stops = [(c.shade, 0.16 + left), (c.shade, left * 0.55), (c.shade, 0), (c.shade, right * 0.55), (c.shade, 0.16 + right)]
    return gradient((p[1][0], 0), (p[15][0], 12), stops, [0, 0.24, 0.5, 0.76, 1])


def _light(canvas, head):
    v, c, p = head.v, head.c, head.p
    s, k = v.light_side, v.light_contrast
    nose = p[30]
    canvas.drawPaint(_sidelong(head))
    chin = p[8][1]
    canvas.drawPaint(gradient((0, nose[1] + 5), (0, chin + 6), [(c.shade, 0), (c.shade, (0.30 + 0.38 * max(0.0, v.light_height)) * k)]))
    canvas.drawPath(line(p[:17]), stroke(c.deep, 13, 0.42, 6.5))
    away = p[:9] if s > 0 else p[8:17]
    canvas.drawPath(line(away), stroke(mix(c.back_glow, c.skin, 0.35), 4.5, 0.5 * k * abs(s), 1.8))
    bx, by = head.place((26 * s, -58, 6))[0]
    glow(canvas, (bx, by), 50, 30, c.lit, 0.30 + 0.22 * v.light_height)
    cx, cy = head.place((6 * s, 103 + 20 * v.mouth_open, 10))[0]
    glow(canvas, (cx + 5 * v.jaw_shift, cy), 17, 11, c.lit, 0.34)


def _cheeks(canvas, head):
    v, c = head.v, head.c
    lift = 6 * max(0.0, v.smile)
    for side in (-1, 1):
        toward = 1 + 0.8 * side * v.light_side
        cx, cy = head.place((side * 43, 30 - lift, 0))[0]
        glow(canvas, (cx, cy + 5), 25, 21, c.blush, (0.12 + 0.42 * v.blush), -side * 14)
        glow(canvas, (cx - side * 1, cy - 5), 22, 13, c.lit, min(0.62, (0.26 + 0.16 * max(0.0, v.smile)) * toward), -side * 20)
        hx, hy = head.place((side * 52, 60, -12))[0]
        glow(canvas, (hx, hy), 17, 26, c.shade, max(0.0, 0.20 - 0.20 * v.cheeks), side * 16)


def lines(canvas, head):
    """Folds and furrows of expression and age."""
    v, c, p = head.v, head.c, head.p
    happy = max(0.0, v.smile)
    fold = 0.10 + 0.55 * happy + 0.35 * v.age + 0.3 * v.nose_wrinkle
    for side, wing, corner in ((-1, 31, 48), (1, 35, 54)):
        (ax, ay), (bx, by) = p[wing], p[corner]
        points = [(ax + side * 3, ay - 5), (ax + side * 10, ay + 3), (bx + side * (8 + 3 * happy), by - 8), (bx + side * (7 + 3 * happy), by + 2 + 5 * happy)]
        canvas.drawPath(tapered(points, [1.5, 3.4, 3.0, 0.8]), fill(c.deep, min(0.75, fold), 1.3))
        if v.smile < 0:
            canvas.drawPath(tapered([(bx + side * 1, by + 1), (bx + side * 4, by + 7), (bx + side * 4.5, by + 14)], [1.0, 3, 0.6]), fill(c.deep, 0.65 * -v.smile, 1.2))
    raised = max(0.0, v.brow_raise) + 0.5 * v.brow_sad
    amount = min(0.6, 0.5 * raised + 0.18 * v.age)
    for i, y in enumerate((-47, -57, -67)):
        reach = 36 - 5 * i
        y -= 6 * raised
        row = head.place((-reach, y + 1, 4), (-reach * 0.45, y - 2, 10), (0, y - 0.5 + 2 * v.brow_sad, 12), (reach * 0.45, y - 2, 10), (reach, y + 1, 4))
        canvas.drawPath(tapered(row, [0.4, 2.2, 1.6, 2.2, 0.4]), fill(c.deep, amount * (1 - 0.2 * i), 0.9))
    if v.brow_frown > 0:
        (ax, ay), (bx, by) = p[21], p[22]
        for x, y, side in ((ax, ay, -1), (bx, by, 1)):
            mx = (ax + bx) / 2 + (x - (ax + bx) / 2) * 0.42
            canvas.drawPath(tapered([(mx + side * 1.2, y - 9), (mx, y - 1), (mx + side * 0.8, y + 7)], [0.5, 2.6, 0.6]), fill(c.deep, 0.75 * v.brow_frown, 0.8))
    if v.nose_wrinkle > 0:
        for y in (2, 8):
            row = head.place((-9, y + 2, 17), (0, y - 1, 23), (9, y + 2, 17))
            canvas.drawPath(tapered(row, [0.4, 2.0, 0.4]), fill(c.deep, 0.55 * v.nose_wrinkle, 0.9))
    if v.lip_press > 0 or v.smile < 0:
        glow(canvas, (p[57][0], p[57][1] + 12), 15, 6, c.shade, 0.5 * max(v.lip_press, -v.smile))


def nose(canvas, head):
    """Bridge, wings, nostrils and the light on the tip."""
    v, c, p = head.v, head.c, head.p
    s, k = v.light_side, v.light_contrast
    tip = p[30]
    base = p[33]
    width = v.nose_width
    turn = v.yaw / 32
    for side in (-1, 1):
        dark = min(0.75, max(0.0, 0.22 - 0.34 * side * s * k + 0.30 * side * turn))
        row = head.place((side * 13, -12, 17), (side * 7.5, 4, 17), (side * 8.5, 22, 20), (side * 12 * width, 38, 22))
        canvas.drawPath(tapered(row, [1, 5.5, 6.0, 8.0]), fill(c.shade, dark, 2.6))
    glow(canvas, (base[0] - 6 * s * k, base[1] + 4), 19 * width, 7, c.deep, 0.42 + 0.25 * v.light_height * k)
    ball = head.place((0, 40 + 2.4 * v.nose_length, 36))[0]
    glow(canvas, ball, 13 * width, 11, mix(c.skin, c.blush, 0.35), 0.55)
    ridge = head.place((2.4 * s, -4, 21), (2.6 * s, 12, 27), (2.6 * s, 24 + 1.5 * v.nose_length, 33))
    canvas.drawPath(tapered(ridge, [2, 5, 5]), fill(c.lit, 0.42, 2.0))
    glow(canvas, (tip[0] + 3.4 * s, tip[1] + 1 - v.light_height), 7, 6, c.lit, 0.85)
    _wings(canvas, head)


def _wings(canvas, head):
    v, c, p = head.v, head.c, head.p
    for side, wing, hole in ((-1, 31, 32), (1, 35, 34)):
        (wx, wy), (hx, hy) = p[wing], p[hole]
        edge = [(wx + side * 0.5, wy - 8), (wx + side * 3.4, wy - 3.5), (wx + side * 2.2, wy + 0.5), (wx - side * 1.5, wy + 1.8)]
        canvas.drawPath(tapered(edge, [0.8, 2.6, 2.4, 0.8]), fill(c.deep, 0.62, 0.6))
        nx, ny = (wx + hx * 1.4) / 2.4, (wy + hy) / 2 - 0.4
        canvas.save()
        canvas.translate(nx, ny)
        canvas.rotate(side * -16)
        canvas.drawOval(oval(0, 0, 4.0, 1.9 + 0.5 * v.pitch / 16), fill(mix(c.deep, (0.10, 0.02, 0.03), 0.62), 0.9, 0.5))
        canvas.restore()
    base = [p[32], p[33], p[34]]
    canvas.drawPath(tapered(base, [0.6, 2.0, 0.6]), fill(c.deep, 0.6, 0.6))
