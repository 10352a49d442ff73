import type { Page } from 'playwright-core'
import { percentile, scriptTimes, scrollGallery } from '../web/script-time.ts'
import { fillLibrary, openStudio, type Studio } from '../web/studio.ts'

/** Of the window in Chromium from `mien serve`, in milliseconds; medians of several tries. */
export interface WindowFigures {
  readonly projects: number
  /** From the call of `mien serve` to its address. */
  readonly serverStart: number
  /** From the call of the page to the first that is seen of it; each time with nothing kept of it. */
  readonly firstPaint: number
  /** The same of a page that is one word: what the browser itself takes. */
  readonly emptyPaint: number
  /** From the call of the page to the first picture in the gallery. */
  readonly firstPicture: number
  /** Of a frame while the gallery scrolls: 95th percentile, the least of the tries. */
  readonly scriptOfFrame: number
}

const tries = 5
const plainPage = 'data:text/html,word'

/** Opens a library of so many projects. */
export async function measureWindow(projects: number): Promise<WindowFigures> {
  const begin = performance.now()
  const studio = await openStudio()
  const serverStart = performance.now() - begin
  try {
    await fillLibrary(studio.home, projects)
    // The first look reads every project; it is not what is measured.
    await (await openGallery(studio)).context().close()
    const [paints, pictures, empty, scripts] = [[], [], [], []] as [number[], number[], number[], number[]]
    for (let i = 0; i < tries; i++) {
      const page = await openGallery(studio)
      paints.push(await firstPaint(page))
      pictures.push(await page.evaluate(() => performance.now()))
      scripts.push(percentile(await scriptTimes(studio.browser, page, () => scrollGallery(page)), 0.95))
      await page.goto(plainPage)
      empty.push(await firstPaint(page))
      await page.context().close()
    }
    const median = (values: readonly number[]) => percentile(values, 0.5)
    return {
      projects,
      serverStart,
      firstPaint: median(paints),
      emptyPaint: median(empty),
      firstPicture: median(pictures),
      scriptOfFrame: Math.min(...scripts),
    }
  } finally {
    await studio.close()
  }
}

async function openGallery(studio: Studio): Promise<Page> {
  const page = await studio.open({ viewport: { width: 1440, height: 900 } })
  await page.waitForSelector('[role=gridcell] img:not([hidden])')
  return page
}

function firstPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const paint = list.getEntriesByName('first-contentful-paint')[0]
          if (paint !== undefined) resolve(paint.startTime)
        }).observe({ type: 'paint', buffered: true })
      }),
  )
}
