/** The terms of the loss, and what more of each does. */
export const terms = {
  names: {
    loss: 'Insgesamt',
    perceptual: 'Aussehen',
    landmark: 'Ausdruck und Haltung',
    colour: 'Farben',
    prior: 'Bekanntes',
    identity: 'Identität',
    discriminator: 'Echtheit',
    noiseReg: 'Rauschen',
  },
  hints: {
    perceptual: 'Mehr: Haut, Haare und Licht kommen dem Aussehen näher.',
    landmark: 'Mehr: Mund, Augen und Kopf folgen dem anderen Bild genauer.',
    colour: 'Mehr: Haar, Kleidung und Hintergrund behalten ihre Farben.',
    prior: 'Mehr: ein saubereres Gesicht, das den Bildern weniger gleicht.',
    identity: 'Mehr: Das Gesicht bleibt näher bei der Person des Aussehens.',
    discriminator: 'Mehr: Das Modell besteht auf einem Gesicht, das es für echt hält.',
    noiseReg: 'Mehr: Feines Korn bleibt zufällig, statt Teile eines Bildes zu verstecken.',
  },
}
