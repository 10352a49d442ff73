"""Projects held-out pairs with a small projector and prints the pack's figures: an early look at what the product will reach.

    python evaluate.py [--pairs 4] [--steps 250] [--sheet sheet.png]      reads models/pack and models/evaluation
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from networks import Fan, Generator, Perceptual, decode, fan_input, perceptual_name
from schedule import DEVICE, PACK, channels_last, load_tensors, sheet, to_tensor

MODELS = Path(__file__).resolve().parent.parent
GROUPS = ((0, 17, 0.05), (17, 22, 1), (22, 27, 1), (27, 31, 0.1), (30, 36, 1), (36, 42, 1), (42, 48, 1), (48, 60, 5), (60, 68, 5))


def load(module, file, rename=lambda k: k):
    return channels_last(load_tensors(module, file, rename)).eval().requires_grad_(False)


def load_pack(folder=PACK):
    networks = json.loads((folder / "model.json").read_text())["networks"]
    g, f, p = networks["generator"], networks["landmarks"], networks["perceptual"]
    channels = {int(k): v for k, v in g["synthesis_kwargs"]["channels"].items()}
    generator = Generator(g["z_dim"], g["w_dim"], channels, **{"mapping_layers": g["mapping_kwargs"]["num_layers"]})
    return (
        load(generator, folder / "generator.safetensors"),
        load(Fan(f["features"], f["modules"]), folder / "landmarks.safetensors"),
        load(Perceptual(p["widths"]), folder / "perceptual.safetensors", perceptual_name),
    )


def project(networks, looks, poses, steps, landmark_weight, rate=0.1, seed=303, perceptual_weight=1.0):
    """looks, poses [n, 3, 256, 256] in 0..255 -> w [n, w_dim], pictures; every row is a projection of its own."""
    generator, fan, perceptual = networks
    torch.manual_seed(seed)
    n = len(looks)
    with torch.no_grad():
        target, heat = perceptual.embed(looks), fan(fan_input(poses))[-1]
        z = torch.from_numpy(np.random.RandomState(123).randn(10_000, generator.mapping.fc0.weight.shape[1]).astype(np.float32))
        w = generator.mapping(z.to(DEVICE))
    average = w.mean(0)
    std = ((w - average).square().sum() / len(w)).sqrt()
    importance = torch.ones(68, 1, 1, device=DEVICE)
    for a, b, value in GROUPS:
        importance[a:b] = value
    latent = average.repeat(n, 1).requires_grad_()
    optimizer = torch.optim.Adam([latent], betas=(0.9, 0.999))
    for step in range(steps):
        t = step / steps
        ramp = (0.5 - 0.5 * math.cos(math.pi * min(1, (1 - t) / 0.25))) * min(1, t / 0.05)
        optimizer.param_groups[0]["lr"] = rate * ramp
        jitter = torch.randn_like(latent) * std * 0.05 * max(0.0, 1 - t / 0.75) ** 2
        picture = generator.synthesis(latent + jitter)
        x = (picture + 1) * 127.5
        look = perceptual.distance(perceptual.embed(x), target)
        points = ((fan(fan_input(x))[-1] - heat) * importance).flatten(1).norm(dim=1)
        optimizer.zero_grad()
        (perceptual_weight * look + landmark_weight * points).sum().backward()
        optimizer.step()
    with torch.no_grad():
        made = (generator.synthesis(latent).clamp(-1, 1) + 1) * 127.5
    return latent.detach(), made, look.detach(), points.detach()


def picture_of(file):
    return to_tensor(np.asarray(Image.open(file).convert("RGB"))[None])


def eyes(points):
    return (points[:, 36:42].mean(1) - points[:, 42:48].mean(1)).norm(dim=1)


def error(found, points):
    return (found - points).norm(dim=2).mean(1) / eyes(points)


def main(a):
    torch.set_num_threads(2)
    folder = MODELS / "evaluation"
    rows = json.loads((folder / "pairs.json").read_text())["pairs"]
    generator, fan, perceptual = networks = load_pack()
    judge_file = folder / "judge-fan.safetensors"
    judge = load(Fan(fan.conv_last0.in_channels, fan.modules_count), judge_file) if judge_file.exists() else fan
    looks = torch.cat([picture_of(folder / r["look"]["file"]) for r in rows])
    poses = torch.cat([picture_of(folder / r["landmarks"]["file"]) for r in rows])
    points = torch.tensor([r["landmarks"]["points"] for r in rows], dtype=torch.float32)
    with torch.no_grad():
        for name, network in (("landmarks", fan), ("judge", judge)):
            found = torch.cat([decode(network(fan_input(c))[-1]) for c in poses.split(5)])
            print(f"{name} network's own error {float(error(found, points).mean()) * 100:.2f} %")
        z = torch.tensor([r[k]["z"] for r in rows for k in ("look", "landmarks")])
        drawn = torch.stack((looks, poses), 1).flatten(0, 1)
        made = torch.cat([(generator(c).clamp(-1, 1) + 1) * 127.5 for c in z.split(5)])
        psnr = 10 * torch.log10(255**2 / (made - drawn).square().mean(dim=(1, 2, 3)))
        print(f"reconstruction {float(psnr.mean()):.2f} dB")
        read = torch.cat([decode(judge(fan_input(c))[-1]) for c in made.split(5)])
        true = torch.tensor([r[k]["points"] for r in rows for k in ("look", "landmarks")])
        print(f"judge's error on the reconstructions {float(error(read, true).mean()) * 100:.2f} %")
    n = a.pairs
    began = time.time()
    results = []
    for c in range(0, n, 4):
        results.append(project(networks, looks[c : min(n, c + 4)], poses[c : min(n, c + 4)], a.steps, a.landmark_weight, a.rate, perceptual_weight=a.perceptual_weight))
    made = torch.cat([r[1] for r in results])
    with torch.no_grad():
        found = torch.cat([decode(judge(fan_input(c))[-1]) for c in made.split(5)])
        start = decode(judge(fan_input((generator.synthesis(generator.mapping.w_avg[None]).clamp(-1, 1) + 1) * 127.5))[-1])
        embedded = [torch.cat(m) for m in zip(*[perceptual.embed(c) for c in looks.split(5)])]
        nearest = 0
        for i, x in enumerate(made):
            mine = [m.expand(len(looks), -1, -1, -1) for m in perceptual.embed(x[None])]
            nearest += int(perceptual.distance(mine, embedded).argmin()) == i
    wrong = error(found, points[:n])
    print(f"{n} pairs, {a.steps} steps, landmark weight {a.landmark_weight}: landmark error {float(wrong.mean()) * 100:.2f} % (start {float(error(start, points[:n]).mean()) * 100:.1f} %), "
          f"nearest look {nearest} of {n}, {(time.time() - began) / n:.1f} s each")
    print("each", [f"{float(e) * 100:.1f}" for e in wrong], "perceptual", [f"{float(v):.2f}" for r in results for v in r[2]], "heat", [f"{float(v):.1f}" for r in results for v in r[3]])
    if a.sheet:
        sheet([list(looks[:n]), list(poses[:n]), list(made)], a.sheet)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--landmark-weight", type=float, default=0.05)
    parser.add_argument("--perceptual-weight", type=float, default=1.0)
    parser.add_argument("--sheet")
    main(parser.parse_args())
