import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mien, temporaryFolder, tiny64 } from '../cli/mien.ts'
import { machine, quick, tableIn } from './machines.ts'
import { freePort, noRedis } from './redis.ts'
import { redisClient, redisServer } from './test-redis.ts'

/** Makes the certificate of a server. */
const noOpenssl = spawnSync('openssl', ['version']).status !== 0

function batchOf(place: string, steps: number): readonly string[] {
  return [
    ...['batch', '--looks', join(tiny64, 'look.png'), '--landmarks', join(tiny64, 'landmarks.png')],
    ...[...quick, '--steps', String(steps), '--out', join(place, 'out')],
  ]
}

test.skipIf(noRedis)(
  'Redis gone for a while, and not there at first: all wait, say for what, and go on',
  async () => {
    const place = temporaryFolder()
    const redis = await redisServer()
    const env = { MIEN_QUEUE: redis.url, MIEN_STORE: join(place, 'store') }
    const address = `127.0.0.1:${redis.port}`
    await redis.kill()
    const batch = machine(batchOf(place, 150), env)
    await batch.says(`The queue at ${address} does not answer (ECONNREFUSED); waiting for it.`)
    await redis.start()
    await batch.says(`The queue at ${address} answers again.`)
    await batch.says('No worker is at this queue yet')
    // A server that has forgotten everything is told again.
    await redisClient(redis.url).flushall()
    await batch.says('The queue has lost look+landmarks; it is put in again.')

    const worker = machine(['worker'], env)
    await worker.says(/step \d+\/150/)
    await redis.kill()
    await worker.says(`The queue at ${address} does not answer`)
    // Longer than the job still takes: it ends while nobody can be told.
    await setTimeout(5000)
    await redis.start()
    await worker.says(`The queue at ${address} answers again.`)
    expect(await batch.ended, batch.text()).toBe(0)
    expect(worker.text()).not.toContain('goes on after step')
    expect(tableIn(join(place, 'out')).get('look+landmarks')).toMatchObject({ state: 'done' })

    worker.child.kill('SIGINT')
    expect(await worker.ended).toBe(0)
  },
)

test.skipIf(noRedis)('a password is asked for and never shown', async () => {
  const redis = await redisServer('--requirepass', 'open sesame')
  for (const [user, reason] of [
    ['', /asks for a password/],
    [':wrong@', /does not know that user and password/],
  ] as const) {
    const refused = await mien(['queue', '--queue', `redis://${user}127.0.0.1:${redis.port}`])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(reason)
  }
  const { code, stdout, stderr } = await mien([
    'queue',
    '--queue',
    `redis://:open%20sesame@127.0.0.1:${redis.port}`,
  ])
  expect(code, stderr).toBe(0)
  expect(stdout).toContain(`127.0.0.1:${redis.port}: 0 waiting`)
  expect(stdout + stderr).not.toContain('sesame')
  const wrong = await mien(['queue', '--queue', 'http://:open%20sesame@host'])
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('That is no address of a queue.')
  expect(wrong.stderr).not.toContain('sesame')
})

test.skipIf(noRedis || noOpenssl)(
  'TLS: a server with a certificate that is trusted, one that is not, and one that has none',
  async () => {
    const folder = temporaryFolder()
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
        ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', certificate],
      ],
      { stdio: 'ignore' },
    )
    const plain = await redisServer()
    const port = await freePort()
    const tls = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate]
    await redisServer('--tls-port', String(port), '--tls-auth-clients', 'no', ...tls)
    const url = `rediss://127.0.0.1:${port}`

    const trusted = await mien(['queue', '--queue', url], { env: { NODE_EXTRA_CA_CERTS: certificate } })
    expect(trusted.code, trusted.stderr).toBe(0)
    const untrusted = await mien(['queue', '--queue', url])
    expect(untrusted.code).toBe(2)
    expect(untrusted.stderr).toMatch(/do not agree on TLS: .*self.signed certificate/)
    // A server that speaks no TLS says nothing.
    const silent = machine(['queue', '--queue', `rediss://127.0.0.1:${plain.port}`])
    await silent.says('does not answer (ETIMEDOUT); waiting for it.')
  },
)
