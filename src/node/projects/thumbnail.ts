/** How pictures of the gallery are kept: thousands of them lie on the disk. Pixels of the longer side. */
export const thumbnailSide = 384
export const thumbnailEncoding = { format: 'webp', quality: 85 } as const
