import { beforeAll, describe, expect, test } from 'vitest'
import { landmarkError } from '../../models/evaluation/figures.ts'
import {
  type Camera,
  cameraFrame,
  cameraView,
  inPhotograph,
} from '../../models/evaluation/moved-photograph.ts'
import type { Face } from '../../src/engine/face/face.ts'
import { openFaceFinder } from '../../src/engine/face/face-finder.ts'
import type { View } from '../../src/engine/face/view.ts'
import { blankImage } from '../../src/engine/picture/drawing.ts'
import type { Image } from '../../src/engine/runtime.ts'
import type { TimedImage } from '../../src/engine/track/face-tracker.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { loadFaceNetworks } from '../../src/node/worker/face-networks.ts'
import { jobControl } from '../../src/node/worker/job-control.ts'
import { trackJob } from '../../src/node/worker/jobs/track.ts'
import { photograph, photographs } from './face-api.ts'

const size = { width: 480, height: 360 }
const camera: Camera = { eyes: 60, size, period: 40 }
const nothing = blankImage(size.width, size.height, [128, 128, 128])

let photo: Image
let faces: readonly Face[]
beforeAll(async () => {
  photo = await photograph(photographs[5]!)
  const finder = await openFaceFinder(onnxRuntime('cpu'), await loadFaceNetworks())
  faces = await finder.find(photo)
  await finder.dispose()
})

/** Tracks frames at 25 a second. */
async function tracked(images: readonly Image[], number = 1) {
  let next = 0
  const control = jobControl({
    refused: () => undefined,
    wanted: () => {
      const image = images[next]
      const frame: TimedImage | null = image === undefined ? null : { time: next, image }
      next++
      control.hear({ kind: 'frame', id: 1, frame })
    },
  })
  const events = { stage: () => undefined, portion: () => undefined, square: () => undefined }
  const parameters = { name: 'clip', number, timescale: 25, count: images.length, ...size }
  return trackJob(parameters, events, control)
}

const viewsOf = (face: Face, count: number): readonly View[] =>
  Array.from({ length: count }, (_, i) => cameraView(face, camera, i))
const shown = (view: View) => cameraFrame(photo, view, size)

/** The same picture with a hand before the face: a disc of one colour. */
function covered({ width, height, data }: Image): Image {
  const hidden = data.slice()
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [(i % width) - width / 2, Math.floor(i / width) - height / 2]
    if (Math.hypot(x, y) < 110) hidden.fill(128, 3 * i, 3 * i + 3)
  }
  return { width, height, data: hidden }
}

describe('a photograph under a camera that moves', () => {
  test('has its face followed, lost, found again, and told from the one after a cut', async () => {
    const [hers, others] = [viewsOf(faces[1]!, 20), viewsOf(faces[2]!, 6)]
    const images = hers.map((view, i) => (i >= 8 && i < 11 ? covered(shown(view)) : shown(view)))
    const { track, keyFrames } = await tracked([...images, ...others.map(shown)])
    expect(track.frames.map(({ state }) => state[0]).join('')).toBe('ssssssssiiissssssssshhhhhh')
    expect(keyFrames.map(({ frame }) => frame)).toContain(0)
    for (const [i, view] of hers.entries()) {
      const error = landmarkError(inPhotograph(track.frames[i]!.points, view), faces[1]!.points)
      expect(error, `frame ${i}`).toBeLessThan(0.06)
    }
  })

  test('without a face in it is refused, and so is a face that is not there', async () => {
    await expect(tracked([nothing, nothing])).rejects.toMatchObject({ code: 'bad-image' })
    const [view] = viewsOf(faces[1]!, 1)
    await expect(tracked([shown(view!)], 9)).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringContaining('there is no face 9'),
    })
  })
})
