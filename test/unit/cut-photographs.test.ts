import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { JobEvents } from '../../src/node/engine/protocol.ts'
import { align } from '../../src/node/worker/jobs/align.ts'
import { detect } from '../../src/node/worker/jobs/detect.ts'
import { photographs } from '../golden/face-api.ts'

const whole = new Uint8Array(readFileSync(photographs[0]!))
const cut = { name: 'cut.jpg', bytes: whole.subarray(0, whole.length >> 1) }

test.each([
  ['detect', (events: Required<JobEvents>) => detect({ picture: cut }, events)],
  ['align', (events: Required<JobEvents>) => align({ picture: { ...cut, alignment: {} }, size: 64 }, events)],
] as const)('%s refuses a photograph that was cut short before it loads networks for it', async (_, job) => {
  const told: string[] = []
  const events = { stage: (stage: string) => told.push(stage), notice: () => undefined }
  const refused = job(events as unknown as Required<JobEvents>)
  await expect(refused).rejects.toMatchObject({ code: 'bad-image' })
  expect(told).toEqual(['pictures'])
})
