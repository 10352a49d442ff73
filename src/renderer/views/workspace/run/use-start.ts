import { useI18n } from 'vue-i18n'
import { useProject } from '../../../stores/project.ts'
import { useWorkspace } from '../workspace.ts'

/** Starts the run that the setup asks for, under the next free number. */
export function useStart() {
  const { t } = useI18n()
  const project = useProject()
  const workspace = useWorkspace()

  async function start(): Promise<void> {
    if (!workspace.startable || project.setup === null) return
    await workspace.start([{ name: t('run.name', { n: workspace.list.length + 1 }), setup: project.setup }])
  }

  return { start }
}
