import { describe, expect, test } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import { dispatch } from '../../src/node/hosts/dispatch.ts'
import { commandNames } from '../../src/shared/contract.ts'
import { badPayloads } from './bad-payloads.ts'
import { recordingService } from './recording-service.ts'

const silent = () => undefined

describe('dispatch', () => {
  test('there are payloads to refuse for every command', () => {
    for (const name of commandNames) expect(badPayloads(name).length).toBeGreaterThanOrEqual(25)
  })

  test.each(commandNames)('%s is not entered with bad parameters', async (name) => {
    const { service, entered } = recordingService()
    for (const [what, payload] of badPayloads(name)) {
      const outcome = await dispatch(service, name, payload, silent)
      expect(outcome, what).toMatchObject({ failure: { code: 'wrong-use' } })
    }
    expect(entered).toEqual([])
  })

  test.each(['', 'projects', '__proto__', 'constructor', 'toString', 'projects.list ', 'PROJECTS.LIST'])(
    'there is no command "%s"',
    async (name) => {
      const { service, entered } = recordingService()
      expect(await dispatch(service, name, {}, silent)).toMatchObject({ failure: { code: 'wrong-use' } })
      expect(entered).toEqual([])
    },
  )

  test('gives parameters as the schema makes them, and the result', async () => {
    const asked: unknown[] = []
    const { service } = recordingService({
      'runs.history': async (parameters) => {
        asked.push(parameters)
        return [{ step: 1, keyframe: true }]
      },
      'projects.rename': async (parameters) => {
        asked.push(parameters)
        throw new MienError('wrong-use', 'There is no such project.', { hint: 'Look in the bin.' })
      },
    })
    expect(await dispatch(service, 'runs.history', { project: 'p', run: 'r' }, silent)).toEqual({
      ok: [{ step: 1, keyframe: true }],
    })
    expect(await dispatch(service, 'projects.rename', { project: 'p', name: ' Ada ' }, silent)).toEqual({
      failure: { code: 'wrong-use', message: 'There is no such project.', hint: 'Look in the bin.' },
    })
    expect(asked).toEqual([
      { project: 'p', run: 'r' },
      { project: 'p', name: 'Ada' },
    ])
  })

  test('tells the window nothing of a defect, and everything to those who look for it', async () => {
    const defect = new TypeError('/home/ada/secret.pkl is not a function')
    const told: unknown[] = []
    const { service } = recordingService({
      'studio.about': async () => {
        throw defect
      },
    })
    const outcome = await dispatch(service, 'studio.about', {}, (command, error) => told.push(command, error))
    expect(outcome).toMatchObject({ failure: { code: 'unexpected' } })
    expect(JSON.stringify(outcome)).not.toMatch(/\bada\b|secret|TypeError|\.ts/)
    expect(told).toEqual(['studio.about', defect])
  })

  test('a result that is not as the contract has it is a defect', async () => {
    const { service } = recordingService({
      'studio.about': async () => ({ version: 1, path: '/home/ada' }) as never,
    })
    const outcome = await dispatch(service, 'studio.about', {}, silent)
    expect(outcome).toMatchObject({ failure: { code: 'unexpected' } })
  })
})
