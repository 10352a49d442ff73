import { basename } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { spawnEngine } from '../../src/main/spawn-engine.ts'
import { startEngine } from '../../src/node/engine/client.ts'
import { protocolVersion } from '../../src/node/engine/protocol.ts'
import { utilityProcess } from './memory-electron.ts'

vi.mock('electron', () => import('./memory-electron.ts'))

const started = () => {
  const engine = startEngine(spawnEngine)
  return { engine, child: utilityProcess.children.at(-1)! }
}

describe('the engine of the app', () => {
  test('is a utility process that does jobs', async () => {
    const { engine, child } = started()
    expect(basename(child.entry)).toBe('entry.js')
    child.emit('message', { kind: 'ready', version: protocolVersion })
    const { outcome } = engine.start('devices' as never, {} as never)
    const [asked] = child.sent as { id: number }[]
    child.emit('message', { kind: 'outcome', id: asked!.id, outcome: ['cpu'] })
    expect(await outcome).toEqual(['cpu'])
  })

  test('that ends says why, with its last words', async () => {
    const { engine, child } = started()
    const { outcome } = engine.start('devices' as never, {} as never)
    child.stderr.emit('data', 'terminate called\nwhat(): out of luck\n')
    child.emit('exit', 134)
    await expect(outcome).rejects.toMatchObject({ code: 'device', message: /exit code 134.*out of luck/ })
    expect(engine.lost).toBe(true)
  })

  test.each(['ESRCH', 'EPERM'])('that is gone already is killed without an error (%s)', (code) => {
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error(`kill ${code}`), { code })
    })
    const { engine, child } = started()
    child.pid = 4713
    engine.close()
    expect(kill).toHaveBeenCalledWith(4713, 'SIGKILL')
    kill.mockRestore()
  })

  test('is killed, not asked, as soon as there is a process', () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    const early = started()
    early.engine.close()
    expect(kill).not.toHaveBeenCalled()
    early.child.pid = 4711
    early.child.emit('spawn')
    expect(kill).toHaveBeenLastCalledWith(4711, 'SIGKILL')
    const late = started()
    late.child.pid = 4712
    late.engine.close()
    expect(kill).toHaveBeenLastCalledWith(4712, 'SIGKILL')
    kill.mockRestore()
  })
})
