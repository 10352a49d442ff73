import { setImmediate as turn } from 'node:timers/promises'
import { heatMapPoints } from '../../../engine/face/heat-map-points.ts'
import { showsFace } from '../../../engine/face/landmark-confidence.ts'
import type { GraphCost } from '../../../engine/graph/cost.ts'
import { courseOf } from '../../../engine/projection/course.ts'
import { descriptorDistance } from '../../../engine/projection/identity.ts'
import type { Networks } from '../../../engine/projection/objective.ts'
import { project } from '../../../engine/projection/projection.ts'
import { readSnapshot, type Snapshot } from '../../../engine/projection/snapshot.ts'
import { requireSameSearch } from '../../../engine/projection/snapshot-file.ts'
import type { Image, Runtime, SessionOptions } from '../../../engine/runtime.ts'
import type { PreparedSearch } from '../../engine/preparation-messages.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { searchFingerprint } from '../../engine/search-fingerprint.ts'
import { collectGarbage } from '../../host/garbage.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { openIdentityReader } from '../identity-reader.ts'
import type { JobControl } from '../job-control.ts'
import { openLikenessJudge } from '../likeness-judge.ts'
import { type LoadedNetworks, loadNetworks, tellRemarks } from '../networks.ts'
import { decodeTargets, type TargetPicture } from '../pictures.ts'
import { previewTiming } from '../preview-timing.ts'
import { preparedSearch } from '../search-preparation.ts'
import { snapshotSender } from '../snapshot-sender.ts'
import { stepClock } from '../step-clock.ts'
import { namedPictures } from '../targets.ts'
import type { OnThread } from '../thread-worker.ts'

/** Where a search begins, and what it runs on. */
interface Setting {
  /** By `performance.now`. */
  readonly started: number
  readonly runtime: Runtime
  readonly from: Snapshot | undefined
}

/**
 * The main job; see `project` of the engine. Throws MienError 'bad-file' for a damaged snapshot, 'mismatch' for one of
 * another search.
 */
export async function projectJob(
  parameters: Jobs['project']['parameters'],
  events: Required<JobEvents>,
  control: JobControl,
  choose = chooseRuntime,
  onThread?: OnThread,
): Promise<Jobs['project']['outcome']> {
  const started = performance.now()
  const { models, settings, execution, snapshot, look, landmarks } = parameters
  const { threads } = execution
  const from = snapshot === undefined ? undefined : readSnapshot(snapshot, 'snapshot')
  const runtime = await choose(execution.provider)
  // A search that goes on has told of its pictures before.
  const { stage } = events
  const told: JobEvents = from === undefined ? { stage, notice: events.notice } : { stage }
  if (runtime.provider !== 'cpu' || onThread === undefined) {
    const pictures = await decodeTargets([look, landmarks], told)
    return search(parameters, events, control, { started, runtime, from }, pictures)
  }
  const wanted = { models, settings, look, landmarks, threads, start: from?.start }
  const meanwhile = onThread('prepare', wanted, told)
  meanwhile.catch(() => undefined)
  try {
    return await search(parameters, events, control, { started, runtime, from }, meanwhile)
  } catch (error) {
    // What is wrong with a picture comes first.
    await meanwhile
    throw error
  }
}

/** @param pictures to be prepared here, or what is found of them elsewhere, meanwhile */
async function search(
  parameters: Jobs['project']['parameters'],
  events: Required<JobEvents>,
  control: JobControl,
  { started, runtime, from }: Setting,
  pictures: readonly TargetPicture[] | Promise<PreparedSearch>,
): Promise<Jobs['project']['outcome']> {
  const { settings, execution, previewEvery, changes, look, landmarks } = parameters
  events.stage('models')
  const load = () => loadNetworks(parameters.models, settings.weights)
  let loaded: LoadedNetworks | undefined = await load()
  const { tuned, hashes, heatMapForm } = loaded
  const { resolution } = loaded.networks.generator
  const { generator } = parameters.models
  const fingerprint = searchFingerprint(settings, hashes, look, landmarks, generator[0]?.class)
  if (from === undefined) tellRemarks(generator, loaded.networks.generator, events)
  else requireSameSearch(from.fingerprint, fingerprint)
  if (pictures instanceof Promise) await unlessFailed(pictures)
  events.stage('graph')
  events.device(runtime.provider)
  const isHalf = execution.precision === 'float16' && runtime.provider !== 'cpu'
  if (execution.precision === 'float16' && !isHalf) {
    events.notice('Computing in float32: the processor does the work, and float16 is for graphics cards.')
  }
  const options = execution.threads === undefined ? {} : { threads: execution.threads }
  const preparing =
    pictures instanceof Promise
      ? pictures
      : Promise.resolve(
          await preparedSearch(runtime, loaded, pictures, settings, options, { start: from?.start }),
        )
  const clock = stepClock()
  let cost: GraphCost | undefined
  const snapshots = snapshotSender(fingerprint, events.snapshot)
  const previews = previewTiming(previewEvery, control.takeShow)
  const inPixels = (fractions: Float32Array) => fractions.map((fraction) => fraction * resolution)
  const named = namedPictures(
    (name) => parameters.pictures?.[name] ?? control.picture(name),
    resolution,
    heatMapForm,
  )
  const result = await project(
    {
      runtime: loadingUnlessFailed(runtime, preparing),
      // Those that were loaded first are given away: whoever asks again gets others.
      async networks() {
        const { networks } = loaded ?? (await load())
        loaded = undefined
        return networks
      },
      pictures: { prepared: preparing, deviation: heatMapForm.deviation, named },
      settings,
      options,
      ...(tuned && { tuned }),
      precision: isHalf ? 'float16' : 'float32',
      ...(from === undefined ? {} : { from }),
      ...(changes === undefined ? {} : { changes }),
    },
    {
      onLoaded: collectGarbage,
      onGraph(next) {
        cost = next
        clock.ofNewGraph()
      },
      onPrecisionTrial: () => events.stage('precision'),
      onRefusedPrecision(reason) {
        events.notice(`Computing in float32, as float16 does not do on ${runtime.provider}: ${reason}.`)
      },
      onStep(step, steps, terms) {
        events.progress({ step, steps, terms, secondsLeft: clock.secondsLeft(step, steps) })
      },
      async onTargets({ heatMaps }) {
        const { images } = await preparing
        events.targets({ points: inPixels(heatMapPoints(heatMaps)), ...images })
      },
      isPreviewDue: previews.isDue,
      onPreview(step, image, fractions) {
        events.preview({ step, image, points: inPixels(fractions) })
      },
      onState(state) {
        if (snapshots.offer(state)) previews.atKeyframe()
      },
      whilePaused() {
        const over = control.whilePaused()
        // A step leaves the process no time to send: what is large would arrive some steps late, and all else after it.
        if (over === undefined) return control.delivered()
        snapshots.flush()
        events.paused(true)
        return over.then(() => events.paused(false))
      },
      takeChanges() {
        const taken = control.takeChanges()
        if (taken.length > 0 && snapshots.beforeChanges()) previews.atKeyframe()
        return taken
      },
      onChange(made, asks) {
        previews.afterChange(made.step)
        events.change({ ...made, asks })
      },
      shouldStop: control.shouldStop,
    },
  )
  snapshots.flush()
  const changedLook = courseOf(settings, result.changes).look
  const { images, lookPoints } = await preparing
  const lookNow = changedLook === undefined ? { image: images.look, lookPoints } : await named(changedLook)
  const { metrics, heatMaps, ...rest } = result
  // Nobody is to be compared before anything was searched, nor where no face can be read.
  const isFace = result.steps > 0 && showsFace(heatMaps, heatMapForm.deviation)
  const identity = isFace
    ? await identityDistance((await load()).networks, lookNow, result.image, tuned !== undefined, options)
    : undefined
  return {
    ...rest,
    seconds: (performance.now() - started) / 1000,
    provider: runtime.provider,
    terms: metrics,
    ...(identity !== undefined && { identity }),
    ...(cost !== undefined &&
      clock.stepSeconds !== undefined && {
        pace: { provider: runtime.provider, seconds: clock.stepSeconds, ...cost },
      }),
    modelHashes: hashes,
  }
}

/** The distance of the result's face from that of the look, if that is a photograph whose points are known. */
async function identityDistance(
  networks: Networks,
  look: { readonly image: Image; readonly lookPoints?: ArrayLike<number> | undefined } | undefined,
  result: Image,
  isTuned: boolean,
  options: SessionOptions,
): Promise<number | undefined> {
  if (look?.lookPoints === undefined) return undefined
  if (isTuned) {
    // What a tuned generator draws is read as the photographs are that it was taught.
    const judge = await openLikenessJudge()
    return descriptorDistance(await judge.describe(look.image), await judge.describe(result))
  }
  const reader = await openIdentityReader(networks, options)
  try {
    return descriptorDistance(
      await reader.describe(look.image, look.lookPoints),
      await reader.describe(result),
    )
  } finally {
    await reader.dispose()
  }
}

/**
 * Goes on at the next turn of the event loop, unless what a thread prepares is known by then to have failed. Building and loading a graph
 * leave no turn for seconds.
 */
const unlessFailed = (preparing: Promise<unknown>) => Promise.race([preparing, turn()])

function loadingUnlessFailed(runtime: Runtime, preparing: Promise<unknown>): Runtime {
  return {
    ...runtime,
    async load(model, options) {
      await unlessFailed(preparing)
      return runtime.load(model, options)
    },
  }
}
