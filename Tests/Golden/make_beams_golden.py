"""Beam searches of the model in pretrained/llama by transformers (pip install transformers).

NAME/prompt, NAME/settings (width, maximum, end token or −1, length penalty), NAME/tokens [width, length] padded
with −1, and NAME/scores.
"""

import pathlib

import torch
from golden_format import Golden
from transformers import GenerationConfig, LlamaForCausalLM

golden = Golden()
model = LlamaForCausalLM.from_pretrained(pathlib.Path(__file__).with_name("pretrained") / "llama")

cases = {
    "four": ([5, 9, 33, 2], 4, 8, None, 1.0),
    "short": ([5, 9, 33, 2], 3, 12, 17, 0.0),
    "means": ([7, 7, 1], 3, 12, 35, 1.0),
    "long": ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], 5, 20, 23, 2.0),
    "ends": ([20], 2, 20, 42, 1.0),
}
for name, (prompt, width, maximum, end, penalty) in cases.items():
    with torch.no_grad():
        output = model.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)),
                                generation_config=GenerationConfig(
            num_beams=width, num_return_sequences=width, max_new_tokens=maximum, do_sample=False,
            eos_token_id=end, pad_token_id=60, length_penalty=penalty,
            return_dict_in_generate=True, output_scores=True))
    new = output.sequences[:, len(prompt):]
    rows = []
    for row in new.tolist():
        if end is not None and end in row:
            row = row[:row.index(end)]
        rows.append(row + [-1] * (maximum - len(row)))
    golden.keep(f"{name}/prompt", torch.tensor(prompt))
    golden.keep(f"{name}/settings", torch.tensor(
        [width, maximum, -1 if end is None else end, penalty], dtype=torch.float64))
    golden.keep(f"{name}/tokens", torch.tensor(rows))
    golden.keep(f"{name}/scores", output.sequences_scores)
golden.write(__file__)
