"""What is behind and below the head: background, neck, shoulders and clothes."""
import math

import skia

from .brush import glow, gradient, line, mix, outline, radial, stroke


def background(canvas, head):
    """Two colours and a soft light behind the head."""
    v, c = head.v, head.c
    x, y = -60 * v.light_side, -30.0
    canvas.drawPaint(radial((x, y), 300, [(mix(c.back, (1, 1, 1), 0.16), 1), (c.back, 1), (c.back_rim, 1)], [0.0, 0.4, 1.0]))
    glow(canvas, (110 * v.light_side - 20, 110), 190, 130, c.back_glow, 0.55)
    glow(canvas, (-130 * v.light_side + 30, -110), 150, 120, c.back_rim, 0.5)


def shoulders(canvas, head):
    """Neck, shoulders and clothes; the body stays upright behind a head that turns."""
    v, c = head.v, head.c
    jaw = head.p[8]
    base = 148.0
    x0 = 14 * math.sin(math.radians(v.yaw)) * -0.4
    canvas.save()
    canvas.translate(x0, 60)
    canvas.rotate(v.roll)
    canvas.translate(0, -60)
    half = 40 * head.width
    neck = skia.Path()
    neck.moveTo(-half, 30)
    neck.cubicTo(-half + 3, 100, -half + 1, 118, -half - 26, base)
    neck.lineTo(-half - 60, 330)
    neck.lineTo(half + 60, 330)
    neck.lineTo(half + 26, base)
    neck.cubicTo(half - 1, 118, half - 3, 100, half, 30)
    neck.close()
    canvas.drawPath(neck, gradient((-60, 0), (60, 0), _sided(c, v)))
    canvas.save()
    canvas.clipPath(neck, True)
    glow(canvas, (0, 96), 76, 52, c.deep, 0.85)
    glow(canvas, (jaw[0] * 0.5 - 12 * v.light_side, 112), 62, 34, c.deep, 0.55)
    for side in (-1, 1):
        canvas.drawPath(line([(side * 34, 96), (side * 26, 126), (side * 9, 156)]), stroke(c.deep, 5, 0.22, 3))
    canvas.restore()
    _clothes(canvas, head, half)
    canvas.restore()


def _sided(c, v):
    tilt = 0.35 * v.light_side * v.light_contrast
    return [(mix(c.skin, c.shade, 0.35 + t), 1) for t in (tilt, 0, -tilt)]


def _clothes(canvas, head, half):
    v, c = head.v, head.c
    deep = 134 + 46 * v.neckline
    collar = half + 6 + 10 * v.neckline
    rim = [(-collar, 122 + 6 * v.neckline), (-collar * 0.72, deep * 0.45 + 74), (0, deep), (collar * 0.72, deep * 0.45 + 74), (collar, 122 + 6 * v.neckline)]
    slope = [(collar + 4, 121 + 6 * v.neckline), (92, 139), (140, 163), (190, 230), (230, 400)]
    body = outline(rim, slope, [(-x, y) for x, y in slope[::-1]])
    canvas.drawPath(line([(x, y + 4) for x, y in rim]), stroke(c.deep, 12, 0.5, 5))
    left, right = mix(c.cloth, c.cloth_deep, 0.5 + 0.4 * v.light_side), mix(c.cloth, c.cloth_deep, 0.5 - 0.4 * v.light_side)
    canvas.drawPath(body, gradient((-150, 0), (150, 0), [(left, 1), (c.cloth, 1), (right, 1)]))
    canvas.save()
    canvas.clipPath(body, True)
    glow(canvas, (-75 * (1 + 0.3 * v.light_side), 152), 60, 30, c.cloth_lit, 0.30 - 0.2 * v.light_side, 22)
    glow(canvas, (75 * (1 - 0.3 * v.light_side), 152), 60, 30, c.cloth_lit, 0.30 + 0.2 * v.light_side, -22)
    canvas.drawPath(line(rim), stroke(c.cloth_deep, 8, 0.55))
    canvas.drawPath(line([(x * 1.04, y + 5) for x, y in rim]), stroke(c.cloth_lit, 2.2, 0.5))
    canvas.restore()
