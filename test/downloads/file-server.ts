import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a server of files does otherwise than an honest one, for one request; true where it has answered. */
export type Whim = (request: IncomingMessage, response: ServerResponse, count: number) => boolean | undefined

export interface FileServer {
  readonly port: number
  url(path: string): string
  /** Every request, as it was asked. */
  readonly asked: readonly {
    readonly path: string
    readonly range: string | undefined
    readonly ifRange: string | undefined
  }[]
  /** How many answers were open at once at the most. */
  readonly mostAtOnce: number
  /** What it serves; may change meanwhile. */
  files: Readonly<Record<string, Buffer>>
  etag: string | undefined
  whim: Whim | undefined
}

/** Serves files on the loopback as RFC 9110 says, with ranges and ETags, until the test is over. */
export async function fileServer(files: Readonly<Record<string, Buffer>>): Promise<FileServer> {
  const asked: { path: string; range: string | undefined; ifRange: string | undefined }[] = []
  let open = 0
  let most = 0
  const self = { files, etag: '"one"' as string | undefined, whim: undefined as Whim | undefined }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname
    const { range, 'if-range': ifRange } = request.headers
    asked.push({ path, range, ifRange: ifRange as string | undefined })
    most = Math.max(most, ++open)
    response.once('close', () => open--)
    if (self.whim?.(request, response, asked.length)) return
    const file = self.files[path]
    if (file === undefined) response.writeHead(404).end('not here')
    else serve(file, response, range, ifRange as string | undefined, self.etag)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return Object.defineProperties(self, {
    port: { value: port },
    url: { value: (path: string) => `http://127.0.0.1:${port}${path}` },
    asked: { value: asked },
    mostAtOnce: { get: () => most },
  }) as unknown as FileServer
}

/** Answers with a file, or with the range of it that is asked for. */
export function serve(
  file: Buffer,
  response: ServerResponse,
  range: string | undefined,
  ifRange: string | undefined,
  etag: string | undefined,
): true {
  const headers = { ...(etag === undefined ? {} : { etag }), 'accept-ranges': 'bytes' }
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? Number.NaN)
  if (Number.isNaN(from) || (ifRange !== undefined && ifRange !== etag)) {
    response.writeHead(200, { ...headers, 'content-length': file.length }).end(file)
  } else if (from >= file.length) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end()
  } else {
    const rest = file.subarray(from)
    const contentRange = `bytes ${from}-${file.length - 1}/${file.length}`
    response
      .writeHead(206, { ...headers, 'content-length': rest.length, 'content-range': contentRange })
      .end(rest)
  }
  return true
}

/** Answers as `serve`, and breaks the connection off after so many bytes of the body. */
export function cutAfter(
  bytes: number,
  file: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
  etag: string,
): true {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const rest = file.subarray(request.headers['if-range'] === etag ? from : 0)
  const start = file.length - rest.length
  response.writeHead(start > 0 ? 206 : 200, {
    etag,
    'content-length': rest.length,
    ...(start > 0 ? { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` } : {}),
  })
  if (bytes === 0) {
    response.flushHeaders()
    setImmediate(() => response.socket?.destroy())
  } else response.write(rest.subarray(0, bytes), () => response.socket?.destroy())
  return true
}
