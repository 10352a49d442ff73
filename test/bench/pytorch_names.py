"""Names of tensors in the files that people download, each with the tensor of pytorch_networks.py that holds it.

The tensors share their memory with the networks and have the shapes of the files, so that a network is written by reading
them and loaded by `load`.
"""

import torch


def load(tensors, stored):
    with torch.no_grad():
        for name, tensor in tensors.items():
            if not name.endswith(".num_batches_tracked"):  # which only training reads, and some files leave out
                tensor.copy_(stored[name])


def synthesis_tensors(synthesis):
    """Of stylegan2-ada-pytorch's SynthesisNetwork."""
    held, layers, noise = {}, list(synthesis.layers), list(synthesis.noise)
    for level, rgb in enumerate(synthesis.rgbs):
        block = f"b{4 << level}"
        if level == 0:
            held[f"{block}.const"] = synthesis.const[0]
        for name in ["conv1"] if level == 0 else ["conv0", "conv1"]:
            layer = layers.pop(0)
            held[f"{block}.{name}.weight"] = layer.weight
            held[f"{block}.{name}.bias"] = layer.bias.view(-1)
            held[f"{block}.{name}.noise_const"] = noise.pop(0)
            held[f"{block}.{name}.noise_strength"] = layer.strength
            held |= affine_tensors(f"{block}.{name}", layer)
        held[f"{block}.torgb.weight"] = rgb.weight
        held[f"{block}.torgb.bias"] = rgb.bias.view(-1)
        held |= affine_tensors(f"{block}.torgb", rgb)
    return {name: tensor.detach() for name, tensor in held.items()}


def affine_tensors(prefix, layer):
    return {f"{prefix}.affine.weight": layer.affine.weight, f"{prefix}.affine.bias": layer.affine.bias}


def fan_tensors(fan):
    """Of face-alignment's FAN."""
    modules = {"conv1": fan.stem[0], "bn1": fan.stem[1]}
    for name in ["conv2", "conv3", "conv4"]:
        modules |= block_modules(name, getattr(fan, name))
    for i, (body, maps, back, merge) in enumerate(fan.stacks):
        hourglass, top, last = body
        modules |= hourglass_modules(f"m{i}", hourglass, 4) | block_modules(f"top_m_{i}", top)
        modules |= {f"conv_last{i}": last[0], f"bn_end{i}": last[1], f"l{i}": maps}
        if i < len(fan.stacks) - 1:
            modules |= {f"bl{i}": back, f"al{i}": merge}
    return tensors_of(modules)


def hourglass_modules(prefix, hourglass, level):
    branches = {"b1": hourglass.full, "b2": hourglass.before, "b3": hourglass.after}
    modules = {}
    for name, block in branches.items():
        modules |= block_modules(f"{prefix}.{name}_{level}", block)
    if level > 1:
        return modules | hourglass_modules(prefix, hourglass.inner, level - 1)
    return modules | block_modules(f"{prefix}.b2_plus_1", hourglass.inner)


def block_modules(prefix, block):
    modules = {}
    for i, (norm, conv) in enumerate(zip(block.norms, block.convs), 1):
        modules |= {f"{prefix}.bn{i}": norm, f"{prefix}.conv{i}": conv}
    if block.shortcut is not None:
        modules |= {f"{prefix}.downsample.0": block.shortcut[0], f"{prefix}.downsample.2": block.shortcut[2]}
    return modules


def vgg_tensors(vgg):
    """Of VGG16's convolutions, numbered as NVIDIA's file of it does."""
    return tensors_of({f"layers.conv{i}": conv for i, conv in enumerate(convolutions(vgg), 1)})


def torchvision_tensors(vgg):
    """The same by their places among torchvision's `features`, where activations and pooling are counted, too."""
    places = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
    return tensors_of({f"features.{place}": conv for place, conv in zip(places, convolutions(vgg))})


def convolutions(vgg):
    return [conv for stage in vgg.stages for conv in stage]


def tensors_of(modules):
    return {f"{name}.{key}": tensor for name, module in modules.items() for key, tensor in module.state_dict().items()}
