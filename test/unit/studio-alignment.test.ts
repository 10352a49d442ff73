import { describe, expect, test } from 'vitest'
import { ffhqQuad } from '../../src/engine/face/quad.ts'
import { isSquare, pointsOf, quadOf } from '../../src/shared/alignment.ts'

const points = Array.from({ length: 136 }, (_, i) => ((i * 37) % 101) + i)
const face = { box: { x: 0, y: 0, width: 10, height: 10 }, score: 1, points }

/** Corners of a square that is turned by an angle. */
function turned(angle: number, side = 100, x = 50, y = 60): number[] {
  const [dx, dy] = [(Math.cos(angle) * side) / 2, (Math.sin(angle) * side) / 2]
  return [
    x - dx + dy,
    y - dy - dx,
    x - dx - dy,
    y - dy + dx,
    x + dx - dy,
    y + dy + dx,
    x + dx + dy,
    y + dy - dx,
  ]
}

describe('the square of an alignment', () => {
  test('is the middle one, that of a face, or that which was drawn', () => {
    expect(quadOf({ by: 'centre' }, [face])).toBeNull()
    expect(quadOf({ by: 'face', face: 0 }, [face])).toEqual(ffhqQuad(points))
    expect(quadOf({ by: 'face', face: 1 }, [face])).toBeNull()
    const quad = turned(0.3)
    expect(quadOf({ by: 'hand', quad }, [face])?.flat()).toEqual(quad)
  })

  test('its landmarks are known for faces and where they came along', () => {
    expect(pointsOf({ by: 'centre' }, [face])).toBeNull()
    expect(pointsOf({ by: 'face', face: 0 }, [face])).toBe(points)
    expect(pointsOf({ by: 'hand', quad: turned(0) }, [face])).toBeNull()
    expect(pointsOf({ by: 'hand', quad: turned(0), points }, [face])).toBe(points)
  })

  test.each([0, 0.5, 2, 4])('a square turned by %f is one', (angle) => {
    expect(isSquare(turned(angle))).toBe(true)
    expect(isSquare(ffhqQuad(points).flat())).toBe(true)
  })

  test('what is mirrored, sheared, stretched or nothing is none', () => {
    const square = turned(0.2)
    const mirrored = [...square.slice(6), ...square.slice(4, 6), ...square.slice(2, 4), ...square.slice(0, 2)]
    expect(isSquare(mirrored)).toBe(false)
    expect(isSquare(square.map((value, i) => (i === 4 ? value + 5 : value)))).toBe(false)
    expect(isSquare(square.map((value, i) => (i % 2 === 0 ? value * 1.1 : value)))).toBe(false)
    expect(isSquare(turned(0, 0))).toBe(false)
    expect(isSquare(square.map(() => Number.NaN))).toBe(false)
  })
})
