"""Paths and paints: smooth curves through points, soft shades, colours as (r, g, b) in 0..1."""
import math

import skia

_UNIT = skia.Rect.MakeLTRB(-1, -1, 1, 1)
_CENTRE = skia.Point(0, 0)
_FADE = [0.0, 0.35, 0.7, 1.0]


def colour(rgb, alpha=1.0) -> int:
    """A Skia colour from (r, g, b) in 0..1 and an opacity."""
    r, g, b = rgb
    r, g, b, a = int(r * 255 + 0.5), int(g * 255 + 0.5), int(b * 255 + 0.5), int(alpha * 255 + 0.5)
    if (r | g | b | a) & ~255:
        r, g, b, a = (min(255, max(0, x)) for x in (r, g, b, a))
    return (a << 24) | (r << 16) | (g << 8) | b


def mix(a, b, t):
    """a at t = 0, b at t = 1."""
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def ramp(stops, t):
    """A colour from evenly spaced stops at t in 0..1."""
    at = min(1.0, max(0.0, t)) * (len(stops) - 1)
    i = min(int(at), len(stops) - 2)
    return mix(stops[i], stops[i + 1], at - i)


def smooth(low, high, x):
    """Smooth step from 0 at low to 1 at high."""
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return t * t * (3 - 2 * t)


def trace(path, points, tension=1 / 6, move=True):
    """Adds a smooth open curve through [(x, y), ...] to the path."""
    n = len(points)
    if move:
        path.moveTo(*points[0])
    else:
        path.lineTo(*points[0])
    for i in range(n - 1):
        ax, ay = points[i - 1] if i else points[0]
        bx, by = points[i]
        cx, cy = points[i + 1]
        dx, dy = points[i + 2] if i + 2 < n else points[i + 1]
        path.cubicTo(bx + (cx - ax) * tension, by + (cy - ay) * tension, cx - (dx - bx) * tension, cy - (dy - by) * tension, cx, cy)
    return path


def line(points, tension=1 / 6):
    """An open smooth curve through the points."""
    return trace(skia.Path(), points, tension)


def loop(points, path=None, tension=1 / 6):
    """A closed smooth curve through the points, added to the path if one is given."""
    path = path or skia.Path()
    n = len(points)
    path.moveTo(*points[0])
    for i in range(n):
        ax, ay = points[i - 1]
        bx, by = points[i]
        cx, cy = points[(i + 1) % n]
        dx, dy = points[(i + 2) % n]
        path.cubicTo(bx + (cx - ax) * tension, by + (cy - ay) * tension, cx - (dx - bx) * tension, cy - (dy - by) * tension, cx, cy)
    path.close()
    return path


def outline(*curves):
    """A closed path of smooth open curves joined with corners."""
    path = skia.Path()
    for i, points in enumerate(curves):
        trace(path, points, move=i == 0)
    path.close()
    return path


def tapered(points, widths):
    """A closed path around a curve that is as wide as told at each of its points."""
    left, right = [], []
    n = len(points)
    for i, (x, y) in enumerate(points):
        ax, ay = points[max(0, i - 1)]
        bx, by = points[min(n - 1, i + 1)]
        dx, dy = bx - ax, by - ay
        scale = widths[i] / 2 / (math.hypot(dx, dy) or 1)
        left.append((x - dy * scale, y + dx * scale))
        right.append((x + dy * scale, y - dx * scale))
    return outline(left, right[::-1])


def oval(x, y, rx, ry):
    """The box of an oval about (x, y)."""
    return skia.Rect.MakeLTRB(x - rx, y - ry, x + rx, y + ry)


def fill(rgb, alpha=1.0, blur=0.0):
    """A paint that fills."""
    paint = skia.Paint(Color=colour(rgb, alpha), AntiAlias=True)
    if blur > 0:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    return paint


def stroke(rgb, width, alpha=1.0, blur=0.0):
    """A paint that draws round lines."""
    paint = fill(rgb, alpha, blur)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeWidth(width)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.setStrokeJoin(skia.Paint.kRound_Join)
    return paint


def gradient(start, end, stops, at=None):
    """A paint with a linear gradient; stops are (rgb, alpha)."""
    shader = skia.GradientShader.MakeLinear([skia.Point(*start), skia.Point(*end)], [colour(c, a) for c, a in stops], at or [])
    return skia.Paint(Shader=shader, AntiAlias=True)


def radial(centre, radius, stops, at=None):
    """A paint with a radial gradient; stops are (rgb, alpha) from the middle out."""
    shader = skia.GradientShader.MakeRadial(skia.Point(*centre), radius, [colour(c, a) for c, a in stops], at or [])
    return skia.Paint(Shader=shader, AntiAlias=True)


def glow(canvas, centre, rx, ry, rgb, alpha, angle=0.0):
    """A soft elliptic spot that fades from the middle to nothing at its rim; alpha below 1/255 paints nothing."""
    if alpha < 0.004:
        return
    canvas.save()
    canvas.translate(*centre)
    if angle:
        canvas.rotate(angle)
    canvas.scale(rx, ry)
    stops = [colour(rgb, alpha), colour(rgb, alpha * 0.72), colour(rgb, alpha * 0.22), colour(rgb, 0)]
    shader = skia.GradientShader.MakeRadial(_CENTRE, 1.0, stops, _FADE)
    canvas.drawRect(_UNIT, skia.Paint(Shader=shader))
    canvas.restore()
