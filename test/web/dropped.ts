import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'

const folder = join(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'), '../demo')

/** Where a photograph lies that comes with face-api. */
export function photograph(name: string): string {
  return join(folder, name)
}

/** Lets files and folders fall onto the middle of an element, as from a folder of the system, or from above another one. */
export async function drop(
  page: Page,
  onto: Locator,
  paths: readonly string[],
  from: Locator = onto,
): Promise<void> {
  const [first, place] = [await middleOf(from), await middleOf(onto)]
  const data = { items: [], files: [...paths], dragOperationsMask: 1 }
  const devtools = await page.context().newCDPSession(page)
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, ...(type === 'drop' ? place : first), data })
  }
  await devtools.detach()
}

async function middleOf(element: Locator): Promise<{ readonly x: number; readonly y: number }> {
  const { x, y, width, height } = (await element.boundingBox())!
  return { x: x + width / 2, y: y + height / 2 }
}
