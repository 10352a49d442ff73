import { useI18n } from 'vue-i18n'
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
 * says; further ones are at hand in the project. A project of which no picture could be read is taken away again.
 */
export function useNewProject(): (files: readonly File[], target?: Target) => Promise<void> {
  const { t } = useI18n()
  const place = usePlace()
  const project = useProject()
  const projects = useProjects()

  return async (files, target = 'look') => {
    if (files.length === 0) return
    const id = await projects.create(nameFrom(files, t('app.untitled')))
    if (id === undefined || !(await project.open(id))) return
    place.go({ view: 'workspace', project: id })
    const targets: readonly Target[] = files.length === 1 ? [target] : ['look', 'landmarks']
    let added = 0
    for (const [i, file] of files.entries()) {
      const use = targets[i]
      const picture = await project.addPicture(file, use, id)
      if (picture === undefined) continue
      added++
      if (use !== undefined) await project.changeOf(id, { [use]: picture.id })
    }
    if (added > 0) return
    if (project.id === id) place.go({ view: 'gallery' })
    await project.close()
    if (await projects.remove([id])) await projects.purge([id])
  }
}
