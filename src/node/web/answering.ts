import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { MienError } from '../../engine/errors.ts'
import type { Outcome } from '../../shared/bridge.ts'
import type { Service } from '../../shared/contract.ts'
import type { EventQueue, EventReaders } from '../../shared/event-queue.ts'
import { decode, encode } from '../../shared/message-codec.ts'
import { guarded } from '../host/loopback-guard.ts'
import { dispatch, failureOf, type Report } from '../hosts/dispatch.ts'
import type { Uploads } from '../hosts/uploads.ts'
import type { WindowFile } from '../hosts/window-files.ts'
import { windowHeaders } from '../hosts/window-policy.ts'
import { streamEvents } from './event-stream.ts'
import { admit, noToken, type Route } from './guard.ts'
import type { OneTimeCodes } from './one-time-codes.ts'
import { piecesOf, readBody } from './request-body.ts'

export interface AnsweringOptions {
  readonly service: Service
  readonly events: EventReaders
  readonly uploads: Uploads
  readonly files: ReadonlyMap<string, WindowFile>
  readonly token: string
  /** What may be redeemed for the token. */
  readonly codes: Pick<OneTimeCodes, 'redeem'>
  readonly report: Report
}

/** Answers requests that the guard admits: files of the window, calls, events, uploads. */
export interface Answering {
  readonly listener: RequestListener
  /** Ends all streams of events. */
  end(): void
}

export function answering({
  service,
  events,
  uploads,
  files,
  token,
  codes,
  report,
}: AnsweringOptions): Answering {
  const open = new Set<EventQueue>()

  async function answer(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (route.kind === 'file') sendFile(files.get(route.path), route.path, response)
    else if (route.kind === 'events') await listen(response)
    else if (route.kind === 'upload') send(await upload(request), response)
    else if (route.kind === 'token') {
      if (codes.redeem(route.code)) send({ ok: { token } }, response)
      else refuse(401, noToken, response)
    } else {
      const body = await readBody(request)
      if (body === undefined) refuse(413, 'This is more than Mien takes at once.', response)
      else send(await call(route.command, body), response)
    }
  }

  async function listen(response: ServerResponse): Promise<void> {
    const queue = events.open()
    open.add(queue)
    await streamEvents(queue, response).finally(() => open.delete(queue))
  }

  async function call(command: string, body: Uint8Array): Promise<Outcome> {
    let parameters: unknown
    try {
      parameters = decode(body)
    } catch (error) {
      return failed(error)
    }
    return dispatch(service, command, parameters, report)
  }

  async function upload(request: IncomingMessage): Promise<Outcome> {
    const name = request.headersDistinct['mien-file-name']?.[0] ?? ''
    try {
      return { ok: { upload: await uploads.receive(name, piecesOf(request)) } }
    } catch (error) {
      return failed(error)
    }
  }

  return {
    listener(request, response) {
      const admitted = admit(guarded(request), { port: request.socket.localPort ?? 0, token })
      if ('status' in admitted) refuse(admitted.status, admitted.reason, response)
      else {
        answer(admitted, request, response).catch((defect) => {
          if (!response.destroyed) report(request.url ?? '', defect)
          response.destroy()
        })
      }
    },
    end() {
      for (const queue of open) queue.close()
    },
  }
}

/** The failure of a MienError; everything else is thrown on. */
function failed(error: unknown): Outcome {
  if (error instanceof MienError) return { failure: failureOf(error) }
  throw error
}

function sendFile(file: WindowFile | undefined, path: string, response: ServerResponse): void {
  if (file === undefined) refuse(404, 'There is no such file.', response)
  else {
    // Names of assets change with their content.
    const cache = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache'
    response.writeHead(200, { ...windowHeaders, 'Content-Type': file.type, 'Cache-Control': cache })
    response.end(file.bytes)
  }
}

function send(outcome: Outcome, response: ServerResponse): void {
  response.writeHead(200, {
    ...windowHeaders,
    'Content-Type': 'application/octet-stream',
    'Cache-Control': 'no-store',
  })
  response.end(encode(outcome))
}

/** The connection is closed, so that what else was sent with the request is not read. */
function refuse(status: number, reason: string, response: ServerResponse): void {
  const headers = {
    ...windowHeaders,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
  }
  response.writeHead(status, { ...headers, Connection: 'close' })
  response.end(`${reason}\n`)
}
