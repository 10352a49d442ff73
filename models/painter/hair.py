"""Hair of the head and the beard: shapes that morph from one length to another."""
import math

import numpy as np

from .brush import fill, glow, gradient, line, loop, mix, outline, smooth, stroke, tapered
from .head import CROWN



def _refined(xy, times):
    """A smooth curve through points [n, 2] with `times` points for each of them."""
    before, after = np.vstack([xy[:1], xy[:-2]]), np.vstack([xy[2:], xy[-1:]])
    a, b = xy[:-1], xy[1:]
    t = (np.arange(times) / times)[None, :, None]
    a, b, before, after = a[:, None], b[:, None], before[:, None], after[:, None]
    ma, mb = (b - before) / 2, (after - a) / 2
    fine = a + t * ma + t * t * (3 * (b - a) - 2 * ma - mb) + t ** 3 * (2 * (a - b) + ma + mb)
    return np.vstack([fine.reshape(-1, 2), xy[-1:]])


class Hair:
    """The outlines of the hair of one head."""

    def __init__(self, head):
        v = head.v
        self.head = head
        kept = 1 - smooth(0.0, 0.55, v.baldness)
        self.long = long = v.hair_length * kept
        self.shown = 1 - smooth(0.4, 1.0, v.baldness)
        self.volume = 0.5 + (2.5 + 19 * v.hair_volume) * kept
        self.length = 14 + 190 * max(0.0, long - 0.22) / 0.78
        self.cover = smooth(0.2, 0.42, long)
        self.flare = (3 + 22 * v.hair_volume) * smooth(0.25, 0.8, long)
        self.waves = 6.0 * v.hair_wave ** 1.3 * kept
        self.over = head.skull(self.volume, self.volume * 0.5, CROWN)
        self.side = 73 * head.width + self.volume * 0.9 + 6 * self.cover

    def waved(self, points, fade=1.0):
        """The curve with smooth lobes along its normal."""
        amount = self.waves * fade
        if amount < 0.05:
            return points
        xy = np.array(points)
        x, y = _refined(xy, 2).T
        dx, dy = np.gradient(x), np.gradient(y)
        size = np.hypot(dx, dy) + 1e-6
        along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        lobe = np.abs(np.sin(along / 15.0)) * amount * np.minimum(1, np.minimum(along, along[-1] - along) / 20)
        return list(zip((x + dy / size * lobe).tolist(), (y - dx / size * lobe).tolist()))

    def back(self):
        """Closed outline of the hair behind the head."""
        s, f, y = self.side, self.flare, self.length
        turn = self.head.v.yaw / 10
        ahead = [32 * min(1.0, max(0.0, side * turn)) * self.cover - 85 for side in (-1, 1)]
        fall = [(s, 4), (s + f * 0.6, 4 + (y - 4) * 0.4), (s + f, 4 + (y - 4) * 0.75), (s * 0.9 + f, y)]
        right = self.head.place(*((x, at, ahead[1]) for x, at in fall))
        left = self.head.place(*((-x, at, ahead[0]) for x, at in fall[::-1]))
        bottom = self.head.place((s * 0.5, y + 10, -80), (-s * 0.5, y + 10, -80))
        return outline(self.waved(left + self.over + right), [right[-1]] + bottom + [left[0]])

    def lobe(self, side):
        """Closed outline of one half of the hair in front, its outer curve and its hairline."""
        v, head = self.head.v, self.head
        w = head.width
        part = 30 * v.hair_parting
        recede = 9 * -v.hairline + 5 * v.baldness
        fringe = v.hair_fringe
        share = 1 + 0.35 * side * -v.hair_parting
        full = smooth(0.55, 1.0, fringe)
        y0 = -76 - recede + 38 * full
        sweep = 34 * min(1.0, fringe * 1.25) * min(1.15, share)
        temple = 66 * w * side
        xs = [part + (temple - part) * t for t in (0.0, 0.3, 0.62, 0.88)]
        ys = [y0, -73 - recede + 0.55 * sweep + 14 * full, -63 - recede * 1.25 + 0.75 * sweep, -44 - recede * 1.1 + 0.42 * sweep]
        zs = [head.surface(x, y) + 1.5 for x, y in zip(xs, ys)]
        burn = 71 * w * side
        low = 8 + (self.length - 8) * smooth(0.25, 0.6, self.long)
        gap = 3.0 * v.hair_volume * self.cover
        inner = list(zip(xs, ys, zs)) + [(burn, -20 - 0.3 * recede, -41), (burn - side * 1.5 * self.cover, 4, -44)]
        hang = smooth(14, 70, low)
        middle = 4 + (low - 4) * 0.5
        inner.append((burn + side * (0.5 + 0.5 * hang + gap), middle, -43 - 9 * hang))
        inner.append((burn + side * (2 + (2 + self.flare * 0.4) * hang), low, -43 - 14 * hang))
        s, f = self.side, self.flare
        near = 74.5 * w * (1 - self.cover) + s * self.cover
        z = -56 + 14 * min(1.0, max(0.0, side * v.yaw / 10))
        outer = [
            (side * near, -6, z),
            (side * (near - 1 + self.cover + f * 0.5), middle, z),
            (side * (near * (0.985 - 0.015 * self.cover) + f * 0.8), low, -57),
            (side * (near * 0.965 + f * 0.7), low + 5 * self.cover, -57),
        ]
        return head.place_rim(*outer), head.place_rim(*inner)


def behind(canvas, hair):
    """The hair behind neck and ears."""
    if hair.shown < 0.01:
        return
    c = hair.head.c
    shown = 1 - smooth(0.3, 0.6, hair.head.v.baldness)
    canvas.drawPath(hair.back(), gradient((0, -110), (0, 170), [(mix(c.hair, c.hair_deep, 0.25), shown), (c.hair_deep, shown)]))


def front(canvas, hair, face):
    """The two halves that frame the face, with their light."""
    if hair.shown < 0.01:
        return
    head = hair.head
    v, c = head.v, head.c
    over = hair.over
    halves = []
    for side in (-1, 1):
        outer, inner = hair.lobe(side)
        ring = over[:11][::-1] if side < 0 else over[10:]
        arc = [(x, y) for x, y in ring]
        curve = hair.waved(arc + outer) if side > 0 else hair.waved((arc + outer)[::-1])[::-1]
        halves.append((side, outline([inner[0]] + [arc[0]], curve, inner[::-1]), curve, inner))
    canvas.save()
    canvas.clipPath(face, True)
    for _, _, _, inner in halves:
        canvas.drawPath(line([(x, y + 3) for x, y in inner]), stroke(c.deep, 9, 0.5 * hair.shown, 4))
    canvas.restore()
    (x, y), (ex, ey) = over[10], halves[0][3][0]
    canvas.drawPath(tapered([(x, y + 2), ((x + ex) / 2, (y + ey) / 2), (ex, ey - 1)], [1, 3.5, 1]), fill(mix(c.hair, c.hair_deep, 0.4), hair.shown))
    order = halves if v.hair_parting > 0 else halves[::-1]
    for side, path, curve, inner in order:
        toward = 0.5 + 0.5 * side * v.light_side
        body = mix(c.hair, c.hair_deep, 0.06 + 0.14 * (1 - toward))
        tones = [(tone, hair.shown) for tone in (mix(body, c.hair_lit, 0.2), body, mix(body, c.hair_deep, 0.5))]
        canvas.drawPath(path, gradient((0, -120), (0, 120), tones, [0, 0.45, 1]))
        canvas.save()
        canvas.clipPath(path, True)
        _strands(canvas, hair, side, curve, inner, toward)
        canvas.restore()


# How far from the outer curve to the hairline, light or dark, opacity, width.
_STRANDS = ((0.16, False, 0.30, 3.0), (0.35, True, 0.34, 9.0), (0.53, False, 0.36, 2.4), (0.68, True, 0.30, 5.0), (0.83, False, 0.32, 2.6))


def _strands(canvas, hair, side, curve, inner, toward):
    c = hair.head.c
    n = 7
    at = np.linspace(0, 1, n)
    a, b = np.array(curve), np.array(inner)
    ia, ib = at * (len(a) - 1), at * (len(b) - 1)
    pa = np.stack([np.interp(ia, np.arange(len(a)), a[:, k]) for k in (0, 1)], 1)
    pb = np.stack([np.interp(ib, np.arange(len(b)), b[:, k]) for k in (0, 1)], 1)
    for t, lit, alpha, width in _STRANDS:
        rgb, alpha = (c.hair_lit, alpha + 0.3 * toward) if lit else (c.hair_deep, alpha)
        row = [tuple(xy) for xy in (pa + (pb - pa) * t).tolist()]
        widths = [0.5] + [width * (0.5 + 0.5 * math.sin(math.pi * i / (n - 1))) for i in range(1, n - 1)] + [0.5]
        canvas.drawPath(tapered(row, widths), fill(rgb, alpha * hair.shown, 1.6))
    canvas.drawPath(line([tuple(xy) for xy in pb.tolist()]), stroke(c.hair_deep, 4, 0.35 * hair.shown, 2))


def beard(canvas, head, face):
    """Stubble that grows to a beard, and a moustache."""
    v, c, p = head.v, head.c, head.p
    tone = mix(c.hair, c.hair_deep, 0.25)
    if v.beard > 0.01:
        grow = 13 * smooth(0.35, 1.0, v.beard)
        amount = 0.55 * smooth(0.0, 0.35, v.beard) + 0.40 * smooth(0.3, 0.7, v.beard)
        blur = 6.5 - 4.5 * smooth(0.2, 0.8, v.beard)
        mx, my = p[57]
        rim = []
        for i in range(1, 16):
            x, y = p[i]
            t = 1 - abs(i - 8) / 7.5
            rim.append((x + (x - p[8][0]) * 0.05 * grow / 13 * t, y + grow * t ** 0.8))
        offsets = ((15, -5, 0), (13, -13, -6), (54, 14, -4), (54, 5, 2), (55, 2, 6), (57, 0, 7), (59, -2, 6), (48, -5, 2), (48, -14, -4), (3, 13, -6), (1, 5, 0))
        inner = [(p[i][0] + dx, p[i][1] + dy) for i, dx, dy in offsets]
        path = outline(rim, inner)
        canvas.save()
        canvas.clipPath(loop([p[0]] + rim + [p[16], (p[16][0], -60), (p[0][0], -60)]), True)
        canvas.drawPath(path, fill(tone, amount, blur))
        glow(canvas, (mx, my + 16), 12, 9, tone, amount)
        canvas.restore()
    both = max(v.moustache, 0.75 * v.beard)
    if both > 0.01:
        amount = 0.5 * smooth(0.0, 0.3, both) + 0.45 * smooth(0.25, 0.7, both)
        w = 3.0 + 7.5 * both
        base = p[33]
        for corner, lip, side in ((p[48], p[49], -1), (p[54], p[53], 1)):
            top = p[51]
            points = [
                (base[0] + side * 1.0, (base[1] + top[1]) / 2 + 0.5),
                ((lip[0] + base[0]) / 2, (lip[1] + base[1]) / 2 + 1),
                (lip[0] + side * 1.5, lip[1] - 3.5),
                (corner[0] + side * 3, corner[1] - 1),
                (corner[0] + side * 4, corner[1] + 5 * both),
            ]
            canvas.drawPath(tapered(points, [w * 0.7, w, w * 0.95, w * 0.6, 0.8]), fill(tone, amount, 3.2 - 2.0 * both))
