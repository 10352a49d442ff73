import { writeSafetensors } from '../../../engine/checkpoint/safetensors.ts'
import { MienError } from '../../../engine/errors.ts'
import { aimedPoints } from '../../../engine/likeness/aimed-points.ts'
import { warpedPhotograph } from '../../../engine/likeness/warped-photograph.ts'
import { readGenerator } from '../../../engine/network/stylegan2/generator.ts'
import { localityPairs } from '../../../engine/projection/locality.ts'
import { constantNoise } from '../../../engine/projection/noise.ts'
import { generatedImage, signedPicture } from '../../../engine/projection/picture.ts'
import { project } from '../../../engine/projection/projection.ts'
import { requireSameSearch } from '../../../engine/projection/snapshot-file.ts'
import { withTunedWeights } from '../../../engine/projection/tuned-network.ts'
import { type TuningPair, type TuningState, tuneGenerator } from '../../../engine/projection/tuning.ts'
import { photographTuning } from '../../../engine/projection/tuning-settings.ts'
import { readTuningSnapshot, writeTuningSnapshot } from '../../../engine/projection/tuning-snapshot.ts'
import type { Runtime, SessionOptions } from '../../../engine/runtime.ts'
import { type FloatTensor, floatTensor } from '../../../engine/tensor.ts'
import type { LikenessFaces, LikenessFigures, RememberedFace } from '../../engine/likeness-messages.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { tuningFingerprint } from '../../engine/search-fingerprint.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { generatedPicture } from '../generated-picture.ts'
import type { JobControl } from '../job-control.ts'
import { openLikenessJudge } from '../likeness-judge.ts'
import { initTexts, withModelFiles } from '../model-files.ts'
import { findKind, type LoadedNetworks, loadNetworks } from '../networks.ts'
import { photographPortraits } from '../photograph-portraits.ts'
import { decodeTarget } from '../pictures.ts'
import { stepClock } from '../step-clock.ts'
import { cutTargets } from '../targets.ts'

/** A snapshot is due after so many steps, or after so much time: of a full-size generator it has 340 MB. */
const dueSteps = 25
const dueSeconds = 60

/** Between pictures that are sent, at least. */
const previewSeconds = 1

/**
 * Tunes a generator on the look's photograph, as it is, half warped and wholly warped to the landmarks that are aimed at: at
 * the latents of the look with its own landmarks, of the search, and halfway. Throws MienError 'bad-file' for a damaged
 * snapshot, 'mismatch' for one of another tuning, 'stopped' before the first step.
 */
export async function tuneJob(
  parameters: Jobs['tune']['parameters'],
  events: Required<JobEvents>,
  control: JobControl,
): Promise<Jobs['tune']['outcome']> {
  const started = performance.now()
  const { models, faces, settings, latent, execution, snapshot } = parameters
  const from = snapshot === undefined ? undefined : readTuningSnapshot(snapshot, 'snapshot')
  events.stage('models')
  const loaded = await loadNetworks(models, settings.weights)
  const { generator } = loaded.networks
  const { tuning = photographTuning(generator) } = parameters
  const { ownSteps, locality } = tuning
  const fingerprint = tuningFingerprint(parameters, loaded.hashes)
  if (from !== undefined) requireSameSearch(from.fingerprint, fingerprint)
  events.stage('graph')
  const runtime = await chooseRuntime(execution.provider)
  events.device(runtime.provider)
  const options = execution.threads === undefined ? {} : { threads: execution.threads }

  const clock = stepClock()
  const steps = ownSteps + tuning.steps
  const tell = (step: number) => events.tuning({ step, steps, secondsLeft: clock.secondsLeft(step, steps) })
  const search = { runtime, options, onStep: tell, shouldStop: control.shouldStop }
  const own = from?.own ?? (await ownLatent(loaded, faces.look, { ...settings, steps: ownSteps }, search))
  const taught = await lesson(faces, generator.resolution)
  const rows = settings.space === 'w' ? 1 : generator.latentCount
  const pairs = taught.pairs(firstRows(own, rows), firstRows(latent, rows))
  const kept =
    locality === undefined
      ? []
      : await localityPairs(runtime, generator, pairs, locality, tuning.seed, options)
  const snapshots = snapshotSender((state) =>
    events.snapshot({ step: state.step, bytes: writeTuningSnapshot({ ...state, own, fingerprint }) }),
  )
  let lastPreview = Number.NEGATIVE_INFINITY
  const tuned = await tuneGenerator(
    runtime,
    loaded.networks,
    [...pairs, ...kept],
    tuning,
    {
      onStep({ step, image, pair }) {
        tell(ownSteps + step)
        if (!taught.isAim(pair) || performance.now() - lastPreview < previewSeconds * 1000) return
        lastPreview = performance.now()
        events.preview({ step: ownSteps + step, image: generatedImage(image), points: taught.points })
      },
      onState: snapshots.offer,
      shouldStop: control.shouldStop,
    },
    { ...options, from },
  )
  snapshots.flush()
  if (tuned.steps === 0) throw stoppedBefore()
  const whole = await withModelFiles(models.generator, (opened) => {
    const network = withTunedWeights(findKind(opened, 'generator')!, tuned.weights)
    const tensors = Object.fromEntries([...network.weights].map(([name, tensor]) => [name, tensor.read()]))
    return { generator: readGenerator(network), file: writeSafetensors(tensors, initTexts(network)) }
  })
  const image = await generatedPicture(whole.generator, latent, constantNoise(generator.noise), execution)
  return {
    stopped: tuned.stopped,
    steps: tuned.steps,
    seconds: (performance.now() - started) / 1000,
    generator: whole.file,
    ...{ image, own },
    figures: await taught.judge(image),
  }
}

/** What the generator is taught of a photograph, in its own size. */
async function lesson(faces: LikenessFaces, side: number) {
  const { target, shares } = faces
  const { own, sources } = await photographPortraits(faces, side)
  const aimed = (part: number) =>
    aimedPoints(
      own.points,
      target,
      shares.map((share) => Math.min(1, share) * part),
    )
  const warped = (part: number) => signedPicture(warpedPhotograph(own, aimed(part), sources).image)
  return {
    /** Where the landmarks are aimed at, in pixels. */
    points: aimed(1).map((fraction) => fraction * side),
    /** Whether a pair is that of the aim. */
    isAim: (pair: number) => pair === 2,
    pairs: (near: FloatTensor, far: FloatTensor): readonly TuningPair[] => [
      { latent: near, picture: signedPicture(own.image), share: 1 },
      { latent: between(near, far), picture: warped(0.5), share: 0.5 },
      { latent: far, picture: warped(1), share: 2 },
    ],
    async judge(image: Parameters<typeof signedPicture>[0]): Promise<LikenessFigures> {
      const judge = await openLikenessJudge()
      return judge.judge(image, await judge.describe(own.image), aimed(1))
    },
  }
}

interface OwnSearch {
  readonly runtime: Runtime
  readonly options: SessionOptions
  readonly onStep: (step: number) => void
  readonly shouldStop: () => boolean
}

/** The latent of the look with its own landmarks, [1, num_ws, w_dim]. */
async function ownLatent(
  { networks, heatMapForm }: LoadedNetworks,
  { picture: { name, bytes }, quad, points }: RememberedFace,
  settings: Jobs['tune']['parameters']['settings'],
  { runtime, options, onStep, shouldStop }: OwnSearch,
): Promise<FloatTensor> {
  const picture = await decodeTarget({ name, bytes: bytes!, alignment: { quad, points } })
  const cut = cutTargets([picture, picture], networks.generator.resolution, heatMapForm)
  const { look, landmarks, drawnMaps, lookPoints } = cut
  const { latent, stopped } = await project(
    {
      ...{ runtime, networks, options },
      pictures: {
        ...{ look, landmarks, deviation: heatMapForm.deviation, named: async () => undefined },
        ...(drawnMaps && { drawnMaps }),
        ...(lookPoints && { lookPoints }),
      },
      settings: { ...settings, live: false },
    },
    { onStep, shouldStop },
  )
  if (stopped) throw stoppedBefore()
  return latent
}

/** Sends a state now and then. */
function snapshotSender(send: (state: TuningState) => void) {
  let waiting: TuningState | undefined
  let lastTime = performance.now()
  function flush(): void {
    if (waiting === undefined) return
    send(waiting)
    waiting = undefined
    lastTime = performance.now()
  }
  return {
    offer(state: TuningState): void {
      waiting = state
      if (state.step % dueSteps === 0 || performance.now() - lastTime >= dueSeconds * 1000) flush()
    },
    flush,
  }
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

function stoppedBefore(): MienError {
  return new MienError('stopped', 'Stopped before the generator was tuned.')
}
