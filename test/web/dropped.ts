import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'

const folder = join(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'), '../demo')

/** Lets photographs that come with face-api fall onto an element, as from a folder of the system. */
export async function dropPhotographs(page: Page, onto: Locator, names: readonly string[]): Promise<void> {
  const files = names.map((name) => ({ name, base64: readFileSync(join(folder, name)).toString('base64') }))
  const transfer = await page.evaluateHandle((dropped) => {
    const data = new DataTransfer()
    for (const { name, base64 } of dropped) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      data.items.add(new File([bytes], name, { type: 'image/jpeg' }))
    }
    return data
  }, files)
  for (const type of ['dragenter', 'dragover', 'drop'])
    await onto.dispatchEvent(type, { dataTransfer: transfer })
}
