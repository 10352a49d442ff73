import { basename, resolve } from 'node:path'
import { app } from 'electron'
import { MienError } from '../engine/errors.ts'
import { readWholeFile } from '../node/host/files.ts'
import { dispatch, type Report } from '../node/hosts/dispatch.ts'
import type { HostedStudio } from '../node/hosts/hosted-studio.ts'
import { largestFile } from '../shared/fields.ts'
import { projectExtension, showFailure } from './dialogs.ts'

/** The project files among the arguments that a process was started with. */
export function projectsAmong(argv: readonly string[], folder: string): readonly string[] {
  return argv
    .slice(1)
    .filter((argument) => !argument.startsWith('-') && argument.toLowerCase().endsWith(projectExtension))
    .map((argument) => resolve(folder, argument))
}

/** Brings a project file in and asks the window to show it; says so where that fails. */
export async function openProjectFile(path: string, studio: HostedStudio, report: Report): Promise<void> {
  try {
    const bytes = await readWholeFile(path, largestFile)
    const name = basename(path).slice(0, -projectExtension.length)
    const outcome = await dispatch(studio.service, 'projects.unpack', { name, bytes }, report)
    if ('failure' in outcome) return showFailure(outcome.failure.message, outcome.failure.hint ?? undefined)
    app.addRecentDocument(path)
    studio.events.emit('project.open', { project: (outcome.ok as { readonly id: string }).id })
  } catch (error) {
    if (!(error instanceof MienError)) throw error
    showFailure(error.message, error.hint)
  }
}
