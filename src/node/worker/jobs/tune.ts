import { writeSafetensors } from '../../../engine/checkpoint/safetensors.ts'
import { MienError } from '../../../engine/errors.ts'
import { wholeQuad } from '../../../engine/likeness/portrait.ts'
import type { Generator } from '../../../engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../../engine/network/stylegan2/generator-reading.ts'
import { openLandmarkSight } from '../../../engine/projection/landmark-sight.ts'
import { localityPairs } from '../../../engine/projection/locality.ts'
import { findMovement, type Movement } from '../../../engine/projection/movement.ts'
import { constantNoise } from '../../../engine/projection/noise.ts'
import { generatedImage } from '../../../engine/projection/picture.ts'
import { faceDirections, principalDirections } from '../../../engine/projection/principal-directions.ts'
import { project } from '../../../engine/projection/projection.ts'
import { requireSameSearch } from '../../../engine/projection/snapshot-file.ts'
import { withTunedWeights } from '../../../engine/projection/tuned-network.ts'
import { type TuningState, tuneGenerator } from '../../../engine/projection/tuning.ts'
import { photographTuning } from '../../../engine/projection/tuning-settings.ts'
import { readTuningSnapshot, writeTuningSnapshot } from '../../../engine/projection/tuning-snapshot.ts'
import type { Runtime, SessionOptions } from '../../../engine/runtime.ts'
import { type FloatTensor, floatTensor } from '../../../engine/tensor.ts'
import { storedFloats } from '../../../engine/weights.ts'
import type { RememberedFace } from '../../engine/likeness-messages.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { tuningFingerprint } from '../../engine/search-fingerprint.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { generatedPicture } from '../generated-picture.ts'
import type { JobControl } from '../job-control.ts'
import { openLandmarkReader } from '../landmark-reader.ts'
import { requireLatentShape } from '../latent-shape.ts'
import { initTexts, withModelFiles } from '../model-files.ts'
import { findKind, type LoadedNetworks, loadNetworks } from '../networks.ts'
import { decodeTarget } from '../pictures.ts'
import { stepClock } from '../step-clock.ts'
import { cutTargets } from '../targets.ts'
import { type TuningLesson, tuningLesson } from '../tuning-lesson.ts'

/** A snapshot is due after so many steps, or after so much time: of a full-size generator it has 340 MB. */
const dueSteps = 25
const dueSeconds = 60

/** Between pictures that are sent, at least. */
const previewSeconds = 1

/**
 * Tunes a generator on the look's photograph: see `tuningLesson`. The latent of the look with its own landmarks is searched
 * for first. Throws MienError 'bad-file' for a damaged
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
  if (latent !== undefined) requireLatentShape(latent, generator)
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
  const rows = settings.space === 'w' ? 1 : generator.latentCount
  const side = generator.resolution
  const draw = (network: Generator, of: FloatTensor) =>
    generatedPicture(network, of, constantNoise(network.noise), execution)
  const taught = await tuningLesson(faces, { own, other: latent, rows }, side, async (of) => {
    const image = await draw(generator, of)
    const reader = await openLandmarkReader(runtime, loaded.networks, options)
    try {
      const points = (await reader.read(image)).map((pixel) => pixel / side)
      return { image, quad: wholeQuad(side), points }
    } finally {
      await reader.dispose()
    }
  })
  const movement = await movementOf(loaded.networks, taught, { runtime, options })
  const kept =
    locality === undefined
      ? []
      : await localityPairs(runtime, generator, taught.pairs, locality, tuning.seed, options)
  const snapshots = snapshotSender((state) =>
    events.snapshot({ step: state.step, bytes: writeTuningSnapshot({ ...state, own, fingerprint }) }),
  )
  let lastPreview = Number.NEGATIVE_INFINITY
  const tuned = await tuneGenerator(
    runtime,
    loaded.networks,
    [...taught.pairs, ...kept],
    tuning,
    {
      onStep({ step, image, pair }) {
        tell(ownSteps + step)
        if (pair !== taught.aim || performance.now() - lastPreview < previewSeconds * 1000) return
        lastPreview = performance.now()
        const points = taught.points.map((fraction) => fraction * side)
        events.preview({ step: ownSteps + step, image: generatedImage(image), points })
      },
      onState: snapshots.offer,
      shouldStop: control.shouldStop,
    },
    { ...options, from },
  )
  snapshots.flush()
  if (tuned.steps === 0) throw stoppedBefore()
  const whole = await withModelFiles(models.generator, (opened) => {
    const weights = new Map([...tuned.weights].map(([name, weight]) => [name, storedFloats(weight)]))
    const network = withTunedWeights(findKind(opened, 'generator')!, weights, opened[0]!.sha256)
    const tensors = Object.fromEntries([...network.weights].map(([name, tensor]) => [name, tensor.read()]))
    return { generator: readGenerator(network), file: writeSafetensors(tensors, initTexts(network)) }
  })
  const image = await draw(whole.generator, latent ?? own)
  return {
    stopped: tuned.stopped,
    steps: tuned.steps,
    seconds: (performance.now() - started) / 1000,
    provider: runtime.provider,
    generator: whole.file,
    ...{ image, own, movement, points: taught.points },
    figures: await taught.judge(image),
  }
}

/** How the face will move, by what the generator draws before it is tuned. */
async function movementOf(
  networks: LoadedNetworks['networks'],
  { pairs, aim, ownPoints, points }: TuningLesson,
  { runtime, options }: Pick<OwnSearch, 'runtime' | 'options'>,
): Promise<Movement> {
  const [own, found] = [pairs[0]!.latent, pairs[aim]!.latent]
  const count = Math.min(faceDirections, networks.generator.wDim)
  const directions = await principalDirections(runtime, networks.generator, count, options)
  const sight = await openLandmarkSight(runtime, networks, own.shape, options)
  try {
    return await findMovement(sight.see, {
      ...{ own, found, directions },
      ownPoints: floatTensor([ownPoints.length], ownPoints),
      foundPoints: floatTensor([points.length], points),
    })
  } finally {
    await sight.dispose()
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
      ...{ runtime, networks: async () => networks, options },
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

function stoppedBefore(): MienError {
  return new MienError('stopped', 'Stopped before the generator was tuned.')
}
