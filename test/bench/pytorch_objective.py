"""What the reference minimises, in PyTorch: the look's distance, the landmarks' and the noise's regularity."""

import torch
from pytorch_networks import seen
from torch.nn import functional as F

# Of the reference's README.
WEIGHTS = {"perceptual": 1.0, "landmark": 0.05, "noiseReg": 1e5}


def described(vgg, fan, levels):
    """Features and heat maps of a picture in 0..255, which is 256 pixels wide."""
    marked = levels - levels.amin()
    return vgg(levels), fan(marked / marked.amax())


def noise_regularity(maps):
    total = 0
    for n in maps:
        level = n[None, None]
        while True:
            for axis in (3, 2):
                total = total + (level * level.roll(1, axis)).mean().square()
            if level.shape[2] <= 8:
                break
            level = F.avg_pool2d(level, 2)
    return total


class Objective:
    """The unweighted terms of pictures of a latent [1, w_dim] and noise maps [H, W] each.

    @param looks, landmarks: what `described` gives of the two targets
    @param groups: a weight for each of the 68 landmarks [68, 1, 1]
    """

    def __init__(self, synthesis, fan, vgg, features, heat_maps, groups):
        self.synthesis, self.fan, self.vgg = synthesis, fan, vgg
        self.features, self.heat_maps, self.groups = features, heat_maps, groups

    def terms(self, latent, noise):
        features, maps = described(self.vgg, self.fan, seen(self.synthesis(latent, noise)))
        return {
            "perceptual": (features - self.features).square().sum(),
            "landmark": ((maps - self.heat_maps) * self.groups).norm(),
            "noiseReg": noise_regularity(noise),
        }


def loss_of(terms):
    return sum(WEIGHTS[name] * term for name, term in terms.items())


def normalise(maps):
    """To mean 0 and mean square 1, in place."""
    with torch.no_grad():
        for n in maps:
            n -= n.mean()
            n *= n.square().mean().rsqrt()
