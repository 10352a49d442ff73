import { expect, test, vi } from 'vitest'
import { askSystemProxy } from '../../src/main/system-proxy.ts'
import { proxyFor } from '../../src/node/downloads/tunnel.ts'
import { session } from './memory-electron.ts'

vi.mock('electron', () => import('./memory-electron.ts'))

test('the app asks its session for the proxy of an address', async () => {
  const address = new URL('https://cdn.example.com/a.pkl')
  expect(await proxyFor(address, {}, askSystemProxy)).toBeUndefined()
  session.defaultSession.proxies.set(address.href, 'PROXY proxy.example:3128; DIRECT')
  expect((await proxyFor(address, {}, askSystemProxy))?.href).toBe('http://proxy.example:3128/')
})
