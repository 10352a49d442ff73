import { useI18n } from 'vue-i18n'
import type { Run } from '../../shared/run.ts'
import type { RunNaming } from '../../shared/run-naming.ts'
import { weightText } from './weight-text.ts'

type Named = Pick<Run, 'name' | 'naming'>

/** Letters of a run's name in that of its branch, so that a branch of a branch of a branch still has a name. */
const longestName = 90
/** Steps that the naming of such a branch tells of, the last ones. */
const mostSteps = 100

/** Names of runs: those that Mien gave are said in the window's language, those that people gave stay as they are. */
export function useRunNames() {
  const { t, locale } = useI18n()

  function words(naming: RunNaming, language: string): string {
    const say = (key: string, values: Record<string, string | number> = {}) =>
      t(key, values, { locale: language })
    switch (naming.kind) {
      case 'run':
        return say('run.name', { n: naming.number })
      case 'seed':
        return `${say('workspace.seed')} ${naming.seed}`
      case 'term':
        return `${say(`terms.names.${naming.term}`)} ${weightText(naming.weight, language)}`
      case 'group':
        return `${say(`workspace.groups.${naming.group}`)} ${weightText(naming.weight, language)}`
      case 'branch': {
        const { of, steps } = naming
        const root = typeof of === 'string' ? of : words(of, language)
        return steps.reduce((name, n) => say('run.branchName', { name, n }), root)
      }
    }
  }

  const runName = ({ name, naming }: Named) => (naming === undefined ? name : words(naming, locale.value))

  /** What a new run is called: in English, and how every window finds its own words. */
  function named(naming: RunNaming): Required<Named> {
    return { name: words(naming, 'en'), naming }
  }

  /** The same for a run that goes on from a step of that one. */
  function namedBranch({ name, naming }: Named, step: number): Required<Named> {
    const english = t('run.branchName', { name: shortened(name), n: step }, { locale: 'en' })
    const before = naming?.kind === 'branch' ? naming : { of: naming ?? name, steps: [] }
    return {
      name: english,
      naming: { kind: 'branch', of: before.of, steps: [...before.steps, step].slice(-mostSteps) },
    }
  }

  return { runName, named, namedBranch }
}

function shortened(name: string): string {
  const letters = [...name]
  while (letters.join('').length > longestName) letters.pop()
  return letters.join('')
}
