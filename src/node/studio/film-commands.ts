import { viewedTarget } from '../../engine/motion/film-targets.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { Service } from '../../shared/contract.ts'
import type { FilmFrame, FilmOrder } from '../../shared/film.ts'
import type { Project } from '../../shared/project.ts'
import type { KnownFirstFrame } from '../engine/animate-messages.ts'
import type { FilmFrameParameters } from '../engine/film-frame-messages.ts'
import type { Jobs } from '../engine/protocol.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { npzBytes } from '../host/array-files.ts'
import { type Newest, newestOnly } from '../host/newest.ts'
import { sha256 } from '../host/sha256.ts'
import type { ModelFiles } from '../models/files.ts'
import { modelsOf } from '../models/resolve.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { float32Bytes } from './driver-commands.ts'
import type { FilmPlan, FilmPlanner } from './film-plans.ts'
import type { FilmSearches } from './film-searches.ts'
import { faceIn, type PhotographMaker } from './likeness-commands.ts'
import { pictureIn } from './picture-commands.ts'
import { wrongUse } from './wrong-use.ts'

export interface FilmCommandNeeds {
  readonly projects: Pick<ProjectStore, 'read' | 'readFile'>
  readonly planner: FilmPlanner
  readonly searches: Pick<FilmSearches, 'find'>
  readonly photographs: Pick<PhotographMaker, 'isDrawn'>
  readonly askEngine: AskEngine
  /** The folder of imported models. */
  readonly library: string
}

/** What makes a frame. */
type Maker = 'film-frame' | 'draw-frame'
type Made<J extends Maker> = Exclude<Jobs[J]['outcome'], { missing: readonly string[] }>

/** What the frames of a drawn film have in common. */
interface DrawnWith {
  readonly generator: ModelFiles['generator']
  /** Of the noise maps. */
  readonly sha256: string
}

const toLookAt = { format: 'jpeg', quality: 92 } as const

/** Films as the window shows them. */
export function filmCommands({
  projects,
  planner,
  searches,
  photographs,
  askEngine,
  library,
}: FilmCommandNeeds): Pick<Service, 'films.ways' | 'films.targets' | 'films.show' | 'films.found'> {
  /** By project and look. */
  const turns = new Map<string, Newest>()

  /** Of a first frame: the model library is not read for every frame. */
  const drawnWith = new WeakMap<KnownFirstFrame, Promise<DrawnWith>>()

  /** The engine process mostly holds what is large and the same in all frames; it follows only where it does not. */
  async function made<J extends Maker>(
    job: J,
    parameters: Jobs[J]['parameters'],
    whole: () => Promise<Jobs[J]['parameters']>,
  ): Promise<Made<J>> {
    const first = await askEngine(job, parameters)
    if (!('missing' in first)) return first as Made<J>
    const again = await askEngine(job, await whole())
    if ('missing' in again) throw new Error('the engine did not take what came along')
    return again as Made<J>
  }

  function drawnBy(first: KnownFirstFrame, by: NonNullable<FilmOrder['drawn']>): Promise<DrawnWith> {
    const known = drawnWith.get(first)
    if (known !== undefined) return known
    const found = modelsOf(by, library).then(({ generator }) => {
      return { generator, sha256: sha256(npzBytes({ ...first.noise })) }
    })
    drawnWith.set(first, found)
    found.catch(() => drawnWith.delete(first))
    return found
  }

  async function drawn(
    project: Project,
    order: FilmOrder & { readonly drawn: NonNullable<FilmOrder['drawn']> },
    { targetAt, views }: FilmPlan,
    frame: number,
    size: number,
  ): Promise<FilmFrame | null> {
    const { memory } = (await searches.find(project, order)) ?? {}
    const latent: FloatTensor | undefined = memory?.latentFor(targetAt(frame))
    if (memory?.known === undefined || latent === undefined) return null
    const { firstFrame } = memory.known
    const { generator, sha256 } = await drawnBy(firstFrame, order.drawn)
    const parameters = {
      ...{ generator, latent, noise: { sha256 }, size, encoding: toLookAt },
      ...(views && { view: views[frame]! }),
    }
    const whole = async () => ({ ...parameters, noise: { sha256, maps: firstFrame.noise } })
    const { file } = await made('draw-frame', parameters, whole)
    return { image: file, warnings: [] }
  }

  async function photographed(
    project: Project,
    { film: { mode } }: FilmOrder,
    { look, driver }: FilmPlan,
    frame: number,
    as: { readonly target: Float32Array } & Pick<FilmFrameParameters, 'form' | 'size'>,
  ): Promise<FilmFrame> {
    const giver = await driver.square(frame)
    const parameters = {
      ...{ look, mode, ...as, target: [...as.target], encoding: toLookAt },
      ...(giver !== undefined && { giver }),
    }
    const { file, warnings } = await made('film-frame', parameters, async () => {
      const bytes = await projects.readFile(project.id, look.picture.sha256)
      return { ...parameters, look: { ...look, picture: { ...look.picture, bytes } } }
    })
    return { image: file, warnings: [...warnings] }
  }

  return {
    async 'films.ways'({ project: id, look: of }) {
      const project = await projects.read(id)
      const look = faceIn(pictureIn(project, of))
      if (look === null) return []
      return (await photographs.isDrawn(project, look)) ? ['drawn'] : ['photograph', 'drawn']
    },

    async 'films.targets'({ project, order }) {
      const plan = await planner.plan(await projects.read(project), order)
      if (plan === null) return null
      const { undragged, views } = plan
      const shown = views ? undragged.map((target, i) => viewedTarget(target, views[i]!)) : undragged
      return {
        points: float32Bytes(shown.map(({ points }) => points)),
        axes: float32Bytes(shown.map(({ axes }) => axes)),
      }
    },

    async 'films.show'({ project: id, order, frame, form, size }) {
      const key = `${id} ${order.look}`
      const inTurn = turns.get(key) ?? newestOnly()
      turns.set(key, inTurn)
      return inTurn(async () => {
        const project = await projects.read(id)
        const plan = await planner.plan(project, order)
        if (plan === null) return null
        const count = plan.undragged.length
        if (frame >= count) throw wrongUse(`The driver has ${count} frames.`)
        const { drawn: by } = order
        if (by !== undefined) return drawn(project, { ...order, drawn: by }, plan, frame, size)
        return photographed(project, order, plan, frame, { target: plan.targetAt(frame), form, size })
      })
    },

    async 'films.found'({ project: id, order }) {
      const project = await projects.read(id)
      const [plan, search] = [await planner.plan(project, order), await searches.find(project, order)]
      if (plan === null || search === undefined) return null
      const { run, memory } = search
      const found = plan.targets.map((target) => memory.blocks.find({ target }))
      return {
        ...{ run, ready: memory.known?.directions !== undefined },
        errors: float32Bytes(found.map((one) => [one === undefined ? Number.NaN : (one.error ?? 0)])),
        steps: float32Bytes(found.map((one) => [one?.tries.at(-1) ?? 0])),
      }
    },
  }
}
