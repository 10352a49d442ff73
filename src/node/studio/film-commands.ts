import { viewedTarget } from '../../engine/motion/film-targets.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { Service } from '../../shared/contract.ts'
import type { FilmFrame, FilmOrder } from '../../shared/film.ts'
import type { Project } from '../../shared/project.ts'
import type { FilmFrameOutcome, FilmFrameParameters } from '../engine/film-frame-messages.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { type Newest, newestOnly } from '../host/newest.ts'
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

type Moved = Exclude<FilmFrameOutcome, { missing: readonly string[] }>

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

  /** The engine process mostly has the picture decoded; its bytes follow only where it has not. */
  async function move(project: string, parameters: FilmFrameParameters): Promise<Moved> {
    const first = await askEngine('film-frame', parameters)
    if (!('missing' in first)) return first
    const { look } = parameters
    const bytes = await projects.readFile(project, look.picture.sha256)
    const given = { ...look, picture: { ...look.picture, bytes } }
    const again = await askEngine('film-frame', { ...parameters, look: given })
    if ('missing' in again) throw new Error('the engine did not take a picture that came with its bytes')
    return again
  }

  async function drawn(
    project: Project,
    order: FilmOrder & { readonly drawn: NonNullable<FilmOrder['drawn']> },
    { targets, views }: FilmPlan,
    frame: number,
    size: number,
  ): Promise<FilmFrame | null> {
    const { memory } = (await searches.find(project, order)) ?? {}
    const latent: FloatTensor | undefined = memory?.latentFor(targets[frame]!)
    if (memory?.known === undefined || latent === undefined) return null
    const { noise } = memory.known.firstFrame
    const { generator } = await modelsOf(order.drawn, library)
    const { file } = await askEngine('draw-frame', {
      ...{ generator, latent, noise, size, encoding: toLookAt },
      ...(views && { view: views[frame]! }),
    })
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
    const { file, warnings } = await move(project.id, {
      ...{ look, mode, ...as, target: [...as.target], encoding: toLookAt },
      ...(giver !== undefined && { giver }),
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
        const target = plan.targets[frame]
        if (target === undefined) throw wrongUse(`The driver has ${plan.targets.length} frames.`)
        const { drawn: by } = order
        if (by !== undefined) return drawn(project, { ...order, drawn: by }, plan, frame, size)
        return photographed(project, order, plan, frame, { target, form, size })
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
