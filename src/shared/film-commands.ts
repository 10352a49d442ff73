import * as v from 'valibot'
import { furtherFrameSteps } from '../engine/animation/frame-steps.ts'
import { type CommandRow, nothing, ofProject, shown, size } from './command-fields.ts'
import { driver, driverTimeline, drivingClip, faceNumber, side, templates } from './driver.ts'
import { exportedFile } from './exports.ts'
import { bytes, count, finite, id, title } from './fields.ts'
import { filmExport, filmFit, filmFrame, filmOrder, filmSearch, filmView } from './film.ts'
import { frameRange } from './film-settings.ts'
import { likenessForm } from './likeness.ts'
import { faceBox, project } from './project.ts'
import { run } from './run.ts'
import { runTitle } from './run-naming.ts'
import { resultKinds, setup } from './setup.ts'

const ofDriver = { project: id, driver: id }

/** The commands of the contract about films and what drives them. */
export const filmCommands = {
  /**
   * Where the faces of a frame of a clip are, in the order in which they are numbered: RGB in rows, of the size in which frames
   * are sent afterwards. None where it shows none.
   */
  'drivers.faces': {
    writes: 'nothing',
    parameters: v.strictObject({ name: title, width: side, height: side, rgb: bytes }),
    result: v.array(faceBox),
  },
  /**
   * Begins to follow a face through frames that the window sends one by one; one clip of a project at a time. Who sends none
   * for a minute gives it up.
   */
  'drivers.begin': {
    writes: 'project',
    parameters: v.strictObject({ ...ofProject, clip: drivingClip }),
    result: v.strictObject({ driver: id }),
  },
  /**
   * The next frame: RGB in rows, of the size that was said. Answers when another one is wanted, or with false if none is
   * any more. Fails if the tracking has failed.
   */
  'drivers.frame': {
    writes: 'project',
    parameters: v.strictObject({ ...ofDriver, time: count, rgb: bytes }),
    result: v.strictObject({ wanted: v.boolean() }),
  },
  /** After the last frame: the driver as it is kept with the project. */
  'drivers.end': { writes: 'project', parameters: v.strictObject(ofDriver), result: driver },
  /** Gives up what is being followed in the project, or that driver alone; nothing of it stays. */
  'drivers.cancel': {
    writes: 'project',
    parameters: v.strictObject({ ...ofProject, driver: v.exactOptional(id) }),
    result: nothing,
  },
  /**
   * A motion that was saved (.npz), or a clip that the service decodes itself: a GIF, an animated WebP, or a video if it finds
   * somebody who does. Its largest face is followed if none is said. Fails as 'stopped' where `drivers.cancel` ends it.
   */
  'drivers.open': {
    writes: 'project',
    parameters: v.strictObject({ ...ofProject, upload: id, name: title, face: v.exactOptional(faceNumber) }),
    result: driver,
  },
  'drivers.templates': {
    writes: 'nothing',
    parameters: nothing,
    result: v.array(v.strictObject({ template: v.picklist(templates), seconds: finite })),
  },
  /** One of those that come with Mien, or the one that the project has of it already. */
  'drivers.template': {
    writes: 'project',
    parameters: v.strictObject({ ...ofProject, template: v.picklist(templates) }),
    result: driver,
  },
  'drivers.rename': {
    writes: 'project',
    parameters: v.strictObject({ ...ofDriver, name: title }),
    result: project,
  },
  /** Removes it with its files. */
  'drivers.remove': { writes: 'project', parameters: v.strictObject(ofDriver), result: project },
  'drivers.timeline': { writes: 'nothing', parameters: v.strictObject(ofDriver), result: driverTimeline },
  /** The driver's face in a frame, cut out by its steady square, 256 pixels wide; none for motions without pictures. */
  'drivers.square': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofDriver, frame: count }),
    result: shown,
  },
  /** The clip, where it was kept; to be heard and seen. */
  'drivers.clip': {
    writes: 'nothing',
    parameters: v.strictObject(ofDriver),
    result: v.nullable(exportedFile),
  },
  /** Its motion as a file, in which nobody can be seen. */
  'drivers.motion': { writes: 'nothing', parameters: v.strictObject(ofDriver), result: exportedFile },

  /**
   * What films of a look can be: of its photograph or drawn where it is a photograph with a face, drawn alone where it is a drawing of
   * one, nothing where no face is known.
   */
  'films.ways': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, look: id }),
    result: v.array(v.picklist(resultKinds)),
  },
  /**
   * Where the landmarks of the look lie in each frame before any of them is dragged in key frames, as fractions of the square of
   * the film, and how far a unit of the model along each axis of the face goes there: float32, little-endian, [frames, 68, 2] and
   * [frames, 3, 2]. None where the look shows no face.
   */
  'films.targets': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, order: filmOrder }),
    result: v.nullable(v.strictObject({ points: bytes, axes: bytes })),
  },
  /**
   * A frame of a film, no larger than the photograph or the generator has it; null where the look shows no face, and of a film that is
   * drawn before its directions are found. While one is made the newest that is asked for waits; the one that waited before it fails as
   * 'stopped'.
   */
  'films.show': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, order: filmOrder, frame: count, form: likenessForm, size }),
    result: v.nullable(filmFrame),
  },
  /**
   * Searches for the frames of the film that a setup asks for, as a run in the queue: the one that did so before for this look, driver,
   * model and search, which keeps what it found and is still to be had, else a new one of that title. A passage goes first; its frames
   * are searched again by so many steps if that is said, and keep what is better.
   */
  'films.search': {
    writes: 'project',
    parameters: v.strictObject({
      ...{ ...ofProject, ...runTitle, setup },
      passage: v.exactOptional(frameRange),
      again: v.exactOptional(v.picklist(furtherFrameSteps)),
    }),
    result: run,
  },
  /** What was found so far for a film that is drawn; null where nobody has searched for it. */
  'films.found': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, order: filmOrder }),
    result: v.nullable(filmSearch),
  },
  /**
   * The latents of all frames of a film that is drawn, with noise maps and targets, as a zip. Fails as 'wrong-use' while one of them is
   * not found.
   */
  'films.latents': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, order: filmOrder }),
    result: exportedFile,
  },
  /** In which size the film fits into the formats that not every film fits into; null where there is none to be taken out yet. */
  'films.fitting': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, order: filmOrder, view: filmView }),
    result: v.nullable(v.strictObject({ gif: filmFit, webp: filmFit })),
  },
  /** The film as a file. Fails as 'stopped' where `films.stop` ends it. */
  'films.export': {
    writes: 'nothing',
    parameters: v.strictObject({ ...ofProject, order: filmOrder, export: filmExport }),
    result: exportedFile,
  },
  /** Ends the films of the project that are being made, without one. */
  'films.stop': { writes: 'nothing', parameters: v.strictObject(ofProject), result: nothing },
} as const satisfies Record<string, CommandRow>
