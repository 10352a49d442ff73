"""In PyTorch, on the files of write_set.py: the picture of a latent, or three steps of a search from it.

    python3 pytorch_search.py RESOLUTION THREADS FOLDER picture|search RUN

RUN holds projected_w.npz and noise.npz, as `mien project` writes them, and the targets look.rgb and landmarks.rgb, 8 bits a
channel. Prints a line of JSON for each step with its seconds; at last, of a picture its file, and of a search the terms of
the loss in its first step.
"""

import json
import pickle
import sys
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent.parent / "bench"))

import numpy as np
import torch
from pytorch_names import fan_tensors, load, synthesis_tensors, vgg_tensors
from pytorch_networks import RESOLUTION, Fan, Synthesis, Vgg, seen
from pytorch_objective import Objective, described, loss_of, normalise

FOLDER, RUN = Path(sys.argv[3]), Path(sys.argv[5])
GROUPS = [(17, 0.05), (10, 1), (3, 0.1), (18, 1), (20, 5)]
LANDMARK_WEIGHTS = torch.cat([torch.full((count, 1, 1), float(weight)) for count, weight in GROUPS])


def tell(**values):
    print(json.dumps(values), flush=True)


class Unpickler(pickle.Unpickler):
    """Takes the state of NVIDIA's modules, and runs none of the source beside it."""

    def find_class(self, module, name):
        if name == "_reconstruct_persistent_obj":
            return lambda meta: SimpleNamespace(**meta["state"])
        return super().find_class(module, name)


def tensors_in(module, prefix=""):
    held = {prefix + name: tensor for name, tensor in {**module._parameters, **module._buffers}.items()}
    for name, child in module._modules.items():
        held |= tensors_in(child, f"{prefix}{name}.")
    return held


def generator():
    with open(FOLDER / f"ffhq-{RESOLUTION}.pkl", "rb") as file:
        stored = tensors_in(Unpickler(file).load()["G_ema"])
    synthesis = Synthesis().requires_grad_(False)
    load(synthesis_tensors(synthesis), {name.removeprefix("synthesis."): stored[name] for name in stored})
    return synthesis


def judges():
    fan, vgg = Fan().eval().requires_grad_(False), Vgg().eval().requires_grad_(False)
    load(fan_tensors(fan), torch.jit.load(str(FOLDER / "2DFAN4-cd938726ad.zip")).state_dict())
    stored = torch.jit.load(str(FOLDER / "vgg16.pt")).state_dict()
    load(vgg_tensors(vgg), stored)
    for tap, linear in enumerate(vgg.linear):
        linear.copy_(stored[f"lpips{tap}"].reshape(linear.shape))
    return fan, vgg


def target(name):
    levels = torch.from_numpy(np.fromfile(RUN / name, np.uint8).reshape(1, RESOLUTION, RESOLUTION, 3))
    return levels.permute(0, 3, 1, 2).float() / 127.5 - 1


def search(synthesis, latent, noise):
    fan, vgg = judges()
    with torch.no_grad():
        features = described(vgg, fan, seen(target("look.rgb")))[0]
        heat_maps = described(vgg, fan, seen(target("landmarks.rgb")))[1]
    objective = Objective(synthesis, fan, vgg, features, heat_maps, LANDMARK_WEIGHTS)
    latent.requires_grad_()
    for n in noise:
        n.requires_grad_()
    optimiser = torch.optim.Adam([latent, *noise], lr=0.01)
    for step in range(3):
        start = time.perf_counter()
        found = objective.terms(latent, noise)
        if step == 0:
            terms = {name: term.item() for name, term in found.items()}
        optimiser.zero_grad(set_to_none=True)
        loss_of(found).backward()
        optimiser.step()
        normalise(noise)
        tell(step=step + 1, seconds=time.perf_counter() - start)
    tell(terms=terms)


synthesis = generator()
latents = torch.from_numpy(np.load(RUN / "projected_w.npz")["w"])
latent = latents[:, 0].clone()
assert (latents == latent).all(), "one latent for all layers"
stored = np.load(RUN / "noise.npz")
names = [name for name in synthesis_tensors(synthesis) if name.endswith("noise_const")]
noise = [torch.from_numpy(stored[name]) for name in names]
if sys.argv[4] == "picture":
    with torch.no_grad():
        levels = (synthesis(latent, noise)[0].permute(1, 2, 0) * 127.5 + 128).clamp(0, 255).to(torch.uint8)
    levels.numpy().tofile(RUN / "pytorch.rgb")
    tell(picture="pytorch.rgb")
else:
    search(synthesis, latent, noise)
