import { useKeys } from '../../components/keys.ts'
import { useProject } from '../../stores/project.ts'
import { useRuns } from '../../stores/runs.ts'
import { groupScale, weightBeside } from './face-map/weight-scale.ts'
import { useFilm } from './film/film.ts'
import { useLikeness } from './likeness/likeness.ts'
import { useTargets } from './pictures/targets.ts'
import { useMoments } from './run/moments.ts'
import { useBranch } from './run/use-branch.ts'
import { useStart } from './run/use-start.ts'
import { useWorkspace } from './workspace.ts'

/** The keys of the workspace. */
export function useWorkspaceKeys(): void {
  const project = useProject()
  const runs = useRuns()
  const workspace = useWorkspace()
  const targets = useTargets()
  const likeness = useLikeness()
  const film = useFilm()
  const moments = useMoments()
  const { start } = useStart()
  const { branch } = useBranch()

  function startOrPause(): void {
    const run = workspace.run
    if (run?.state === 'paused') void runs.resume(run)
    else if (run?.kind === 'tuning' && run.state === 'running') return
    else if (run?.state === 'running' || run?.state === 'finishing') void runs.pause(run)
    else if (run?.state !== 'queued' && run?.state !== 'starting') void start()
  }

  function finish(): void {
    const run = workspace.run
    if (run?.setup.settings.live && !run.fixed && (run.state === 'running' || run.state === 'paused')) {
      void runs.finish(run)
    }
  }

  function weigh(hundredths: number): void {
    const { group } = workspace
    if (group === null || project.setup === null || !workspace.writable) return
    const { groupWeights } = project.setup.settings
    const weight = weightBeside(groupWeights[group]!, hundredths, groupScale)
    project.changeSettings({ groupWeights: groupWeights.with(group, weight) }, `group ${group}`)
  }

  const groups = Array.from({ length: 9 }, (_, group) => [
    String(group + 1),
    () => {
      workspace.group = workspace.group === group ? null : group
    },
  ])

  useKeys(
    {
      Space: startOrPause,
      F: finish,
      '[': () => weigh(-4),
      ']': () => weigh(4),
      O: () => {
        workspace.landmarksShown = !workspace.landmarksShown
      },
      H: () => {
        if (workspace.pictured) workspace.heatMapsShown = !workspace.heatMapsShown
      },
      X: () => targets.swap(),
      V: () => {
        workspace.variationsOpen = true
      },
      G: () => {
        workspace.chartOpen = !workspace.chartOpen
      },
      B: () => void branch(),
      ',': () => moments.move(-1),
      '.': () => moments.move(1),
      'Shift+F': () => {
        workspace.fullView = workspace.shown !== null || likeness.shown
      },
    },
    () => film.driver === null,
  )
  useKeys({
    ...Object.fromEntries(groups),
    C: () => workspace.toggleComparison(),
    '0': () => workspace.showWhole(),
    'Ctrl+Z': () => project.undo(),
    'Ctrl+Y': () => project.redo(),
    'Ctrl+Shift+Z': () => project.redo(),
    'Ctrl+E': () => {
      workspace.exportOpen = true
    },
  })
}
