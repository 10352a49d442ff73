"""Trains a landmark network on painted portraits, whose 68 points are exact.

The targets are Gaussians on 64x64 maps. It will read the generator's pictures, so it sees softened, noisy, shifted ones too,
and the generator's own once there is one.

    python train_landmarks.py --work DIR --name landmarks --seed 21 --minutes 12 [--from-pack]
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import data
from muon import Muon
from networks import Fan, decode, fan_input
from schedule import DEVICE, PACK, Average, Plan, autocast, channels_last, load_tensors, to_tensor
from train_generator import held_out

FEATURES, MODULES = 48, 1
SIGMA = 1.25
RATE = 1e-2
BATCH = 24


def heat_maps(points, sigma=SIGMA):
    """points [n, 68, 2] in pixels of 256 -> [n, 68, 64, 64], Gaussians of height 1; sub-pixel exact."""
    at = points[..., None] / 4
    grid = torch.arange(64, device=points.device) + 0.5
    bell = torch.exp(-0.5 * ((grid - at) / sigma) ** 2)
    return bell[:, :, 1, :, None] * bell[:, :, 0, None, :]


def augment(x, points, random):
    """x [n, 3, 256, 256] in 0..255 and its points: scaled, turned and moved a little, softened, recoloured, made noisy."""
    n = x.shape[0]
    draw = lambda low, high: torch.from_numpy(random.uniform(low, high, n).astype(np.float32)).to(x.device)
    angle, scale = draw(-0.1, 0.1), draw(0.92, 1.08)
    a, b = scale * torch.cos(angle), scale * torch.sin(angle)
    shift = torch.stack((draw(-0.06, 0.06), draw(-0.06, 0.06)), 1)
    turn = torch.stack((torch.stack((a, -b), 1), torch.stack((b, a), 1)), 1)  # output -> input, in -1..1
    grid = F.affine_grid(torch.cat((turn, shift[:, :, None]), 2), x.shape, align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    centred = points / 128 - 1 - shift[:, None]
    points = (torch.linalg.solve(turn, centred.transpose(1, 2)).transpose(1, 2) + 1) * 128

    softness = random.choice((1, 1, 1, 2, 3, 4))
    if softness == 2:
        x = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="bilinear", align_corners=False)
    elif softness == 3:
        x = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    elif softness == 4:
        x = F.interpolate(F.avg_pool2d(x, 4), scale_factor=4, mode="bilinear", align_corners=False)
    gain = torch.stack([draw(0.7, 1.3) for _ in range(3)], 1) ** 0.6 * draw(0.8, 1.2)[:, None]
    x = x * gain[:, :, None, None] + draw(-25, 25)[:, None, None, None]
    x = x + torch.randn_like(x) * draw(0, 8)[:, None, None, None]
    return x.clamp(0, 255), points


def error(fan, pictures, points):
    """Mean distance over the eyes' distance, of all points and of each picture; pictures [n, 3, 256, 256]."""
    with torch.no_grad():
        found = torch.cat([decode(fan(fan_input(c))[-1]) for c in pictures.split(8)])
    eyes = (points[:, 36:42].mean(1) - points[:, 42:48].mean(1)).norm(dim=1)
    each = (found - points).norm(dim=2).mean(1) / eyes
    return float(each.mean()), found


def load_generator(work):
    """The trained generator, if there is one that got as far as 256 pixels."""
    from train_generator import build

    file = Path(work) / "generator.pt"
    if not file.exists():
        return None
    generator = build()
    generator.load_state_dict(torch.load(file, map_location=DEVICE)["average"])
    return channels_last(generator).eval().requires_grad_(False)


def train(work, name, seed, minutes, generated=0.0, compiled=True, threads=2, from_pack=False):
    work = Path(work)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    fan = Fan(FEATURES, MODULES)
    if from_pack:
        load_tensors(fan, PACK / "landmarks.safetensors")
    fan = channels_last(fan)
    average = Average(fan, horizon=200)
    matrices = [p for n, p in fan.named_parameters() if p.dim() == 4 and n != "conv1.weight" and not n.startswith("l")]
    chosen = {id(p) for p in matrices}
    vectors = [p for p in fan.parameters() if id(p) not in chosen]
    optimizer = Muon([{"params": matrices, "matrix": True}, {"params": vectors, "scale": 0.2}])
    plan = Plan(work / f"{name}.pt", minutes, RATE)
    plan.resume(fan=fan, average=average.module, optimizer=optimizer)
    portraits = data.DataSet(work / "portraits", data.TRAIN)
    _, test_pictures, test_points = held_out(work)
    test, test_points = to_tensor(test_pictures), torch.from_numpy(test_points).to(DEVICE)
    generator = load_generator(work) if generated else None
    random = np.random.default_rng([seed, plan.step])

    def loss_of(x, points):
        goal = heat_maps(points)
        with autocast():
            maps = fan(fan_input(x))
        # a map is nearly empty: its few lit pixels count more
        weight = 1 + 20 * goal
        return sum((weight * (m.float() - goal).square()).mean() for m in maps) * 100

    step_loss = torch.compile(loss_of) if compiled else loss_of
    running = 0.0
    while plan.tick(optimizer):
        if plan.step % 200 == 1:
            portraits.refresh()
        z, points, pictures = portraits.take(random.integers(len(portraits), size=BATCH), 256)
        x, points = to_tensor(pictures), torch.from_numpy(points).to(DEVICE)
        if generator is not None and random.random() < generated:
            half = BATCH // 2
            with torch.no_grad(), autocast():
                made = generator(torch.from_numpy(z[:half]).to(DEVICE))
            x[:half] = (made.float().clamp(-1, 1) + 1) * 127.5
        x, points = augment(x, points, random)
        fan.train()
        loss = step_loss(x.contiguous(memory_format=torch.channels_last), points)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        average.update(fan, plan.step)
        running += 0.02 * (float(loss.detach()) - running)
        if plan.step % 50 == 0:
            print(f"step {plan.step} {plan.elapsed / 60:.1f} min loss {running:.4f}", flush=True)
        if plan.due():
            plan.save(fan=fan, average=average.module, optimizer=optimizer)
            print(f"step {plan.step} held-out error {error(average.module, test, test_points)[0] * 100:.2f} %", flush=True)
    plan.save(fan=fan, average=average.module, optimizer=optimizer)
    print(f"end: held-out error {error(average.module, test, test_points)[0] * 100:.2f} %", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--name", default="landmarks")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--generated", type=float, default=0.0, help="share of the batches with the generator's pictures")
    parser.add_argument("--from-pack", action="store_true")
    parser.add_argument("--eager", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    train(a.work, a.name, a.seed, a.minutes, a.generated, not a.eager, a.threads, a.from_pack)
