"""The networks of the benchmarks with the weights of safetensors files, by the names of NVIDIA's, face-alignment's,
torchvision's and lpips' files. What is not in the weights, the clamp, is given."""

from pytorch_names import fan_tensors, load, synthesis_tensors, torchvision_tensors
from pytorch_networks import Fan, Synthesis, Vgg
from safetensors.torch import load_file
from torch import nn


def weights_of(path):
    return {name: tensor.float() for name, tensor in load_file(path).items()}


def synthesis_of(weights, clamp):
    stored = {name.removeprefix("synthesis."): tensor for name, tensor in weights.items()}
    channels, size = {}, 4
    while f"b{size}.conv1.weight" in stored:
        channels[size] = stored[f"b{size}.conv1.weight"].shape[0]
        size *= 2
    synthesis = Synthesis(channels, stored["b4.conv1.affine.weight"].shape[1], clamp)
    load(synthesis_tensors(synthesis), stored)
    return frozen(synthesis)


def fan_of(weights):
    fan = Fan(weights["conv4.conv1.weight"].shape[0] * 2, sum(f"l{i}.weight" in weights for i in range(16)))
    load(fan_tensors(fan), weights)
    return frozen(fan)


def vgg_of(weights):
    linear = [weights[f"lin{stage}.model.1.weight"] for stage in range(5)]
    vgg = Vgg([weight.numel() for weight in linear])
    load(torchvision_tensors(vgg), weights)
    for target, weight in zip(vgg.linear, linear):
        target.data.copy_(weight.clamp(min=0).reshape(target.shape))
    return frozen(vgg)


def frozen(network: nn.Module):
    return network.eval().requires_grad_(False)
