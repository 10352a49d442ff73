"""The Muon optimiser (Jordan et al. 2024): momentum whose matrices are made orthogonal by Newton-Schulz iterations.

Vectors and scalars go through Adam. Weights here have unit variance and the demodulation ignores their scale, so one rate
serves both kinds: an update's root mean square is about 0.2 of the rate (Liu et al. 2025).
"""

import torch


def orthogonal(g, steps=5):
    """[rows, columns] -> about U V^T of its singular value decomposition."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = g.shape[0] > g.shape[1]
    x = g.t() if tall else g
    x = (x / (x.norm() + 1e-7)).bfloat16()
    for _ in range(steps):
        s = x @ x.t()
        x = a * x + (b * s + c * s @ s) @ x
    return (x.t() if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Groups with matrix=True take tensors of two or more dimensions (seen as [first, rest]), the others Adam's rule."""

    def __init__(self, groups, lr=1e-2, momentum=0.95, betas=(0.9, 0.99), eps=1e-8):
        super().__init__(groups, {"lr": lr, "momentum": momentum, "betas": betas, "eps": eps, "matrix": False})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                (self._matrix if group["matrix"] else self._adam)(p, state, group)

    def _matrix(self, p, state, group):
        if not state:
            state["momentum"] = torch.zeros_like(p)
        m = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
        g = p.grad.lerp(m, group["momentum"]).flatten(1)
        update = orthogonal(g) * (0.2 * max(g.shape) ** 0.5)
        p.sub_(update.view_as(p), alpha=group["lr"])

    def _adam(self, p, state, group):
        if not state:
            state["step"], state["m"], state["v"] = 0, torch.zeros_like(p), torch.zeros_like(p)
        state["step"] += 1
        b1, b2 = group["betas"]
        state["m"].lerp_(p.grad, 1 - b1)
        state["v"].lerp_(p.grad.square(), 1 - b2)
        m = state["m"] / (1 - b1 ** state["step"])
        v = state["v"] / (1 - b2 ** state["step"])
        p.sub_(m / (v.sqrt() + group["eps"]), alpha=group["lr"])
