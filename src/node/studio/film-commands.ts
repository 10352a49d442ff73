import type { Service } from '../../shared/contract.ts'
import type { FilmFrameOutcome, FilmFrameParameters } from '../engine/film-frame-messages.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { type Newest, newestOnly } from '../host/newest.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { float32Bytes } from './driver-commands.ts'
import type { FilmPlanner } from './film-plans.ts'
import { wrongUse } from './wrong-use.ts'

export interface FilmCommandNeeds {
  readonly projects: Pick<ProjectStore, 'read' | 'readFile'>
  readonly planner: FilmPlanner
  readonly askEngine: AskEngine
}

type Drawn = Exclude<FilmFrameOutcome, { missing: readonly string[] }>

const toLookAt = { format: 'jpeg', quality: 92 } as const

/** Films of photographs, as the window shows them. */
export function filmCommands({
  projects,
  planner,
  askEngine,
}: FilmCommandNeeds): Pick<Service, 'films.targets' | 'films.show'> {
  /** By project and look. */
  const turns = new Map<string, Newest>()

  /** The engine process mostly has the picture decoded; its bytes follow only where it has not. */
  async function draw(project: string, parameters: FilmFrameParameters): Promise<Drawn> {
    const first = await askEngine('film-frame', parameters)
    if (!('missing' in first)) return first
    const { look } = parameters
    const bytes = await projects.readFile(project, look.picture.sha256)
    const given = { ...look, picture: { ...look.picture, bytes } }
    const again = await askEngine('film-frame', { ...parameters, look: given })
    if ('missing' in again) throw new Error('the engine did not take a picture that came with its bytes')
    return again
  }

  return {
    async 'films.targets'({ project, order }) {
      const plan = await planner.plan(await projects.read(project), order)
      return (
        plan && {
          points: float32Bytes(plan.undragged.map(({ points }) => points)),
          axes: float32Bytes(plan.undragged.map(({ axes }) => axes)),
        }
      )
    },

    async 'films.show'({ project, order, frame, form, size }) {
      const key = `${project} ${order.look}`
      const inTurn = turns.get(key) ?? newestOnly()
      turns.set(key, inTurn)
      return inTurn(async () => {
        const plan = await planner.plan(await projects.read(project), order)
        if (plan === null) return null
        const target = plan.targets[frame]
        if (target === undefined) throw wrongUse(`The driver has ${plan.targets.length} frames.`)
        const giver = await plan.driver.square(frame)
        const { file, warnings } = await draw(project, {
          ...{ look: plan.look, target: [...target], mode: order.film.mode, form, size },
          ...(giver !== undefined && { giver }),
          encoding: toLookAt,
        })
        return { image: file, warnings: [...warnings] }
      })
    },
  }
}
