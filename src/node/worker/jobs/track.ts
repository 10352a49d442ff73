import { MienError } from '../../../engine/errors.ts'
import { fitMotion } from '../../../engine/motion/motion-fit.ts'
import { type KeyFrame, trackedFrames } from '../../../engine/track/face-tracker.ts'
import { openNetworkSight } from '../../../engine/track/network-sight.ts'
import type { Observation } from '../../../engine/track/observation.ts'
import { trackOf } from '../../../engine/track/whole-track.ts'
import type { JobEvents } from '../../engine/protocol.ts'
import type { TrackOutcome, TrackParameters } from '../../engine/track-messages.ts'
import { loadShapeModel } from '../../models/shape-model.ts'
import { onnxRuntime } from '../../runtime/onnx-runtime.ts'
import { faceCutter } from '../face-cutter.ts'
import { loadFaceNetworks, loadFaceRecognition } from '../face-networks.ts'
import type { JobControl } from '../job-control.ts'

/**
 * Follows a face through frames as they come. Throws MienError 'bad-image' where none is found, 'mismatch' where no frame shows
 * so many, 'stopped' where it was stopped before one was found.
 */
export async function trackJob(
  parameters: TrackParameters,
  events: Pick<Required<JobEvents>, 'stage' | 'portion' | 'square'>,
  control: Pick<JobControl, 'frames' | 'shouldStop'>,
): Promise<TrackOutcome> {
  events.stage('models')
  // On the processor the same faces are found on every machine.
  const networks = [await loadFaceNetworks(), await loadFaceRecognition()] as const
  const sight = await openNetworkSight(onnxRuntime('cpu'), ...networks)
  events.stage('faces')
  const observations: Observation[] = []
  const keyFrames: KeyFrame[] = []
  const cutter = faceCutter()
  try {
    for await (const { observation, keyFrame } of trackedFrames(
      cutter.seen(control.frames()),
      sight,
      parameters,
    )) {
      events.square(await cutter.cut(observation.points))
      observations.push(observation)
      if (keyFrame !== undefined) keyFrames.push(keyFrame)
      events.portion(Math.min(1, observations.length / parameters.count))
    }
  } finally {
    await sight.dispose()
  }
  const { width, height, timescale } = parameters
  const track = trackOf({ width, height }, timescale, observations)
  if (track !== undefined) {
    const points = track.frames.map((frame) => frame.points)
    return { track, motion: fitMotion(await loadShapeModel(), points), keyFrames }
  }
  if (control.shouldStop()) throw new MienError('stopped', 'It was stopped before a face was found.')
  throw notFound(parameters, Math.max(0, ...keyFrames.map(({ faces }) => faces.length)))
}

function notFound({ name, number }: TrackParameters, most: number): MienError {
  if (most === 0) {
    return new MienError('bad-image', `No face was found in any frame of ${name}.`, {
      file: name,
      hint: 'Choose a clip in which a face looks towards the camera and is larger than a tenth of the picture.',
    })
  }
  const count = most === 1 ? 'one face' : `${most} faces`
  return new MienError('mismatch', `${name} shows at most ${count} at a time; there is no face ${number}.`, {
    file: name,
    hint: 'Choose a smaller number; they count from the largest face, which is 1.',
  })
}
