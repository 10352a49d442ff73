"""One step of a tuning of all weights of a generator in PyTorch, on L2 and LPIPS: prints the seconds of the fastest of five.

    python3 pytorch_tuning.py RESOLUTION THREADS

The features of the picture that is taught are computed once. Gradients come from autograd, the optimiser is
torch.optim.Adam.
"""

import time

import torch
from pytorch_networks import RESOLUTION, W_DIM, Synthesis, Vgg, seen

synthesis, vgg = Synthesis().requires_grad_(True), Vgg().eval().requires_grad_(False)
latent, no_noise = torch.randn(1, W_DIM), [torch.zeros(()) for _ in synthesis.noise]
picture = torch.tanh(torch.randn(1, 3, RESOLUTION, RESOLUTION))
with torch.no_grad():
    features = vgg(seen(picture))
optimiser = torch.optim.Adam(synthesis.parameters(), lr=3e-4)


def step():
    image = synthesis(latent, no_noise)
    loss = (image - picture).square().mean() + (vgg(seen(image)) - features).square().sum()
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()


step()
times = []
for _ in range(5):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
print(min(times))
