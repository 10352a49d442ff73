import { example, type Project } from '../../shared/project.ts'
import { i18n } from './language.ts'

type Named = Pick<Project, 'id' | 'name'>

/** The project as the window calls it: the example in the window's language, unless somebody gave it another name. */
export function inWindowsWords<Of extends Named>(project: Of): Of {
  const isExample = project.id === example.id && project.name === example.name
  return isExample ? { ...project, name: i18n.global.t('gallery.example') } : project
}
