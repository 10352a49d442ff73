import { useI18n } from 'vue-i18n'
import type { Run } from '../../../../shared/run.ts'
import { duration } from '../../../components/duration.ts'

/** What is told about a run, in words. */
export function useRunFacts() {
  const { t, n, locale } = useI18n()

  /** Its state, and while it works how far it is. */
  function stateOf(run: Run): string {
    if (run.state === 'starting') return t(`run.stages.${run.stage ?? 'pictures'}`)
    return t(`run.states.${run.state}`)
  }

  function stepsOf({ step, steps }: Run): string {
    return steps === null ? t('run.step', { n: n(step) }) : t('run.stepOf', { n: n(step), of: n(steps) })
  }

  function leftOf({ secondsLeft }: Run): string | null {
    if (secondsLeft === null) return null
    return t('run.left', { time: duration(secondsLeft, locale.value) })
  }

  const rounded = (value: number) => n(value, { maximumSignificantDigits: 2 })

  /** Steps in a second, or seconds for a step where they are slow. */
  function paceOf({ stepsPerSecond }: Run): string | null {
    if (stepsPerSecond === null || stepsPerSecond <= 0) return null
    if (stepsPerSecond < 1) return t('run.slowPace', { n: rounded(1 / stepsPerSecond) })
    const pace = rounded(stepsPerSecond)
    return t('run.pace', { n: pace }, pace === '1' ? 1 : 2)
  }

  return { stateOf, stepsOf, leftOf, paceOf }
}
