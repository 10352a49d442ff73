import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noRedis, type RedisServer, startRedis } from '../cluster/redis.ts'
import { axeFindings } from './axe.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium || noRedis)('the queue of a cluster in the window', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-cluster-'))
  let redis: RedisServer
  let client: Redis
  let queue: Queue
  let studio: Studio
  let page: Page
  const button = (name: string | RegExp) => page.getByRole('button', { name })
  const count = (name: string) =>
    page.locator('.counts > div', { hasText: name }).locator('.count').textContent()

  beforeAll(async () => {
    redis = await startRedis(folder)
    client = new Redis(redis.url, { maxRetriesPerRequest: null })
    client.on('error', () => undefined)
    queue = new Queue('mien', { connection: client })
    queue.on('error', () => undefined)
    process.env.MIEN_QUEUE = redis.url
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
  })
  afterAll(async () => {
    delete process.env.MIEN_QUEUE
    await studio.close()
    client.disconnect()
    await redis.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  test('shows what waits, and holds it back', async () => {
    for (let i = 0; i < 120; i++) await queue.add(`anna+expression-${i}`, {})
    await button('Cluster').click()
    await expect.poll(() => count('Waiting')).toBe('120')
    await page.getByText(`127.0.0.1:${redis.port}`, { exact: true }).waitFor()
    await page.getByText('No worker is there.').waitFor()
    await page.getByText('and 20 more').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await button('Pause').click()
    await page.getByText('no more are begun').waitFor()
    expect(await queue.isPaused()).toBe(true)
    await button('Go on').click()
    await expect.poll(() => queue.isPaused()).toBe(false)
    await button('Remove anna+expression-0').click()
    await expect.poll(() => count('Waiting')).toBe('119')
  })

  test('asks before all that wait are taken out', async () => {
    await button('Take out all that wait').click()
    const dialog = page.getByRole('dialog', { name: 'Take out all that wait?' })
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await queue.getWaitingCount()).toBe(119)
    await button('Take out all that wait').click()
    await dialog.getByRole('button', { name: 'Take out all that wait' }).click()
    await expect.poll(() => count('Waiting')).toBe('0')
    await page.getByText('Nothing waits here.').waitFor()
  })

  test('shows who works, what failed and why, and lets it be tried again', async () => {
    const worker = new Worker(
      'mien',
      async () => {
        throw new UnrecoverableError('broken.png is damaged.')
      },
      { connection: client, name: 'left:17:abc' },
    )
    worker.on('error', () => undefined)
    await page.getByText('left:17:abc').waitFor()
    await queue.add('broken+smile', {})
    await page.getByText('broken.png is damaged.').waitFor()
    await worker.close()
    await button('Try broken+smile again').click()
    await expect.poll(() => count('Failed')).toBe('0')
    expect(await queue.getWaitingCount()).toBe(1)
  })

  test('waits for a queue that is away, and goes on by itself', async () => {
    await redis.kill()
    await page.getByText('does not answer. This page waits for it.').waitFor()
    await redis.start()
    await page.getByText('does not answer. This page waits for it.').waitFor({ state: 'detached' })
    expect(await count('Waiting')).toBe('1')
    expect(studio.defects).toEqual([])
  })
})
