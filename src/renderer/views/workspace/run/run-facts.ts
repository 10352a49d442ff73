import { useI18n } from 'vue-i18n'
import { settlingSteps } from '../../../../engine/projection/settling.ts'
import { classFor, modelFor } from '../../../../shared/model-choice.ts'
import type { Run } from '../../../../shared/run.ts'
import { duration } from '../../../components/duration.ts'
import { useServiceText } from '../../../locales/service-text.ts'
import { useModels } from '../../../stores/models.ts'

/** What is told about a run, in words. */
export function useRunFacts() {
  const { t, n, locale } = useI18n()
  const models = useModels()
  const say = useServiceText()

  /** Its state, and while it works how far it is. */
  function stateOf(run: Run): string {
    if (run.filming !== undefined && run.state === 'running') return t(`run.filming.${run.filming.part}`)
    if (run.state === 'starting') return t(`run.stages.${run.stage ?? 'pictures'}`)
    return t(`run.states.${run.state}`)
  }

  function stepsOf({ step, steps, kind }: Run): string {
    if (kind === 'film') return t('run.framesOf', { n: n(step), of: n(steps ?? step) })
    return steps === null ? t('run.step', { n: n(step) }) : t('run.stepOf', { n: n(step), of: n(steps) })
  }

  function leftOf({ secondsLeft }: Run): string | null {
    if (secondsLeft === null) return null
    return t('run.left', { time: duration(secondsLeft, locale.value) })
  }

  /** What its generator is called, or was asked for by where that is not installed; with the class that it draws. */
  function modelName({ setup }: Run): string | null {
    const generator = modelFor('generator', setup.models, models.list)
    const name = generator === undefined ? (setup.models.generator ?? null) : say.value(generator.name)
    const drawn = classFor(setup.models, generator?.classes ?? 0)
    return name === null || drawn === undefined ? name : t('run.ofClass', { name, n: n(drawn) })
  }

  const rounded = (value: number) => n(value, { maximumSignificantDigits: 2 })

  /** Steps in a second, or seconds for a step where they are slow. */
  function paceOf({ stepsPerSecond }: Run): string | null {
    if (stepsPerSecond === null || stepsPerSecond <= 0) return null
    if (stepsPerSecond < 1) return t('run.slowPace', { n: rounded(1 / stepsPerSecond) })
    const pace = rounded(stepsPerSecond)
    return t('run.pace', { n: pace }, pace === '1' ? 1 : 2)
  }

  /** What it costs to finish: it is over once the loss has settled, so often sooner than at the most. */
  function finishCostOf({ setup, stepsPerSecond }: Run): string {
    const { least, most } = settlingSteps(setup.settings.steps)
    if (stepsPerSecond === null || stepsPerSecond <= 0) {
      const steps =
        least === most
          ? t('run.someSteps', { n: n(most) }, most)
          : t('run.stepsBetween', { least: n(least), most: n(most) })
      return t('run.finishCost', { cost: steps })
    }
    const [soonest, latest] = [least, most].map((count) => duration(count / stepsPerSecond, locale.value))
    const time = soonest === latest ? latest : t('run.between', { least: soonest, most: latest })
    return t('run.finishCost', { cost: time })
  }

  return { stateOf, modelName, stepsOf, leftOf, paceOf, finishCostOf }
}
