import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Run, RunState } from '../../shared/run.ts'
import { useRunNames } from '../components/run-name.ts'
import { useAbout } from '../stores/about.ts'
import { useNotices } from '../stores/notices.ts'
import { usePlace } from '../stores/place.ts'
import { usePreferences } from '../stores/preferences.ts'
import { useRuns } from '../stores/runs.ts'

/**
 * Tells when a run ends that is not before the user's eyes, and shows in the window's title how far the first one is. In a
 * browser the system tells too, where it was allowed; the app has notifications of its own.
 */
export function useRunEndings(): void {
  const { t } = useI18n()
  const runs = useRuns()
  const { runName } = useRunNames()
  const place = usePlace()
  const notices = useNotices()
  const about = useAbout()
  const preferences = usePreferences()
  const before = new Map<string, RunState>()

  function tellOf(run: Run): void {
    if (run.state !== 'done' && run.state !== 'failed') return
    const words = t(`queue.${run.state}`, { name: runName(run) })
    const inBrowser = about.current?.host === 'browser' && preferences.current.notify
    if (inBrowser && document.hidden && Notification.permission === 'granted') new Notification(words)
    const seen = place.current.view === 'workspace' && place.current.project === run.project
    if (seen) return
    const label = t('queue.show')
    const show = {
      label,
      act: () => place.go({ view: 'workspace', project: run.project, run: run.id }),
    }
    if (run.failure === null) notices.tell(words, show, 'good')
    else notices.fail(run.failure, words, show)
  }

  watch(
    () => [...runs.byId.values()],
    (all) => {
      for (const run of all) {
        const state = before.get(run.id)
        if (state !== undefined && state !== run.state) tellOf(run)
        before.set(run.id, run.state)
      }
    },
    { immediate: true },
  )

  watch(
    () => runs.active[0],
    (run) => {
      const percent = run?.steps ? `${Math.floor((run.step / run.steps) * 100)} % · ` : ''
      document.title = `${percent}Mien`
    },
  )
}
