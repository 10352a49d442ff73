"""Writes test/fixtures/<size>/float64.npz: the objective and a short search in float64, where float32 tells the truth;
tiny64/perceptual_weight_gradients.npz: the gradients of LPIPS for the weights of the synthesis without noise; and tiny64/film.npz: a
few frames of a film, each searched from the one before.

    python test/golden/make_float64.py       needs torch, numpy and pillow

Where the first features of the perceptual network nearly vanish, their normalisation divides by about 1e-5, and the
rounding of a picture decides their direction: there float32 programs differ by per cents among themselves. At the
points of these files PyTorch's float32 gradients lie within 3e-5 of the float64 ones, so an implementation that is
right does too. Draws come from RandomState(seed): the latents' z, then the noise maps; for the search the noise maps, then the
jitter. The search leaves the perceptual term out for the same reason, and so does the film.
"""

import copy
import math
import pickle
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "training"))
from networks import Fan, Generator, Perceptual, fan_input, upsample_skip  # noqa: E402

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
CLAMP = 256.0
GROUPS = ((0, 17, 0.05), (17, 22, 1), (22, 27, 1), (27, 31, 0.1), (30, 36, 1), (36, 42, 1), (42, 48, 1), (48, 60, 5), (60, 68, 5))
NOISE = 1e5
STEPS, KEPT_STEPS, SEARCH_SEED = 40, 12, 7
FILM_FRAMES, FILM_STEPS, FILM_DEVIATION, HELD = 3, 6, 1.75, 0.05
GOOD = 3e-5
LARGEST_MAP = 128


class Inert(dict):
    def __init__(self, *_):
        super().__init__()

    def __setstate__(self, state):
        if isinstance(state, dict):
            self.update(state)


class Reader(pickle.Unpickler):
    """Knows tensors; everything else becomes a dict of its state."""

    def find_class(self, module, name):
        if name == "_load_from_bytes":
            return lambda content: torch.load(BytesIO(content), weights_only=False)
        if name == "_reconstruct_persistent_obj":
            return lambda meta: meta["state"]
        if module.split(".")[0] in ("torch", "collections"):
            return super().find_class(module, name)
        return Inert


def tensors_of(state, prefix=""):
    found = {prefix + k: v.detach() for part in ("_parameters", "_buffers") for k, v in state.get(part, {}).items() if v is not None}
    for name, module in state.get("_modules", {}).items():
        found |= tensors_of(module, f"{prefix}{name}.")
    return found


class Objective:
    """The networks of one folder of fixtures in one precision."""

    def __init__(self, size, dtype):
        folder, self.dtype = FIXTURES / size, dtype
        with open(folder / "generator.pkl", "rb") as file:
            g = tensors_of(Reader(file).load()["G_ema"])
        channels = {int(k.split(".")[1][1:]): v.shape[0] for k, v in g.items() if k.endswith("conv1.weight")}
        layers = len([k for k in g if k.startswith("mapping.fc") and k.endswith("weight")])
        generator = Generator(g["mapping.fc0.weight"].shape[1], g["mapping.w_avg"].shape[0], channels, layers)
        generator.load_state_dict(g, strict=False)
        fan = torch.load(folder / "fan.pth")
        landmarks = Fan(fan["conv_last0.weight"].shape[0], len([k for k in fan if k.startswith("conv_last") and k.endswith("weight")]))
        landmarks.load_state_dict(fan)
        vgg, lpips = torch.load(folder / "vgg16.pth"), torch.load(folder / "lpips.pth")
        perceptual = Perceptual([vgg[f"features.{at}.weight"].shape[0] for at in (0, 5, 10, 17, 24)])
        perceptual.vgg.load_state_dict({k: v for k, v in vgg.items() if k.startswith("features")}, strict=False)
        for i, lin in enumerate(perceptual.lin):
            lin.data.copy_(lpips[f"lin{i}.model.1.weight"])
        self.generator, self.landmarks, self.perceptual = (
            m.to(dtype).eval().requires_grad_(False) for m in (generator, landmarks, perceptual)
        )
        self.importance = torch.ones(68, 1, 1, dtype=dtype)
        for a, b, value in GROUPS:
            self.importance[a:b] = value
        self.look = self.features(self.picture(folder / "look.png"))
        self.pose = self.heat(self.picture(folder / "landmarks.png"))
        self.layers = [(n, m) for n, m in generator.synthesis.named_modules() if hasattr(m, "noise_strength")]

    def picture(self, file):
        return self.seen(torch.from_numpy(np.array(Image.open(file).convert("RGB"))).permute(2, 0, 1)[None].to(self.dtype))

    def seen(self, x):
        return F.avg_pool2d(x, x.shape[-1] // 256) if x.shape[-1] > 256 else x

    def features(self, x):
        parts = []
        for tap, lin in zip(self.perceptual.vgg(x), self.perceptual.lin):
            unit = tap / (tap.square().sum(1, keepdim=True) + 1e-10).sqrt()
            parts.append((unit * lin.sqrt() / (tap.shape[2] * tap.shape[3]) ** 0.5).flatten())
        return torch.cat(parts)

    def heat(self, x):
        return self.landmarks(fan_input(x))[-1]

    def synthesise(self, latent, noise):
        """The generator of the pack has neither trained noise nor clamps: both are put in here."""
        count, at, x, image = self.generator.synthesis.num_ws, 0, None, None
        ws = latent[0].expand(count, -1) if latent.shape[1] == 1 else latent[0]
        for r in self.generator.synthesis.resolutions:
            block = getattr(self.generator.synthesis, f"b{r}")
            x = block.const[None] if x is None else self.layer(block.conv0, x, ws[at - 1 : at], noise[f"b{r}.conv0"])
            first = at if r == 4 else at
            x = self.layer(block.conv1, x, ws[at : at + 1], noise[f"b{r}.conv1"])
            style = block.torgb.affine(ws[at + 1 : at + 2]) * block.torgb.weight_gain
            rgb = F.conv2d(x * style[:, :, None, None], block.torgb.weight) + block.torgb.bias[:, None, None]
            rgb = rgb.clamp(-CLAMP, CLAMP)
            image = rgb if image is None else upsample_skip(image) + rgb
            at += 2
        return image

    def layer(self, layer, x, w, noise):
        layer = copy.copy(layer)
        layer._buffers = dict(layer._buffers)
        del layer._buffers["noise_const"]
        layer.noise_const = noise
        return layer(x, w, True, CLAMP * 2**0.5)

    def terms(self, latent, noise):
        x = self.seen((self.synthesise(latent, noise) + 1) * 127.5)
        perceptual = (self.features(x) - self.look).square().sum()
        landmark = ((self.heat(x) - self.pose) * self.importance).norm()
        return perceptual, landmark, sum(map(regularity, noise.values()))


def regularity(n):
    total, level = 0, n[None, None]
    while True:
        total = total + (level * level.roll(1, 3)).mean().square() + (level * level.roll(1, 2)).mean().square()
        if level.shape[2] <= 8:
            return total
        level = F.avg_pool2d(level, 2)


def gap(found, truth):
    return float(np.abs(found - truth).max() / np.abs(truth).max())


def point(objective, latent, noise):
    """Terms and gradients of perceptual + 0.05 landmark."""
    dtype = objective.dtype
    latent = latent.to(dtype).requires_grad_()
    noise = {k: v.to(dtype).requires_grad_() for k, v in noise.items()}
    perceptual, landmark, _ = objective.terms(latent, noise)
    gradients = torch.autograd.grad(perceptual + 0.05 * landmark, [latent, *noise.values()])
    values = {"latent": latent, "perceptual": perceptual, "landmark": landmark, "grad_latent": gradients[0]}
    maps = {f"grad_noise/{k}.noise_const": g for k, g in zip(noise, gradients[1:]) if g.shape[0] <= LARGEST_MAP}
    return {k: v.detach().numpy() for k, v in (values | maps).items()}


def draws_of(objective, random):
    return {n: torch.from_numpy(random.randn(*m.noise_const.shape).astype(np.float32)) for n, m in objective.layers}


def good_point(single, double, rows, first_seed):
    """The first seed at which float32 is right."""
    z_dim = single.generator.mapping.fc0.weight.shape[1]
    for seed in range(first_seed, first_seed + 200):
        random = np.random.RandomState(seed)
        z = torch.from_numpy(random.randn(rows, z_dim).astype(np.float32))
        latent, noise = single.generator.mapping(z)[None], draws_of(single, random)
        truth, found = point(double, latent, noise), point(single, latent, noise)
        worst = max(gap(found[k], v) for k, v in truth.items())
        if worst < GOOD:
            print(f"seed {seed}: float32 is within {worst:.1e}")
            return {k: v.astype(np.float32) for k, v in truth.items()}, seed
    raise SystemExit("no point found")


def search(objective, start, deviation, noise, jitter):
    """KEPT_STEPS of STEPS steps without the perceptual term: latents and landmark terms."""
    dtype = objective.dtype
    latent = start.to(dtype).clone().requires_grad_()
    noise = {k: v.to(dtype).clone().requires_grad_() for k, v in noise.items()}
    optimiser = torch.optim.Adam([latent, *noise.values()], betas=(0.9, 0.999))
    latents, terms = [], []
    for step in range(KEPT_STEPS):
        t = step / STEPS
        rate = 0.1 * (0.5 - 0.5 * math.cos(math.pi * min(1, (1 - t) / 0.25))) * min(1, t / 0.05)
        optimiser.param_groups[0]["lr"] = rate
        seen = latent + jitter[step].to(dtype) * deviation * 0.05 * max(0, 1 - t / 0.75) ** 2
        _, landmark, regular = objective.terms(seen, noise)
        optimiser.zero_grad()
        (0.05 * landmark + NOISE * regular).backward()
        optimiser.step()
        with torch.no_grad():
            for n in noise.values():
                n -= n.mean()
                n *= n.square().mean().rsqrt()
        latents.append(latent.detach().numpy().copy().ravel())
        terms.append(float(landmark.detach()))
    return {"latents": np.stack(latents), "landmark": np.array(terms)}


def gaussians(points, dtype):
    """Heat maps of height 1 at points that are fractions of the side: 1 x 68 x 64 x 64."""
    cells = torch.arange(64, dtype=dtype) + 0.5
    across, down = (torch.exp(-0.5 * ((cells - 64 * points[:, i : i + 1].to(dtype)) / FILM_DEVIATION) ** 2) for i in (0, 1))
    return (down[:, :, None] * across[:, None, :])[None]


def film(objective, start, average, deviation, noise, targets, seed):
    """Latents of frames after the first, each from the one before: noise as it is, Adam and jitter anew, without the perceptual term."""
    dtype = objective.dtype
    noise = {k: v.to(dtype) for k, v in noise.items()}
    average, before, latents = average.to(dtype), start.to(dtype), []
    for frame, points in enumerate(targets, 1):
        maps = gaussians(points, dtype)
        jitter = np.random.RandomState(seed + frame).randn(FILM_STEPS, *start.shape).astype(np.float32)
        latent = before.clone().requires_grad_()
        optimiser = torch.optim.Adam([latent], betas=(0.9, 0.999))
        for step in range(FILM_STEPS):
            t = step / FILM_STEPS
            rate = 0.1 * (0.5 - 0.5 * math.cos(math.pi * min(1, (1 - t) / 0.25))) * min(1, t / 0.05)
            optimiser.param_groups[0]["lr"] = rate
            seen = latent + torch.from_numpy(jitter[step]).to(dtype) * deviation * 0.05 * max(0, 1 - t / 0.75) ** 2
            x = objective.seen((objective.synthesise(seen, noise) + 1) * 127.5)
            landmark = ((objective.heat(x) - maps) * objective.importance).norm()
            smoothness, fidelity = (((latent - other).square() + 1e-6).sqrt().sum() for other in (before, average))
            optimiser.zero_grad()
            (0.05 * landmark + HELD * smoothness + HELD * fidelity).backward()
            optimiser.step()
        before = latent.detach()
        latents.append(before.numpy().copy()[0])
    return {"latents": np.stack(latents)}


def good_film(single, double):
    """From the first seed from which float32 comes to the same frames."""
    stored = np.load(FIXTURES / "tiny64" / "networks.npz")
    average, deviation = torch.from_numpy(stored["w_avg"].reshape(1, 1, -1)), float(stored["w_std"].item())
    rows, z_dim = single.generator.synthesis.num_ws, single.generator.mapping.fc0.weight.shape[1]
    for seed in range(3000, 3200):
        random = np.random.RandomState(seed)
        start = single.generator.mapping(torch.from_numpy(random.randn(rows, z_dim).astype(np.float32)))[None]
        noise = draws_of(single, random)
        face = 0.5 + 0.1 * random.randn(68, 2)
        targets = torch.from_numpy(np.stack([face + 0.02 * k for k in range(1, FILM_FRAMES + 1)]).astype(np.float32))
        given = start, average, deviation, noise, targets, seed
        truth, found = film(double, *given), film(single, *given)
        worst = gap(found["latents"], truth["latents"])
        if worst < GOOD:
            print(f"film from seed {seed}: float32 is within {worst:.1e}")
            values = truth | {"start": start.numpy(), "targets": targets.numpy(), "seed": np.float32(seed)}
            return {k: v.astype(np.float32) for k, v in values.items()}
        print(f"seed {seed}: {worst:.1e}")
    raise SystemExit("no film found")


def weight_gradients(objective, latent):
    """LPIPS of the look for one latent without noise, and its gradients for all weights of the synthesis but the noise's."""
    weights = {n: p for n, p in objective.generator.synthesis.named_parameters() if not n.endswith("noise_strength")}
    still = {n: torch.zeros_like(m.noise_const) for n, m in objective.layers}
    for weight in weights.values():
        weight.requires_grad_()
    image = objective.synthesise(latent.to(objective.dtype), still)
    perceptual = (objective.features(objective.seen((image + 1) * 127.5)) - objective.look).square().sum()
    gradients = torch.autograd.grad(perceptual, list(weights.values()))
    objective.generator.requires_grad_(False)
    values = {"latent": latent, "perceptual": perceptual.detach()}
    return {k: v.numpy() for k, v in (values | {f"gradient/{n}": g for n, g in zip(weights, gradients)}).items()}


def good_weight_gradients(single, double):
    """At the first seed at which float32 is right."""
    z_dim = single.generator.mapping.fc0.weight.shape[1]
    for seed in range(2000, 2400):
        z = torch.from_numpy(np.random.RandomState(seed).randn(1, z_dim).astype(np.float32))
        latent = single.generator.mapping(z)[None]
        truth, found = weight_gradients(double, latent), weight_gradients(single, latent)
        worst = max(gap(found[k], v) for k, v in truth.items())
        if worst < GOOD:
            print(f"weight gradients at seed {seed}: float32 is within {worst:.1e}")
            return {k: v.astype(np.float32) for k, v in truth.items()}
    raise SystemExit("no point found")


def main():
    torch.manual_seed(0)
    for size in ("tiny64", "tiny512"):
        single, double = Objective(size, torch.float32), Objective(size, torch.float64)
        out = {}
        for prefix, rows, seed in (("w", 1, 0), ("wplus", single.generator.synthesis.num_ws, 1000)):
            values, used = good_point(single, double, rows, seed)
            out |= {f"{prefix}/{k}": v for k, v in values.items()} | {f"{prefix}/seed": np.float32(used)}
        if size == "tiny64":
            stored = np.load(FIXTURES / size / "networks.npz")
            start = torch.from_numpy(stored["w_avg"].reshape(1, 1, -1))
            deviation = float(stored["w_std"].item())
            random = np.random.RandomState(SEARCH_SEED)
            noise = draws_of(single, random)
            jitter = torch.from_numpy(random.randn(KEPT_STEPS, 1, 1, start.shape[-1]).astype(np.float32))
            truth, found = (search(o, start, deviation, noise, jitter) for o in (double, single))
            print("search: float32 is within", {k: f"{gap(found[k], v):.1e}" for k, v in truth.items()})
            out |= {f"search/{k}": v.astype(np.float32) for k, v in truth.items()}
            out["search/seed"] = np.float32(SEARCH_SEED)
            gradients = good_weight_gradients(single, double)
            np.savez_compressed(FIXTURES / size / "perceptual_weight_gradients.npz", **gradients)
            np.savez_compressed(FIXTURES / size / "film.npz", **good_film(single, double))
        file = FIXTURES / size / "float64.npz"
        np.savez_compressed(file, **out)
        print(file.name, file.stat().st_size)


if __name__ == "__main__":
    main()
