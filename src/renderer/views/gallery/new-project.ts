import { useI18n } from 'vue-i18n'
import { picturesAndDrivers } from '../../clips/clip-files.ts'
import { useDrivers } from '../../stores/drivers.ts'
import { usePlace } from '../../stores/place.ts'
import { useProject } from '../../stores/project.ts'
import { useProjects } from '../../stores/projects.ts'
import type { Target } from '../../stores/setup-history.ts'

/** A name for a project from the names of its pictures: `anna + bo`. */
export function nameFrom(files: readonly { readonly name: string }[], unnamed: string): string {
  const stems = files.slice(0, 2).map(({ name }) => name.replace(/\.[^.]*$/, '').trim())
  return stems.filter(Boolean).join(' + ').slice(0, 120) || unnamed
}

/**
 * Makes a project of pictures and goes there: the first is the look, the second the landmarks, a single one what `target`
 * says; further ones are at hand in the project. A video, a motion, or a picture that moves after the first drives a film. A project
 * of which nothing could be read is taken away again.
 */
export function useNewProject(): (files: readonly File[], target?: Target) => Promise<void> {
  const { t } = useI18n()
  const place = usePlace()
  const project = useProject()
  const drivers = useDrivers()
  const projects = useProjects()

  /** Whether nothing came into the project while a clip was read; of one that was left nobody knows. */
  const isEmpty = (id: string) =>
    project.id === id && drivers.reading === null && project.pictures.length + project.drivers.length === 0

  return async (files, target = 'look') => {
    if (files.length === 0) return
    const id = await projects.create(nameFrom(files, t('app.untitled')))
    if (id === undefined || !(await project.open(id))) return
    place.go({ view: 'workspace', project: id })
    const { pictures, drivers: driving } = await picturesAndDrivers(files, (i) => i > 0)
    const targets: readonly Target[] = files.length === 1 ? [target] : ['look', 'landmarks']
    let added = 0
    for (const [i, file] of pictures.entries()) {
      const use = targets[i]
      const picture = await project.addPicture(file, use, id)
      if (picture === undefined) continue
      added++
      if (use !== undefined) await project.changeOf(id, (setup) => ({ ...setup, [use]: picture.id }))
    }
    const clip = driving.at(-1)
    if (clip !== undefined && ((await drivers.add(clip, id)) || !isEmpty(id))) return
    if (added > 0) return
    if (project.id === id) place.go({ view: 'gallery' })
    await project.close()
    if (await projects.remove([id])) await projects.purge([id])
  }
}
