import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fetchFile } from '../../src/node/downloads/fetch-file.ts'
import { heldOf, listPartials, placeOf, removePartial } from '../../src/node/downloads/partials.ts'
import { verify } from '../../src/node/downloads/verification.ts'
import type { CatalogueFile } from '../../src/shared/catalogue.ts'
import { temporaryFolder } from '../cli/mien.ts'
import { dice } from '../crash/dice.ts'
import { cutAfter, type FileServer, fileServer, serve } from './file-server.ts'

const content = randomBytes(300_000)
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const sha256 = hashOf(content)

interface Client {
  readonly file: CatalogueFile
  readonly waits: number[]
  readonly stop: AbortController
  fetch(onBytes?: (held: number, bytes: number) => void): Promise<void>
  /** Bytes that are there. */
  held(): Promise<number>
  /** The hash of what is there. */
  got(): string
}

/** Downloads `/a.pkl` into one folder, time after time, without waiting. */
function client(server: FileServer, folder = temporaryFolder(), more: Partial<CatalogueFile> = {}): Client {
  const file = { url: server.url('/a.pkl'), bytes: content.length, sha256, ...more }
  const place = placeOf(folder, file.url)
  const waits: number[] = []
  const stop = new AbortController()
  const rules = { own: true, hosts: new Set([`127.0.0.1:${server.port}`]) }
  return {
    file,
    waits,
    stop,
    fetch: (onBytes = () => undefined) =>
      fetchFile(file, place, {
        ...{ rules, signal: stop.signal, onBytes },
        sleep: async (milliseconds) => void waits.push(milliseconds),
      }),
    held: () => heldOf(place),
    got: () => hashOf(readFileSync(place.file)),
  }
}

const served = () => fileServer({ '/a.pkl': content })
const download = (message: RegExp) =>
  expect.objectContaining({ code: 'download', message: expect.stringMatching(message) })

describe('a file comes whole', () => {
  test('and says how far it is', async () => {
    const server = await served()
    const told: number[] = []
    const one = client(server)
    await one.fetch((held, bytes) => {
      expect(bytes).toBe(content.length)
      told.push(held)
    })
    expect(one.got()).toBe(sha256)
    expect(told[0]).toBe(0)
    expect(told.at(-1)).toBe(content.length)
    expect(told).toEqual(told.toSorted((a, b) => a - b))
  })

  test('slowly', async () => {
    const server = await served()
    server.whim = (_, response) => {
      response.writeHead(200, { 'content-length': content.length })
      const rest = async () => {
        for (let at = 0; at < content.length; at += 30_000) {
          await setTimeout(20)
          response.write(content.subarray(at, at + 30_000))
        }
        response.end()
      }
      void rest()
      return true
    }
    const one = client(server)
    await one.fetch()
    expect(one.got()).toBe(sha256)
  })

  test('as a range that nobody asked for, of all that there is', async () => {
    const server = await served()
    server.whim = (_, response) => {
      const contentRange = `bytes 0-${content.length - 1}/${content.length}`
      response.writeHead(206, { 'content-range': contentRange }).end(content)
      return true
    }
    const one = client(server)
    await one.fetch()
    expect(one.got()).toBe(sha256)
  })

  test.each(['progress.json', 'Progress.JSON'])('under the name %s, which Mien uses itself', async (name) => {
    const server = await served()
    server.files = { [`/${name}`]: content }
    const one = client(server, undefined, { url: server.url(`/${name}`) })
    await one.fetch()
    expect(one.got()).toBe(sha256)
  })

  test('from this machine', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.pkl'), content)
    const one = client(await served(), folder, { url: pathToFileURL(join(folder, 'a.pkl')).href })
    await one.fetch()
    expect(one.got()).toBe(sha256)
  })

  test('where the catalogue knows its length only roughly, and where the server says none', async () => {
    const server = await served()
    const rough = client(server, undefined, { bytes: 290_000, about: true })
    await rough.fetch()
    expect(rough.got()).toBe(sha256)
    server.whim = (_, response) => {
      response.writeHead(200).write(content, () => response.end())
      return true
    }
    const silent = client(server, undefined, { bytes: 290_000, about: true })
    await silent.fetch()
    expect(silent.got()).toBe(sha256)
  })
})

describe('a connection that is cut', () => {
  test.each([0, 1, 65_536, content.length - 1])('after %i bytes goes on where it was', async (bytes) => {
    const server = await served()
    server.whim = (request, response, count) =>
      count === 1 && cutAfter(bytes, content, request, response, '"one"')
    const one = client(server)
    await one.fetch()
    expect(one.got()).toBe(sha256)
    expect(server.asked).toHaveLength(2)
    const second = server.asked[1]!
    if (bytes > 0) expect(second).toMatchObject({ range: `bytes=${bytes}-`, ifRange: '"one"' })
    else expect(second.range).toBeUndefined()
  })

  test('a hundred times at random bytes ends in the same bytes', async () => {
    const server = await served()
    const next = dice(17)
    let cuts = 0
    let transferred = 0
    server.whim = (request, response) => {
      if (cuts === 100) return undefined
      cuts++
      const bytes = Math.floor(next() ** 3 * 9000)
      transferred += bytes
      return cutAfter(bytes, content, request, response, '"one"')
    }
    const one = client(server)
    // Several in a row may bring nothing; then it is pressed again.
    for (let presses = 0; cuts < 100 || (await one.held()) < content.length; presses++) {
      expect(presses).toBeLessThan(5)
      await one.fetch().catch((error: unknown) => expect(error).toMatchObject({ code: 'download' }))
    }
    expect(one.got()).toBe(sha256)
    expect(cuts).toBe(100)
    expect(transferred).toBeLessThan(content.length)
  })

  test('again and again without anything new is given up, and what came is kept', async () => {
    const server = await served()
    server.whim = (request, response, count) =>
      cutAfter(count === 1 ? 100_000 : 0, content, request, response, '"one"')
    const one = client(server)
    await expect(one.fetch()).rejects.toThrow(download(/broke off/))
    expect(await one.held()).toBeGreaterThan(0)
    expect(one.waits).toEqual([100, 1000, 2000, 4000, 8000])
    server.whim = undefined
    await one.fetch()
    expect(one.got()).toBe(sha256)
  })

  test('by the user keeps what came, and the next press goes on', async () => {
    const server = await served()
    server.whim = (request, response, count) => {
      if (count > 1) return undefined
      response
        .writeHead(200, { etag: '"one"', 'content-length': content.length })
        .write(content.subarray(0, 50_000))
      return request.headers.range === undefined
    }
    const folder = temporaryFolder()
    const one = client(server, folder)
    await expect(one.fetch((held) => held >= 50_000 && one.stop.abort())).rejects.toMatchObject({
      code: 'stopped',
    })
    expect(await one.held()).toBe(50_000)
    expect(await listPartials(folder)).toEqual([
      expect.objectContaining({ url: one.file.url, name: 'a.pkl', held: 50_000, bytes: content.length }),
    ])
    const again = client(server, folder)
    await again.fetch()
    expect(again.got()).toBe(sha256)
    expect(server.asked[1]).toMatchObject({ range: 'bytes=50000-', ifRange: '"one"' })
    await removePartial(folder, one.file.url)
    expect(await listPartials(folder)).toEqual([])
  })

  test('where the server takes no ranges begins anew', async () => {
    const server = await served()
    server.whim = (request, response, count) =>
      count === 1
        ? cutAfter(90_000, content, request, response, '"one"')
        : serve(content, response, undefined, undefined, '"one"')
    const one = client(server)
    await one.fetch()
    expect(one.got()).toBe(sha256)
  })

  test.each([undefined, 'W/"weak"'])('where the ETag is %s begins anew', async (etag) => {
    const server = await served()
    server.etag = etag
    server.whim = (_, response, count) => {
      if (count > 1) return undefined
      response.writeHead(200, { 'content-length': content.length, ...(etag === undefined ? {} : { etag }) })
      response.write(content.subarray(0, 1000), () => response.socket?.destroy())
      return true
    }
    const one = client(server)
    await one.fetch()
    expect(one.got()).toBe(sha256)
    expect(server.asked[1]!.range).toBeUndefined()
  })

  test('never joins two files: after a change it begins anew', async () => {
    const server = await served()
    const other = Buffer.from(content.map((byte) => byte ^ 0xff))
    server.whim = (request, response, count) => {
      if (count > 1) return undefined
      cutAfter(120_000, other, request, response, '"old"')
      return true
    }
    const one = client(server)
    await one.fetch()
    expect(one.got()).toBe(sha256)
    expect(server.asked[1]!.ifRange).toBe('"old"')
  })

  test('and a server that gives another range or ETag than was asked for is begun with anew', async () => {
    const server = await served()
    for (const wrong of [
      { etag: '"two"' },
      { 'content-range': `bytes 5-${content.length - 1}/${content.length}` },
    ]) {
      let count = 0
      server.whim = (request, response) => {
        count++
        if (count === 1) return cutAfter(90_000, content, request, response, '"one"')
        if (count > 2) return undefined
        const from = Number(request.headers.range!.match(/\d+/)![0])
        const contentRange = `bytes ${from}-${content.length - 1}/${content.length}`
        response.writeHead(206, { etag: '"one"', 'content-range': contentRange, ...wrong })
        response.end(content.subarray(0, content.length - from))
        return true
      }
      const one = client(server)
      await one.fetch()
      expect(one.got()).toBe(sha256)
      expect(count).toBe(3)
    }
  })
})

describe('what is there of a file', () => {
  test.each([
    [
      'is more than the file has',
      (folder: string) => writeFileSync(folder, Buffer.concat([content, content])),
    ],
    ['says nothing of its origin', (folder: string) => writeFileSync(folder, randomBytes(5000))],
  ])('is begun with anew where it %s', async (what, spoil) => {
    const server = await served()
    const folder = temporaryFolder()
    const one = client(server, folder)
    const place = placeOf(folder, one.file.url)
    mkdirSync(place.folder)
    spoil(place.file)
    if (what.startsWith('is more')) {
      const progress = { url: one.file.url, etag: '"one"', bytes: content.length }
      writeFileSync(join(place.folder, 'progress.json'), JSON.stringify(progress))
    }
    await one.fetch()
    expect(one.got()).toBe(sha256)
    // 416 tells of too much.
    expect(server.asked.length).toBe(what.startsWith('is more') ? 2 : 1)
  })

  test('is not fetched again where it is whole', async () => {
    const server = await served()
    const one = client(server)
    await one.fetch()
    await one.fetch()
    expect(server.asked).toHaveLength(1)
  })
})

describe('is refused', () => {
  test.each([404, 403, 410, 416, 418])('with status %i, at once', async (status) => {
    const server = await served()
    server.whim = (_, response) => {
      response.writeHead(status).end()
      return true
    }
    const one = client(server)
    await expect(one.fetch()).rejects.toThrow(download(new RegExp(`refuses a.pkl: ${status}`)))
    expect(server.asked).toHaveLength(1)
  })

  test('a wrong length, before anything is written', async () => {
    const server = await served()
    const one = client(server, undefined, { bytes: content.length + 1 })
    await expect(one.fetch()).rejects.toThrow(download(/300000 bytes there, and 300001/))
    expect(await one.held()).toBe(0)
    const rough = client(server, undefined, { bytes: 100_000, about: true })
    await expect(rough.fetch()).rejects.toThrow(download(/bytes there/))
  })

  test('a body without a length that does not end', async () => {
    const server = await served()
    server.whim = (_, response) => {
      response.writeHead(200)
      const more = () => response.writable && response.write(content, more)
      more()
      return true
    }
    await expect(client(server).fetch()).rejects.toThrow(download(/bytes there/))
  })

  test.each([
    ['a shorter body that is whole', 'application/octet-stream', /a.pkl has 37 bytes there, and 300000/],
    ['a web page', 'text/html; charset=utf-8', /sends a web page in place of a.pkl/],
  ])('%s, at once', async (_, type, reason) => {
    const server = await served()
    server.whim = (_, response) => {
      response.writeHead(200, { 'content-type': type }).write(content.subarray(0, 7))
      response.end(content.subarray(7, 37))
      return true
    }
    await expect(client(server).fetch()).rejects.toThrow(download(reason))
    expect(server.asked).toHaveLength(1)
  })

  test('a part that was not asked for', async () => {
    const server = await served()
    server.whim = (_, response) => {
      response.writeHead(206, { 'content-range': `bytes 5-9/${content.length}` }).end(content.subarray(5, 10))
      return true
    }
    await expect(client(server).fetch()).rejects.toThrow(download(/does not send the part of the file/))
  })

  test('a file of another machine, at once', async () => {
    const one = client(await served(), undefined, { url: 'file://elsewhere/a.pkl' })
    await expect(one.fetch()).rejects.toThrow(download(/no file of this machine/))
  })

  test('a packed body', async () => {
    const server = await served()
    server.whim = (request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity')
      const packed = gzipSync(content)
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed)
      return true
    }
    const one = client(server)
    await expect(one.fetch()).rejects.toThrow(download(/packed \(gzip\)/))
    expect(await one.held()).toBe(0)
  })

  test('a host that is not there', async () => {
    const server = await served()
    const one = client(server, undefined, { url: 'http://127.0.0.1:1/a.pkl' })
    await expect(one.fetch()).rejects.toThrow(download(/127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/))
    expect(one.waits).toHaveLength(4)
  })
})

describe('redirects', () => {
  const to = (location: string) => (server: FileServer) => {
    server.whim = (request, response) => {
      if (request.url !== '/a.pkl') return undefined
      response.writeHead(302, { location }).end()
      return true
    }
  }

  test('are followed on the hosts of the catalogue', async () => {
    const server = await served()
    server.files = { '/b/c.pkl': content }
    to('/b/c.pkl')(server)
    const one = client(server)
    await one.fetch()
    expect(one.got()).toBe(sha256)
  })

  test.each([
    'http://127.0.0.1:9/a.pkl',
    'https://example.com/a.pkl',
    'http://localhost/a',
    'file:///etc/hostname',
  ])('to %s are not', async (location) => {
    const server = await served()
    to(location)(server)
    const one = client(server)
    await expect(one.fetch()).rejects.toThrow(download(/may not be fetched|leads to/))
    expect(server.asked).toHaveLength(1)
    expect(await one.held()).toBe(0)
  })

  test('without end are not', async () => {
    const server = await served()
    to('/a.pkl')(server)
    await expect(client(server).fetch()).rejects.toThrow(download(/without end/))
    expect(server.asked).toHaveLength(6)
  })
})

describe('a server that is busy', () => {
  const busy = (server: FileServer, times: number, header?: string) => {
    server.whim = (_, response, count) => {
      if (count > times) return undefined
      response.writeHead(503, header === undefined ? {} : { 'retry-after': header }).end()
      return true
    }
  }

  test('is asked again when it says', async () => {
    const server = await served()
    busy(server, 2, '7')
    const one = client(server)
    await one.fetch()
    expect(one.got()).toBe(sha256)
    expect(one.waits).toEqual([7000, 7000])
  })

  test('is asked again at the moment that it names', async () => {
    const server = await served()
    busy(server, 1, new Date(Date.now() + 20_000).toUTCString())
    const one = client(server)
    await one.fetch()
    expect(one.waits[0]).toBeGreaterThan(10_000)
    expect(one.waits[0]).toBeLessThan(21_000)
  })

  test.each([
    ['for a day', '86400', 0],
    ['without an end', undefined, 4],
  ])('%s is left alone, and says so', async (_, header, waits) => {
    const server = await served()
    busy(server, Number.POSITIVE_INFINITY, header)
    const one = client(server)
    await expect(one.fetch()).rejects.toThrow(
      download(/cannot give the file (at the moment|before 86400 seconds are over)/),
    )
    expect(one.waits).toHaveLength(waits)
  })
})

describe('before it is read', () => {
  const fetched = async (more: Partial<CatalogueFile>) => {
    const home = temporaryFolder()
    const one = client(await served(), home, more)
    await one.fetch()
    const place = placeOf(home, one.file.url)
    const check = (pin?: string) =>
      verify(one.file, place, pin === undefined ? {} : { [one.file.url]: pin }, one.stop.signal)
    return { place, check }
  }

  test.each([sha256, sha256.slice(0, 10), undefined])(
    'a file with the published hash %s is taken',
    async (hash) => {
      const { check } = await fetched({ sha256: hash as string })
      expect(await check()).toBe(sha256)
      expect(await check(sha256)).toBe(sha256)
    },
  )

  test.each(['0'.repeat(64), '0123456789'])('one with another hash than %s is removed', async (hash) => {
    const { check, place } = await fetched({ sha256: hash })
    await expect(check()).rejects.toThrow(download(/not the file that the catalogue names: its SHA-256 is/))
    expect(existsSync(place.folder)).toBe(false)
  })

  test.each([sha256.slice(0, 10), undefined])(
    'one with the published hash %s is removed where another came first',
    async (hash) => {
      const { check, place } = await fetched({ sha256: hash as string })
      await expect(check(sha256.replace(/.$/, 'x'))).rejects.toThrow(
        download(/not the file that came first from there/),
      )
      expect(existsSync(place.folder)).toBe(false)
    },
  )
})
