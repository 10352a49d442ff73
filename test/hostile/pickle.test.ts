import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { MienError } from '../../src/engine/errors.ts'
import { bundleChild, type Child } from './child-process.ts'
import { payloads } from './pickle-payloads.ts'

function refusalOf(file: Uint8Array): MienError {
  try {
    openCheckpoint(memorySource(file, 'payload.pkl'))
  } catch (error) {
    if (error instanceof MienError) return error
    throw error
  }
  throw new Error('the file was read')
}

describe('pickles that would run code are refused, with the global and its byte', () => {
  test('there are as many as docs/security.md says, all different', () => {
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'security.md'), 'utf8')
    expect(text).toContain(`| ${payloads.length} hostile pickles refused`)
    expect(new Set(payloads.map(({ title }) => title)).size).toBe(payloads.length)
  })

  test.for(payloads)('$title', ({ file, code, names, offset }) => {
    const error = refusalOf(file)
    expect(error.code).toBe(code)
    expect(error.place).toEqual({ file: 'payload.pkl', offset, name: names })
    expect(error.message.length).toBeGreaterThan(20)
    expect(error.hint).toBeTruthy()
  })
})

describe('under the permission model of Node', () => {
  let child: Child
  beforeAll(async () => {
    child = await bundleChild()
  })
  afterAll(() => child.dispose())

  test('nothing is written and no process is started', () => {
    const major = Number(process.versions.node.split('.')[0])
    const permission = major >= 23 ? '--permission' : '--experimental-permission'
    const result = child.run<{ count: number; accepted: string[]; denied: boolean[] }>('payloads', '', [
      permission,
      `--allow-fs-read=${child.folder}/*`,
    ])
    expect(result).toEqual({ count: payloads.length, accepted: [], denied: [true, true] })
  })
})
