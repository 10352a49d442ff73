/** The terms of the loss, and what more of each does. */
export const terms = {
  names: {
    loss: 'Altogether',
    perceptual: 'Look',
    landmark: 'Expression and pose',
    colour: 'Colours',
    prior: 'Likely faces',
    identity: 'Identity',
    discriminator: 'Realism',
    noiseReg: 'Noise',
  },
  hints: {
    perceptual: 'More: skin, hair and light come closer to the look.',
    landmark: 'More: mouth, eyes and head follow the other picture more closely.',
    colour: 'More: hair, clothes and background keep the look’s colours.',
    prior: 'More: a cleaner face, but less like your pictures.',
    identity: 'More: the face stays closer to the person in the look.',
    discriminator: 'More: the model insists on a face that it takes to be real.',
    noiseReg: 'More: fine grain stays random instead of hiding parts of a picture.',
  },
}
