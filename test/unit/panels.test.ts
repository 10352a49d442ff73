import { expect, test } from 'vitest'
import { blankImage, withLandmarks } from '../../src/engine/picture/drawing.ts'
import { besides, panelOf } from '../../src/node/video/panels.ts'

const points = Float32Array.from({ length: 136 }, (_, i) => 20 + ((i * 37) % 60))

test('a panel has the height that is asked for and the shape of its picture', () => {
  expect(panelOf({ image: blankImage(300, 200, [1, 2, 3]) }, 100)).toEqual(blankImage(150, 100, [1, 2, 3]))
  expect(panelOf({ image: blankImage(31, 31, [1, 2, 3]) }, 62)).toEqual(blankImage(62, 62, [1, 2, 3]))
})

test('landmarks are drawn where they lie in the smaller picture', () => {
  const image = blankImage(200, 200, [90, 90, 90])
  const halved = points.map((coordinate) => coordinate / 2)
  expect(panelOf({ image, points }, 100)).toEqual(withLandmarks(blankImage(100, 100, [90, 90, 90]), halved))
})

test('panels stand in a row', () => {
  const row = besides([
    blankImage(2, 2, [10, 20, 30]),
    blankImage(1, 2, [40, 50, 60]),
    blankImage(3, 2, [70, 80, 90]),
  ])
  const line = [10, 20, 30, 10, 20, 30, 40, 50, 60, 70, 80, 90, 70, 80, 90, 70, 80, 90]
  expect(row).toEqual({ width: 6, height: 2, data: Uint8Array.from([...line, ...line]) })
})
