import { project } from '../../../engine/projection/projection.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { openLandmarkReader } from '../landmark-reader.ts'
import { loadNetworks } from '../networks.ts'
import { decodeTargets } from '../pictures.ts'
import type { JobEvents, Jobs } from '../protocol.ts'
import { stepClock } from '../step-clock.ts'
import { cutTargets } from '../targets.ts'

/** The main job; see `project` of the engine. */
export async function projectJob(
  parameters: Jobs['project']['parameters'],
  events: Required<JobEvents>,
  shouldStop: () => boolean,
): Promise<Jobs['project']['outcome']> {
  const started = performance.now()
  const { settings, execution, previewEvery, withPoints } = parameters
  const pictures = await decodeTargets([parameters.look, parameters.landmarks], events)
  events.stage('models')
  const { networks, hashes, heatMapForm } = await loadNetworks(parameters.models)
  events.stage('graph')
  const runtime = await chooseRuntime(execution.provider)
  const options = execution.threads === undefined ? {} : { threads: execution.threads }
  const { drawnMaps, points, ...targets } = cutTargets(pictures, networks.generator.resolution, heatMapForm)
  const reader = withPoints ? await openLandmarkReader(runtime, networks, options) : undefined
  events.targets({
    ...targets,
    ...(reader === undefined ? {} : { points: points ?? (await reader.read(targets.landmarks)) }),
  })
  // Previews wait for their landmarks, which are read between two steps.
  let previews: Promise<void> = Promise.resolve()
  const clock = stepClock(settings.steps)
  try {
    const result = await project(
      {
        runtime,
        networks,
        look: targets.look,
        landmarks: targets.landmarks,
        ...(drawnMaps === undefined ? {} : { drawnMaps }),
        settings,
        options,
      },
      {
        onStep(step, terms) {
          events.progress({ step, steps: settings.steps, terms, secondsLeft: clock.secondsLeft(step) })
        },
        ...(previewEvery > 0 && {
          previewEvery,
          onPreview(step, image) {
            previews = previews.then(async () => {
              const points = await reader?.read(image)
              events.preview({ step, image, ...(points === undefined ? {} : { points }) })
            })
          },
        }),
        shouldStop,
      },
    )
    await previews
    const { steps, latent, noise, image, start, metrics } = result
    return {
      stopped: steps < settings.steps,
      steps,
      seconds: (performance.now() - started) / 1000,
      provider: runtime.provider,
      latent,
      noise,
      image,
      start,
      terms: metrics,
      modelHashes: hashes,
    }
  } finally {
    await reader?.dispose()
  }
}
