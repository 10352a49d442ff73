"""The three networks of the pack, written from their published mathematics.

Generator: StyleGAN2 (Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN") with the skip
architecture and the tensor names of stylegan2-ada-pytorch's G_ema.
Fan: the face alignment network of Bulat and Tzimiropoulos 2017 ("How far are we from solving the 2D & 3D face alignment
problem"), with the tensor names of the face-alignment package.
Perceptual: VGG16 (Simonyan and Zisserman 2015; torchvision's names) with the linear weights of LPIPS (Zhang et al. 2018).

Every network takes its channel counts as arguments; all pictures are [N, 3, H, W].
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

SQRT2 = math.sqrt(2.0)
WIDE = 32  # from so many output channels a transposed convolution is faster than its four phases


# --- generator -----------------------------------------------------------------------------------------------------------


class FullyConnected(nn.Module):
    """[N, inputs] -> [N, outputs]; the stored weight is scaled by lr_multiplier / sqrt(inputs) when it is used."""

    def __init__(self, inputs, outputs, bias=0.0, lr_multiplier=1.0, activate=False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr_multiplier)
        self.bias = nn.Parameter(torch.full((outputs,), float(bias)))
        self.weight_gain = lr_multiplier / math.sqrt(inputs)
        self.bias_gain = lr_multiplier
        self.activate = activate

    def forward(self, x):
        x = F.linear(x, self.weight * self.weight_gain, self.bias * self.bias_gain)
        return F.leaky_relu(x, 0.2) * SQRT2 if self.activate else x


class Mapping(nn.Module):
    """z [N, z_dim] -> w [N, w_dim]."""

    def __init__(self, z_dim, w_dim, layers, lr_multiplier=0.01):
        super().__init__()
        self.layers = layers
        for i in range(layers):
            fc = FullyConnected(z_dim if i == 0 else w_dim, w_dim, lr_multiplier=lr_multiplier, activate=True)
            setattr(self, f"fc{i}", fc)
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, z):
        x = normalize_2nd_moment(z)
        for i in range(self.layers):
            x = getattr(self, f"fc{i}")(x)
        return x


def normalize_2nd_moment(z):
    return z * (z.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


def resample_filter():
    """The 4x4 binomial filter [1, 3, 3, 1] x [1, 3, 3, 1] / 64 that the reference keeps as a buffer."""
    f = torch.tensor([1.0, 3.0, 3.0, 1.0])
    f = torch.outer(f, f)
    return f / f.sum()


def phase_matrix():
    """M [2, 3, 3] with (3 taps of a phase) = M[phase] @ (3 taps of the kernel), one dimension.

    A stride-2 transposed convolution followed by [1, 3, 3, 1] / 4 is a 3-tap convolution for even and one for odd pixels:
    y[2i + a] = sum_d x[i + d] sum_k f[k] w[a + k - 1 - 2d].
    """
    f = [0.25, 0.75, 0.75, 0.25]
    m = torch.zeros(2, 3, 3)
    for a in range(2):
        for d in (-1, 0, 1):
            for k in range(4):
                r = a + k - 1 - 2 * d
                if 0 <= r < 3:
                    m[a, d + 1, r] += f[k]
    return m


def smooth(x):
    """[N, C, 2H + 1, 2W + 1] of a transposed convolution -> [N, C, 2H, 2W]: the filter [1, 3, 3, 1] / 4 both ways."""
    x = F.pad(x, (1, 1, 1, 1))
    x = (x[..., :-3] + 3 * x[..., 1:-2] + 3 * x[..., 2:-1] + x[..., 3:]) * 0.25
    return (x[..., :-3, :] + 3 * x[..., 1:-2, :] + 3 * x[..., 2:-1, :] + x[..., 3:, :]) * 0.25


def upsample_skip(x):
    """[N, C, H, W] -> [N, C, 2H, 2W] with the binomial filter: bilinear, zeros outside the picture."""
    x = F.interpolate(F.pad(x, (1, 1, 1, 1)), scale_factor=2.0, mode="bilinear", align_corners=False)
    return x[:, :, 2:-2, 2:-2]


class SynthesisLayer(nn.Module):
    """Modulated 3x3 convolution, noise, bias, leaky ReLU; x [N, inputs, R / up, R / up] -> [N, outputs, R, R].

    Modulation scales the input, demodulation the output, so that one constant weight serves the whole batch.
    """

    def __init__(self, inputs, outputs, w_dim, resolution, up):
        super().__init__()
        self.up = up
        self.affine = FullyConnected(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_strength = nn.Parameter(torch.zeros([]), requires_grad=False)
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        self.register_buffer("resample_filter", resample_filter())
        self.register_buffer("phases", phase_matrix(), persistent=False)

    def forward(self, x, w, noise=False, clamp=None):
        s = self.affine(w)
        # the weight's scale cancels in the demodulation; styles of order one keep half precision safe
        weight = self.weight
        d = (s.square() @ weight.square().sum(dim=(2, 3)).t() + 1e-8).rsqrt()
        x = x * s[:, :, None, None].to(x.dtype)
        if self.up == 2 and weight.shape[0] >= WIDE:
            x = smooth(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2))
        elif self.up == 2:
            kernel = torch.einsum("ayp,bxq,oipq->oabiyx", self.phases, self.phases, weight)
            kernel = kernel.reshape(-1, *kernel.shape[3:])
            x = F.pixel_shuffle(F.conv2d(x, kernel, padding=1), 2)
        else:
            x = F.conv2d(x, weight, padding=1)
        x = x * d[:, :, None, None].to(x.dtype)
        if noise:
            x = x + (self.noise_const * self.noise_strength).to(x.dtype)
        x = F.leaky_relu(x + self.bias[:, None, None].to(x.dtype), 0.2) * SQRT2
        return x if clamp is None else x.clamp(-clamp, clamp)


class ToRgb(nn.Module):
    """Modulated 1x1 convolution without demodulation; [N, inputs, R, R] -> [N, 3, R, R] in float32."""

    def __init__(self, inputs, w_dim):
        super().__init__()
        self.affine = FullyConnected(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(3, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(3))
        self.weight_gain = 1.0 / math.sqrt(inputs)

    def forward(self, x, w, clamp=None):
        s = self.affine(w) * self.weight_gain
        x = F.conv2d(x * s[:, :, None, None].to(x.dtype), self.weight).float() + self.bias[:, None, None]
        return x if clamp is None else x.clamp(-clamp, clamp)


class Block(nn.Module):
    def __init__(self, inputs, outputs, w_dim, resolution):
        super().__init__()
        self.register_buffer("resample_filter", resample_filter())
        if inputs == 0:
            self.const = nn.Parameter(torch.randn(outputs, resolution, resolution))
        else:
            self.conv0 = SynthesisLayer(inputs, outputs, w_dim, resolution, up=2)
        self.conv1 = SynthesisLayer(outputs, outputs, w_dim, resolution, up=1)
        self.torgb = ToRgb(outputs, w_dim)

    def forward(self, x, image, ws, noise=False, clamp=None):
        """x or None, image or None, ws: the two or three w of this block -> x, image."""
        if x is None:
            x = self.const[None].expand(ws[0].shape[0], -1, -1, -1)
            x = self.conv1(x, ws[0], noise, clamp)
        else:
            x = self.conv0(x, ws[0], noise, clamp)
            x = self.conv1(x, ws[1], noise, clamp)
        y = self.torgb(x, ws[-1], clamp)
        return x, y if image is None else upsample_skip(image) + y


class Synthesis(nn.Module):
    """channels: {resolution: channels} from 4 up."""

    def __init__(self, w_dim, channels):
        super().__init__()
        self.resolutions = sorted(channels)
        self.num_ws = 2 * len(self.resolutions)
        for r in self.resolutions:
            setattr(self, f"b{r}", Block(channels.get(r // 2, 0), channels[r], w_dim, r))

    def forward(self, w, noise=False, clamp=None, upto=None, every=False):
        """w [N, w_dim] or [N, num_ws, w_dim] -> image [N, 3, R, R], or with `every` the skip images of all blocks."""
        if w.dim() == 2:
            w = w[:, None].expand(-1, self.num_ws, -1)
        ws = w.unbind(dim=1)
        x = image = None
        images, at = [], 0
        for r in self.resolutions:
            if upto is not None and r > upto:
                break
            count = 1 if x is None else 2
            x, image = getattr(self, f"b{r}")(x, image, ws[at : at + count + 1], noise, clamp)
            at += count
            images.append(image)
        return images if every else image


class Generator(nn.Module):
    def __init__(self, z_dim, w_dim, channels, mapping_layers=2, lr_multiplier=0.01):
        super().__init__()
        self.synthesis = Synthesis(w_dim, channels)
        self.mapping = Mapping(z_dim, w_dim, mapping_layers, lr_multiplier)

    def forward(self, z, **options):
        return self.synthesis(self.mapping(z), **options)


# --- landmarks -----------------------------------------------------------------------------------------------------------


class ConvBlock(nn.Module):
    """Pre-activated residual block of three 3x3 convolutions whose outputs (1/2, 1/4, 1/4 of the channels) are joined."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs // 2, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs // 2)
        self.conv2 = nn.Conv2d(outputs // 2, outputs // 4, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs // 4)
        self.conv3 = nn.Conv2d(outputs // 4, outputs // 4, 3, padding=1, bias=False)
        self.downsample = None
        if inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.downsample = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), shortcut)

    def forward(self, x):
        a = self.conv1(F.relu(self.bn1(x)))
        b = self.conv2(F.relu(self.bn2(a)))
        c = self.conv3(F.relu(self.bn3(b)))
        return torch.cat((a, b, c), 1) + (x if self.downsample is None else self.downsample(x))


class HourGlass(nn.Module):
    def __init__(self, features, depth=4):
        super().__init__()
        self.depth = depth
        for level in range(depth, 0, -1):
            setattr(self, f"b1_{level}", ConvBlock(features, features))
            setattr(self, f"b2_{level}", ConvBlock(features, features))
            setattr(self, f"b3_{level}", ConvBlock(features, features))
        self.b2_plus_1 = ConvBlock(features, features)

    def level(self, level, x):
        up = getattr(self, f"b1_{level}")(x)
        low = getattr(self, f"b2_{level}")(F.avg_pool2d(x, 2))
        low = self.level(level - 1, low) if level > 1 else self.b2_plus_1(low)
        low = getattr(self, f"b3_{level}")(low)
        return up + F.interpolate(low, scale_factor=2, mode="nearest")

    def forward(self, x):
        return self.level(self.depth, x)


class Fan(nn.Module):
    """x [N, 3, 256, 256] in 0..1 -> a list of heat maps [N, 68, 64, 64], one a module."""

    def __init__(self, features=48, modules=1, points=68):
        super().__init__()
        self.modules_count = modules
        f = features
        self.conv1 = nn.Conv2d(3, f // 4, 7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(f // 4)
        self.conv2 = ConvBlock(f // 4, f // 2)
        self.conv3 = ConvBlock(f // 2, f // 2)
        self.conv4 = ConvBlock(f // 2, f)
        for i in range(modules):
            setattr(self, f"m{i}", HourGlass(f))
            setattr(self, f"top_m_{i}", ConvBlock(f, f))
            setattr(self, f"conv_last{i}", nn.Conv2d(f, f, 1))
            setattr(self, f"bn_end{i}", nn.BatchNorm2d(f))
            setattr(self, f"l{i}", nn.Conv2d(f, points, 1))
            if i < modules - 1:
                setattr(self, f"bl{i}", nn.Conv2d(f, f, 1))
                setattr(self, f"al{i}", nn.Conv2d(points, f, 1))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.avg_pool2d(self.conv2(x), 2)
        x = self.conv4(self.conv3(x))
        maps = []
        for i in range(self.modules_count):
            part = lambda name: getattr(self, f"{name}{i}")
            y = part("top_m_")(part("m")(x))
            y = F.relu(part("bn_end")(part("conv_last")(y)))
            heat = part("l")(y)
            maps.append(heat)
            if i < self.modules_count - 1:
                x = x + part("bl")(y) + part("al")(heat)
        return maps


def fan_input(x):
    """[N, 3, R, R] of any range -> what Fan reads: nearest to 256, shifted and scaled by the picture's own extremes."""
    if x.shape[-1] != 256:
        x = F.interpolate(x, size=(256, 256), mode="nearest")
    x = x - x.amin(dim=(1, 2, 3), keepdim=True)
    return x / x.amax(dim=(1, 2, 3), keepdim=True)


def decode(heat, window=2):
    """Heat maps [N, 68, 64, 64] -> points [N, 68, 2] in pixels of 256: the centre of mass around the peak."""
    n, p, h, w = heat.shape
    at = heat.reshape(n, p, -1).argmax(dim=2)
    py, px = at // w, at % w
    offsets = torch.arange(-window, window + 1)
    ys, xs = py[..., None] + offsets, px[..., None] + offsets
    inside = ((ys >= 0) & (ys < h))[..., :, None] & ((xs >= 0) & (xs < w))[..., None, :]
    yc, xc = ys.clamp(0, h - 1), xs.clamp(0, w - 1)
    index = (yc[..., :, None] * w + xc[..., None, :]).reshape(n, p, -1)
    value = heat.reshape(n, p, -1).gather(2, index).reshape(n, p, 2 * window + 1, 2 * window + 1)
    value = value.clamp(min=0) * inside
    total = value.sum(dim=(2, 3)).clamp(min=1e-9)
    y = (value.sum(3) * ys).sum(2) / total
    x = (value.sum(2) * xs).sum(2) / total
    return torch.stack((x + 0.5, y + 0.5), dim=2) * (256 / w)


# --- perceptual ----------------------------------------------------------------------------------------------------------

# torchvision's positions of the 13 convolutions, grouped by stage; a 2x2 max-pool stands between stages
VGG_STAGES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)


class Vgg(nn.Module):
    """x [N, 3, H, W] in 0..255 -> the five stages' last activations, [N, widths[i], H / 2**i, W / 2**i]."""

    def __init__(self, widths=(16, 32, 64, 128, 128)):
        super().__init__()
        self.features = nn.ModuleDict()
        inputs = 3
        for stage, width in zip(VGG_STAGES, widths):
            for at in stage:
                self.features[str(at)] = nn.Conv2d(inputs, width, 3, padding=1)
                inputs = width
        self.register_buffer("shift", torch.tensor(SHIFT).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(SCALE).view(1, 3, 1, 1), persistent=False)

    def forward(self, x):
        x = (x / 127.5 - 1 - self.shift) / self.scale
        taps = []
        for i, stage in enumerate(VGG_STAGES):
            if i:
                x = F.max_pool2d(x, 2)
            for at in stage:
                x = F.relu(self.features[str(at)](x))
            taps.append(x)
        return taps


class Perceptual(nn.Module):
    """LPIPS: the features of both pictures, normalised over channels, their squared difference weighted and averaged."""

    def __init__(self, widths=(16, 32, 64, 128, 128)):
        super().__init__()
        self.vgg = Vgg(widths)
        self.lin = nn.ParameterList([nn.Parameter(torch.ones(1, w, 1, 1)) for w in widths])

    def embed(self, x):
        """x [N, 3, H, W] in 0..255 -> five unit-normalised feature maps in float32."""
        return [unit(f.float()) for f in self.vgg(x)]

    def distance(self, a, b):
        """Two lists of embedded maps -> [N]."""
        total = 0
        for f, g, lin in zip(a, b, self.lin):
            total = total + ((f - g).square() * lin.clamp(min=0)).sum(1).mean(dim=(1, 2))
        return total

    def forward(self, a, b):
        return self.distance(self.embed(a), self.embed(b))


def perceptual_name(stored):
    """The name in a file (torchvision's and the lpips package's) -> the name in Perceptual."""
    return f"lin.{stored[3]}" if stored.startswith("lin") else f"vgg.{stored}"


def unit(f):
    return f / (f.square().sum(dim=1, keepdim=True).sqrt() + 1e-10)
