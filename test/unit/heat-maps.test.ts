import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drawnHeatMaps } from '../../src/engine/face/drawn-heat-maps.ts'
import { heatMapPoints } from '../../src/engine/face/heat-map-points.ts'
import { ffhqQuad } from '../../src/engine/face/quad.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { loadNetworks } from '../../src/node/worker/networks.ts'
import { cutTargets } from '../../src/node/worker/targets.ts'

describe('drawn heat maps', () => {
  test('are Gaussians of height 1 whose cells have their centres at halves', () => {
    const { shape, data } = drawnHeatMaps([20.5 / 64, 10.5 / 64, 0.25, 0.75], 1.25)
    expect(shape).toEqual([1, 2, 64, 64])
    const at = (map: number, row: number, column: number) => data[(map * 64 + row) * 64 + column]!
    expect(at(0, 10, 20)).toBeCloseTo(1, 6)
    expect(at(0, 10, 21)).toBeCloseTo(Math.exp(-0.5 / 1.25 ** 2), 6)
    expect(at(0, 12, 19)).toBeCloseTo(Math.exp((-0.5 * (4 + 1)) / 1.25 ** 2), 6)
    // A point on the edge of four cells.
    expect(at(1, 47, 15)).toBeCloseTo(at(1, 48, 16), 6)
  })

  test('show the points that they were drawn from', () => {
    const points = Float32Array.from({ length: 136 }, (_, i) => 0.1 + ((i * 37) % 101) / 130)
    heatMapPoints(drawnHeatMaps(points, 1.25)).forEach((value, i) => {
      expect(Math.abs(value - points[i]!)).toBeLessThan(0.4 / 64)
    })
  })

  test('a point outside is a map without a peak', () => {
    const { data } = drawnHeatMaps([-0.5, 0.5], 1.25)
    expect(Math.max(...data)).toBeLessThan(1e-6)
  })
})

const tiny64 = join(import.meta.dirname, '..', 'fixtures', 'tiny64')

describe('targets on photographs', () => {
  const files = (init?: Readonly<Record<string, unknown>>) => ({
    generator: [{ path: join(tiny64, 'generator.pkl') }],
    landmarks: [{ path: join(tiny64, 'fan.pth'), ...(init === undefined ? {} : { init }) }],
    perceptual: [{ path: join(tiny64, 'vgg16.pth') }, { path: join(tiny64, 'lpips.pth') }],
  })

  test('come from the model, unless its record says that it does not know photographs', async () => {
    const photographs = { deviation: 1.75, knowsPhotographs: true }
    expect((await loadNetworks(files())).heatMapForm).toEqual(photographs)
    expect((await loadNetworks(files({ knows_photographs: true }))).heatMapForm).toEqual(photographs)
    const drawn = { knows_photographs: false, heat_map_deviation: 1.25 }
    expect((await loadNetworks(files(drawn))).heatMapForm).toEqual({
      deviation: 1.25,
      knowsPhotographs: false,
    })
    const stated = files({ heat_map_deviation: 2 })
    expect((await loadNetworks(stated)).heatMapForm).toEqual({ deviation: 2, knowsPhotographs: true })
    await expect(loadNetworks(files({ knows_photographs: false }))).rejects.toMatchObject({
      code: 'unsupported-model',
      place: { name: 'heat_map_deviation' },
    })
  })

  const image: Image = { width: 200, height: 160, data: new Uint8Array(200 * 160 * 3).fill(99) }
  const points = Array.from({ length: 136 }, (_, i) =>
    i % 2 === 0 ? 70 + ((i / 2) % 17) * 4 : 50 + Math.floor(i / 34) * 14,
  )
  const alignment = { width: 200, height: 160, faces: 1, points, quad: ffhqQuad(points) }

  test('are drawn where the points lie in the aligned square', () => {
    const cut = cutTargets([{ image }, { image, alignment }], 64, {
      deviation: 1.25,
      knowsPhotographs: false,
    })
    expect(cut.look).toMatchObject({ width: 64, height: 64 })
    expect(cut.alignments).toEqual({ landmarks: alignment })
    const seen = heatMapPoints(cut.drawnMaps!)
    cut.points!.forEach((value, i) => {
      if (value > 2 && value < 62) expect(Math.abs(seen[i]! * 64 - value)).toBeLessThan(0.5)
    })
  })

  test('are not drawn for a picture that is taken as it is', () => {
    const cut = cutTargets([{ image, alignment }, { image }], 64, {
      deviation: 1.25,
      knowsPhotographs: false,
    })
    expect(cut.drawnMaps).toBeUndefined()
    expect(cut.alignments).toEqual({ look: alignment })
  })
})
