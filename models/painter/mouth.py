"""The mouth: cavity, teeth, tongue, lips."""
from .brush import fill, glow, gradient, line, outline, oval, stroke


def paint(canvas, head):
    """Lips around whatever the open mouth shows."""
    v, c, p = head.v, head.c, head.p
    outer, inner = p[48:60], p[60:68]
    top, bottom = outer[3][1], outer[9][1]
    middle = (inner[2][0] + inner[6][0]) / 2
    gap = max(0.0, inner[6][1] - inner[2][1])
    upper_edge, lower_edge = inner[0:5], [inner[4], inner[5], inner[6], inner[7], inner[0]]

    glow(canvas, (outer[9][0], bottom + 6), 17, 7, c.shade, 0.55)
    whole = outline(outer[:7], [outer[6]] + outer[7:] + [outer[0]])
    canvas.drawPath(whole, stroke(c.shade, 2.6, 0.35, 1.6))

    cavity = outline(upper_edge, lower_edge)
    canvas.drawPath(whole, fill(c.lips_deep))
    canvas.save()
    canvas.clipPath(cavity, True)
    canvas.drawPath(cavity, gradient((0, inner[2][1]), (0, inner[6][1] + 4), [((0.13, 0.03, 0.04), 1), (c.mouth, 1)]))
    _inside(canvas, head, middle, gap)
    canvas.restore()

    ul = outline(outer[:7], upper_edge[::-1])
    ll = outline([outer[6]] + outer[7:] + [outer[0]], [inner[0], inner[7], inner[6], inner[5], inner[4]])
    canvas.drawPath(ul, gradient((0, top - 1), (0, inner[2][1] + 1), [(c.lips, 1), (c.lips, 1), (c.lips_deep, 1)], [0, 0.35, 1]))
    canvas.drawPath(ll, gradient((0, inner[6][1]), (0, bottom + 1), [(c.lips, 1), (c.lips, 1), (c.lips_deep, 1)], [0, 0.55, 1.0]))
    canvas.save()
    canvas.clipPath(ll, True)
    glow(canvas, (outer[9][0] + 3 * v.light_side, (bottom * 0.55 + inner[6][1] * 0.45)), 11, 3.4, c.lips_lit, 0.75)
    canvas.restore()
    canvas.drawPath(line(upper_edge), stroke(c.mouth, 1.7, 0.85 - 0.4 * min(1.0, gap / 14)))
    for corner in (outer[0], outer[6]):
        glow(canvas, corner, 6, 5, c.deep, 0.6)


def _inside(canvas, head, middle, gap):
    v, c = head.v, head.c
    shift = 6.5 * v.jaw_shift
    low = head.p[66]
    drop = 27 * v.mouth_open
    tx, ty = head.place((shift, 88 + drop - 11 * v.tongue, 4 + 4 * v.tongue))[0]
    canvas.drawOval(oval(tx, ty, 15 + 2 * v.tongue, 12 + 3 * v.tongue), fill(c.tongue, 0.55 + 0.45 * v.tongue))
    glow(canvas, (tx, ty - 7), 8, 5, (0.95, 0.6, 0.6), 0.4)
    canvas.drawLine(tx, ty - 9, tx, ty + 6, stroke((0.5, 0.16, 0.2), 1.5, 0.4, 0.8))
    lift = 2.0 * v.nose_length
    row = ((-25, 55, 0), (25, 55, 0), (23, 67, 3), (13, 71.5, 11), (0, 73.2, 14), (-13, 71.5, 11), (-23, 67, 3))
    upper = head.place(*((x, y + lift, z) for x, y, z in row))
    canvas.drawPath(outline(upper[:2], upper[2:]), fill(c.teeth))
    row = ((-18, 77, 3), (-10, 75.2, 10), (0, 74.4, 12), (10, 75.2, 10), (18, 77, 3), (20, 92, 3), (-20, 92, 3))
    lower = head.place(*((x + shift, y + drop, z) for x, y, z in row))
    canvas.drawPath(outline(lower[:5], lower[5:]), fill(tuple(0.93 * k for k in c.teeth)))
    for x in (-14.5, -8.6, 0, 8.6, 14.5):
        (ax, ay), (bx, by) = head.place((x, 56 + lift, 10), (x, 72.5 + lift - abs(x) * 0.16, 12))
        canvas.drawLine(ax, ay, bx, by, stroke((0.55, 0.42, 0.38), 0.7, 0.3))
    glow(canvas, (middle, head.p[62][1] - 1), 34, 5 + gap * 0.12, (0.16, 0.04, 0.05), 0.12 + 0.3 * min(1.0, gap / 16))
    for i in (60, 64):
        glow(canvas, head.p[i], 9, 8, (0.14, 0.03, 0.04), 0.6)
    glow(canvas, (low[0], low[1] + 2), 22, 5, (0.25, 0.06, 0.07), 0.35)
