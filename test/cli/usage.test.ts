import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { jsonOf, mien } from './mien.ts'
import { expectRefusal } from './refusal.ts'
import { spoken } from './spoken.ts'

const commands = [
  'project',
  'batch',
  'animate',
  'evaluate',
  'render',
  'sample',
  'detect',
  'align',
  'import',
  'download',
  'models',
  'devices',
  'completion',
]

describe('help', () => {
  test('without a command lists the commands and ends with wrong use', async () => {
    const { code, stdout, stderr } = await mien([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    for (const command of commands) expect(stderr).toContain(command)
  })

  test('--help lists the commands and the exit codes', async () => {
    const { code, stdout } = await mien(['--help'])
    expect(code).toBe(0)
    for (const command of commands) expect(stdout).toContain(command)
    expect(stdout).toContain('130')
  })

  test.each(commands)('%s --help shows an example', async (command) => {
    const { code, stdout, stderr } = await spoken([command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`Examples?:\\n(.*\\n)*.*mien ${command}`))
  })

  test('--version prints the version of package.json', async () => {
    const { stdout } = await mien(['--version'])
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('wrong use ends with 2 and says what is right', () => {
  const pictures = ['--look', 'a.png', '--landmarks', 'b.png', '--out', 'c']
  test.each<[args: string[], ...words: (string | RegExp)[]]>([
    [['projct'], 'projct', 'project'],
    [['project'], '--look'],
    [['project', ...pictures, '--colour'], '--colour'],
    [['project', ...pictures, '--look-face', '0'], '--look-face', 'whole number'],
    [['project', ...pictures, '--no-align', '--landmarks-face', '2'], '--no-align'],
    [['project', ...pictures, '--no-align', '--look-points', 'p.json'], '--no-align'],
    [['project', ...pictures, '--no-align', '--steps', '0'], '--steps', 'whole number'],
    [['project', ...pictures, '--no-align', '--steps', '1.5'], '--steps'],
    [['project', ...pictures, '--no-align', '--steps'], '--steps'],
    [['project', ...pictures, '--no-align', '--seed', '-1'], '--seed'],
    [['project', ...pictures, '--no-align', '--space', 'z'], 'w, w\\+'],
    [['project', ...pictures, '--no-align', '--start-truncation', '2'], '--start-truncation', '0 to 1'],
    [['project', ...pictures, '--no-align', '--provider', 'tpu'], 'cuda'],
    [['project', ...pictures, '--no-align', '--precision', 'float8'], 'float32, float16'],
    [['evaluate', ...pictures.slice(0, 4), '--latent', 'w.npz', '--precision', 'float16'], '--precision'],
    [['project', ...pictures, '--no-align', '--lpips-weight', 'much'], '--lpips-weight', 'number'],
    [['project', ...pictures, '--no-align', '--lpips-weight', '-1'], 'from 0'],
    [['project', ...pictures, '--no-align', '--landmark-weights', '1,2,3'], '9 numbers', 'jaw'],
    [['project', ...pictures, '--no-align', '--landmark-weights', '1,1,1,1,1,1,1,1,x'], '9 numbers'],
    [['batch', '--looks', 'a', '--landmarks', 'b'], '--out'],
    [['batch', '--looks', 'a', '--out', 'c'], '--landmarks'],
    [['batch', 'jobs.csv', '--pairs', 'zip', '--out', 'c'], 'table', '--pairs'],
    [['batch', 'jobs.txt', '--out', 'c'], 'jobs.txt', '.csv'],
    [['batch', 'c/batch.csv', '--out', 'c'], 'batch.csv'],
    [['batch', '--looks', 'a', '--landmarks', 'b', '--pairs', 'some', '--out', 'c'], 'all, zip'],
    [['evaluate', '--look', 'a', '--landmarks', 'b'], '--latent'],
    [['detect'], 'photo'],
    [['align', 'a.jpg'], '--out'],
    [['align', 'a.jpg', '--out', 'b.png', '--face', 'two'], '--face', 'whole number'],
    [['align', 'a.jpg', '--out', 'b.png', '--size', '8'], '--size', '16 to 2048'],
    [['sample', '--out', 'x', '--seeds', '5-3'], 'seeds'],
    [['sample', '--out', 'x', '--seeds', 'all'], 'seeds'],
    [['sample', '--out', 'x', '--seeds', '0-99999'], '10000'],
    [['sample', '--out', 'x', '--seeds', '1', '--truncation', 'x'], 'truncation'],
    [['render', '--latent', 'w.npz'], '--out'],
    [['import'], 'file'],
    [['completion', 'tcsh'], 'bash'],
  ])('%j', async (args, ...words) => {
    expectRefusal(await spoken(args), 2, ...words.map((word) => new RegExp(word)))
  })
})

describe('devices', () => {
  test('the processor works, and what does not says why; people get one line a device', async () => {
    const found = jsonOf<{
      auto: string
      devices: { provider: string; works: boolean; worthwhile?: boolean; reason?: string }[]
    }>(await mien(['devices', '--json']))
    expect(found.devices.map(({ provider }) => provider)).toEqual(['cuda', 'dml', 'coreml', 'webgpu', 'cpu'])
    expect(found.devices.at(-1)).toEqual({ provider: 'cpu', works: true, worthwhile: true })
    expect(found.auto).toBe(found.devices.find(({ worthwhile }) => worthwhile)?.provider)
    for (const { works, reason } of found.devices) expect(works || (reason ?? '').length > 10).toBe(true)
    const { stdout } = await mien(['devices'])
    expect(stdout.trim().split('\n')).toHaveLength(5)
  })
})

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('for %s knows the commands and their flags', async (shell) => {
    const { code, stdout } = await spoken(['completion', shell])
    expect(code).toBe(0)
    for (const command of commands) expect(stdout).toContain(command)
    expect(stdout).toMatch(/landmark-weights/)
  })

  test.skipIf(spawnSync('bash', ['--version']).status !== 0)('works in bash', async () => {
    const { stdout } = await spoken(['completion', 'bash'])
    const complete = (...words: string[]) => {
      const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _mien; printf '%s\\n' "\${COMPREPLY[@]}"`
      return spawnSync('bash', ['-c', `${stdout}\n${line}`], { encoding: 'utf8' })
        .stdout.trim()
        .split('\n')
    }
    expect(complete('mien', 'pro')).toEqual(['project'])
    expect(complete('mien', 'project', '--look')).toEqual(['--look', '--look-face', '--look-points'])
    expect(complete('mien', 'project', '--space', '')).toEqual(['w', 'w+'])
    expect(complete('mien', 'project', '--precision', '')).toEqual(['float32', 'float16'])
    expect(complete('mien', 'render', '--provider', 'c')).toEqual(['cuda', 'coreml', 'cpu'])
    expect(complete('mien', 'completion', 'z')).toEqual(['zsh'])
    expect(complete('mien', 'al')).toEqual(['align'])
    expect(complete('mien', 'align', '--po')).toEqual(['--points'])
    expect(complete('mien', 'detect', '--j')).toEqual(['--json'])
  })
})
