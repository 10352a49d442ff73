import { useRunNames } from '../../../components/run-name.ts'
import { useProject } from '../../../stores/project.ts'
import { useWorkspace } from '../workspace.ts'

/** Starts the run that the setup asks for, under the next free number. */
export function useStart() {
  const project = useProject()
  const workspace = useWorkspace()
  const { named } = useRunNames()

  async function start(): Promise<void> {
    if (!workspace.startable || project.setup === null) return
    const name = named({ kind: 'run', number: workspace.list.length + 1 })
    await workspace.start([{ ...name, setup: project.setup }])
  }

  return { start }
}
