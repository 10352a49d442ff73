// npm run icons: draws the icons of the app and of the window from one picture.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Two pictures and what they have in common, on a dark ground; `inset` is the margin that macOS wants around it. */
function drawing(inset) {
  const ground = 1024 - 2 * inset
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024">
    <rect x="${inset}" y="${inset}" width="${ground}" height="${ground}" rx="${ground * 0.225}" fill="#1b2126"/>
    <g transform="translate(512 512) scale(${ground / 1024})" fill="none" stroke="#f2f0ec" stroke-width="46">
      <path d="M0 -213 a250 250 0 0 1 0 426 a250 250 0 0 1 0 -426z" fill="#55c8dc" stroke="none"/>
      <circle cx="-131" cy="0" r="250"/>
      <circle cx="131" cy="0" r="250"/>
    </g>
  </svg>`
}

const png = (size, inset = 0) =>
  sharp(Buffer.from(drawing(inset)))
    .resize(size)
    .png()
    .toBuffer()

/** Windows' container: a table of pictures, then the pictures. */
async function ico(sizes) {
  const pictures = await Promise.all(sizes.map((size) => png(size)))
  const head = Buffer.alloc(6 + 16 * sizes.length)
  head.writeUInt16LE(1, 2)
  head.writeUInt16LE(sizes.length, 4)
  let offset = head.length
  for (const [i, size] of sizes.entries()) {
    const entry = 6 + 16 * i
    // 0 stands for 256.
    head.writeUInt8(size % 256, entry)
    head.writeUInt8(size % 256, entry + 1)
    head.writeUInt16LE(1, entry + 4)
    head.writeUInt16LE(32, entry + 6)
    head.writeUInt32LE(pictures[i].length, entry + 8)
    head.writeUInt32LE(offset, entry + 12)
    offset += pictures[i].length
  }
  return Buffer.concat([head, ...pictures])
}

/** macOS's container: pictures, each with its kind and length before it. */
async function icns(kinds) {
  const blocks = await Promise.all(
    Object.entries(kinds).map(async ([kind, size]) => block(kind, await png(size, 100))),
  )
  return block('icns', Buffer.concat(blocks))
}

function block(kind, content) {
  const head = Buffer.alloc(8)
  head.write(kind, 'ascii')
  head.writeUInt32BE(8 + content.length, 4)
  return Buffer.concat([head, content])
}

mkdirSync(`${root}src/renderer/public`, { recursive: true })
const files = {
  'build/icon.png': await png(1024),
  'build/icon.ico': await ico([16, 24, 32, 48, 64, 128, 256]),
  'build/icon.icns': await icns({
    ic11: 32,
    ic12: 64,
    ic07: 128,
    ic13: 256,
    ic08: 256,
    ic14: 512,
    ic09: 512,
    ic10: 1024,
  }),
  'src/renderer/public/favicon.ico': await ico([16, 32, 48]),
}
for (const [name, bytes] of Object.entries(files)) {
  writeFileSync(root + name, bytes)
  console.log(`${name}, ${Math.ceil(bytes.length / 1024)} KiB`)
}
