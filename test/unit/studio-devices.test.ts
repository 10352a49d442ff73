import { describe, expect, test } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import { findDevices } from '../../src/node/engine/device-search.ts'
import { deviceCommands } from '../../src/node/studio/device-commands.ts'
import type { Device } from '../../src/shared/models.ts'

const cpu: Device = { provider: 'cpu', works: true, worthwhile: true, reason: null }

describe('devices', () => {
  test('are all tried, and what fails says why', async () => {
    const tried: string[] = []
    const found = await findDevices(
      async (provider) => {
        if (provider === 'cpu') return { worthwhile: true }
        if (provider === 'webgpu') return { worthwhile: false }
        throw new MienError('device', `The provider ${provider} is not here.`)
      },
      (provider) => tried.push(provider),
    )
    expect(tried).toEqual(['cuda', 'dml', 'coreml', 'webgpu', 'cpu'])
    expect(found.find(({ provider }) => provider === 'cuda')).toEqual({
      provider: 'cuda',
      works: false,
      worthwhile: false,
      reason: 'The provider cuda is not here',
    })
    expect(found.slice(-2)).toEqual([{ ...cpu, provider: 'webgpu', worthwhile: false }, cpu])
  })

  test('the user can stop the search', async () => {
    const stopped = () => Promise.reject(new MienError('stopped', 'Stopped.'))
    await expect(findDevices(stopped)).rejects.toMatchObject({ code: 'stopped' })
  })

  test('are remembered until they are to be tried again; who asks meanwhile waits for the same', async () => {
    let searches = 0
    const { 'devices.list': list } = deviceCommands({
      findDevices: async () => {
        searches++
        return [cpu]
      },
    })
    expect(await Promise.all([list({ again: false }), list({ again: true })])).toEqual([[cpu], [cpu]])
    await list({ again: false })
    expect(searches).toBe(1)
    await list({ again: true })
    expect(searches).toBe(2)
  })

  test('a search that failed is not remembered', async () => {
    let searches = 0
    const { 'devices.list': list } = deviceCommands({
      findDevices: async () => {
        if (searches++ === 0) throw new MienError('stopped', 'Stopped.')
        return [cpu]
      },
    })
    await expect(list({ again: false })).rejects.toMatchObject({ code: 'stopped' })
    expect(await list({ again: false })).toEqual([cpu])
  })
})
