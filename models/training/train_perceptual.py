"""Trains the perceptual network and its linear weights on painted portraits.

Two aims at once: the pooled features tell the painter's parameters (so that they hold what a look is made of), and the LPIPS
distance is smaller between one look in two poses than between two looks in one pose (so that a projection can change the
pose while it keeps the look).

    python train_perceptual.py --work DIR --minutes 10 [--from-pack]
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import data
from muon import Muon
from networks import Perceptual, perceptual_name, unit
from schedule import DEVICE, PACK, Average, Plan, autocast, channels_last, load_tensors, to_tensor
from train_landmarks import load_generator

WIDTHS = (16, 32, 64, 128, 128)
RATE = 2e-3
LOOKS, POSES = data.GROUP, data.GROUP


class Heads(nn.Module):
    """Linear read-outs of the painter's parameters (as entries of z) from what LPIPS compares, and the scale of the distances."""

    def __init__(self):
        super().__init__()
        self.read = nn.ModuleList([nn.Linear(w * 16, data.Z_DIM) for w in WIDTHS[1:]])
        self.scale = nn.Parameter(torch.tensor(3.0))  # log

    def forward(self, maps):
        pooled = [F.adaptive_avg_pool2d(m, 4).flatten(1) * m.shape[1] ** 0.5 for m in maps[1:]]
        return sum(read(p) for read, p in zip(self.read, pooled))


def pairwise(maps, lins):
    """Embedded maps of n pictures -> LPIPS between all pairs, [n, n]."""
    total = 0.0
    for f, lin in zip(maps, lins):
        g = (f * lin.clamp(min=0).sqrt()).flatten(1)
        square = g.square().sum(1)
        total = total + (square[:, None] + square[None] - 2 * g @ g.t()) / (f.shape[2] * f.shape[3])
    return total.clamp(min=0)


def contrast(distance, look, scale):
    """Cross entropy: for each pair of one look, this distance against those from its first picture to all other looks."""
    n = len(look)
    same = look[:, None] == look[None]
    logits = -distance * scale.exp()
    others = torch.logsumexp(logits.masked_fill(same, -1e9), dim=1, keepdim=True)
    pair = same & ~torch.eye(n, dtype=torch.bool, device=distance.device)
    return F.softplus(others - logits)[pair].mean()


def soften(x, random):
    """x [n, 3, H, W]: some pictures as soft or as pale as a generator's; look colours stay nearly as they are."""
    n = x.shape[0]
    soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    mix = torch.from_numpy(random.uniform(-0.3, 1, (n, 1, 1, 1)).astype(np.float32)).clamp(min=0).to(x.device)
    gain = torch.from_numpy(random.uniform(0.96, 1.04, (n, 3, 1, 1)).astype(np.float32)).to(x.device)
    return ((x + mix * (soft - x)) * gain + 2 * torch.randn_like(x)).clamp(0, 255)


class Impostors:
    """Pictures by the generator that stand beside the painter's: each portrait again, which is the same look; once with a
    few parameters of the look drawn anew, and once with its w led astray, which are not. A search tries such pictures."""

    def __init__(self, generator):
        self.generator = generator
        self.is_look = torch.from_numpy(~data.is_pose()).to(DEVICE)
        self.is_look[data.parameter_count() :] = False
        with torch.no_grad():
            self.deviation = generator.mapping(torch.randn(1000, data.Z_DIM, device=DEVICE)).std(dim=0)

    @torch.no_grad()
    def draw(self, z, size):
        """Unit latents z [n, Z_DIM] -> pictures [3 n, 3, size, size] in 0..255: the same, altered, astray."""
        n = len(z)
        chosen = torch.rand_like(z) < torch.rand(n, 1, device=z.device) * 0.2
        altered = torch.where(chosen & self.is_look, torch.randn_like(z), z)
        w = self.generator.mapping(torch.cat([z, altered, z]))
        w[2 * n :] += torch.randn(n, w.shape[1], device=z.device) * self.deviation * torch.rand(n, 1, device=z.device)
        with autocast():
            made = self.generator.synthesis(w, upto=size)
        return (made.float().clamp(-1, 1) + 1) * 127.5

    @staticmethod
    def looks(look):
        """Look numbers of the pictures of `draw`: those of impostors are shared with none."""
        return torch.cat([look, -1 - torch.arange(2 * len(look), device=look.device)])


def unit_latents(z):
    return z / (z.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()


@torch.no_grad()
def retrieval(network):
    """Of 20 looks, how often the nearest picture to a look in another pose is the right one; fresh held-out portraits."""
    z = np.concatenate([data.latents(data.HELD_OUT, 50, 20)])
    poses = data.latents(data.HELD_OUT, 51, 20)
    looks, turned = to_tensor(data.draw(z)[0]), to_tensor(data.draw(data.combine(z, poses))[0])
    both = torch.cat([looks, turned])
    embedded = [torch.cat(maps) for maps in zip(*[network.embed(c) for c in both.split(8)])]
    distance = pairwise(embedded, network.lin)[20:, :20]
    right = (distance.argmin(1) == torch.arange(20, device=distance.device)).sum()
    own = distance.diag().mean()
    other = (distance.sum() - distance.diag().sum()) / 380
    return int(right), float(own), float(other)


def train(work, minutes, compiled=True, threads=2, from_pack=False, impostors=False):
    work = Path(work)
    torch.manual_seed(31)
    torch.set_num_threads(threads)
    network = Perceptual(WIDTHS)
    for conv in network.vgg.features.values():
        nn.init.kaiming_normal_(conv.weight)
        nn.init.constant_(conv.bias, 0.02)
    if from_pack:
        load_tensors(network, PACK / "perceptual.safetensors", perceptual_name)
    network, heads = channels_last(network), Heads().to(DEVICE)
    average = Average(network, horizon=150)
    matrices = [conv.weight for name, conv in network.vgg.features.items() if name != "0"]
    reads = list(heads.read.parameters())
    chosen = {id(p) for p in (*matrices, *reads)}
    vectors = [p for p in (*network.parameters(), *heads.parameters()) if id(p) not in chosen]
    optimizer = Muon([{"params": matrices, "matrix": True}, {"params": vectors, "scale": 0.5}, {"params": reads, "scale": 0.15}])
    plan = Plan(work / "perceptual.pt", minutes, RATE)
    plan.resume(network=network, heads=heads, average=average.module, optimizer=optimizer)
    portraits = data.DataSet(work / "portraits", data.PAIRS)
    group = LOOKS * POSES
    weight = torch.from_numpy(np.where(data.is_pose(), 0.3, 1.0).astype(np.float32)).to(DEVICE)
    weight[torch.arange(data.Z_DIM) >= data.parameters_of(np.zeros((1, data.Z_DIM), np.float32)).shape[1]] = 0
    random = np.random.default_rng([31, plan.step])
    company = Impostors(load_generator(work)) if impostors else None

    def loss_of(x, z, look, groups):
        with autocast():
            taps = network.vgg(x)
        maps = [unit(t.float()) for t in taps]
        read = (weight * (heads([m[: len(z)] for m in maps]) - z).square()).mean()
        total = 0.0
        for g in range(groups):
            part = [m[g * len(look) : (g + 1) * len(look)] for m in maps]
            total = total + contrast(pairwise(part, network.lin), look, heads.scale) / groups
        return total, read

    step_loss = torch.compile(loss_of) if compiled else loss_of
    look = torch.arange(group, device=DEVICE) // POSES
    running = np.zeros(2)
    while plan.tick(optimizer):
        if plan.step % 100 == 1:
            portraits.refresh()
        size, groups = (128, 2 if company is None else 1) if plan.share < (0.5 if company is None else 0.75) else (256, 1)
        at = random.integers(len(portraits) // group, size=groups) * group
        z, _, pictures = portraits.take([int(a) + i for a in at for i in range(group)], size)
        x, z = to_tensor(pictures), unit_latents(torch.from_numpy(z).to(DEVICE))
        looks = look
        if company is not None:
            kept = slice(None, len(x) if size == 128 else len(x) // 2)
            x, z, looks = x[kept], z[kept], look[kept]
            x, looks = torch.cat([x, company.draw(z, size)]), torch.cat([looks, company.looks(looks)])
        x = soften(x, random).contiguous(memory_format=torch.channels_last)
        total, read = step_loss(x, z, looks, groups)
        optimizer.zero_grad(set_to_none=True)
        (total + read).backward()
        optimizer.step()
        with torch.no_grad():
            for lin in network.lin:
                lin.clamp_(min=0)
        average.update(network, plan.step)
        running += 0.02 * (np.array([float(total.detach()), float(read.detach())]) - running)
        if plan.step % 50 == 0:
            print(f"step {plan.step} {plan.elapsed / 60:.1f} min contrast {running[0]:.4f} read {running[1]:.4f}", flush=True)
        if plan.due():
            plan.save(network=network, heads=heads, average=average.module, optimizer=optimizer)
            print("held-out: right of 20, own and other distance", retrieval(average.module), flush=True)
    plan.save(network=network, heads=heads, average=average.module, optimizer=optimizer)
    print("end: right of 20, own and other distance", retrieval(average.module), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--from-pack", action="store_true")
    parser.add_argument("--impostors", action="store_true", help="with pictures of the generator, which is trained before")
    parser.add_argument("--eager", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    train(a.work, a.minutes, not a.eager, a.threads, a.from_pack, a.impostors)
