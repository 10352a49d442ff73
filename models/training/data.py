"""Painted portraits for the trainings, kept on disk as they are drawn.

A portrait is a latent z ~ N(0, 1)^Z_DIM; its parameters are u = Phi(normalize_2nd_moment(z)[:P]), so the generator that is
trained on (z, picture) has the parameters in closed form. Looks and poses can be exchanged in z as well, since Phi acts on
every entry by itself.

    python data.py --work DIR --count 40000 [--workers 2]     draws, resumes where it stopped
"""

import argparse
import math
import multiprocessing
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

Z_DIM = 72
SIZE = 256
SMALL = 64
CHUNK = 512
TRAIN, PAIRS, HELD_OUT = 1, 2, 3  # streams of random numbers: no latent is in two of them
GROUP = 4  # a pairs group: this many looks, each in the same this many poses


def latents(stream, index, n):
    """[n, Z_DIM] float32, the same for the same arguments everywhere."""
    return np.random.default_rng([stream, index]).standard_normal((n, Z_DIM)).astype(np.float32)


def parameters_of(z):
    """z [n, Z_DIM] -> u [n, P] float32 in 0..1."""
    from painter import PARAMETERS

    z = z.astype(np.float64)
    z = z / np.sqrt((z**2).mean(axis=1, keepdims=True) + 1e-8)
    phi = np.vectorize(lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))))
    return phi(z[:, : len(PARAMETERS)]).astype(np.float32)


def parameter_count():
    from painter import PARAMETERS

    return len(PARAMETERS)


def is_pose():
    """[Z_DIM] of bool: the entries of z that are pose or expression (entries without a parameter count as look)."""
    from painter import PARAMETERS

    mask = np.zeros(Z_DIM, bool)
    mask[: len(PARAMETERS)] = [row.kind == "pose" for row in PARAMETERS]
    return mask


def combine(look, pose):
    """The latents of one portrait's look with another's pose, scaled to the sphere on which both lie."""
    unit = lambda z: z / np.sqrt((z.astype(np.float64) ** 2).mean(axis=-1, keepdims=True) + 1e-8)
    return np.where(is_pose(), unit(pose), unit(look)).astype(np.float32)


def chunk_latents(stream, index):
    """The latents of one chunk of a data set, [CHUNK, Z_DIM]; of pairs: groups of GROUP looks crossed with GROUP poses."""
    if stream != PAIRS:
        return latents(stream, index, CHUNK)
    looks, poses = latents(stream, 2 * index, CHUNK // GROUP), latents(stream, 2 * index + 1, CHUNK // GROUP)
    crossed = [
        combine(looks[i + a], poses[i + b]) for i in range(0, len(looks), GROUP) for a in range(GROUP) for b in range(GROUP)
    ]
    return np.stack(crossed)


def draw(z):
    """z [n, Z_DIM] -> pictures [n, 256, 256, 3] uint8, landmarks [n, 68, 2] in pixels."""
    from painter import landmarks, paint

    u = parameters_of(z)
    pictures = np.stack([paint(row, SIZE) for row in u])
    return pictures, np.stack([landmarks(row, SIZE) for row in u]).astype(np.float32)


def shrink(pictures, factor):
    """[n, H, W, 3] -> float32 [n, H / factor, W / factor, 3], averaged over areas."""
    n, h, w, c = pictures.shape
    return pictures.reshape(n, h // factor, factor, w // factor, factor, c).mean(axis=(2, 4), dtype=np.float32)


class DataSet:
    """Chunks of portraits in one folder: z, points (68 landmarks), small (64 px) in memory, large (256 px) mapped from disk."""

    def __init__(self, folder, stream):
        self.folder = Path(folder)
        self.stream = stream
        self.chunks = []
        self.refresh()

    def refresh(self):
        """Takes in chunks that were drawn since."""
        have = len(self.chunks)
        while (self.folder / f"{self.stream}-{have:04d}.done").exists():
            base = str(self.folder / f"{self.stream}-{have:04d}")
            rest = np.load(base + ".npz")
            self.chunks.append((rest["z"], rest["points"], rest["small"], np.load(base + ".npy", mmap_mode="r")))
            have += 1
        return self

    def __len__(self):
        return len(self.chunks) * CHUNK

    def take(self, indices, size):
        """-> z [n, Z_DIM], points [n, 68, 2] in pixels of 256, pictures [n, size, size, 3] (uint8, or float32 when averaged)."""
        rows = [(self.chunks[i // CHUNK], i % CHUNK) for i in indices]
        z = np.stack([c[0][j] for c, j in rows])
        points = np.stack([c[1][j] for c, j in rows])
        if size <= SMALL:
            pictures = np.stack([c[2][j] for c, j in rows])
            return z, points, pictures if size == SMALL else shrink(pictures, SMALL // size)
        pictures = np.stack([c[3][j] for c, j in rows])
        return z, points, pictures if size == SIZE else shrink(pictures, SIZE // size)


def write_chunk(job):
    folder, stream, index = job
    base = Path(folder) / f"{stream}-{index:04d}"
    if base.with_suffix(".done").exists():
        return
    z = chunk_latents(stream, index)
    pictures, points = draw(z)
    small = np.clip(shrink(pictures, SIZE // SMALL) + 0.5, 0, 255).astype(np.uint8)
    np.save(base.with_suffix(".npy"), pictures)
    np.savez(base.with_suffix(".npz"), z=z, points=points, small=small)
    base.with_suffix(".done").touch()


def fill(folder, stream, count, workers=1):
    """Draws portraits until the folder holds `count` of the stream."""
    os.makedirs(folder, exist_ok=True)
    jobs = [(str(folder), stream, i) for i in range(math.ceil(count / CHUNK))]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for i, _ in enumerate(pool.imap(write_chunk, jobs)):
            print(f"stream {stream}: {(i + 1) * CHUNK} of {len(jobs) * CHUNK} portraits", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--count", type=int, default=40960)
    parser.add_argument("--pairs", type=int, default=8192)
    parser.add_argument("--workers", type=int, default=1)
    a = parser.parse_args()
    fill(Path(a.work) / "portraits", PAIRS, a.pairs, a.workers)
    fill(Path(a.work) / "portraits", TRAIN, a.count, a.workers)
