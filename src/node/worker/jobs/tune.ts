import { writeSafetensors } from '../../../engine/checkpoint/safetensors.ts'
import { MienError } from '../../../engine/errors.ts'
import { pointsInQuad } from '../../../engine/face/quad.ts'
import { aimedPoints } from '../../../engine/likeness/aimed-points.ts'
import { type Portrait, wholeQuad } from '../../../engine/likeness/portrait.ts'
import { warpedPhotograph } from '../../../engine/likeness/warped-photograph.ts'
import { readGenerator } from '../../../engine/network/stylegan2/generator.ts'
import { constantNoise } from '../../../engine/projection/noise.ts'
import { signedPicture } from '../../../engine/projection/picture.ts'
import { project } from '../../../engine/projection/projection.ts'
import { requireSameSearch } from '../../../engine/projection/snapshot-file.ts'
import { withTunedWeights } from '../../../engine/projection/tuned-network.ts'
import { type TuningState, tuneGenerator } from '../../../engine/projection/tuning.ts'
import { readTuningSnapshot, writeTuningSnapshot } from '../../../engine/projection/tuning-snapshot.ts'
import { type FloatTensor, floatTensor } from '../../../engine/tensor.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { tuningFingerprint } from '../../engine/search-fingerprint.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { generatedPicture } from '../generated-picture.ts'
import type { JobControl } from '../job-control.ts'
import { openLikenessJudge } from '../likeness-judge.ts'
import { initTexts, withModelFiles } from '../model-files.ts'
import { findKind, type LoadedNetworks, loadNetworks } from '../networks.ts'
import { decodeTargets, squareOf, type TargetPicture } from '../pictures.ts'
import { stepClock } from '../step-clock.ts'
import { cutTargets } from '../targets.ts'

/** Of the search for the look with its own landmarks. */
const ownSteps = 100

/** A snapshot is due after so many steps, or after so much time. */
const dueSteps = 25
const dueSeconds = 5

/**
 * Tunes a generator on the look's photograph, as it is, half warped and wholly warped to the other landmarks: at the latents
 * of the look with its own landmarks, of the search, and halfway. Throws MienError 'wrong-use' for a look or another picture
 * whose landmarks are not known, 'stopped' before the first step of the tuning.
 */
export async function tuneJob(
  parameters: Jobs['tune']['parameters'],
  events: Required<JobEvents>,
  control: JobControl,
): Promise<Jobs['tune']['outcome']> {
  const started = performance.now()
  const { models, settings, found, shares, tuning, execution, snapshot } = parameters
  const from = snapshot === undefined ? undefined : readTuningSnapshot(snapshot, 'snapshot')
  const pictures = await decodeTargets([parameters.look, parameters.landmarks], events)
  events.stage('models')
  const loaded = await loadNetworks(models, settings.weights)
  const { networks, hashes } = loaded
  const fingerprint = tuningFingerprint(parameters, hashes)
  if (from !== undefined) requireSameSearch(from.fingerprint, fingerprint)
  events.stage('graph')
  const runtime = await chooseRuntime(execution.provider)
  events.device(runtime.provider)
  const options = execution.threads === undefined ? {} : { threads: execution.threads }
  const { generator } = networks
  const side = generator.resolution
  const look = portraitOf(pictures[0]!, side, parameters.look.name)
  const other = portraitOf(pictures[1]!, side, parameters.landmarks.name)
  const drawn = { ...found, quad: wholeQuad(side) }

  const clock = stepClock()
  const steps = ownSteps + tuning.steps
  const tell = (step: number) => events.tuning({ step, steps, secondsLeft: clock.secondsLeft(step, steps) })
  const own =
    from?.own ?? (await ownLatent(loaded, pictures[0]!, parameters, runtime, options, control, tell))

  const aimed = (t: number) =>
    aimedPoints(
      look.points,
      other.points,
      shares.map((share) => Math.min(1, share) * t),
    )
  const warped = (t: number) => warpedPhotograph(look, aimed(t), { mouths: [other, drawn] }).image
  const rows = settings.space === 'w' ? 1 : generator.latentCount
  const [near, far] = [own, found.latent].map((latent) => firstRows(latent, rows))
  const pairs = [
    { latent: near!, picture: signedPicture(look.image), share: 1 },
    { latent: between(near!, far!), picture: signedPicture(warped(0.5)), share: 0.5 },
    { latent: far!, picture: signedPicture(warped(1)), share: 2 },
  ]
  let waiting: TuningState | undefined
  let lastTime = performance.now()
  const flush = () => {
    if (waiting === undefined) return
    const { step } = waiting
    events.snapshot({ step, bytes: writeTuningSnapshot({ ...waiting, own, fingerprint }) })
    waiting = undefined
    lastTime = performance.now()
  }
  const tuned = await tuneGenerator(
    runtime,
    generator,
    pairs,
    tuning,
    {
      onStep: ({ step }) => tell(ownSteps + step),
      onState(state) {
        waiting = state
        if (state.step % dueSteps === 0 || performance.now() - lastTime >= dueSeconds * 1000) flush()
      },
      shouldStop: control.shouldStop,
    },
    { ...options, from },
  )
  flush()
  if (tuned.steps === 0) throw new MienError('stopped', 'Stopped before the generator was tuned.')
  const whole = await withModelFiles(models.generator, (opened) => {
    const network = withTunedWeights(findKind(opened, 'generator')!, tuned.weights)
    const tensors = Object.fromEntries([...network.weights].map(([name, tensor]) => [name, tensor.read()]))
    return { generator: readGenerator(network), file: writeSafetensors(tensors, initTexts(network)) }
  })
  const image = await generatedPicture(
    whole.generator,
    found.latent,
    constantNoise(generator.noise),
    execution,
  )
  const judge = await openLikenessJudge()
  const known = await judge.describe(look.image)
  return {
    stopped: tuned.stopped,
    steps: tuned.steps,
    seconds: (performance.now() - started) / 1000,
    generator: whole.file,
    image,
    own,
    figures: await judge.judge(image, known, aimed(1)),
  }
}

/** Throws MienError 'wrong-use' for a picture that was not aligned by landmarks. */
function portraitOf(picture: TargetPicture, side: number, name: string): Portrait {
  const { points, quad } = picture.alignment ?? {}
  if (points === undefined || quad === undefined) {
    throw new MienError(
      'wrong-use',
      `A generator is tuned by the landmarks of a face, and those of ${name} are not known.`,
      {
        hint: 'Choose a photograph in which a face is found.',
      },
    )
  }
  return { image: squareOf(picture, side), quad: wholeQuad(side), points: pointsInQuad(points, quad) }
}

/** [1, num_ws, w_dim] */
async function ownLatent(
  { networks, heatMapForm }: LoadedNetworks,
  picture: TargetPicture,
  { settings }: Jobs['tune']['parameters'],
  runtime: Awaited<ReturnType<typeof chooseRuntime>>,
  options: { readonly threads?: number },
  control: JobControl,
  tell: (step: number) => void,
): Promise<FloatTensor> {
  const { resolution } = networks.generator
  const {
    drawnMaps,
    points: _points,
    lookPoints,
    ...images
  } = cutTargets([picture, picture], resolution, heatMapForm)
  const { latent, stopped } = await project(
    {
      runtime,
      networks,
      pictures: {
        ...images,
        ...(drawnMaps && { drawnMaps }),
        ...(lookPoints && { lookPoints }),
        deviation: heatMapForm.deviation,
        named: async () => undefined,
      },
      settings: { ...settings, steps: ownSteps, live: false },
      options,
    },
    { onStep: tell, shouldStop: control.shouldStop },
  )
  if (stopped) throw new MienError('stopped', 'Stopped before the generator was tuned.')
  return latent
}

/** Of a latent that is the same for every layer, the first is all. */
function firstRows({ shape, data }: FloatTensor, rows: number): FloatTensor {
  const wDim = shape[2]!
  return floatTensor([1, rows, wDim], data.slice(0, rows * wDim))
}

function between({ shape, data }: FloatTensor, other: FloatTensor): FloatTensor {
  return floatTensor(
    shape,
    data.map((value, i) => (value + other.data[i]!) / 2),
  )
}
