"""Small random models, saved by transformers, with what they make of tokens (pip install transformers gguf).

pretrained/NAME are directories of `save_pretrained`, pretrained/llama.gguf is the first of them as llama.cpp's
converter writes it; pretrained.safetensors has NAME/tokens, and NAME/logits or NAME/hidden.
"""

import pathlib
import shutil

import gguf
import torch
from golden_format import Golden
from transformers import (
    BertConfig, BertModel, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM,
)

FOLDER = pathlib.Path(__file__).with_name("pretrained")
shutil.rmtree(FOLDER, ignore_errors=True)
golden = Golden()


def randomize(model):
    """Weights that make logits of some size, and biases and norms other than 0 and 1."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = golden.normal(*parameter.shape)
            is_norm = "norm" in name.lower() or ".ln_" in name
            parameter.copy_((1 + 0.2 * noise) if is_norm and name.endswith("weight") else 0.15 * noise)
    return model.eval()


def keep(name, model, tokens, **inputs):
    output = model(tokens, **inputs)
    golden.keep(f"{name}/tokens", tokens)
    for key, value in inputs.items():
        golden.keep(f"{name}/{key}", value)
    if hasattr(output, "logits"):
        golden.keep(f"{name}/logits", output.logits)
    else:
        golden.keep(f"{name}/hidden", output.last_hidden_state)


def tokens(*shape):
    return torch.randint(0, 61, shape, generator=golden.generator)


def llama(**changes):
    return randomize(LlamaForCausalLM(LlamaConfig(
        vocab_size=61, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
        rms_norm_eps=1e-5, **changes)))


def write_gguf(model, path):
    """The names and the order of rows of llama.cpp's convert_hf_to_gguf.py."""
    c, state = model.config, model.state_dict()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(c.num_hidden_layers)
    writer.add_context_length(c.max_position_embeddings)
    writer.add_embedding_length(c.hidden_size)
    writer.add_feed_forward_length(c.intermediate_size)
    writer.add_head_count(c.num_attention_heads)
    writer.add_head_count_kv(c.num_key_value_heads)
    writer.add_layer_norm_rms_eps(c.rms_norm_eps)
    writer.add_rope_freq_base(c.rope_parameters["rope_theta"])
    writer.add_vocab_size(c.vocab_size)

    def neighbours(weight, heads):
        rows, columns = weight.shape
        return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(
            rows, columns)

    def add(name, key, heads=None):
        weight = state[key].numpy()
        writer.add_tensor(name, neighbours(weight, heads).copy() if heads else weight)

    add("token_embd.weight", "model.embed_tokens.weight")
    for i in range(c.num_hidden_layers):
        theirs, ours = f"model.layers.{i}.", f"blk.{i}."
        add(ours + "attn_norm.weight", theirs + "input_layernorm.weight")
        add(ours + "attn_q.weight", theirs + "self_attn.q_proj.weight", c.num_attention_heads)
        add(ours + "attn_k.weight", theirs + "self_attn.k_proj.weight", c.num_key_value_heads)
        add(ours + "attn_v.weight", theirs + "self_attn.v_proj.weight")
        add(ours + "attn_output.weight", theirs + "self_attn.o_proj.weight")
        add(ours + "ffn_norm.weight", theirs + "post_attention_layernorm.weight")
        for part in ("gate", "up", "down"):
            add(ours + f"ffn_{part}.weight", theirs + f"mlp.{part}_proj.weight")
    add("output_norm.weight", "model.norm.weight")
    add("output.weight", "lm_head.weight")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


model = llama(tie_word_embeddings=False)
model.save_pretrained(FOLDER / "llama")
write_gguf(model, FOLDER / "llama.gguf")
keep("llama", model, tokens(2, 9))

model = llama(tie_word_embeddings=True, head_dim=16, rope_parameters={
    "rope_type": "default", "rope_theta": 500.0})
model.save_pretrained(FOLDER / "llama-tied", max_shard_size="20KB")
keep("llama-tied", model, tokens(1, 13))

model = randomize(GPT2LMHeadModel(GPT2Config(
    vocab_size=61, n_embd=32, n_layer=2, n_head=4, n_positions=32)))
model.save_pretrained(FOLDER / "gpt2")
keep("gpt2", model, tokens(2, 9))

model = randomize(BertModel(BertConfig(
    vocab_size=61, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
    num_attention_heads=4, max_position_embeddings=32), add_pooling_layer=False))
model.save_pretrained(FOLDER / "bert")
mask = torch.tensor([[1] * 9, [1] * 5 + [0] * 4])
keep("bert", model, tokens(2, 9), attention_mask=mask)

for path in FOLDER.rglob("generation_config.json"):
    path.unlink()
golden.write(__file__)
