"""One optimisation step of the projection in PyTorch, with random weights: prints its seconds.

    python3 pytorch_step.py RESOLUTION THREADS

Gradients come from autograd, the optimiser is torch.optim.Adam.
"""

import time

import torch
from pytorch_networks import RESOLUTION, W_DIM, Fan, Synthesis, Vgg, seen
from pytorch_objective import Objective, described, loss_of, normalise

synthesis, fan, vgg = Synthesis(), Fan().eval(), Vgg().eval()
for module in (synthesis, fan, vgg):
    module.requires_grad_(False)
latent = torch.randn(1, W_DIM).requires_grad_()
noise = [n.requires_grad_() for n in synthesis.noise]
optimiser = torch.optim.Adam([latent, *noise], lr=0.01)

with torch.no_grad():
    targets = described(vgg, fan, seen(torch.tanh(torch.randn(1, 3, RESOLUTION, RESOLUTION))))
objective = Objective(synthesis, fan, vgg, *targets, torch.ones(68, 1, 1))


def step():
    loss = loss_of(objective.terms(latent, noise))
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    normalise(noise)


step()
times = []
for _ in range(3):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
print(sorted(times)[1])
