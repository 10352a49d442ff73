"""Writes networks of full size with random weights of a fixed seed, in the forms of the files that people download.

    python3 write_set.py RESOLUTION THREADS FOLDER

    ffhq-RESOLUTION.pkl       as stylegan2-ada-pytorch's: G, D and G_ema, modules of its persistence
    2DFAN4-cd938726ad.zip     as face-alignment's: a TorchScript archive
    vgg16.pt                  as NVIDIA's: VGG16 with its classifier and the weights of LPIPS, a TorchScript archive

The two judges are the same for every resolution, and are not written again. Weights are scaled so that numbers keep their
size from layer to layer; pictures are patterns between black and white.
"""

import pickle
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "bench"))

import torch
from pytorch_names import fan_tensors, synthesis_tensors, vgg_tensors
from pytorch_networks import RESOLUTION, W_DIM, Fan, Synthesis, Vgg, full_channels
from torch import nn
from torch.nn import functional as F

FOLDER = Path(sys.argv[3])
FILTER = torch.outer(torch.tensor([1.0, 3.0, 3.0, 1.0]), torch.tensor([1.0, 3.0, 3.0, 1.0])) / 64
CLAMP = 256


def _reconstruct_persistent_obj(meta):
    """What the pickles name as the maker of their objects, which are not made here."""
    raise NotImplementedError


_reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
for name in ["torch_utils", "torch_utils.persistence"]:
    sys.modules[name] = types.ModuleType(name)
sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj = _reconstruct_persistent_obj


class Persistent(nn.Module):
    """A module that pickles as those of stylegan2-ada-pytorch do: by its state, with source text beside it."""

    def __reduce__(self):
        source = "# Here stands the source of the module, which no reader must care for.\n"
        meta = {"type": "class", "version": 6, "module_src": source, "class_name": self.class_name}
        return _reconstruct_persistent_obj, ({**meta, "state": dict(self.__dict__)},)


class Scripted(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def tree(kind, tensors):
    """Modules that hold the tensors by their dotted names; buffers and parameters as PyTorch's modules have them."""
    root = kind()
    for name, tensor in tensors.items():
        module, (*path, last) = root, name.split(".")
        for part in path:
            if part not in module._modules:
                module.add_module(part, kind())
            module = module._modules[part]
        if last in ("weight", "bias", "const"):
            module.register_parameter(last, nn.Parameter(tensor.clone(), requires_grad=False))
        else:
            module.register_buffer(last, tensor.clone())
    return root


def persistent(class_name, tensors, **init):
    root = tree(Persistent, tensors)
    for name, module in root.named_modules():
        last = name.rpartition(".")[2]
        module.class_name = class_name if name == "" else "Module"
        module._init_args, module._init_kwargs = (), init if name == "" else {}
        if last in ("conv", "conv0", "conv1", "torgb", "fromrgb"):
            module.conv_clamp = CLAMP
        if last in ("conv0", "conv1") or last.startswith("fc"):
            module.activation = "lrelu"
    return root


def generator_tensors():
    synthesis = Synthesis()
    for rgb in synthesis.rgbs:
        rgb.weight *= 0.5 / len(synthesis.rgbs) ** 0.5
    tensors = {}
    for name, tensor in synthesis_tensors(synthesis).items():
        block, *layer = name.split(".")
        tensors[f"synthesis.{block}.resample_filter"] = FILTER
        tensors[f"synthesis.{name}"] = tensor
        if name.endswith("noise_const"):
            tensors[f"synthesis.{block}.{layer[0]}.resample_filter"] = FILTER
    for i in range(8):
        tensors[f"mapping.fc{i}.weight"] = torch.randn(W_DIM, W_DIM) * 100
        tensors[f"mapping.fc{i}.bias"] = torch.zeros(W_DIM)
    return tensors | {"mapping.w_avg": torch.zeros(W_DIM)}


def discriminator_tensors(channels):
    tensors = {f"b{RESOLUTION}.fromrgb.weight": torch.randn(channels[RESOLUTION], 3, 1, 1)}
    tensors[f"b{RESOLUTION}.fromrgb.bias"] = torch.zeros(channels[RESOLUTION])
    tensors[f"b{RESOLUTION}.fromrgb.resample_filter"] = FILTER
    for size in sorted(channels, reverse=True)[:-1]:
        inner, outer = channels[size], channels[size // 2]
        tensors[f"b{size}.resample_filter"] = FILTER
        for name, shape in {"conv0": (inner, inner, 3, 3), "conv1": (outer, inner, 3, 3), "skip": (outer, inner, 1, 1)}.items():
            tensors[f"b{size}.{name}.weight"] = torch.randn(shape)
            if name != "skip":
                tensors[f"b{size}.{name}.bias"] = torch.zeros(shape[0])
            tensors[f"b{size}.{name}.resample_filter"] = FILTER
    last = channels[4]
    shapes = {"conv": (last, last + 1, 3, 3), "fc": (last, last * 16), "out": (1, last)}
    for name, shape in shapes.items():
        tensors[f"b4.{name}.weight"] = torch.randn(shape)
        tensors[f"b4.{name}.bias"] = torch.zeros(shape[0])
    return tensors | {"b4.conv.resample_filter": FILTER}


def write_generator(path):
    channels = full_channels()
    sizes = {"c_dim": 0, "img_resolution": RESOLUTION, "img_channels": 3}
    layers = {"channel_base": channels[RESOLUTION] * RESOLUTION, "channel_max": 512, "num_fp16_res": 4, "conv_clamp": CLAMP}
    of_generator = sizes | {"z_dim": 512, "w_dim": W_DIM, "mapping_kwargs": {"num_layers": 8}, "synthesis_kwargs": layers}
    networks = {
        "G": persistent("Generator", generator_tensors(), **of_generator),
        "D": persistent("Discriminator", discriminator_tensors(channels), **sizes, **layers),
        "G_ema": persistent("Generator", generator_tensors(), **of_generator),
    }
    with open(path, "wb") as file:
        pickle.dump({"training_set_kwargs": {"resolution": RESOLUTION}, **networks, "augment_pipe": None}, file)


def write_landmarks(path):
    fan = Fan()
    for module in fan.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    # Normalisations are given the statistics of pictures with large and small patterns, as photographs have them.
    patterns = [F.interpolate(torch.rand(4, 3, 4 << i, 4 << i), size=256, mode="bilinear") for i in range(6)]
    with torch.no_grad():
        fan(sum(patterns) / len(patterns))
        for _, maps, _, _ in fan.stacks:
            maps.weight *= 0.02
    torch.jit.script(tree(Scripted, fan_tensors(fan.eval()))).save(str(path))


def write_perceptual(path):
    vgg = Vgg()
    for module in vgg.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    tensors = vgg_tensors(vgg)
    for i, (inputs, outputs) in enumerate([(25088, 4096), (4096, 4096), (4096, 1000)], 1):
        tensors[f"layers.fc{i}.weight"] = torch.randn(outputs, inputs) * (2 / inputs) ** 0.5
        tensors[f"layers.fc{i}.bias"] = torch.zeros(outputs)
    for i, stage in enumerate(vgg.stages):
        tensors[f"lpips{i}"] = torch.rand(stage[-1].out_channels)
    torch.jit.script(tree(Scripted, tensors)).save(str(path))


write_generator(FOLDER / f"ffhq-{RESOLUTION}.pkl")
for name, write in {"2DFAN4-cd938726ad.zip": write_landmarks, "vgg16.pt": write_perceptual}.items():
    if not (FOLDER / name).exists():
        write(FOLDER / name)
