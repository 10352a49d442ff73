"""Writes test/fixtures/torch/, small checkpoints of every form that torch.save has, and test/fixtures/torch-records.json.

The records hold, for these files and for the checkpoints of tiny64 and tiny512, the SHA-256 of the dense,
little-endian bytes of every tensor as PyTorch itself reads it. Run from the top folder, with PyTorch:

    python3 test/golden/make_torch_records.py
"""

import argparse
import hashlib
import json
import pathlib
import pickle
import random
import shutil
import sys
import types

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
OUT = FIXTURES / "torch"

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "int64": torch.int64,
    "int32": torch.int32,
    "int16": torch.int16,
    "int8": torch.int8,
    "uint8": torch.uint8,
    "bool": torch.bool,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def record(tensor):
    """dtype, shape and hash of a tensor."""
    dense = tensor.detach().contiguous()
    raw = dense.reshape(-1).view(torch.uint8) if dense.numel() else torch.empty(0, dtype=torch.uint8)
    return {
        "dtype": NAMES[tensor.dtype],
        "shape": list(tensor.shape),
        "sha256": hashlib.sha256(raw.numpy().tobytes()).hexdigest(),
    }


def values(dtype, *shape):
    """Random values of a type, with the signs and extremes it has."""
    count = int(np.prod(shape)) if shape else 1
    if dtype.is_floating_point:
        flat = torch.randn(count, dtype=torch.float64)
        if count > 8:
            flat[:6] = torch.tensor([0.0, -0.0, float("inf"), float("-inf"), 1e-6, -3e4])
        return flat.to(dtype).reshape(shape)
    if dtype == torch.bool:
        return torch.randint(0, 2, shape).bool()
    info = torch.iinfo(dtype)
    flat = torch.randint(max(info.min, -(2**40)), min(info.max, 2**40), (count,), dtype=torch.int64)
    if count > 8:
        flat[0], flat[1] = info.min, info.max
    return flat.to(dtype).reshape(shape)


def dense(dtype):
    """What state dicts hold."""
    return {
        "weight": values(dtype, 4, 3, 3, 3),
        "bias": values(dtype, 5),
        "scalar": values(dtype),
        "empty": values(dtype, 0, 3),
    }


def views(dtype):
    """Tensors that do not fill their storage in order."""
    base = values(dtype, 6, 5)
    return {
        "base": base,
        "transposed": base.t(),
        "row": base[2],
        "steps": base[1::2, 1:4],
        "column": base[:, 3],
        "expanded": values(dtype, 1, 3).expand(4, 3),
        "permuted": values(dtype, 2, 3, 4).permute(2, 0, 1),
    }


class Holder(torch.nn.Module):
    """A module with parameters, buffers and modules inside, for TorchScript."""

    def __init__(self, dtype=torch.float32):
        super().__init__()
        self.first = torch.nn.Conv2d(2, 3, 3)
        self.body = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4))
        self.register_buffer("mean", torch.randn(1, 4, 1, 1).to(dtype))
        self.extra = torch.nn.Parameter(torch.randn(3))

    def forward(self, x):
        return self.body(self.first(x)) + self.mean.float() * self.extra.sum()


records = {}


def keep(path, file_format, networks):
    """Notes what PyTorch finds in a file: {network: {name: tensor}}."""
    records[path.relative_to(FIXTURES).as_posix()] = {
        "format": file_format,
        "networks": {
            network: {name: record(tensor) for name, tensor in tensors.items()}
            for network, tensors in networks.items()
        },
    }


def save(name, value, networks, **options):
    path = OUT / name
    torch.save(value, path, **options)
    keep(path, "torch-zip" if options.get("_use_new_zipfile_serialization", True) else "torch-legacy", networks)


def dump(name, value, networks, protocol):
    path = OUT / name
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    keep(path, "pickle", networks)


def eras():
    """Every era x dtype x kind of view."""
    for dtype_name, dtype in DTYPES.items():
        for kind, make in {"dense": dense, "views": views}.items():
            tensors = make(dtype)
            save(f"zip-{dtype_name}-{kind}.pth", tensors, {"": tensors})
            save(f"legacy-{dtype_name}-{kind}.pth", tensors, {"": tensors}, _use_new_zipfile_serialization=False)
            # Without torch.save every tensor writes its whole storage, so that a view brings what it does not show.
            dump(f"pickle-{dtype_name}-{kind}.pkl", tensors, {"": tensors}, 4)


class AncientTensor:
    """Written as torch wrote tensors before 0.4."""

    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        t = self.tensor
        return torch._utils._rebuild_tensor, (t.storage(), t.storage_offset(), tuple(t.size()), t.stride())


def forms():
    """What surrounds the tensors."""
    small = {"weight": values(torch.float32, 3, 2), "bias": values(torch.float32, 3)}
    for protocol in range(6):
        dump(f"protocol-{protocol}.pkl", small, {"": small}, protocol)
    for protocol in range(2, 6):
        save(f"protocol-{protocol}.pth", small, {"": small}, pickle_protocol=protocol)
        save(
            f"protocol-{protocol}-legacy.pth",
            small,
            {"": small},
            pickle_protocol=protocol,
            _use_new_zipfile_serialization=False,
        )
    module = Holder()
    save("module-state.pth", module.state_dict(), {"": module.state_dict()})
    parameters = dict(module.named_parameters())
    save("parameters.pth", parameters, {"": parameters})
    parallel = torch.nn.DataParallel(module).state_dict()
    save("parallel.pth", parallel, {"": module.state_dict()})
    ancient = {name: AncientTensor(tensor) for name, tensor in small.items()}
    save("ancient.pth", ancient, {"": small}, _use_new_zipfile_serialization=False)
    attributed = torch.nn.Parameter(values(torch.float32, 2, 2))
    attributed.note = "kept beside the tensor"
    save("attributes.pth", {"weight": attributed}, {"": {"weight": attributed}})
    optimiser = torch.optim.Adam(module.parameters())
    module(torch.randn(1, 2, 5, 5)).sum().backward()
    optimiser.step()
    training = {
        "g_ema": module.state_dict(),
        "params_ema": small,
        "optimizer": optimiser.state_dict(),
        "args": argparse.Namespace(size=64, lr=0.002, names=["a", "b"]),
        "epoch": 3,
        "shape": torch.Size([1, 2]),
        "device": torch.device("cpu"),
        "dtype": torch.float16,
        "best": np.float64(0.25),
        "latent_avg": values(torch.float32, 4),
    }
    networks = {
        "": {"latent_avg": training["latent_avg"]},
        "g_ema": training["g_ema"],
        "params_ema": small,
    }
    save("training.pth", training, networks)
    save("training-legacy.pth", training, networks, _use_new_zipfile_serialization=False)
    nested = {"models": {"a": small, "b": {"weight": values(torch.int32, 2)}}}
    save("nested.pth", nested, {"models.a": small, "models.b": nested["models"]["b"]})
    save("single.pth", small["weight"], {"": {"": small["weight"]}})
    shared = {"a": small["weight"], "b": small["weight"], "c": small["weight"].t()}
    save("shared.pth", shared, {"": shared})
    save("shared-legacy.pth", shared, {"": shared}, _use_new_zipfile_serialization=False)


def scripts():
    """TorchScript: traced, scripted, half-precision buffers, frozen into constants."""
    for name, dtype in {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}.items():
        module = Holder(dtype).eval()
        for kind, script in {
            "traced": torch.jit.trace(module, torch.randn(1, 2, 5, 5)),
            "scripted": torch.jit.script(module),
        }.items():
            path = OUT / f"{kind}-{name}.pt"
            torch.jit.save(script, str(path))
            keep(path, "torchscript", {"": torch.jit.load(str(path)).state_dict()})


class Persistent:
    """Stands for torch_utils.persistence: keeps the state of a module and runs nothing."""

    def __init__(self, meta):
        self.state = meta["state"]

    def tensors(self, prefix=""):
        for kind in ("_parameters", "_buffers"):
            for name, tensor in self.state[kind].items():
                if tensor is not None:
                    yield prefix + name, tensor
        for name, module in self.state["_modules"].items():
            if module is not None:
                yield from module.tensors(f"{prefix}{name}.")


def nvidia(path):
    """Reads NVIDIA's pickle with stand-ins for its classes."""
    persistence = types.ModuleType("torch_utils.persistence")
    persistence._reconstruct_persistent_obj = Persistent
    util = types.ModuleType("dnnlib.util")
    util.EasyDict = type("EasyDict", (dict,), {})
    stand_ins = {"torch_utils": types.ModuleType("torch_utils"), "dnnlib": types.ModuleType("dnnlib")}
    sys.modules.update(stand_ins, **{"torch_utils.persistence": persistence, "dnnlib.util": util})
    with path.open("rb") as file:
        value = pickle.load(file)
    keep(path, "pickle", {name: dict(value[name].tensors()) for name in ("G", "D", "G_ema")})


class PersistentModule:
    """Written as torch_utils.persistence writes a module of StyleGAN2-ADA."""

    def __init__(self, class_name, parameters, buffers, modules, **init_kwargs):
        self.meta = {
            "type": "class",
            "version": 6,
            "module_src": "raise SystemExit('the source of a module was run')",
            "class_name": class_name,
            "state": {
                "training": False,
                "_parameters": parameters,
                "_buffers": buffers,
                "_non_persistent_buffers_set": set(),
                "_modules": modules,
                "_init_args": (),
                "_init_kwargs": sys.modules["dnnlib.util"].EasyDict(init_kwargs),
            },
        }

    def __reduce__(self):
        return sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (self.meta,)


def persistent():
    """A small pickle in NVIDIA's form; nvidia() has put the stand-ins in place."""
    for name, value in {"torch_utils.persistence": Persistent, "dnnlib.util": sys.modules["dnnlib.util"].EasyDict}.items():
        value.__module__ = name
    Persistent.__qualname__ = "_reconstruct_persistent_obj"
    inner = PersistentModule(
        "SynthesisBlock",
        {"const": torch.nn.Parameter(values(torch.float32, 4, 4, 4)), "bias": None},
        {"resample_filter": values(torch.float32, 4, 4)},
        {},
        resolution=4,
    )
    outer = PersistentModule("Generator", {}, {"w_avg": values(torch.float32, 8)}, {"b4": inner}, z_dim=8, scale=np.float32(0.5), names=["a"])
    value = {"G_ema": outer, "augment_pipe": None, "training_set_kwargs": {"seed": np.int64(3)}}
    tensors = {"w_avg": outer.meta["state"]["_buffers"]["w_avg"]}
    tensors |= {f"b4.{k}": t for kind in ("_parameters", "_buffers") for k, t in inner.meta["state"][kind].items() if t is not None}
    for name, protocol in {"persistent.pkl": 4, "persistent-protocol-2.pkl": 2}.items():
        dump(name, value, {"G_ema": tensors}, protocol)


def fixtures():
    for folder in ("tiny64", "tiny512"):
        nvidia(FIXTURES / folder / "generator.pkl")
        for path in sorted((FIXTURES / folder).glob("*.pth*")):
            tensors = torch.load(path, weights_only=True)
            keep(path, "torch-legacy" if "legacy" in path.name else "torch-zip", {"": tensors})
        for pattern in ("*.pt", "*torchscript*"):
            for path in sorted((FIXTURES / folder).glob(pattern)):
                keep(path, "torchscript", {"": torch.jit.load(str(path)).state_dict()})


def main():
    torch.manual_seed(7)
    random.seed(7)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    eras()
    forms()
    scripts()
    fixtures()
    persistent()
    text = json.dumps(records, separators=(",", ":")).replace('"networks"', '\n"networks"').replace("}}}},", "}}}},\n")
    (FIXTURES / "torch-records.json").write_text(text + "\n")
    size = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"{len(list(OUT.iterdir()))} files, {size} bytes; {len(records)} records")


if __name__ == "__main__":
    main()
