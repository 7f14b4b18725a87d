#!/usr/bin/env python3
"""Some workloads of Benchmarks/bench in JAX, compiled: same names, same work, same JSON.

    jax_peer.py [--filter NAMES] [--threads N] [--seconds S] [--paced | --first-step]
"""

import os

import measuring

OPTIONS = measuring.parser(__doc__.splitlines()[0]).parse_args()
if OPTIONS.threads and hasattr(os, "sched_setaffinity"):
    # XLA makes as many threads as it finds processors when it starts.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: OPTIONS.threads])

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

KEY = jax.random.key(0)


def normal(*shape):
    return jax.random.normal(KEY, shape)


# MARK: A training step


def adam(parameters, gradients, state, decays, beta2, rate=1e-3, beta1=0.9):
    """One step; `decays` is the weight decay of each parameter."""
    time = state["time"] + 1
    tree = jax.tree.map
    mean = tree(lambda m, g: beta1 * m + (1 - beta1) * g, state["mean"], gradients)
    square = tree(lambda v, g: beta2 * v + (1 - beta2) * g * g, state["square"], gradients)
    parameters = tree(
        lambda p, m, v, decay: p * (1 - rate * decay)
        - rate * (m / (1 - beta1**time)) / (jnp.sqrt(v / (1 - beta2**time)) + 1e-8),
        parameters, mean, square, decays,
    )
    return parameters, {"mean": mean, "square": square, "time": time}


def training(parameters, loss, decay=0.0, beta2=0.999, clip=None):
    decays = jax.tree.map(lambda p: decay if p.ndim >= 2 else 0.0, parameters)

    def step(parameters, state):
        gradients = jax.grad(loss)(parameters)
        if clip:
            norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradients)))
            gradients = jax.tree.map(lambda g: g * jnp.minimum(1, clip / norm), gradients)
        return adam(parameters, gradients, state, decays, beta2)

    compiled = jax.jit(step, donate_argnums=(0, 1))
    now = parameters, {
        "mean": jax.tree.map(jnp.zeros_like, parameters),
        "square": jax.tree.map(jnp.zeros_like, parameters),
        "time": jnp.zeros((), jnp.int32),
    }

    def run():
        nonlocal now
        now = jax.block_until_ready(compiled(*now))

    return run


def cross_entropy(logits, labels):
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)
    return -chosen.mean()


# MARK: Workloads: each makes its inputs and returns one run.


def mlp_mnist():
    sizes = [784, 256, 128, 10]
    parameters = [
        (normal(inputs, outputs) * inputs**-0.5, jnp.zeros(outputs))
        for inputs, outputs in zip(sizes, sizes[1:])
    ]
    x, labels = jax.random.uniform(KEY, (64, 784)), jnp.arange(64) % 10

    def loss(parameters):
        y = x
        for weight, bias in parameters[:-1]:
            y = jax.nn.relu(y @ weight + bias)
        weight, bias = parameters[-1]
        return cross_entropy(y @ weight + bias, labels)

    return training(parameters, loss)


def layer_norm(x, weight):
    centred = x - x.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * weight


def block(x, p, heads):
    batch, length, channels = x.shape
    q, k, v = (
        part.reshape(batch, length, heads, channels // heads)
        for part in jnp.split(layer_norm(x, p["norm1"]) @ p["qkv"], 3, axis=-1)
    )
    y = jax.nn.dot_product_attention(q, k, v, is_causal=True)
    x = x + y.reshape(x.shape) @ p["projection"]
    return x + jax.nn.gelu(layer_norm(x, p["norm2"]) @ p["upProjection"]) @ p["downProjection"]


def gpt(batch, vocabulary, context, channels, layers=4, heads=4):
    def prepare():
        def matrix(*shape):
            return 0.02 * normal(*shape)

        parameters = {
            "token": matrix(vocabulary, channels), "position": matrix(context, channels),
            "norm": jnp.ones(channels),
            "blocks": [
                {
                    "norm1": jnp.ones(channels), "norm2": jnp.ones(channels),
                    "qkv": matrix(channels, 3 * channels), "projection": matrix(channels, channels),
                    "upProjection": matrix(channels, 4 * channels),
                    "downProjection": matrix(4 * channels, channels),
                }
                for _ in range(layers)
            ],
        }
        tokens = jnp.arange(batch * context + 1) * 7919 % vocabulary
        inputs, targets = tokens[:-1].reshape(batch, context), tokens[1:]

        def loss(p):
            x = p["token"][inputs] + p["position"]
            for layer in p["blocks"]:
                x = block(x, layer, heads)
            logits = layer_norm(x, p["norm"]) @ p["token"].T
            return cross_entropy(logits.reshape(-1, vocabulary), targets)

        return training(parameters, loss, decay=0.1, beta2=0.99, clip=1.0)

    return prepare


def product(size):
    def prepare():
        a, b = normal(size, size), normal(size, size)
        multiply = jax.jit(jnp.matmul)
        return lambda: jax.block_until_ready(multiply(a, b))

    return prepare


WORKLOADS = {
    "mlp-mnist": mlp_mnist,
    "gpt-char": gpt(12, vocabulary=65, context=64, channels=128),
    "gpt-mid": gpt(8, vocabulary=256, context=128, channels=256),
} | {f"sgemm-{size}": product(size) for size in (64, 256, 512, 1024, 2048)}

if __name__ == "__main__":
    measuring.measure(WORKLOADS, OPTIONS, OPTIONS.threads or os.cpu_count())
