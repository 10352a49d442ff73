// Changes a project again and again, and tells each change once it was acknowledged; to be killed.
import { writeSync } from 'node:fs'
import { createProjectStore } from '../../dist/node/projects/library.js'

const [folder, bin, id] = process.argv.slice(2)
const store = createProjectStore({ folder, bin })
const { project, readOnly } = await store.open(id)
if (readOnly !== null) throw new Error(readOnly)
const tell = (name) => writeSync(1, `${name}\n`)
tell(project.name)
for (let n = Number(project.name) + 1; ; n++) {
  const content = Buffer.from(`picture ${n}`.repeat(1000))
  const hash = await store.addFile(id, content)
  await store.setThumbnail(id, Buffer.from(`thumbnail ${n}`))
  const picture = {
    id: `picture-${n}`,
    name: `${n}.png`,
    sha256: hash,
    bytes: content.length,
    width: 1,
    height: 1,
    faces: [],
    alignment: { by: 'centre' },
  }
  await store.change(id, (now) => ({
    ...now,
    name: String(n),
    pictures: [...now.pictures, picture].slice(-20),
  }))
  tell(n)
}
