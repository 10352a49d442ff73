import { extname } from 'node:path'
import { app, type BrowserWindow, dialog } from 'electron'
import { writeFileAtomic } from '../node/host/files.ts'
import type { MenuTexts } from './menu-texts.ts'

/** The file type that the app is registered for. */
export const projectExtension = '.mienz'

/**
 * Asks where a file is to go and writes it there whole; gives its path, or null if the user thought better of it. Throws
 * MienError 'unwritable'.
 */
export async function saveFile(
  window: BrowserWindow,
  name: string,
  bytes: Uint8Array,
): Promise<string | null> {
  const extension = extname(name).slice(1)
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    // A name, never a path: the user chooses the folder.
    defaultPath: name.replace(/[/\\:]/g, '_'),
    ...(extension === '' ? {} : { filters: [{ name: extension.toUpperCase(), extensions: [extension] }] }),
  })
  if (canceled || filePath === '') return null
  await writeFileAtomic(filePath, bytes)
  if (filePath.endsWith(projectExtension)) app.addRecentDocument(filePath)
  return filePath
}

/** Asks for project files; none if the user thought better of it. */
export async function chooseProjects(window: BrowserWindow, texts: MenuTexts): Promise<readonly string[]> {
  const { filePaths } = await dialog.showOpenDialog(window, {
    properties: ['openFile', 'multiSelections'],
    filters: [{ name: texts.projects, extensions: [projectExtension.slice(1)] }],
  })
  return filePaths
}

/** Tells of something that kept the app from doing what it was asked to. */
export function showFailure(message: string, detail: string | undefined): void {
  void dialog.showMessageBox({ type: 'error', message, ...(detail === undefined ? {} : { detail }) })
}
