import type { Preferences } from '../../shared/preferences.ts'
import type { ProjectSummary } from '../../shared/project.ts'

/** The projects whose names hold every word that was typed, whatever its case and accents. */
export function matching(projects: readonly ProjectSummary[], words: string): readonly ProjectSummary[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return projects
  return projects.filter(({ name }) => {
    const text = plain(name)
    return wanted.every((word) => text.includes(word))
  })
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
}

/** Newest first, or by name as people count: 2 before 10. */
export function sorted(
  projects: readonly ProjectSummary[],
  by: Preferences['sort'],
): readonly ProjectSummary[] {
  const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })
  return projects.toSorted((a, b) => {
    const order = by === 'name' ? compare(a.name, b.name) : b[by] - a[by]
    return order || compare(a.name, b.name) || a.id.localeCompare(b.id)
  })
}
