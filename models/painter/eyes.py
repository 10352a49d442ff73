"""Eyes, brows and glasses."""
import math

from .brush import fill, glow, gradient, line, loop, mix, outline, radial, smooth, stroke, tapered


def paint(canvas, head):
    """Both eyes."""
    p = head.p
    _eye(canvas, head, [p[36], p[37], p[38], p[39]], [p[39], p[40], p[41], p[36]], -1, head.lids[0])
    _eye(canvas, head, [p[42], p[43], p[44], p[45]], [p[45], p[46], p[47], p[42]], 1, head.lids[1])


def _eye(canvas, head, upper, lower, side, opening):
    v, c = head.v, head.c
    white = outline(upper, lower)
    shown = smooth(0.02, 0.2, opening)
    anchor = head.place((side * (31.5 + v.eye_spacing) + 6.2 * v.gaze_x, -0.6 - 3.6 * v.gaze_y, 14 - abs(v.gaze_x)))[0]
    size = 7.9 * v.eye_size

    if shown > 0:
        canvas.save()
        canvas.clipPath(white, True)
        canvas.drawPath(white, fill(c.white))
        for x, y in (upper[0], upper[-1]):
            glow(canvas, (x, y), 9, 8, mix(c.shade, (0.75, 0.45, 0.42), 0.5), 0.55)
        ax, ay = anchor
        squeeze = max(0.72, 1 - 0.16 * abs(v.gaze_x) - 0.1 * abs(v.yaw) / 32)
        canvas.save()
        canvas.translate(ax, ay)
        canvas.scale(squeeze, 1)
        dark, bright = mix(c.iris, (0, 0, 0), 0.62), mix(c.iris, (1, 0.95, 0.8), 0.30)
        canvas.drawCircle(0, 0, size, radial((0, size * 0.25), size * 1.12, [(bright, 1), (c.iris, 1), (dark, 1), (dark, 1)], [0.2, 0.62, 0.88, 1.0]))
        canvas.drawCircle(0, 0, size * 0.43, fill((0.03, 0.025, 0.03)))
        canvas.restore()
        top = min(upper[1][1], upper[2][1])
        canvas.drawPath(white, gradient((0, top - 1), (0, top + 8.5), [((0.10, 0.05, 0.06), 0.62), ((0.15, 0.08, 0.08), 0.0)]))
        lx = ax + size * 0.30 * v.light_side
        canvas.drawCircle(lx - size * 0.05, ay - size * (0.30 + 0.12 * v.light_height), size * 0.23, fill((1, 1, 1), 0.94))
        canvas.drawCircle(ax - size * 0.36 * v.light_side, ay + size * 0.42, size * 0.13, fill((1, 1, 1), 0.38))
        canvas.restore()
    _lids(canvas, head, upper, lower, side, opening)


def _lids(canvas, head, upper, lower, side, opening):
    v, c = head.v, head.c
    canvas.drawPath(line(lower), stroke(mix(c.deep, c.lips, 0.3), 1.5, 0.55))
    outer_first = side < 0
    ends = upper if outer_first else upper[::-1]
    ink = mix((0.09, 0.055, 0.055), c.hair_deep, 0.25)
    out, a, b, inn = ends
    wing = (out[0] + side * (1.6 + 2.6 * v.lashes), out[1] - (1.0 + 2.4 * v.lashes) * (opening - 0.35))
    base = 2.4 + 1.7 * v.lashes
    canvas.drawPath(tapered([wing, out, a, b, inn], [0.5, base * 0.95, base * 1.05, base * 0.8, 0.9]), fill(ink, 0.95))
    if v.lashes > 0.05:
        shut = 1 - min(1.0, opening)
        for t, reach in ((0.0, 1.0), (0.5, 0.95), (1.0, 0.7)):
            x, y = out[0] + (a[0] - out[0]) * t, out[1] + (a[1] - out[1]) * t
            dx = side * (3.6 - 2.0 * t) * reach
            dy = (-4.4 - 1.0 * t) * (1 - 1.75 * shut) * reach
            canvas.drawPath(line([(x, y), (x + dx * 0.7, y + dy * 0.5), (x + dx, y + dy)]), stroke(ink, 1.1, 0.8 * v.lashes))
    lift = 3.6 + 1.4 * max(0.0, 1 - opening) - 1.2 * v.brow_frown
    crease = [(out[0] + side * 0.5, out[1] - lift * 0.6), (a[0], a[1] - lift), (b[0], b[1] - lift), (inn[0] - side * 0.5, inn[1] - lift * 0.9)]
    if opening < 1.0:
        top = head.place((side * 31.2, -9.5, 14))[0][1]
        crease = [(x, y + (min(y, top) - y) * (1 - opening) * 0.75) for x, y in crease]
    canvas.drawPath(tapered(crease, [0.7, 1.9, 1.7, 0.5]), fill(c.deep, 0.62))


def sockets(canvas, head):
    """Shade around the eyes, bags below them with age."""
    v, c, p = head.v, head.c, head.p
    for side, rows, brow in ((-1, range(36, 42), 19), (1, range(42, 48), 24)):
        x = sum(p[i][0] for i in rows) / 6
        y = sum(p[i][1] for i in rows) / 6
        dark = 0.30 + 0.16 * v.light_height * v.light_contrast + 0.22 * side * v.light_side * -v.light_contrast
        glow(canvas, (x - side * 3, y - 7), 27, 17, c.shade, max(0.12, dark))
        glow(canvas, (x - side * 15, y - 2), 11, 13, c.deep, 0.34)
        glow(canvas, (x, y + 13), 21, 9, c.shade, 0.18 + 0.32 * v.age)
        glow(canvas, (x + side * 2, (y + p[brow][1]) / 2 - 5), 17, 6, c.lit, 0.32)


def brows(canvas, head):
    """Tapered brows along their five landmarks."""
    v, c, p = head.v, head.c, head.p
    w = 6.6 * v.brow_weight
    for rows in ((17, 18, 19, 20, 21), (26, 25, 24, 23, 22)):
        points = [p[i] for i in rows]
        canvas.drawPath(tapered(points, [w * 0.25, w * 0.8, w * 1.0, w * 1.1, w * 0.75]), fill(c.brow, 0.55, 1.3))
        canvas.drawPath(tapered(points, [0.6, w * 0.62, w * 0.85, w * 0.95, w * 0.55]), fill(c.brow, 0.92))


def glasses(canvas, head):
    """Frames, lenses and temples; they fade in."""
    v, c = head.v, head.c
    shown = v.glasses
    if shown < 0.01:
        return
    power = 1.0 - 0.55 * v.glasses_shape
    rx, ry = 24.5, 21.5 - 3.5 * v.glasses_shape
    rims = []
    for side in (-1, 1):
        points = []
        for i in range(20):
            a = 2 * math.pi * i / 20
            s, k = math.sin(a), math.cos(a)
            x = math.copysign(abs(k) ** power, k) * rx
            y = math.copysign(abs(s) ** power, s) * ry
            points.append((side * 32.5 + x, 3.5 + y, 24 - 0.006 * (side * 32.5 + x) ** 2))
        rims.append(head.place(*points))
    width = 3.2 + 0.8 * v.glasses_shape
    bridge = head.place((-9.5, -2, 24), (0, -6.5, 28), (9.5, -2, 24))
    arms = [head.place((side * 56.5, -4, 5)) + head.place_rim((side * 74.5 * head.width, -5, -50)) for side in (-1, 1)]
    for path in [line(arm) for arm in arms]:
        canvas.drawPath(path, stroke(c.frame, width * 0.85, shown))
    for rim in rims:
        path = loop(rim)
        canvas.save()
        canvas.translate(1.2, 4.0)
        canvas.drawPath(path, stroke(c.deep, width, 0.35 * shown, 2.0))
        canvas.restore()
        xs, ys = [x for x, _ in rim], [y for _, y in rim]
        sheen = [((0.92, 0.97, 1.0), 0.16 * shown), ((0.8, 0.9, 1.0), 0.02 * shown), ((0.9, 0.95, 1.0), 0.08 * shown)]
        canvas.drawPath(path, gradient((min(xs), min(ys)), (max(xs), max(ys)), sheen))
        canvas.drawPath(path, stroke(c.frame, width, shown))
    canvas.drawPath(line(bridge), stroke(c.frame, width, shown))
    canvas.drawPath(line([(x, y - 0.8) for x, y in bridge]), stroke(mix(c.frame, (1, 1, 1), 0.5), width * 0.3, 0.6 * shown))
