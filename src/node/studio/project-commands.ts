import { MienError } from '../../engine/errors.ts'
import type { Service } from '../../shared/contract.ts'
import type { Emit } from '../../shared/events.ts'
import type { Project } from '../../shared/project.ts'
import type { Run } from '../../shared/run.ts'
import type { Setup } from '../../shared/setup.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { packExtension } from '../projects/pack.ts'
import { plainName } from '../projects/project-paths.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import type { Covers } from '../runs/cover.ts'
import { requirePictures } from './picture-commands.ts'
import { driverIn } from './project-drivers.ts'
import { projectOfRun, zippedRun } from './run-project.ts'

export interface ProjectCommandNeeds {
  readonly projects: ProjectStore
  /** The setup of a new project. */
  readonly newSetup: () => Promise<Setup>
  readonly runsOf: (project: string) => Promise<readonly Run[]>
  /** Runs of all projects that wait or are under way. */
  readonly queued: () => Promise<readonly Run[]>
  readonly askEngine: AskEngine
  readonly covers: Covers
  readonly emit: Emit
}

/** The library of projects. */
export function projectCommands({
  projects,
  newSetup,
  runsOf,
  queued,
  askEngine,
  covers,
  emit,
}: ProjectCommandNeeds): Pick<Service, Extract<keyof Service, `projects.${string}`>> {
  const changed = (ids: readonly string[]) => emit('projects', { projects: [...ids] })
  const idsOf = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id)

  async function change(id: string, edit: (project: Project) => Project): Promise<Project> {
    const project = await projects.change(id, edit)
    changed([id])
    return project
  }

  async function requireQuiet(ids: readonly string[]): Promise<void> {
    const busy = (await queued()).find(({ project }) => ids.includes(project))
    if (busy === undefined) return
    const { name } = await projects.read(busy.project)
    throw new MienError('wrong-use', `The run "${busy.name}" of the project "${name}" is not over.`, {
      hint: 'Stop it first.',
    })
  }

  return {
    'projects.list': async () => [...(await projects.list())],

    async 'projects.create'({ name }) {
      const project = await projects.create(name, await newSetup())
      changed([project.id])
      return project
    },

    async 'projects.open'({ project: id }) {
      const { project, damage, readOnly } = await projects.open(id)
      return { project, runs: [...(await runsOf(id))], damage: [...damage], readOnly }
    },

    async 'projects.close'({ project }) {
      await projects.close(project)
      return {}
    },

    'projects.rename': ({ project, name }) => change(project, (before) => ({ ...before, name })),

    async 'projects.set-up'({ project: id, setup }) {
      let isOther = false
      const project = await projects.change(id, (before) => {
        requirePictures(before, setup)
        if (setup.driver !== undefined) driverIn(before, setup.driver)
        isOther = setup.look !== before.setup.look || setup.landmarks !== before.setup.landmarks
        return { ...before, setup }
      })
      // Nobody waits for it: making a photograph takes a while, and the gallery is told when it is there.
      if (isOther) void covers.show(id)
      changed([id])
      return project
    },

    async 'projects.duplicate'({ projects: ids }) {
      const made = await projects.duplicate(ids)
      changed(idsOf(made))
      return [...made]
    },

    async 'projects.remove'({ projects: ids }) {
      await requireQuiet(ids)
      await projects.remove(ids)
      changed(ids)
      return {}
    },

    'projects.bin': async () => [...(await projects.bin())],

    async 'projects.restore'({ projects: ids }) {
      const restored = await projects.restore(ids)
      changed(idsOf(restored))
      return [...restored]
    },

    async 'projects.purge'({ projects: ids }) {
      await projects.purge(ids)
      changed(ids)
      return {}
    },

    'projects.thumbnail': async ({ project }) => ({ image: await projects.thumbnail(project) }),

    async 'projects.pack'({ project: id }) {
      const { name } = await projects.read(id)
      // Not a zip by its type, since browsers would then call it so.
      return {
        name: `${plainName(name, 'Project')}${packExtension}`,
        type: 'application/octet-stream',
        bytes: await projects.pack(id),
      }
    },

    'projects.pack-size': ({ project }) => projects.packSize(project),

    async 'projects.unpack'({ name, bytes }) {
      const run = zippedRun(name, bytes)
      const { id } =
        run === undefined
          ? await projects.unpack(name, bytes)
          : await projectOfRun(
              projects,
              askEngine,
              plainName(name.replace(/\.(zip|mienz)$/i, ''), 'Project'),
              run,
            )
      changed([id])
      if (run !== undefined) await covers.show(id)
      return (await projects.list()).find((summary) => summary.id === id)!
    },
  }
}
