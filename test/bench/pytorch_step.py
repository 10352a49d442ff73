"""One optimisation step of the projection in PyTorch, with random weights: prints its seconds.

    python3 pytorch_step.py RESOLUTION THREADS

Gradients come from autograd, the optimiser is torch.optim.Adam.
"""

import time

import torch
from pytorch_networks import RESOLUTION, W_DIM, Fan, Synthesis, Vgg, seen
from torch.nn import functional as F

synthesis, fan, vgg = Synthesis(), Fan().eval(), Vgg().eval()
for module in (synthesis, fan, vgg):
    module.requires_grad_(False)
latent = torch.randn(1, W_DIM).requires_grad_()
noise = [n.requires_grad_() for n in synthesis.noise]
optimiser = torch.optim.Adam([latent, *noise], lr=0.01)


def described(picture):
    levels = seen(picture)
    marked = F.interpolate(levels, size=(256, 256), mode="nearest")
    marked = marked - marked.amin()
    return vgg(levels), fan(marked / marked.amax())


with torch.no_grad():
    target_features, target_maps = described(torch.tanh(torch.randn(1, 3, RESOLUTION, RESOLUTION)))


def step():
    features, maps = described(synthesis(latent, noise))
    loss = (features - target_features).square().sum() + 0.05 * (maps - target_maps).norm()
    for n in noise:
        level = n[None, None]
        while True:
            for axis in (3, 2):
                loss = loss + 1e5 * (level * level.roll(1, axis)).mean().square()
            if level.shape[2] <= 8:
                break
            level = F.avg_pool2d(level, 2)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    with torch.no_grad():
        for n in noise:
            n -= n.mean()
            n *= n.square().mean().rsqrt()


step()
times = []
for _ in range(3):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
print(sorted(times)[1])
