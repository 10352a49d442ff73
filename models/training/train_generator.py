"""Trains the generator to draw what the painter draws: z -> picture, without an adversary.

The skip image after every block is held to the painted picture averaged to its size; eyes, brows, nose and mouth weigh more.
The first part of the time goes to 64 pixels, the rest to the thin last blocks.

    python train_generator.py --work DIR --minutes 60 [--from-pack]      starts from the pack's generator instead of the seed
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import data
from muon import Muon
from networks import Generator
from schedule import DEVICE, PACK, Average, Plan, autocast, channels_last, load_tensors, sheet, to_tensor

W_DIM = 128
CHANNELS = {4: 128, 8: 192, 16: 192, 32: 96, 64: 64, 128: 32, 256: 16}
MAPPING_LAYERS = 2
LR_MULTIPLIER = 0.01
RATE = 0.1
BATCH = {16: 64, 32: 48, 64: 32, 128: 24, 256: 16}
STAGES = ((16, 0.05), (32, 0.2), (64, 0.6), (128, 0.82), (256, 1.0))  # size until this share of the time
STAGES_FROM_PACK = ((64, 0.45), (128, 0.72), (256, 1.0))
LEVEL_WEIGHT = {4: 0.1, 8: 0.1, 16: 0.2, 32: 0.3, 64: 0.3, 128: 0.3}
FEATURE_WEIGHT = 4.0


def build():
    generator = Generator(data.Z_DIM, W_DIM, CHANNELS, MAPPING_LAYERS, LR_MULTIPLIER)
    for r in CHANNELS:
        # a new block starts as the upsampled picture of the block before
        block = getattr(generator.synthesis, f"b{r}")
        block.torgb.weight.data.mul_(0.0 if r > 16 else 0.5)
    silence(generator)
    return generator


@torch.no_grad()
def silence(generator):
    """Entries of z that stand for no parameter move nothing."""
    generator.mapping.fc0.weight[:, data.parameter_count() :] = 0


def optimizer_of(generator):
    """The mapping's stored weights are 1 / LR_MULTIPLIER times as large as what they stand for, and so is their step."""
    matrices, vectors, mapping, mapping_vectors = [], [], [], []
    for name, p in generator.named_parameters():
        if p.requires_grad:
            matrix = name.endswith("weight") and "torgb.weight" not in name
            if name.startswith("mapping"):
                (mapping if matrix else mapping_vectors).append(p)
            else:
                (matrices if matrix else vectors).append(p)
    scale = 1 / LR_MULTIPLIER
    groups = [
        {"params": matrices, "matrix": True},
        {"params": vectors, "scale": 0.2},
        {"params": mapping, "matrix": True, "scale": scale},
        {"params": mapping_vectors, "scale": 0.2 * scale},
    ]
    return Muon(groups)


def feature_map(points, size):
    """points [n, 68, 2] in pixels of 256 -> [n, 1, size, size], 1 + FEATURE_WEIGHT around brows, eyes, nose and mouth."""
    at = (points[:, 17:] * (size / 256))[..., None]
    grid = torch.arange(size, device=points.device) + 0.5
    bell = torch.exp(-0.5 * ((grid - at) / (0.03 * size)) ** 2)  # [n, 51, 2, size]
    total = torch.einsum("npy,npx->nyx", bell[:, :, 1], bell[:, :, 0])
    return 1 + FEATURE_WEIGHT * total.clamp(max=1)[:, None]


def loss_of(generator, z, target, weight):
    """target [n, 3, R, R] in -1..1, weight [n, 1, R, R]."""
    size = target.shape[-1]
    with autocast():
        images = generator(z, upto=size, every=True)
    total = 0.0
    for image in images:
        r = image.shape[-1]
        goal = F.avg_pool2d(target, size // r) if r < size else target
        w = F.avg_pool2d(weight, size // r) if r < size else weight
        d = image - goal
        error = (w * (d.abs() + d.square())).mean()
        if r == size:
            edges = (w[..., 1:] * (d[..., 1:] - d[..., :-1]).abs()).mean()
            edges = edges + (w[:, :, 1:] * (d[:, :, 1:] - d[:, :, :-1]).abs()).mean()
            total = total + error + 0.5 * edges
        else:
            total = total + LEVEL_WEIGHT[r] * error
    return total


def held_out(folder, n=64):
    """z, pictures and landmarks that no training sees, drawn once."""
    file = Path(folder) / "held-out.npz"
    if not file.exists():
        z = data.latents(data.HELD_OUT, 0, n)
        pictures, points = data.draw(z)
        np.savez(file, z=z, pictures=pictures, points=points)
    kept = np.load(file)
    return kept["z"], kept["pictures"], kept["points"]


@torch.no_grad()
def evaluate(generator, z, pictures, size, file=None):
    """PSNR in dB of the generator's pictures (float32, no noise), and around the features; writes a sheet."""
    goal = to_tensor(pictures)
    goal = F.avg_pool2d(goal, 256 // size)
    made = torch.cat([generator(torch.from_numpy(c).to(DEVICE), upto=size) for c in np.array_split(z, 8)])
    made = (made.clamp(-1, 1) + 1) * 127.5
    error = (made - goal).square().mean(dim=(1, 2, 3))
    if file:
        rows = [list(x) for i in range(0, 16, 8) for x in (goal[i : i + 8], made[i : i + 8])]
        sheet(rows, file)
    return float((10 * torch.log10(255**2 / error)).mean())


def train(work, minutes, compiled=True, threads=2, from_pack=False):
    work = Path(work)
    torch.manual_seed(11)
    torch.set_num_threads(threads)
    generator = build()
    if from_pack:
        load_tensors(generator, PACK / "generator.safetensors")
    generator = channels_last(generator)
    stages = STAGES_FROM_PACK if from_pack else STAGES
    average = Average(generator, horizon=400)
    optimizer = optimizer_of(generator)
    plan = Plan(work / "generator.pt", minutes, RATE)
    plan.resume(generator=generator, average=average.module, optimizer=optimizer)
    portraits = data.DataSet(work / "portraits", data.TRAIN)
    test_z, test_pictures, _ = held_out(work)
    random = np.random.default_rng(plan.step + 1)
    step_loss = torch.compile(loss_of) if compiled else loss_of
    running, size_before = 0.0, 0
    while plan.tick(optimizer):
        size = next(s for s, until in stages if plan.share < until or until == 1.0)
        if size != size_before:
            print(f"size {size}, {len(portraits)} portraits", flush=True)
            torch._dynamo.reset()
            size_before = size
        if plan.step % 200 == 1:
            portraits.refresh()
        z, points, pictures = portraits.take(random.integers(len(portraits), size=BATCH[size]), size)
        target = to_tensor(pictures) / 127.5 - 1
        weight = feature_map(torch.from_numpy(points).to(DEVICE), size)
        loss = step_loss(generator, torch.from_numpy(z).to(DEVICE), target, weight)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        silence(generator)
        average.update(generator, plan.step)
        running += 0.02 * (float(loss.detach()) - running)
        if plan.step % 100 == 0:
            print(f"step {plan.step} {plan.elapsed / 60:.1f} min size {size} loss {running:.4f}", flush=True)
        if plan.due():
            plan.save(generator=generator, average=average.module, optimizer=optimizer)
            psnr = evaluate(average.module, test_z, test_pictures, size, work / "generator.png")
            print(f"step {plan.step} held-out PSNR {psnr:.2f} dB at {size}", flush=True)
    plan.save(generator=generator, average=average.module, optimizer=optimizer)
    psnr = evaluate(average.module, test_z, test_pictures, size, work / "generator.png")
    print(f"end: held-out PSNR {psnr:.2f} dB at {size}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--from-pack", action="store_true")
    parser.add_argument("--eager", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    train(a.work, a.minutes, not a.eager, a.threads, a.from_pack)
