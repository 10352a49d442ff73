"""The networks of the benchmarks with the weights of safetensors files, by the names of NVIDIA's, face-alignment's,
torchvision's and lpips' files. What is not in the weights, the clamp, is given."""

from pytorch_networks import Fan, Synthesis, Vgg
from safetensors.torch import load_file
from torch import nn


def weights_of(path):
    return {name: tensor.float() for name, tensor in load_file(path).items()}


def fill(target, tensor):
    target.data.copy_(tensor.reshape(target.shape))


def fill_layer(layer, weights, name):
    """Weight and, where it has one, bias."""
    fill(layer.weight, weights[f"{name}.weight"])
    if layer.bias is not None:
        fill(layer.bias, weights[f"{name}.bias"])


def synthesis_of(weights, clamp):
    channels, size = {}, 4
    while f"synthesis.b{size}.conv1.weight" in weights:
        channels[size] = weights[f"synthesis.b{size}.conv1.weight"].shape[0]
        size *= 2
    synthesis = Synthesis(channels, weights["synthesis.b4.conv1.affine.weight"].shape[1], clamp)
    fill(synthesis.const, weights["synthesis.b4.const"])
    names = [f"synthesis.b{r}.{layer}" for r in channels for layer in (["conv0"] if r > 4 else []) + ["conv1"]]
    for layer, name in zip(synthesis.layers, names):
        fill_layer(layer, weights, name)
        fill_layer(layer.affine, weights, f"{name}.affine")
        fill(layer.strength, weights[f"{name}.noise_strength"])
    for rgb, r in zip(synthesis.rgbs, channels):
        fill_layer(rgb, weights, f"synthesis.b{r}.torgb")
        fill_layer(rgb.affine, weights, f"synthesis.b{r}.torgb.affine")
    return frozen(synthesis)


def fill_norm(norm, weights, name):
    fill_layer(norm, weights, name)
    fill(norm.running_mean, weights[f"{name}.running_mean"])
    fill(norm.running_var, weights[f"{name}.running_var"])


def fill_block(block, weights, name):
    for place, (norm, conv) in enumerate(zip(block.norms, block.convs), 1):
        fill_norm(norm, weights, f"{name}.bn{place}")
        fill_layer(conv, weights, f"{name}.conv{place}")
    if block.shortcut is not None:
        fill_norm(block.shortcut[0], weights, f"{name}.downsample.0")
        fill_layer(block.shortcut[2], weights, f"{name}.downsample.2")


def fill_hourglass(hourglass, weights, name, level=4):
    for block, branch in ((hourglass.full, "b1"), (hourglass.before, "b2"), (hourglass.after, "b3")):
        fill_block(block, weights, f"{name}.{branch}_{level}")
    if level > 1:
        fill_hourglass(hourglass.inner, weights, name, level - 1)
    else:
        fill_block(hourglass.inner, weights, f"{name}.b2_plus_1")


def fan_of(weights):
    modules = sum(f"l{i}.weight" in weights for i in range(16))
    fan = Fan(weights["conv4.conv1.weight"].shape[0] * 2, modules)
    fill_layer(fan.stem[0], weights, "conv1")
    fill_norm(fan.stem[1], weights, "bn1")
    for block, name in ((fan.conv2, "conv2"), (fan.conv3, "conv3"), (fan.conv4, "conv4")):
        fill_block(block, weights, name)
    for i, (body, maps, back, merge) in enumerate(fan.stacks):
        fill_hourglass(body[0], weights, f"m{i}")
        fill_block(body[1], weights, f"top_m_{i}")
        fill_layer(body[2][0], weights, f"conv_last{i}")
        fill_norm(body[2][1], weights, f"bn_end{i}")
        fill_layer(maps, weights, f"l{i}")
        if i < modules - 1:
            fill_layer(back, weights, f"bl{i}")
            fill_layer(merge, weights, f"al{i}")
    return frozen(fan)


def vgg_of(weights):
    vgg = Vgg([weights[f"lin{stage}.model.1.weight"].numel() for stage in range(5)])
    convs = [conv for stage in vgg.stages for conv in stage]
    for conv, place in zip(convs, [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]):
        fill_layer(conv, weights, f"features.{place}")
    for stage, linear in enumerate(vgg.linear):
        fill(linear, weights[f"lin{stage}.model.1.weight"].clamp(min=0))
    return frozen(vgg)


def frozen(network: nn.Module):
    return network.eval().requires_grad_(False)
