import type { TermWeights } from '../../engine/projection/settings.ts'
import type { Image } from '../../engine/runtime.ts'
import type { Emit } from '../../shared/events.ts'
import type { Project } from '../../shared/project.ts'
import type { Run } from '../../shared/run.ts'
import { keyedSerial } from '../host/serial.ts'
import type { PictureViewer } from '../projects/picture-viewer.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { thumbnailEncoding, thumbnailSide } from '../projects/thumbnail.ts'
import { encodePicture } from '../runtime/sharp-codec.ts'
import { readMoment } from './record/history.ts'
import type { RunKey, RunStore } from './store.ts'

/** A run that has made this part of its schedule can be judged by its picture. */
const farAlong = 0.5

export interface CoverNeeds {
  readonly projects: Pick<ProjectStore, 'read' | 'runFolder' | 'setThumbnail'>
  readonly store: Pick<RunStore, 'known'>
  readonly viewer: Pick<PictureViewer, 'thumbnail' | 'thumbnailOf'>
  /** The photograph of a project of two photographs. */
  readonly photographs: { cover(project: Project): Promise<Uint8Array | null> }
  readonly emit: Emit
}

/** A picture of a run that is newer than those on the disk. */
export interface NewerPicture extends RunKey {
  readonly image: Image
}

/** The pictures by which projects are known in the gallery. */
export interface Covers {
  /**
   * Looks anew which run a project is known by, or its look; resolves when that is shown. Never rejects: what cannot be
   * shown leaves what was. What is asked for while one waits for its turn, that one shows.
   */
  show(project: string, newer?: NewerPicture): Promise<void>
  /** Shows a picture of a run that computes, if the project is known by that run. */
  offer(newer: NewerPicture): Promise<void>
  /** Once all that was asked for is shown. */
  idle(): Promise<void>
}

export function createCovers({ projects, store, viewer, photographs, emit }: CoverNeeds): Covers {
  /** Projects that are known by their photograph, whatever their runs draw. */
  const photographed = new Set<string>()
  const turns = keyedSerial()
  /** Of projects that are not looked at yet. */
  const waiting = new Map<string, Promise<void>>()

  async function ranked(project: string): Promise<readonly Run[]> {
    const { settings } = (await projects.read(project)).setup
    return coverOrder(await store.known(project), settings.weights)
  }

  async function pictureOf(project: string, runs: readonly Run[]): Promise<Uint8Array | null> {
    for (const { id } of runs) {
      const moment = await readMoment(await projects.runFolder(project, id), Number.MAX_SAFE_INTEGER)
      if (moment !== undefined) return viewer.thumbnail(moment.image)
    }
    const { setup, pictures } = await projects.read(project)
    const look = pictures.find(({ id }) => id === setup.look)
    return look === undefined ? null : viewer.thumbnailOf(project, look)
  }

  async function put(project: string, picture: Uint8Array | null): Promise<void> {
    if (picture === null) return
    await projects.setThumbnail(project, picture)
    emit('projects', { projects: [project] })
  }

  const putNewer = async ({ project, image }: NewerPicture) =>
    put(project, await encodePicture(image, thumbnailEncoding, thumbnailSide))

  async function look(project: string, newer?: NewerPicture): Promise<void> {
    try {
      const photograph = await photographs.cover(await projects.read(project))
      if (photograph !== null) {
        photographed.add(project)
        return await put(project, photograph)
      }
      photographed.delete(project)
      const runs = await ranked(project)
      if (newer !== undefined && runs[0]?.id === newer.run) await putNewer(newer)
      else await put(project, await pictureOf(project, runs))
    } catch {
      // A gallery without its newest picture is no reason to fail what changed it.
    }
  }

  return {
    show(project, newer) {
      const next = newer === undefined ? waiting.get(project) : undefined
      if (next !== undefined) return next
      const shown = turns.take(project, () => {
        if (waiting.get(project) === shown) waiting.delete(project)
        return look(project, newer)
      })
      waiting.set(project, shown)
      return shown
    },
    async offer(newer) {
      if (photographed.has(newer.project)) return
      const [first] = await ranked(newer.project)
      if (first?.id === newer.run) await putNewer(newer)
    },
    idle: turns.idle,
  }
}

/**
 * The runs of a project, those first that it is rather known by: with a star, the last starred first; then those that are
 * done or far along, the one first that comes nearest to its two pictures; then the others, by their steps.
 *
 * @param weights by which all are judged: a run that was asked for less is not the better for it
 */
export function coverOrder(runs: readonly Run[], weights: TermWeights): readonly Run[] {
  return runs
    .filter(({ step }) => step > 0)
    .map((run) => ({ run, rank: rankOf(run, weights) }))
    .sort((a, b) => {
      const i = a.rank.findIndex((value, at) => value !== b.rank[at])
      return i < 0 ? 0 : b.rank[i]! - a.rank[i]!
    })
    .map(({ run }) => run)
}

/** The first number that differs decides, the larger goes first. */
function rankOf(run: Run, weights: TermWeights): readonly number[] {
  const { starred = 0, state, step, setup, terms, created } = run
  const isJudged = terms !== null && (state === 'done' || step >= farAlong * setup.settings.steps)
  const loss = isJudged ? weights.perceptual * terms.perceptual + weights.landmark * terms.landmark : 0
  return [starred, Number(isJudged), -loss, step, created]
}
