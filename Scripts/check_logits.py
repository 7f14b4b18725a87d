"""check_logits.py MODEL.gguf TEXT [TOKENS]: compares what `chat perplexity` says of each token with
transformers on the same file (pip install torch transformers gguf accelerate). Takes the release build of `chat`,
or the program that the variable CHAT names.

Prints the greatest and the mean difference of log-probabilities and both perplexities, for weights as
float32 and as stored; fails where float32 differs by more than 1e-3, or where the perplexity of the stored
weights, whose products round activations to 8 bits, is off by 0.5% or more.
"""

import json
import math
import os
import pathlib
import subprocess
import sys

import torch
from transformers import AutoModelForCausalLM

model, text = map(pathlib.Path, sys.argv[1:3])
tokens = sys.argv[3] if len(sys.argv) > 3 else "512"


def ours(weights):
    command = [
        os.environ.get("CHAT", ".build/release/chat"), "perplexity", "--json", "--model", model, "--text", text,
        "--tokens", tokens, "--window", tokens, "--weights", weights,
    ]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


exact, stored = ours("float32"), ours("stored")
oracle = AutoModelForCausalLM.from_pretrained(
    model.parent, gguf_file=model.name, dtype=torch.float32)
ids = torch.tensor([exact["tokens"]])
with torch.no_grad():
    logits = torch.log_softmax(oracle(ids).logits[0].double(), dim=-1)
expected = logits[:-1].gather(1, ids[0, 1:, None])[:, 0].tolist()
perplexity = math.exp(-sum(expected) / len(expected))
print(f"transformers: perplexity {perplexity:.4f} over {len(expected)} tokens")
faults = []
for name, result in (("float32", exact), ("stored", stored)):
    differences = [abs(a - b) for a, b in zip(result["log_probabilities"], expected, strict=True)]
    print(f"{name}: perplexity {result['perplexity']:.4f}, log-probabilities differ by at most "
          f"{max(differences):.2g}, by {sum(differences) / len(differences):.2g} in the mean")
    if name == "float32" and not max(differences) < 1e-3:
        faults.append("float32 differs by 1e-3 or more")
if not abs(stored["perplexity"] / perplexity - 1) < 0.005:
    faults.append("the perplexity of the stored weights is off by 0.5% or more")
sys.exit("; ".join(faults) or None)
