"""Makes models.safetensors: the language model on an LSTM, the encoder–decoder Transformer, the
classifier of texts and the Vision Transformer with PyTorch, parameters and their gradients under our names
(`NAME/parameters/…`, `NAME/gradients/…`).

    pip install torch==2.13.0        (the CPU build will do)
    python make_models_golden.py
"""

import torch
from torch import nn

from golden_format import Golden, block_name, recurrent_name

golden = Golden()
normal = golden.normal
LETTERS = torch.tensor([[3, 1, 4, 1, 5], [2, 6, 0, 5, 3]])


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 5)
        self.lstm = nn.LSTM(5, 6, num_layers=2, batch_first=True)
        self.head = nn.Linear(6, 7)

    def forward(self, tokens, h, c):
        y, (h, c) = self.lstm(self.embedding(tokens), (h, c))
        return [self.head(y), h, c]


class Translator(nn.Module):
    """Normalization first, GELU by tanh, sinusoidal positions, one embedding."""

    def __init__(self, channels=8, heads=2, layers=2, vocabulary=9):
        super().__init__()
        options = dict(
            dim_feedforward=4 * channels, dropout=0.0, batch_first=True, norm_first=True,
            activation=lambda x: nn.functional.gelu(x, approximate="tanh"))
        self.embedding = nn.Embedding(vocabulary, channels)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(channels, heads, **options), layers,
            nn.LayerNorm(channels), enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(channels, heads, **options), layers,
            nn.LayerNorm(channels))
        self.head = nn.Linear(channels, vocabulary)

    def embedded(self, tokens):
        time, channels = tokens.shape[1], self.embedding.embedding_dim
        position = torch.arange(time, dtype=torch.float64)[:, None]
        rate = 10000.0 ** (-torch.arange(0, channels, 2, dtype=torch.float64) / channels)
        waves = torch.zeros(time, channels)
        waves[:, 0::2] = (position * rate).sin()
        waves[:, 1::2] = (position * rate).cos()
        return self.embedding(tokens) * channels**0.5 + waves

    def forward(self, source, target, seen):
        memory = self.encoder(self.embedded(source), src_key_padding_mask=~seen)
        future = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
        y = self.decoder(
            self.embedded(target), memory, tgt_mask=future, memory_key_padding_mask=~seen)
        return [self.head(y)]


class Classifier(nn.Module):
    """BERT's encoder and head: normalization behind, GELU by erf, the first position speaks."""

    def __init__(self, channels=8, heads=2, layers=2, vocabulary=7, context=6, classes=3):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, channels)
        self.positions = nn.Embedding(context, channels)
        self.norm = nn.LayerNorm(channels, eps=1e-12)
        self.blocks = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(
                channels, heads, 4 * channels, dropout=0.0, activation="gelu", batch_first=True),
            layers, enable_nested_tensor=False)
        self.pooler = nn.Linear(channels, channels)
        self.head = nn.Linear(channels, classes)

    def forward(self, tokens, seen):
        x = self.norm(self.embedding(tokens) + self.positions.weight[: tokens.shape[1]])
        x = self.blocks(x, src_key_padding_mask=~seen)
        return [self.head(torch.tanh(self.pooler(x[:, 0])))]


class VisionTransformer(nn.Module):
    def __init__(self, channels=8, heads=2, layers=2, patch=3, size=6, planes=2, classes=4):
        super().__init__()
        self.patches = nn.Conv2d(planes, channels, patch, patch)
        self.classToken = nn.Parameter(torch.zeros(channels))
        self.positions = nn.Embedding(1 + (size // patch) ** 2, channels)
        self.blocks = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(
                channels, heads, 4 * channels, dropout=0.0, activation="gelu", batch_first=True,
                norm_first=True),
            layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(channels)
        self.head = nn.Linear(channels, classes)

    def forward(self, images):
        words = self.patches(images).flatten(2).transpose(1, 2)
        first = self.classToken.expand(len(images), 1, -1)
        x = torch.cat([first, words], 1) + self.positions.weight
        return [self.head(self.norm(self.blocks(x))[:, 0])]


def lstm_name(key):
    return f"lstm.{recurrent_name(key.removeprefix('lstm.'))}" if key.startswith("lstm.") else key


def transformer_name(key):
    key = block_name(key.replace("blocks.layers.", "blocks."))
    for side in ["encoder", "decoder"]:
        key = key.replace(f"{side}.layers.", f"{side}.").replace(f"{side}.norm.", f"{side}Norm.")
    return key


def keep(name, model, names, *inputs):
    golden.randomize(model)
    golden.module(name, model, names, model, *inputs)


seen = torch.tensor([[True, True, True, True, False], [True, True, False, True, True]])
keep("lstm", LanguageModel(), lstm_name, LETTERS, normal(2, 2, 6), normal(2, 2, 6))
keep("seq2seq", Translator(), transformer_name, LETTERS,
     torch.tensor([[7, 1, 4, 8], [7, 0, 5, 2]]), seen)
keep("classifier", Classifier(), transformer_name, LETTERS, seen)
keep("vit", VisionTransformer(), transformer_name, normal(3, 2, 6, 6))

golden.write(__file__)
