/** Frames of a WebM from one that is whole to the next: films are wound to such frames. */
export const keyFramesApart = 64

/** Quantiser of VP9: 0 is the best, 63 the smallest. */
export const vp9Quantizer = 36
