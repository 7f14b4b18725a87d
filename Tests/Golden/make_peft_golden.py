"""Low-rank adapters of pretrained/llama, saved by peft, with its logits (pip install transformers peft).

pretrained/peft is on all seven projections of both blocks; pretrained/peft-part on two of them in the second block,
with the scale α / √r of rsLoRA. peft.safetensors has tokens, and NAME/logits and NAME/merged for each.
"""

import json
import pathlib
import shutil

import torch
from golden_format import Golden
from peft import LoraConfig, get_peft_model
from transformers import LlamaForCausalLM

FOLDER = pathlib.Path(__file__).with_name("pretrained")
golden = Golden()
tokens = torch.randint(0, 61, (2, 9), generator=golden.generator)
golden.keep("tokens", tokens)


def keep(name, **settings):
    base = LlamaForCausalLM.from_pretrained(FOLDER / "llama")
    model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **settings)).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "lora_" in key:
                parameter.copy_(0.3 * golden.normal(*parameter.shape))
    directory = FOLDER / name
    shutil.rmtree(directory, ignore_errors=True)
    model.save_pretrained(directory)
    (directory / "README.md").unlink(missing_ok=True)
    # The same bytes each time: target modules are a set, and the base is a path.
    file = directory / "adapter_config.json"
    configuration = json.loads(file.read_text())
    configuration["target_modules"] = sorted(configuration["target_modules"])
    configuration["base_model_name_or_path"] = "llama"
    file.write_text(json.dumps(configuration, indent=2, sort_keys=True) + "\n")
    golden.keep(f"{name}/logits", model(tokens).logits)
    golden.keep(f"{name}/merged", model.merge_and_unload()(tokens).logits)


keep("peft", r=3, lora_alpha=5, target_modules=[
    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
keep("peft-part", r=4, lora_alpha=3, target_modules=["k_proj", "up_proj"],
     layers_to_transform=[1], use_rslora=True)
golden.write(__file__)
