import * as v from 'valibot'
import { setId, shownCatalogue } from './catalogue.ts'
import { clusterActions, clusterState } from './cluster.ts'
import { type CommandRow, nothing, ofProject, shown, size } from './command-fields.ts'
import { exportedFile, likenessExport, mostInBatch, runExport, togetherExport } from './exports.ts'
import { bytes, count, id, title } from './fields.ts'
import { filmCommands } from './film-commands.ts'
import { likeness, likenessForm, likenessOrder } from './likeness.ts'
import { device, imported, model, mostImported } from './models.ts'
import { preferences } from './preferences.ts'
import { alignment, binnedProject, picture, project, projectSummary } from './project.ts'
import { madeChange, metricsRow, preview, run, runChange, runMoment } from './run.ts'
import { runTitle } from './run-naming.ts'
import { setup } from './setup.ts'

const ofRun = { project: id, run: id }
const several = { projects: v.pipe(v.array(id), v.minLength(1), v.maxLength(10_000)) }

/** Numbers of groups of landmarks. */
const groups = v.array(count)

/**
 * Every command that the window can ask of the service: what it is given and what it gives back. Hosts carry it without
 * knowing any of them; both ends check both. Failures come as `failure`.
 */
export const contract = {
  'studio.about': {
    writes: 'nothing',
    parameters: nothing,
    result: v.strictObject({
      version: v.string(),
      platform: v.string(),
      host: v.picklist(['app', 'browser']),
      /** Where the queue of a cluster is, if the studio was started with one. */
      cluster: v.nullable(v.string()),
    }),
  },

  /** Where everything that belongs to the user lies, and how much it takes. */
  'studio.storage': {
    writes: 'nothing',
    parameters: nothing,
    result: v.strictObject({ folder: v.string(), projects: count, bin: count, models: count }),
  },

  /** Null while the queue does not answer, and where there is none. */
  'cluster.state': { writes: 'nothing', parameters: nothing, result: v.nullable(clusterState) },
  'cluster.act': {
    writes: 'nothing',
    parameters: v.strictObject({
      action: v.picklist(clusterActions),
      /** Ids; of all with which it can be done if there is none. */
      jobs: v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(1000)),
    }),
    result: v.strictObject({ jobs: v.nullable(count) }),
  },

  'preferences.get': { writes: 'nothing', parameters: nothing, result: preferences },
  'preferences.set': { writes: 'home', parameters: v.partial(preferences), result: preferences },

  'projects.list': { writes: 'nothing', parameters: nothing, result: v.array(projectSummary) },
  'projects.create': { writes: 'home', parameters: v.strictObject({ name: title }), result: project },
  /** Opens a project and takes its lock; `damage` says what is missing, `readOnly` why nothing can be changed. */
  'projects.open': {
    writes: 'nothing',
    parameters: v.strictObject(ofProject),
    result: v.strictObject({
      project,
      runs: v.array(run),
      damage: v.array(v.string()),
      readOnly: v.nullable(v.string()),
    }),
  },
  'projects.close': { writes: 'nothing', parameters: v.strictObject(ofProject), result: nothing },
  'projects.rename': {
    writes: 'project',
    parameters: v.strictObject({ ...ofProject, name: title }),
    result: project,
  },
  'projects.set-up': {
    writes: 'project',
    parameters: v.strictObject({ ...ofProject, setup }),
    result: project,
  },
  'projects.duplicate': {
    writes: 'home',
    parameters: v.strictObject(several),
    result: v.array(projectSummary),
  },
  /** Puts projects into the bin, from which they are removed for good after 30 days. */
  'projects.remove': { writes: 'home', parameters: v.strictObject(several), result: nothing },
  'projects.bin': { writes: 'nothing', parameters: nothing, result: v.array(binnedProject) },
  'projects.restore': {
    writes: 'home',
    parameters: v.strictObject(several),
    result: v.array(projectSummary),
  },
  'projects.purge': { writes: 'home', parameters: v.strictObject(several), result: nothing },
  'projects.thumbnail': { writes: 'nothing', parameters: v.strictObject(ofProject), result: shown },
  /** The whole project as one .mienz file. */
  'projects.pack': { writes: 'nothing', parameters: v.strictObject(ofProject), result: exportedFile },
  /** About how many bytes that file would have; null where it would be too large. */
  'projects.pack-size': {
    writes: 'nothing',
    parameters: v.strictObject(ofProject),
    result: v.nullable(count),
  },
  /** Brings in a .mienz file. */
  'projects.unpack': {
    writes: 'home',
    parameters: v.strictObject({ name: title, bytes }),
    result: projectSummary,
  },

  /** Adds a picture and looks for faces in it; it is aligned by the largest, or by its centre where there is none. */
  'pictures.add': {
    writes: 'project',
    parameters: v.strictObject({ ...ofProject, name: title, bytes }),
    result: picture,
  },
  'pictures.align': {
    writes: 'project',
    parameters: v.strictObject({ ...ofProject, picture: id, alignment }),
    result: picture,
  },
  'pictures.remove': {
    writes: 'project',
    parameters: v.strictObject({ ...ofProject, picture: id }),
    result: project,
  },
  /** The upright picture, or its aligned square; `alignment` shows what another one would make of it. */
  'pictures.show': {
    writes: 'nothing',
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
  'pictures.heat-maps': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, picture: id, groups }),
    result: shown,
  },

  /**
   * The look's photograph with the landmarks that are asked for, no larger than the photograph has it; null where the
   * look is no photograph with a face, or where nothing tells the landmarks yet.
   */
  'likeness.show': {
    writes: 'nothing',
    parameters: v.strictObject({
      ...ofProject,
      order: likenessOrder,
      form: likenessForm,
      size,
      judge: v.boolean(),
    }),
    result: v.nullable(likeness),
  },
  /** The same as a file. */
  'likeness.export': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, order: likenessOrder, export: likenessExport }),
    result: exportedFile,
  },

  ...filmCommands,

  /** Starts one run for each setup, in the queue. */
  'runs.start': {
    writes: 'project',
    parameters: v.strictObject({
      ...ofProject,
      runs: v.pipe(v.array(v.strictObject({ ...runTitle, setup })), v.minLength(1), v.maxLength(mostInBatch)),
    }),
    result: v.array(run),
  },
  'runs.pause': { writes: 'project', parameters: v.strictObject(ofRun), result: run },
  /** Goes on with a run that is paused, was stopped, or failed. */
  'runs.resume': { writes: 'project', parameters: v.strictObject(ofRun), result: run },
  /** Ends a run and keeps what there is; a run that waits in the queue leaves it. */
  'runs.stop': { writes: 'project', parameters: v.strictObject(ofRun), result: run },
  /** Lets a live run end once its loss has settled. */
  'runs.finish': { writes: 'project', parameters: v.strictObject(ofRun), result: run },
  /** So many more steps before it settles, also for a run that is over; takes `runs.finish` back. */
  'runs.more': {
    writes: 'project',
    parameters: v.strictObject({ ...ofRun, steps: v.pipe(count, v.minValue(1), v.maxValue(1_000_000)) }),
    result: run,
  },
  'runs.steer': {
    writes: 'project',
    parameters: v.strictObject({ ...ofRun, change: runChange }),
    result: run,
  },
  /** A new run that goes on from an earlier keyframe of this one. */
  'runs.branch': {
    writes: 'project',
    parameters: v.strictObject({ ...ofRun, ...runTitle, step: count }),
    result: run,
  },
  /**
   * The face that a tuning was taught, moved to where the landmarks of the photograph of this order go. Null where nothing
   * tells where that is.
   */
  'runs.moved': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofRun, order: likenessOrder }),
    result: v.nullable(preview),
  },
  /** A new run that tunes the generator on the photograph of one that is over. */
  'runs.tune': {
    writes: 'project',
    parameters: v.strictObject({ ...ofRun, ...runTitle, order: likenessOrder }),
    result: run,
  },
  'runs.rename': { writes: 'project', parameters: v.strictObject({ ...ofRun, name: title }), result: run },
  /** Gives a run its star, or takes it away. */
  'runs.star': {
    writes: 'project',
    parameters: v.strictObject({ ...ofRun, starred: v.boolean() }),
    result: run,
  },
  'runs.remove': { writes: 'project', parameters: v.strictObject(ofRun), result: nothing },
  /** The metrics from a step on, thinned to at most 2000 rows. */
  'runs.metrics': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofRun, from: count }),
    result: v.strictObject({ rows: v.array(metricsRow), changes: v.array(madeChange) }),
  },
  'runs.history': { writes: 'nothing', parameters: v.strictObject(ofRun), result: v.array(runMoment) },
  /** The picture of a moment in the history. */
  'runs.moment': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofRun, step: count }),
    result: v.nullable(preview),
  },
  /** The newest picture of the run, its start, or a target as it was cut out; whole, or in the size that is needed. */
  'runs.show': {
    writes: 'nothing',
    parameters: v.strictObject({
      ...ofRun,
      what: v.picklist(['result', 'start', 'look', 'landmarks']),
      size: v.exactOptional(size),
    }),
    result: v.nullable(preview),
  },
  /** As `pictures.heat-maps`, for the newest picture of a run. */
  'runs.heat-maps': { writes: 'nothing', parameters: v.strictObject({ ...ofRun, groups }), result: shown },
  /** Several runs as one file, in that order. */
  'runs.export-together': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, export: togetherExport }),
    result: exportedFile,
  },
  /** Fails as 'stopped' where `runs.stop-film` ends it. */
  'runs.export': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofRun, export: runExport }),
    result: exportedFile,
  },
  /** Ends the films of the run that are being made, without one. */
  'runs.stop-film': { writes: 'nothing', parameters: v.strictObject(ofRun), result: nothing },

  /** Runs that wait or are under way, of all projects, in the order in which they come. */
  'queue.list': { writes: 'nothing', parameters: nothing, result: v.array(run) },
  /** Moves a waiting run to a place in the queue, 0 being the next. */
  'queue.move': { writes: 'home', parameters: v.strictObject({ run: id, to: count }), result: v.array(run) },

  'models.list': { writes: 'nothing', parameters: nothing, result: v.array(model) },
  /**
   * Imports checkpoints that were uploaded. What they hold decides which make a model together: the halves of a perceptual
   * network; every other stands for itself. One that is refused does not keep the others out.
   */
  'models.import': {
    writes: 'home',
    parameters: v.strictObject({ uploads: v.pipe(v.array(id), v.minLength(1), v.maxLength(mostImported)) }),
    result: v.array(imported),
  },
  'models.remove': { writes: 'home', parameters: v.strictObject({ model: id }), result: nothing },

  /** What can be downloaded; asking for it fetches nothing. */
  'catalogue.list': { writes: 'nothing', parameters: nothing, result: shownCatalogue },
  /**
   * Begins to download a set, or goes on with it; how far it is, the events tell. With `accept` the user accepts its licences,
   * without them it is refused.
   */
  'catalogue.download': {
    writes: 'home',
    parameters: v.strictObject({ set: setId, accept: v.boolean() }),
    result: nothing,
  },
  /** Stops the download of a set and keeps what came. */
  'catalogue.pause': { writes: 'home', parameters: v.strictObject({ set: setId }), result: nothing },
  /** Removes what came of a file. */
  'catalogue.remove': { writes: 'home', parameters: v.strictObject({ partial: id }), result: nothing },
  /** Takes a catalogue of the user's own from now on, or that of Mien again. */
  'catalogue.choose': {
    writes: 'home',
    parameters: v.strictObject({ upload: v.nullable(id) }),
    result: nothing,
  },

  /** Tries every device that this machine may have. */
  'devices.list': {
    writes: 'nothing',
    parameters: v.strictObject({ again: v.boolean() }),
    result: v.array(device),
  },
} as const satisfies Record<string, CommandRow>

export type Contract = typeof contract
export type CommandName = keyof Contract
export type Parameters<C extends CommandName> = v.InferOutput<Contract[C]['parameters']>
export type Result<C extends CommandName> = v.InferOutput<Contract[C]['result']>

/** The service as a table: a function for every command. */
export type Service = { readonly [C in CommandName]: (parameters: Parameters<C>) => Promise<Result<C>> }

/** Commands that write to the project that their parameters name. */
export type ProjectWriter = {
  [C in CommandName]: Contract[C]['writes'] extends 'project' ? C : never
}[CommandName]

export function writesToProject(name: CommandName): name is ProjectWriter {
  return contract[name].writes === 'project'
}

export const commandNames = Object.keys(contract) as readonly CommandName[]

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(contract, name)
}
