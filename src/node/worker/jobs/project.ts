import { setImmediate as turn } from 'node:timers/promises'
import { heatMapPoints } from '../../../engine/face/heat-map-points.ts'
import { showsFace } from '../../../engine/face/landmark-confidence.ts'
import type { GraphCost } from '../../../engine/graph/cost.ts'
import { courseOf } from '../../../engine/projection/course.ts'
import { descriptorDistance } from '../../../engine/projection/identity.ts'
import { type Parts, withParts } from '../../../engine/projection/parts.ts'
import { project } from '../../../engine/projection/projection.ts'
import { readSnapshot, type Snapshot } from '../../../engine/projection/snapshot.ts'
import { requireSameSearch } from '../../../engine/projection/snapshot-file.ts'
import type { Image, Runtime, SessionOptions } from '../../../engine/runtime.ts'
import type { PreparedSearch } from '../../engine/preparation-messages.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { searchFingerprint } from '../../engine/search-fingerprint.ts'
import { collectGarbage } from '../../host/garbage.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { commonParts, partsOfKind } from '../held-parts.ts'
import { openIdentityReader } from '../identity-reader.ts'
import type { JobControl } from '../job-control.ts'
import { openLikenessJudge } from '../likeness-judge.ts'
import { tellRemarks } from '../networks.ts'
import { decodeTargets, type TargetPicture } from '../pictures.ts'
import { previewTiming } from '../preview-timing.ts'
import { identified, kindOfSearch } from '../search-kind.ts'
import { openSearchNetworks, type SearchNetworks } from '../search-networks.ts'
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
    const pictures = await decodeTargets([look, landmarks], told, control.keeps ? commonParts : undefined)
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
  setting: Setting,
  pictures: readonly TargetPicture[] | Promise<PreparedSearch>,
): Promise<Jobs['project']['outcome']> {
  events.stage('models')
  if (!control.keeps) return searchWith(undefined, parameters, events, control, setting, pictures)
  const { settings, execution } = parameters
  const { provider: _asked, ...rest } = execution
  const models = await identified(parameters.models)
  const kept = await partsOfKind(kindOfSearch(models, settings, rest, setting.runtime.provider))
  return searchWith(kept, { ...parameters, models }, events, control, setting, pictures).finally(kept.settled)
}

/** @param kept what searches of this kind have left open, if they do */
async function searchWith(
  kept: Parts | undefined,
  parameters: Jobs['project']['parameters'],
  events: Required<JobEvents>,
  control: JobControl,
  { started, runtime, from }: Setting,
  pictures: readonly TargetPicture[] | Promise<PreparedSearch>,
): Promise<Jobs['project']['outcome']> {
  const { settings, execution, previewEvery, changes, look, landmarks } = parameters
  const networks = await openSearchNetworks(kept, parameters.models, settings.weights)
  const { hashes, heatMapForm, form } = networks
  const { resolution } = form
  const { generator, tuned } = parameters.models
  const fingerprint = searchFingerprint(settings, hashes, look, landmarks, generator[0]?.class)
  if (from === undefined) tellRemarks(generator, form, events)
  else requireSameSearch(from.fingerprint, fingerprint)
  if (pictures instanceof Promise) await unlessFailed(pictures)
  events.stage('graph')
  events.device(runtime.provider)
  const isHalf = execution.precision === 'float16' && runtime.provider !== 'cpu'
  if (execution.precision === 'float16' && !isHalf) {
    events.notice('Computing in float32: the processor does the work, and float16 is for graphics cards.')
  }
  const options = execution.threads === undefined ? {} : { threads: execution.threads }
  const prepareHere = (decoded: readonly TargetPicture[]) =>
    withParts(kept, (parts) => {
      const load = async () => (await networks.load()).networks
      const known = { start: from?.start }
      return preparedSearch(parts, runtime, networks, load, decoded, settings, options, known)
    })
  const preparing = pictures instanceof Promise ? pictures : Promise.resolve(await prepareHere(pictures))
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
      networks: async () => (await networks.take()).networks,
      pictures: { prepared: preparing, deviation: heatMapForm.deviation, named },
      settings,
      options,
      ...(tuned && { tuned: async () => (await networks.take()).tuned! }),
      ...(kept && { kept }),
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
    ? await identityDistance(kept, networks, lookNow, result.image, tuned !== undefined, options)
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
  kept: Parts | undefined,
  networks: SearchNetworks,
  look: { readonly image: Image; readonly lookPoints?: ArrayLike<number> | undefined } | undefined,
  result: Image,
  isTuned: boolean,
  options: SessionOptions,
): Promise<number | undefined> {
  if (look?.lookPoints === undefined) return undefined
  if (isTuned) {
    // What a tuned generator draws is read as the photographs are that it was taught.
    const judge = await (kept === undefined
      ? openLikenessJudge()
      : commonParts.get('judge', openLikenessJudge))
    return descriptorDistance(await judge.describe(look.image), await judge.describe(result))
  }
  const { image, lookPoints } = look
  return withParts(kept, async (parts) => {
    const open = async () => openIdentityReader((await networks.take()).networks, options)
    const reader = await parts.get('identity', open)
    return descriptorDistance(await reader.describe(image, lookPoints), await reader.describe(result))
  })
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
