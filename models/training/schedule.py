"""What the three trainings share: a plan in minutes, checkpoints, moving averages, sample sheets."""

import copy
import os
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

PACK = Path(__file__).resolve().parent.parent / "pack"
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast():
    """bfloat16 convolutions with float32 master weights."""
    return torch.autocast(DEVICE.type, torch.bfloat16)


def channels_last(module):
    for p in module.parameters():
        if p.dim() == 4:
            p.data = p.data.contiguous(memory_format=torch.channels_last)
    return module.to(DEVICE)


def to_tensor(pictures):
    """[n, H, W, 3] in 0..255 -> [n, 3, H, W] float32 in 0..255, channels last in memory."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).to(DEVICE).permute(0, 3, 1, 2).float()


def load_tensors(module, file, rename=lambda name: name):
    """The tensors of a safetensors file into a module; every one must fit, and only the batch counters may be absent."""
    tensors = {rename(name): tensor.float() for name, tensor in load_file(file).items()}
    missing, unexpected = module.load_state_dict(tensors, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    return module


class Average:
    """Exponential moving average of a module's parameters and buffers; its reach grows with the training."""

    def __init__(self, module, horizon):
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.horizon = horizon

    @torch.no_grad()
    def update(self, module, step):
        keep = 1 - 1 / min(self.horizon, 1 + step / 8)
        ours, theirs = self.module.state_dict(), module.state_dict()
        floats = [k for k, v in ours.items() if v.is_floating_point()]
        torch._foreach_lerp_([ours[k] for k in floats], [theirs[k] for k in floats], 1 - keep)


class Plan:
    """A training of so many minutes, stopped and resumed at will: learning rate from the share of the time that is gone."""

    def __init__(self, file, minutes, rate, save_every=120, floor=0.02, hold=0.5):
        self.file, self.total, self.rate, self.save_every = Path(file), minutes * 60.0, rate, save_every
        self.floor, self.hold = floor, hold
        self.elapsed, self.step = 0.0, 0
        self._last = self._saved = time.monotonic()

    @property
    def share(self):
        return min(1.0, self.elapsed / self.total)

    def tick(self, optimizer):
        """Counts the time since the last call, sets the learning rate; False when the time is up."""
        now = time.monotonic()
        self.elapsed += min(now - self._last, 30.0)  # a longer gap is a compilation or a pause
        self._last = now
        self.step += 1
        factor = min(1.0, self.step / 100, self.floor + (1 - self.floor) * (1 - self.share) / (1 - self.hold))
        for group in optimizer.param_groups:
            group["lr"] = self.rate * factor * group.get("scale", 1.0)
        return self.elapsed < self.total

    def due(self):
        if time.monotonic() - self._saved < self.save_every:
            return False
        self._saved = time.monotonic()
        return True

    def save(self, **parts):
        state = {k: v.state_dict() for k, v in parts.items()} | {"elapsed": self.elapsed, "step": self.step}
        torch.save(state, self.file.with_suffix(".tmp"))
        os.replace(self.file.with_suffix(".tmp"), self.file)

    def resume(self, **parts):
        if self.file.exists():
            state = torch.load(self.file, map_location=DEVICE)
            for k, v in parts.items():
                v.load_state_dict(state[k])
            self.elapsed, self.step = state["elapsed"], state["step"]
            print(f"resumed at step {self.step}, {self.elapsed / 60:.1f} of {self.total / 60:.1f} minutes", flush=True)
        self._last = time.monotonic()


def sheet(rows, file):
    """rows: a list of equally long lists of [3, H, W] tensors in 0..255 -> one PNG."""
    strips = [torch.cat([p.cpu() for p in row], dim=2) for row in rows]
    picture = torch.cat(strips, dim=1).clamp(0, 255).round().byte().permute(1, 2, 0).numpy()
    Image.fromarray(picture).save(file)
