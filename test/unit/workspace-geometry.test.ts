import { expect, test } from 'vitest'
import { landmarksAt } from '../../src/engine/face/landmark-groups.ts'
import { ffhqQuad, pointsInQuad, sideOf } from '../../src/engine/face/quad.ts'
import {
  angleOf,
  centreOf,
  movedQuad,
  neutralPoints,
  pointsOfQuad,
  quadWithCornerAt,
  scaledQuad,
  turnedQuad,
  uprightQuad,
} from '../../src/engine/face/square-quad.ts'
import {
  alignmentOf,
  cropOf,
  faceAskedFor,
  faceCrop,
  landmarksOfGroup,
  untouchedCrop,
  withFittingQuad,
  withNeutralPoints,
  withPointsMoved,
  withQuad,
} from '../../src/renderer/views/workspace/crop/crop.ts'
import {
  pointsPlaced,
  squarePoints,
  targetPoints,
} from '../../src/renderer/views/workspace/pictures/square-points.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { Picture } from '../../src/shared/project.ts'

const quad = turnedQuad(uprightQuad([120, 80], 60), 0.4)

function expectSquare(corners: typeof quad) {
  const [a, b, c, d] = corners
  const sides = [
    [a, b],
    [b, c],
    [c, d],
    [d, a],
  ].map(([p, q]) => Math.hypot(p![0] - q![0], p![1] - q![1]))
  for (const side of sides) expect(side).toBeCloseTo(sides[0]!, 6)
  expect(Math.hypot(a[0] - c[0], a[1] - c[1])).toBeCloseTo(Math.SQRT2 * sides[0]!, 6)
}

test('a quad that is turned, moved and scaled stays a square', () => {
  expect(angleOf(quad)).toBeCloseTo(0.4)
  expect(centreOf(quad)[0]).toBeCloseTo(120)
  const changed = scaledQuad(movedQuad(quad, 5, -7), 1.5)
  expectSquare(changed)
  expect(sideOf(changed)).toBeCloseTo(90)
  expect(centreOf(changed)[1]).toBeCloseTo(73)
})

test.each([0, 1, 2, 3])('corner %i is dragged along its diagonal, the one across stays', (corner) => {
  const [cx, cy] = centreOf(quad)
  const [x, y] = quad[corner]!
  const grown = quadWithCornerAt(quad, corner, [x + (x - cx), y + (y - cy)], 8)
  expectSquare(grown)
  expect(sideOf(grown)).toBeCloseTo(90)
  const across = (corner + 2) % 4
  expect(grown[across]![0]).toBeCloseTo(quad[across]![0])
  expect(grown[across]![1]).toBeCloseTo(quad[across]![1])
  const shrunk = quadWithCornerAt(quad, corner, [cx - 5 * (x - cx), cy - 5 * (y - cy)], 8)
  expect(sideOf(shrunk)).toBeCloseTo(8)
  expect(angleOf(shrunk)).toBeCloseTo(0.4)
})

test('places of a quad are those that lie in it', () => {
  const fractions = [0.1, 0.9, 0.5, 0.5, 1, 0]
  const inside = pointsInQuad(pointsOfQuad(fractions, quad), quad)
  for (const [i, value] of fractions.entries()) expect(inside[i]).toBeCloseTo(value, 5)
})

test('a middling face makes the square that it was put into', () => {
  const square = uprightQuad([200, 200], 100)
  const made = ffhqQuad(pointsOfQuad(neutralPoints(), square))
  made.forEach(([x, y], corner) => {
    expect(x).toBeCloseTo(square[corner]![0], 3)
    expect(y).toBeCloseTo(square[corner]![1], 3)
  })
})

const faceAt = (x: number, side: number) => ({
  box: { x, y: 50, width: side, height: side },
  score: 0.9,
  points: pointsOfQuad(neutralPoints(), uprightQuad([x, 100], side)),
})

const picture: Picture = {
  id: 'a',
  name: 'two people',
  sha256: '0'.repeat(64),
  bytes: 1,
  width: 400,
  height: 200,
  faces: [faceAt(100, 90), faceAt(300, 70)],
  alignment: { by: 'face', face: 0 },
}

test('a crop is said as what it is: a face, the centre, or by hand', () => {
  expect(alignmentOf(cropOf(picture))).toEqual({ by: 'face', face: 0 })
  expect(alignmentOf(cropOf({ ...picture, alignment: { by: 'centre' } }))).toEqual({ by: 'centre' })
  const moved = withQuad(cropOf(picture), movedQuad(cropOf(picture).quad, 3, 0))
  const record = alignmentOf(moved)
  expect(record.by).toBe('hand')
  expect(cropOf({ ...picture, alignment: record })).toEqual(moved)
})

test('what a hand has moved goes back to the face that it lies nearest to', () => {
  const moved = withQuad(faceCrop(picture, 1), movedQuad(faceCrop(picture, 1).quad, 20, 4))
  expect(untouchedCrop(picture, moved)).toEqual(faceCrop(picture, 1))
  expect(untouchedCrop({ ...picture, faces: [] }, moved).as).toBe('centre')
})

test('a press in the photograph asks for another face, never for the one whose square is under it', () => {
  const [first, second] = [
    [120, 95],
    [320, 85],
  ] as const
  const chosen = cropOf(picture)
  expect(faceAskedFor(picture, chosen, first)).toBeNull()
  expect(faceAskedFor(picture, chosen, second)).toBe(1)
  expect(faceAskedFor(picture, chosen, [1, 1])).toBeNull()
  const byHand = withQuad(chosen, movedQuad(chosen.quad, 3, 0))
  expect(faceAskedFor(picture, byHand, first)).toBeNull()
  expect(faceAskedFor(picture, byHand, second)).toBe(1)
  const away = withQuad(chosen, movedQuad(scaledQuad(chosen.quad, 0.1), -90, -60))
  expect(faceAskedFor(picture, away, first)).toBe(0)
})

test('a corner of the mouth goes as a whole, other landmarks by themselves', () => {
  expect([48, 60, 54, 64].map(landmarksAt)).toEqual([
    [48, 60],
    [60, 48],
    [54, 64],
    [64, 54],
  ])
  const points = Float64Array.from({ length: 136 }, (_, i) => i / 200)
  expect(pointsPlaced(points, 36, [0.5, 0.25])).toEqual([{ index: 36, x: 0.5, y: 0.25 }])
  const [inner, outer, ...others] = pointsPlaced(points, 60, [0.7, 0.5])
  expect(inner).toEqual({ index: 60, x: expect.closeTo(0.7), y: expect.closeTo(0.5) })
  expect(outer).toEqual({ index: 48, x: expect.closeTo(0.58), y: expect.closeTo(0.38) })
  expect(others).toEqual([])
  expect(pointsPlaced(points, 64, [2, -1])[0]).toEqual({ index: 64, x: 1, y: 0 })
})

test('a lip that is moved takes the corners of the mouth along whole, other groups go by themselves', () => {
  const sorted = (group: number) => [...landmarksOfGroup(group)].sort((a, b) => a - b)
  expect(sorted(7)).toEqual([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 64])
  expect(sorted(8)).toEqual([48, 54, 60, 61, 62, 63, 64, 65, 66, 67])
  expect(sorted(5)).toEqual([36, 37, 38, 39, 40, 41])
})

test('landmarks are moved without the square, which then can follow', () => {
  const crop = cropOf(picture)
  const moved = withPointsMoved(
    crop,
    Array.from({ length: 68 }, (_, i) => i),
    10,
    5,
  )
  expect(moved.quad).toBe(crop.quad)
  const fitting = withFittingQuad(moved)
  fitting.quad.forEach(([x, y], corner) => {
    expect(x).toBeCloseTo(crop.quad[corner]![0] + 10, 3)
    expect(y).toBeCloseTo(crop.quad[corner]![1] + 5, 3)
  })
  expect(withNeutralPoints(cropOf({ ...picture, alignment: { by: 'centre' } })).points).toHaveLength(136)
})

test('the target takes groups from their pictures and points from the hand', () => {
  const shifted: Picture = {
    ...picture,
    id: 'b',
    alignment: {
      by: 'hand',
      quad: cropOf(picture).quad.flat(),
      points: picture.faces[0]!.points.map((x) => x + 9),
    },
  }
  const setup = {
    ...emptySetup(),
    landmarks: 'a',
    sources: emptySetup().sources.with(5, 'b'),
    points: [{ index: 8, x: 0.25, y: 0.75 }],
  }
  const target = targetPoints(setup, [picture, shifted])!
  expect([target[16], target[17]]).toEqual([0.25, 0.75])
  expect(target[2 * 36]).toBeCloseTo(squarePoints(shifted)![72]!)
  expect(target[2 * 42]).toBeCloseTo(squarePoints(picture)![84]!)
  expect(targetPoints({ ...setup, landmarks: null }, [picture])).toBeNull()
})
