"""The search of stylegan2-landmark-projection in PyTorch, on the networks and targets of files.

    python3 pytorch_reference.py RESOLUTION THREADS JOB

JOB is a JSON file: generator, landmarks, perceptual and targets are paths of safetensors, clamp the generator's (null for none),
then seed, steps, every and result. Targets have `look` and `landmarks` [1, 3, R, R] in 0..255, `average` [1, 1, w_dim],
`deviation` [], and `groups` [68, 1, 1]. The result is a safetensors file with the state that the search ends with, `latent` [1, 1, w_dim]
and `noise` flat, `startUp` in seconds, and `course`: a row of step, seconds, seconds of the processor and the three terms before the
first step, every so many steps and at the end, without jitter and outside of the clock.
"""

import json
import math
import sys
import time

import numpy
import torch
from pytorch_networks import seen
from pytorch_objective import WEIGHTS, Objective, described, loss_of, normalise
from pytorch_weights import fan_of, synthesis_of, vgg_of, weights_of
from safetensors.torch import load_file, save_file

begun = time.perf_counter()
with open(sys.argv[3]) as file:
    job = json.load(file)
steps, every = job["steps"], job["every"]
targets = load_file(job["targets"])
synthesis = synthesis_of(weights_of(job["generator"]), job["clamp"])
fan, vgg = fan_of(weights_of(job["landmarks"])), vgg_of(weights_of(job["perceptual"]))
with torch.no_grad():
    features, _ = described(vgg, fan, seen(targets["look"] / 127.5 - 1))
    _, heat_maps = described(vgg, fan, seen(targets["landmarks"] / 127.5 - 1))
objective = Objective(synthesis, fan, vgg, features, heat_maps, targets["groups"])
random = numpy.random.RandomState(job["seed"])


def normals(*shape):
    return torch.from_numpy(random.randn(*shape)).float()


latent = targets["average"][0].clone().requires_grad_()
noise = [normals(*n.shape).requires_grad_() for n in synthesis.noise]
optimiser = torch.optim.Adam([latent, *noise], betas=(0.9, 0.999), lr=0.1)


def step(number):
    t = number / steps
    jitter = 0.05 * targets["deviation"] * max(0, 1 - t / 0.75) ** 2
    ramp = min(1, (1 - t) / 0.25)
    optimiser.param_groups[0]["lr"] = 0.1 * (0.5 - 0.5 * math.cos(ramp * math.pi)) * min(1, t / 0.05)
    loss = loss_of(objective.terms(latent + normals(*latent.shape) * jitter, noise))
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    normalise(noise)


def row(number, seconds, processor):
    with torch.no_grad():
        terms = objective.terms(latent, noise)
    return [number, seconds, processor, *(terms[name].item() for name in WEIGHTS)]


start_up = time.perf_counter() - begun
seconds = processor = 0.0
course = [row(0, 0, 0)]
for number in range(steps):
    before = time.perf_counter(), time.process_time()
    step(number)
    seconds += time.perf_counter() - before[0]
    processor += time.process_time() - before[1]
    if (number + 1) % every == 0 or number + 1 == steps:
        course.append(row(number + 1, seconds, processor))
ended = {
    "latent": latent.detach()[None].contiguous(),
    "noise": torch.cat([n.detach().flatten() for n in noise]),
    "course": torch.tensor(course),
    "startUp": torch.tensor(start_up),
}
save_file(ended, job["result"])
