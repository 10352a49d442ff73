import type { Outcome } from '../../shared/bridge.ts'
import type { Failure } from '../../shared/failure.ts'
import { decode, encode } from '../../shared/message-codec.ts'
import { browserDownload } from './browser-download.ts'
import { keepListening } from './http-events.ts'
import { ServiceFailure } from './service-failure.ts'
import type { Transport } from './transport.ts'

/**
 * Over HTTP, to the host that the page came from; listens again by itself when the host was away.
 *
 * @param origin - Of the host, without a slash at its end.
 * @param token - What the host printed in the fragment of its address.
 */
export function httpTransport(origin: string, token: string): Transport {
  const authorization = `Bearer ${token}`

  async function post(path: string, body: BodyInit, more: Record<string, string> = {}): Promise<Outcome> {
    const headers = { Authorization: authorization, 'Content-Type': 'application/octet-stream', ...more }
    const response = await fetch(origin + path, { method: 'POST', headers, body }).catch(() => undefined)
    if (response === undefined) return { failure: lost }
    if (!response.ok) return { failure: failureOf(response.status) }
    const answer = await response.arrayBuffer().catch(() => undefined)
    return answer === undefined ? { failure: lost } : (decode(new Uint8Array(answer)) as Outcome)
  }

  return {
    call: (name, parameters) => post(`/call/${name}`, encode(parameters)),
    listen(event, connection) {
      void keepListening(`${origin}/events`, authorization, event, connection)
    },
    async upload(file) {
      const name = file.name.replace(/[^\w.-]+/g, '_')
      const outcome = await post('/upload', file, { 'Mien-File-Name': name })
      if ('failure' in outcome) throw new ServiceFailure(outcome.failure)
      return (outcome.ok as { upload: string }).upload
    },
    showFolder: null,
    async save(file) {
      browserDownload(file)
      return { path: null }
    },
  }
}

const lost: Failure = {
  code: 'lost',
  message: 'Mien does not answer.',
  hint: 'Look whether it still runs where it was started; this page finds it again by itself.',
}

function failureOf(status: number): Failure {
  if (status === 401) {
    return { ...lost, message: 'Mien does not know this page.', hint: 'Open the address that it printed.' }
  }
  if (status === 413)
    return { code: 'wrong-use', message: 'This is more than Mien takes at once.', hint: null }
  return { code: 'unexpected', message: `Mien refused with status ${status}.`, hint: null }
}
