import * as v from 'valibot'
import { emptySetup } from './default-setup.ts'
import { driver } from './driver.ts'
import { mostDrivers, type Project, picture, project, projectVersion } from './project.ts'
import { searchSettings, setup } from './setup.ts'

/** The fields of a project.json, of whatever version. */
export type ProjectFields = Readonly<Record<string, unknown>>

/** What makes of the fields of one version those of the next. */
export type Migration = (fields: ProjectFields) => ProjectFields

/** By the version that they start from; one for every version before `projectVersion`. */
export const migrations: Readonly<Record<number, Migration>> = {
  // Before films there were no drivers.
  1: (fields) => ({ ...fields, drivers: [] }),
}

/** The fields as the newest version has them. Those of a version that is newer still stay as they are. */
export function migrate(
  fields: ProjectFields,
  steps: Readonly<Record<number, Migration>> = migrations,
  newest: number = projectVersion,
): ProjectFields {
  let now = fields
  for (let version = versionOf(fields) ?? newest; version < newest; version++) {
    const step = steps[version]
    if (step === undefined) return now
    now = { ...step(now), version: version + 1 }
  }
  return now
}

/** The version that fields say they have: a whole number from 1. */
export function versionOf({ format, version }: ProjectFields): number | undefined {
  const sound = format === 'mien-project' && Number.isSafeInteger(version) && Number(version) >= 1
  return sound ? Number(version) : undefined
}

/** The project in the fields of this version; undefined if anything in them is not as it should be. */
export function parseProject(fields: ProjectFields): Project | undefined {
  const parsed = v.safeParse(project, fields)
  return parsed.success ? parsed.output : undefined
}

const knownPicture = v.object(picture.entries)
const knownDriver = v.object(driver.entries)
const knownSetup = v.object({ ...setup.entries, settings: v.object(searchSettings.entries) })

/**
 * As much of a project as can be understood: unknown fields, pictures and drivers that are not as they should be, and a
 * setup that is not, are left out. For projects that are damaged, or of a newer version. Undefined if not even its id is known.
 */
export function salvageProject(fields: ProjectFields): Project | undefined {
  if (versionOf(fields) === undefined) return undefined
  const parsedSetup = v.safeParse(knownSetup, fields.setup)
  const created = v.is(project.entries.created, fields.created) ? fields.created : 0
  return parseProject({
    format: 'mien-project',
    version: projectVersion,
    id: fields.id,
    name: v.is(project.entries.name, fields.name) ? fields.name : 'Project',
    created,
    modified: v.is(project.entries.modified, fields.modified) ? fields.modified : created,
    pictures: soundOf(fields.pictures, knownPicture).slice(0, 200),
    drivers: soundOf(fields.drivers, knownDriver).slice(0, mostDrivers),
    setup: parsedSetup.success ? parsedSetup.output : emptySetup(),
  })
}

function soundOf(list: unknown, schema: v.GenericSchema): readonly unknown[] {
  const parsed = (Array.isArray(list) ? list : []).map((one) => v.safeParse(schema, one))
  return parsed.filter(({ success }) => success).map(({ output }) => output)
}
