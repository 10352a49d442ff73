import * as v from 'valibot'
import { exportedFile, runExport } from './exports.ts'
import { bytes, count, id, title } from './fields.ts'
import { device, imported, model, mostImported } from './models.ts'
import { preferences } from './preferences.ts'
import { alignment, binnedProject, picture, project, projectSummary } from './project.ts'
import { madeChange, metricsRow, preview, run, runChange, runMoment } from './run.ts'
import { setup } from './setup.ts'

const nothing = v.strictObject({})
const ofProject = { project: id }
const ofRun = { project: id, run: id }
const several = { projects: v.pipe(v.array(id), v.minLength(1), v.maxLength(10_000)) }

/** A picture for the window, encoded; null where there is none. */
const shown = v.strictObject({ image: v.nullable(bytes) })

/** The picture sizes that the window asks for, in pixels of the longer side. */
const size = v.pipe(count, v.minValue(16), v.maxValue(4096))

/** Numbers of groups of landmarks. */
const groups = v.array(count)

/**
 * Every command that the window can ask of the service: what it is given and what it gives back. Hosts carry it without
 * knowing any of them; both ends check both. Failures come as `failure`.
 */
export const contract = {
  'studio.about': {
    parameters: nothing,
    result: v.strictObject({
      version: v.string(),
      platform: v.string(),
      host: v.picklist(['app', 'browser']),
    }),
  },

  'preferences.get': { parameters: nothing, result: preferences },
  'preferences.set': { parameters: v.partial(preferences), result: preferences },

  'projects.list': { parameters: nothing, result: v.array(projectSummary) },
  'projects.create': { parameters: v.strictObject({ name: title }), result: project },
  /** Opens a project and takes its lock; `damage` says what is missing, `readOnly` why nothing can be changed. */
  'projects.open': {
    parameters: v.strictObject(ofProject),
    result: v.strictObject({
      project,
      runs: v.array(run),
      damage: v.array(v.string()),
      readOnly: v.nullable(v.string()),
    }),
  },
  'projects.close': { parameters: v.strictObject(ofProject), result: nothing },
  'projects.rename': { parameters: v.strictObject({ ...ofProject, name: title }), result: project },
  'projects.set-up': { parameters: v.strictObject({ ...ofProject, setup }), result: project },
  'projects.duplicate': { parameters: v.strictObject(several), result: v.array(projectSummary) },
  /** Puts projects into the bin, from which they are removed for good after 30 days. */
  'projects.remove': { parameters: v.strictObject(several), result: nothing },
  'projects.bin': { parameters: nothing, result: v.array(binnedProject) },
  'projects.restore': { parameters: v.strictObject(several), result: v.array(projectSummary) },
  'projects.purge': { parameters: v.strictObject(several), result: nothing },
  'projects.thumbnail': { parameters: v.strictObject(ofProject), result: shown },
  /** The whole project as one .mienz file. */
  'projects.pack': { parameters: v.strictObject(ofProject), result: exportedFile },
  /** Brings in a .mienz file. */
  'projects.unpack': { parameters: v.strictObject({ name: title, bytes }), result: projectSummary },

  /** Adds a picture and looks for faces in it; it is aligned by the largest, or by its centre where there is none. */
  'pictures.add': { parameters: v.strictObject({ ...ofProject, name: title, bytes }), result: picture },
  'pictures.align': { parameters: v.strictObject({ ...ofProject, picture: id, alignment }), result: picture },
  'pictures.remove': { parameters: v.strictObject({ ...ofProject, picture: id }), result: project },
  /** The upright picture, or its aligned square; `alignment` shows what another one would make of it. */
  'pictures.show': {
    parameters: v.strictObject({
      ...ofProject,
      picture: id,
      what: v.picklist(['upright', 'square']),
      size,
      alignment: v.exactOptional(alignment),
    }),
    result: shown,
  },

  /** Where the landmark network of the setup sees each of these groups in the aligned square: a translucent picture. */
  'pictures.heat-maps': { parameters: v.strictObject({ ...ofProject, picture: id, groups }), result: shown },

  /** Starts one run for each setup, in the queue. */
  'runs.start': {
    parameters: v.strictObject({
      ...ofProject,
      runs: v.pipe(v.array(v.strictObject({ name: title, setup })), v.minLength(1), v.maxLength(100)),
    }),
    result: v.array(run),
  },
  'runs.pause': { parameters: v.strictObject(ofRun), result: run },
  /** Goes on with a run that is paused, was stopped, or failed. */
  'runs.resume': { parameters: v.strictObject(ofRun), result: run },
  /** Ends a run and keeps what there is; a run that waits in the queue leaves it. */
  'runs.stop': { parameters: v.strictObject(ofRun), result: run },
  /** Lets a live run ramp down and end. */
  'runs.finish': { parameters: v.strictObject(ofRun), result: run },
  /** So many more steps before the ramp down, also for a run that is over; takes `runs.finish` back. */
  'runs.more': {
    parameters: v.strictObject({ ...ofRun, steps: v.pipe(count, v.minValue(1), v.maxValue(1_000_000)) }),
    result: run,
  },
  'runs.steer': { parameters: v.strictObject({ ...ofRun, change: runChange }), result: run },
  /** A new run that goes on from an earlier keyframe of this one. */
  'runs.branch': { parameters: v.strictObject({ ...ofRun, name: title, step: count }), result: run },
  'runs.rename': { parameters: v.strictObject({ ...ofRun, name: title }), result: run },
  /** Gives a run its star, or takes it away. */
  'runs.star': { parameters: v.strictObject({ ...ofRun, starred: v.boolean() }), result: run },
  'runs.remove': { parameters: v.strictObject(ofRun), result: nothing },
  /** The metrics from a step on, thinned to at most 2000 rows. */
  'runs.metrics': {
    parameters: v.strictObject({ ...ofRun, from: count }),
    result: v.strictObject({ rows: v.array(metricsRow), changes: v.array(madeChange) }),
  },
  'runs.history': { parameters: v.strictObject(ofRun), result: v.array(runMoment) },
  /** The picture of a moment in the history. */
  'runs.moment': { parameters: v.strictObject({ ...ofRun, step: count }), result: v.nullable(preview) },
  /** The newest picture of the run, its start, or a target as it was cut out. */
  'runs.show': {
    parameters: v.strictObject({ ...ofRun, what: v.picklist(['result', 'start', 'look', 'landmarks']) }),
    result: v.nullable(preview),
  },
  /** As `pictures.heat-maps`, for the newest picture of a run. */
  'runs.heat-maps': { parameters: v.strictObject({ ...ofRun, groups }), result: shown },
  'runs.export': { parameters: v.strictObject({ ...ofRun, export: runExport }), result: exportedFile },

  /** Runs that wait or are under way, of all projects, in the order in which they come. */
  'queue.list': { parameters: nothing, result: v.array(run) },
  /** Moves a waiting run to a place in the queue, 0 being the next. */
  'queue.move': { parameters: v.strictObject({ run: id, to: count }), result: v.array(run) },

  'models.list': { parameters: nothing, result: v.array(model) },
  /**
   * Imports checkpoints that were uploaded. What they hold decides which make a model together: the halves of a perceptual
   * network; every other stands for itself. One that is refused does not keep the others out.
   */
  'models.import': {
    parameters: v.strictObject({ uploads: v.pipe(v.array(id), v.minLength(1), v.maxLength(mostImported)) }),
    result: v.array(imported),
  },
  'models.remove': { parameters: v.strictObject({ model: id }), result: nothing },

  /** Tries every device that this machine may have. */
  'devices.list': { parameters: v.strictObject({ again: v.boolean() }), result: v.array(device) },
} as const satisfies Record<string, CommandRow>

interface CommandRow {
  readonly parameters: v.GenericSchema
  readonly result: v.GenericSchema
}

export type Contract = typeof contract
export type CommandName = keyof Contract
export type Parameters<C extends CommandName> = v.InferOutput<Contract[C]['parameters']>
export type Result<C extends CommandName> = v.InferOutput<Contract[C]['result']>

/** The service as a table: a function for every command. */
export type Service = { readonly [C in CommandName]: (parameters: Parameters<C>) => Promise<Result<C>> }

export const commandNames = Object.keys(contract) as readonly CommandName[]

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(contract, name)
}
