/** Between the preload and the main process of the app, beside one channel for each command. */
export const channels = {
  /** Begins with the events anew. */
  listen: 'window:listen',
  /** Waits for the next event; undefined once there are none any more. */
  next: 'window:next',
  /** Shows the folder of all that belongs to the user. */
  folder: 'window:folder',
  /** Gives the path of a file that the user chose; answers with the id of the upload. */
  upload: 'window:upload',
  /** Gives a name and bytes; answers whether they were saved. */
  save: 'window:save',
} as const
