import { defineStore } from 'pinia'
import { shallowReactive, watch } from 'vue'
import type { Preview } from '../../../../shared/run.ts'
import { type PlacedPoint, type Setup, withoutDriver } from '../../../../shared/setup.ts'
import { picturesAndDrivers } from '../../../clips/clip-files.ts'
import { i18n } from '../../../locales/language.ts'
import { useDrivers } from '../../../stores/drivers.ts'
import { useNotices } from '../../../stores/notices.ts'
import { useProject } from '../../../stores/project.ts'
import { useRuns } from '../../../stores/runs.ts'
import type { Target } from '../../../stores/setup-history.ts'
import { useWorkspace } from '../workspace.ts'

/** Which pictures are the targets, and where their landmarks are. */
export const useTargets = defineStore('targets', () => {
  const project = useProject()
  const runs = useRuns()
  const workspace = useWorkspace()
  const drivers = useDrivers()
  const notices = useNotices()
  const { t } = i18n.global
  /** The targets as the shown run cut them out, with what its landmark network saw. */
  const ofRun = shallowReactive<{ look: Preview | null; landmarks: Preview | null }>({
    look: null,
    landmarks: null,
  })

  /**
   * Takes a picture of the project. Points that were placed by hand belong to the landmark picture before, and a driver goes from
   * its place.
   */
  function use(target: Target, picture: string): void {
    const { setup } = project
    if (setup === null || (setup[target] === picture && (target === 'look' || setup.driver === undefined)))
      return
    if (target === 'look') project.change({ look: picture })
    else project.edit((present) => withoutDriver(withLandmarks(present, picture), present.driver ?? ''))
  }

  /**
   * Adds pictures; the first becomes this target, if one is given, and those that follow the targets that are empty. Clips and
   * motions drive, wherever they were dropped; the newest does.
   */
  async function add(target: Target | null, files: readonly File[]): Promise<void> {
    const of = project.id
    const mayMove = target === 'landmarks' || (target === null && project.setup?.look !== null)
    const { pictures, drivers: driving } = await picturesAndDrivers(files, () => mayMove)
    await addPictures(of, target, pictures)
    const clip = driving.at(-1)
    if (clip !== undefined) await drivers.add(clip, of)
  }

  async function addPictures(
    of: string | null,
    target: Target | null,
    files: readonly File[],
  ): Promise<void> {
    const added: string[] = []
    const empty = (['look', 'landmarks'] as const).filter((one) => project.setup?.[one] === null)
    const wanted = target === null ? empty : [target, ...empty.filter((one) => one !== target)]
    for (const file of files) {
      const [next] = wanted
      const picture = await project.addPicture(file, next, of)
      if (picture !== undefined) added.push(picture.id)
      if (picture === undefined || next === undefined) continue
      if (project.id === of) use(next, picture.id)
      else if (of !== null) await project.changeOf(of, (setup) => ({ ...setup, [next]: picture.id }))
      wanted.shift()
    }
    if (target !== null && added.length > 1 && project.id === of) offerRuns(target, added)
  }

  /** Whoever gives several pictures for one target may want each of them. */
  function offerRuns(target: Target, pictures: readonly string[]): void {
    const offer = t(`workspace.variations.offer.${target}`, { n: pictures.length })
    notices.tell(offer, {
      label: t('workspace.variations.offer.act'),
      act: () => workspace.vary({ target, pictures }),
    })
  }

  /** Puts a picture that is added in the place of another one, for the look or wherever landmarks come from it. */
  async function replace(picture: string, target: Target, [file, ...more]: readonly File[]): Promise<void> {
    const of = project.id
    if (file === undefined) return
    const added = await project.addPicture(file, target, of)
    if (added !== undefined && project.setup !== null && project.id === of) {
      const { landmarks, points, sources } = project.setup
      const other = (id: string | null) => (id === picture ? added.id : id)
      const kept = landmarks === picture ? [] : points
      const fields = { landmarks: other(landmarks), sources: sources.map(other), points: kept }
      project.change(target === 'look' ? { look: added.id } : fields)
    }
    for (const other of more) await project.addPicture(other, null, of)
  }

  /** Lets a group's landmarks, 0..8, come from that picture; null gives them back to the landmark picture. */
  function takeGroup(group: number, picture: string | null): void {
    if (project.setup === null) return
    const { sources, landmarks } = project.setup
    project.change({ sources: sources.with(group, picture === landmarks ? null : picture) })
  }

  function swap(): void {
    // A driver has no look to give.
    if (project.setup === null || project.setup.driver !== undefined) return
    const { look, landmarks } = project.setup
    project.change({ look: landmarks, landmarks: look, points: [] })
  }

  function place(placed: readonly PlacedPoint[]): void {
    const others = without(placed.map(({ index }) => index))
    project.change({ points: [...others, ...placed] }, `point ${placed[0]?.index}`)
  }

  function release(indices: readonly number[]): void {
    const points = without(indices)
    if (points.length < (project.setup?.points.length ?? 0)) project.change({ points })
  }

  /** The points that were placed by hand but for those. */
  function without(indices: readonly number[]): PlacedPoint[] {
    return project.setup?.points.filter(({ index }) => !indices.includes(index)) ?? []
  }

  function releaseAll(): void {
    project.change({ points: [] })
  }

  /** Where the landmark network of the shown run saw a target's landmarks: 68 x (x, y), fractions. */
  function seen(target: Target): readonly number[] | null {
    return ofRun[target]?.points ?? null
  }

  watch(
    () => [workspace.run?.id, workspace.run !== null && workspace.run.step > 0] as const,
    async ([id, begun]) => {
      Object.assign(ofRun, { look: null, landmarks: null })
      const run = workspace.run
      if (id === undefined || run === null || !begun) return
      for (const target of ['look', 'landmarks'] as const) {
        const preview = await runs.show(run, target)
        if (workspace.run?.id === id) ofRun[target] = preview ?? null
      }
    },
    { immediate: true },
  )

  return { use, add, replace, takeGroup, swap, place, release, releaseAll, seen }
})

function withLandmarks(setup: Setup, landmarks: string): Setup {
  return setup.landmarks === landmarks ? setup : { ...setup, landmarks, points: [] }
}
