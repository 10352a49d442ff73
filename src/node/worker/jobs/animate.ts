import { animate } from '../../../engine/animation/animation.ts'
import type { FilmHooks } from '../../../engine/animation/film-hooks.ts'
import { animateInTurn } from '../../../engine/animation/sequence.ts'
import { MienError } from '../../../engine/errors.ts'
import { landmarkCount } from '../../../engine/face/landmark-groups.ts'
import { requireSameSearch } from '../../../engine/projection/snapshot-file.ts'
import type { FloatTensor } from '../../../engine/tensor.ts'
import type { KnownFirstFrame } from '../../engine/animate-messages.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { searchFingerprint } from '../../engine/search-fingerprint.ts'
import { collectGarbage } from '../../host/garbage.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { encodePicture } from '../../runtime/sharp-codec.ts'
import type { JobControl } from '../job-control.ts'
import { requireLatentShape } from '../latent-shape.ts'
import { type LoadedNetworks, loadNetworks, tellRemarks } from '../networks.ts'
import { decodeTargets } from '../pictures.ts'
import { stepClock } from '../step-clock.ts'
import { cutTargets } from '../targets.ts'

/** Pixels of a preview's side, at most. */
const previewSide = 256

/**
 * A film of what the generator draws; see `animate` and `animateInTurn` of the engine. Throws MienError 'mismatch' for what is known of another
 * search, 'wrong-use' for a frame without a target, 'stopped' before the directions were found.
 */
export async function animateJob(
  parameters: Jobs['animate']['parameters'],
  events: Required<JobEvents>,
  control: JobControl,
): Promise<Jobs['animate']['outcome']> {
  const started = performance.now()
  const { look, targets, settings, steps, execution, known, sequence } = parameters
  const { tuned: _, ...models } = parameters.models
  const targetOf = frameTargetsIn(targets)
  const pictures = await decodeTargets([look], known === undefined ? events : { stage: events.stage })
  events.stage('models')
  const load = () => loadNetworks(models, settings.weights)
  let loaded: LoadedNetworks | undefined = await load()
  const { hashes, heatMapForm } = loaded
  const { generator } = loaded.networks
  const fingerprint = searchFingerprint(settings, hashes, look, look, models.generator[0]?.class)
  if (known === undefined) tellRemarks(models.generator, generator, events)
  else {
    requireSameSearch(known.firstFrame.fingerprint, fingerprint)
    requireLatentShape(known.firstFrame.latent, generator)
    if (sequence?.before !== undefined) requireLatentShape(sequence.before, generator)
    for (const { again } of parameters.frames) if (again?.found) requireLatentShape(again.found, generator)
  }
  const { look: image, lookPoints } = cutTargets(
    [pictures[0]!, pictures[0]!],
    generator.resolution,
    heatMapForm,
  )
  events.stage('graph')
  const runtime = await chooseRuntime(execution.provider)
  events.device(runtime.provider)
  const clock = stepClock()
  const setup = {
    runtime,
    // Those that were loaded first are given away: whoever asks again gets others.
    async networks() {
      const { networks } = loaded ?? (await load())
      loaded = undefined
      return networks
    },
    look: { image, lookPoints, deviation: heatMapForm.deviation },
    firstTarget: targetOf(parameters.first),
    settings,
    options: execution.threads === undefined ? {} : { threads: execution.threads },
    ...(known && { first: known.firstFrame }),
    frames: parameters.frames.map((frame) => ({ ...frame, target: targetOf(frame.index) })),
    steps,
  }
  const hooks: FilmHooks = {
    onLoaded: collectGarbage,
    onStep(step, last, terms) {
      events.progress({ step, steps: last, terms, secondsLeft: clock.secondsLeft(step, last) })
    },
    isPreviewDue: control.takeShow,
    onPreview(step, drawn, points) {
      events.preview({ step, image: drawn, points: points.map((fraction) => fraction * drawn.width) })
    },
    onFirst: (found) => events.firstFrame({ ...found, fingerprint }),
    async onFrame({ image: drawn, ...frame }) {
      const preview = await encodePicture(drawn, { format: 'jpeg', quality: 90 }, previewSide)
      events.frame({ ...frame, preview })
    },
    whilePaused() {
      const over = control.whilePaused()
      // A frame leaves the process no time to send.
      if (over === undefined) return control.delivered()
      events.paused(true)
      return over.then(() => events.paused(false))
    },
    shouldStop: control.shouldStop,
  }
  const { first, count, stopped } =
    sequence === undefined
      ? await animate(
          { ...setup, ...(known?.directions && { directions: known.directions }) },
          {
            ...hooks,
            onDirection: (done, of) => events.portion(done / of),
            onDirections: events.directions,
          },
        )
      : await animateInTurn({ ...setup, ...sequence }, hooks)
  const firstFrame: KnownFirstFrame = { ...first, fingerprint }
  return {
    ...{ stopped, firstFrame, count },
    seconds: (performance.now() - started) / 1000,
    provider: runtime.provider,
    modelHashes: hashes,
  }
}

/** Throws MienError 'wrong-use' for targets of another shape; what it returns, for a number that is no frame's. */
function frameTargetsIn({ shape, data }: FloatTensor): (index: number) => Float32Array {
  const [frames, points, coordinates] = shape
  const size = 2 * landmarkCount
  if (shape.length !== 3 || points !== landmarkCount || coordinates !== 2) {
    throw new MienError('wrong-use', `Targets of shape [${shape.join(', ')}] are not [frames, 68, 2].`)
  }
  return (index) => {
    if (!Number.isInteger(index) || index < 0 || index >= frames!) {
      throw new MienError('wrong-use', `There is no target for frame ${index}; there are ${frames}.`)
    }
    return data.subarray(index * size, (index + 1) * size)
  }
}
