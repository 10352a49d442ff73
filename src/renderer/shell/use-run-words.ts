import { useI18n } from 'vue-i18n'
import type { Run } from '../../shared/run.ts'
import { duration } from '../components/duration.ts'
import { progressOf } from './run-progress.ts'

/** What is said of a run in one short line. */
export function useRunWords(): (run: Run) => string {
  const { t, locale } = useI18n()
  return (run) => {
    if (run.state === 'queued' || run.state === 'starting') return t(`queue.${run.state}`)
    const what = run.kind === 'film' ? 'queue.frames' : 'queue.steps'
    const steps = t(what, { n: run.step.toLocaleString(locale.value) }, run.step)
    if (run.state === 'paused') return `${t('queue.paused')} · ${steps}`
    const progress = progressOf(run)
    if (progress === null) return `${t('queue.live')} · ${steps}`
    const percent = t('queue.progress', { percent: Math.floor(progress * 100) })
    if (run.secondsLeft === null) return percent
    return `${percent} · ${t('queue.left', { time: duration(run.secondsLeft, locale.value) })}`
  }
}
