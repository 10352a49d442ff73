"""The networks of the benchmarks in PyTorch, with random weights, for the resolution and the threads of the command line.
`pytorch_weights.py` gives them those of files.

They are written from their papers in the way of the public implementations: StyleGAN2's weights are modulated and
demodulated per step (Karras et al. 2020, section 2.2), FAN and VGG16 run in evaluation mode.
"""

import sys

import torch
from torch import nn
from torch.nn import functional as F

RESOLUTION, THREADS = int(sys.argv[1]), int(sys.argv[2])
W_DIM = 512
torch.set_num_threads(THREADS)
torch.manual_seed(0)


def low_pass(x, pads, gain):
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    kernel = (taps[:, None] * taps[None, :] * gain).expand(x.shape[1], 1, 4, 4)
    return F.conv2d(F.pad(x, pads), kernel, groups=x.shape[1])


def clamped(x, limit, gain=1):
    return x if limit is None else x.clamp(-limit * gain, limit * gain)


class Affine(nn.Module):
    def __init__(self, outputs, w_dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, w_dim), requires_grad=False)
        self.bias = nn.Parameter(torch.ones(outputs), requires_grad=False)

    def forward(self, w):
        return torch.addmm(self.bias[None], w, (self.weight / w.shape[1] ** 0.5).t())


class SynthesisLayer(nn.Module):
    def __init__(self, inputs, outputs, up, w_dim, clamp):
        super().__init__()
        self.up, self.clamp = up, clamp
        self.affine = Affine(inputs, w_dim)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(1, outputs, 1, 1), requires_grad=False)
        self.strength = nn.Parameter(torch.tensor(0.1), requires_grad=False)

    def forward(self, x, w, noise):
        weight = self.weight * self.affine(w)[:, :, None, None]
        weight = weight * (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).rsqrt()
        if self.up:
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            x = low_pass(x, (1, 1, 1, 1), 4)
        else:
            x = F.conv2d(x, weight, padding=1)
        x = F.leaky_relu(x + noise * self.strength + self.bias, 0.2) * 2**0.5
        return clamped(x, self.clamp, 2**0.5)


class ToRgb(nn.Module):
    def __init__(self, inputs, w_dim, clamp):
        super().__init__()
        self.clamp = clamp
        self.affine = Affine(inputs, w_dim)
        self.weight = nn.Parameter(torch.randn(3, inputs, 1, 1), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1), requires_grad=False)

    def forward(self, x, w):
        style = self.affine(w) / x.shape[1] ** 0.5
        return clamped(F.conv2d(x, self.weight * style[:, :, None, None]) + self.bias, self.clamp)


def full_channels():
    """Channels by resolution of NVIDIA's configurations: paper256 has half those of 1024 pixels."""
    base = 32768 if RESOLUTION > 256 else 16384
    return {4 << i: min(512, base // (4 << i)) for i in range((RESOLUTION // 4).bit_length())}


class Synthesis(nn.Module):
    def __init__(self, channels=full_channels(), w_dim=W_DIM, clamp=256):
        super().__init__()
        self.const = nn.Parameter(torch.randn(1, channels[4], 4, 4), requires_grad=False)
        self.layers = nn.ModuleList()
        self.rgbs = nn.ModuleList()
        self.noise = []
        previous = channels[4]
        for size, count in channels.items():
            if size > 4:
                self.layers.append(SynthesisLayer(previous, count, True, w_dim, clamp))
                self.noise.append(torch.randn(size, size))
            self.layers.append(SynthesisLayer(count, count, False, w_dim, clamp))
            self.noise.append(torch.randn(size, size))
            self.rgbs.append(ToRgb(count, w_dim, clamp))
            previous = count

    def forward(self, w, noise):
        x = self.layers[0](self.const, w, noise[0])
        picture = self.rgbs[0](x, w)
        for i, rgb in enumerate(self.rgbs[1:]):
            x = self.layers[2 * i + 1](x, w, noise[2 * i + 1])
            x = self.layers[2 * i + 2](x, w, noise[2 * i + 2])
            n, c, h, width = picture.shape
            spread = F.pad(picture.reshape(n, c, h, 1, width, 1), (0, 1, 0, 0, 0, 1)).reshape(n, c, 2 * h, 2 * width)
            picture = low_pass(spread, (2, 1, 2, 1), 4) + rgb(x, w)
        return picture


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        widths = [inputs, outputs // 2, outputs // 4, outputs // 4]
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[:3])
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in zip(widths, widths[1:]))
        self.shortcut = None
        if inputs != outputs:
            point = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.shortcut = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), point)

    def forward(self, x):
        parts, y = [], x
        for norm, conv in zip(self.norms, self.convs):
            y = conv(F.relu(norm(y)))
            parts.append(y)
        return torch.cat(parts, 1) + (x if self.shortcut is None else self.shortcut(x))


class Hourglass(nn.Module):
    def __init__(self, features, level):
        super().__init__()
        self.full, self.before, self.after = (Block(features, features) for _ in range(3))
        self.inner = Hourglass(features, level - 1) if level > 1 else Block(features, features)

    def forward(self, x):
        low = self.after(self.inner(self.before(F.avg_pool2d(x, 2))))
        return self.full(x) + F.interpolate(low, scale_factor=2, mode="nearest")


class Fan(nn.Module):
    def __init__(self, features=256, modules=4):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, features // 4, 7, 2, 3), nn.BatchNorm2d(features // 4), nn.ReLU())
        self.conv2, self.conv3 = Block(features // 4, features // 2), Block(features // 2, features // 2)
        self.conv4 = Block(features // 2, features)
        self.stacks = nn.ModuleList()
        for _ in range(modules):
            last = nn.Sequential(nn.Conv2d(features, features, 1), nn.BatchNorm2d(features), nn.ReLU())
            body = nn.Sequential(Hourglass(features, 4), Block(features, features), last)
            self.stacks.append(
                nn.ModuleList([body, nn.Conv2d(features, 68, 1), nn.Conv2d(features, features, 1), nn.Conv2d(68, features, 1)])
            )

    def forward(self, x):
        x = self.conv4(self.conv3(F.avg_pool2d(self.conv2(self.stem(x)), 2)))
        for body, maps, back, merge in self.stacks:
            y = body(x)
            heat = maps(y)
            x = x + back(y) + merge(heat)
        return heat


class Vgg(nn.Module):
    """The features whose squared differences add up to LPIPS (Zhang et al. 2018), of pictures in 0..255."""

    def __init__(self, widths=(64, 128, 256, 512, 512)):
        super().__init__()
        self.shift = torch.tensor([-0.030, -0.088, -0.188])[:, None, None]
        self.scale = torch.tensor([0.458, 0.448, 0.450])[:, None, None]
        self.linear = nn.ParameterList(torch.ones(1, width, 1, 1) for width in widths)
        self.stages, inputs = nn.ModuleList(), 3
        for outputs, length in zip(widths, [2, 2, 3, 3, 3]):
            stage = nn.ModuleList()
            for _ in range(length):
                stage.append(nn.Conv2d(inputs, outputs, 3, padding=1))
                inputs = outputs
            self.stages.append(stage)

    def forward(self, x):
        x, taps = (x / 127.5 - 1 - self.shift) / self.scale, []
        for i, stage in enumerate(self.stages):
            x = F.max_pool2d(x, 2) if i else x
            for conv in stage:
                x = F.relu(conv(x))
            unit = x / (x.square().sum(1, keepdim=True) + 1e-10).sqrt()
            taps.append((unit * (self.linear[i] / x[0, 0].numel()).sqrt()).flatten())
        return torch.cat(taps)


def seen(picture):
    """What the analysis networks see of a picture in -1..1."""
    levels = (picture + 1) * 127.5
    return F.interpolate(levels, size=(256, 256), mode="area") if RESOLUTION > 256 else levels
