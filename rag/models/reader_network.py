"""The network of the reader: an encoder's first layers, and two linear layers on what it sees. Knows no text.

Imported only by those who run or train it, since it imports torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import MPNetConfig, MPNetModel

from rag.models import packed

LAYERS = 6
"""Of all-mpnet-base-v2's twelve, the lower ones: half the waiting time (docs/reader.md)."""
VOCABULARY = 30527


class ReaderNetwork(nn.Module):
    """Token ids -> a logit for each sentence and one for the whole page (after Provence, which labels tokens: Chirkova
    et al. 2025, arXiv 2501.16214)."""

    def __init__(self, encoder: MPNetModel) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.sentence = nn.Linear(width, 1)
        self.page = nn.Linear(width, 1)

    def forward(self, ids: Tensor, mask: Tensor, spans: Tensor) -> tuple[Tensor, Tensor]:
        """Logits.

        Args:
            ids: (pages, tokens), padded.
            mask: (pages, tokens), 1 for what is no padding.
            spans: (pages, sentences, tokens), for each sentence the share of each token in its mean; rows of 0 pad.

        Returns:
            (pages, sentences) and (pages,).
        """
        hidden: Any = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        means = torch.bmm(spans.to(hidden.dtype), hidden)
        return self.sentence(means).squeeze(-1), self.page(hidden[:, 0]).squeeze(-1)


class WholeNumbers(nn.Module):
    """A linear layer whose weights stay in 8 bits, multiplied as whole numbers.

    Each row of the input is rounded to 8 bits with a scale of its own, since a few large values in some rows would
    leave those of the others nothing (per-token quantisation: Yao et al. 2022, arXiv 2206.01861).
    """

    def __init__(self, weight: Tensor, scale: Tensor, bias: Tensor) -> None:
        """``weight``: (outputs, inputs) of int8; ``scale``: (outputs, 1)."""
        super().__init__()
        self.register_buffer("weight", weight.t())
        self.register_buffer("scale", scale.float().t().contiguous())
        self.register_buffer("bias", bias.float())

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., inputs) -> (..., outputs)."""
        weight: Any = self.weight
        rows = inputs.reshape(-1, inputs.shape[-1])
        scale = (rows.abs().amax(dim=1, keepdim=True) / 127).clamp_min(1e-9)
        product = torch._int_mm((rows / scale).round().to(torch.int8), weight)
        return torch.addcmul(self.bias, product * scale, self.scale).reshape(*inputs.shape[:-1], -1)  # type: ignore[arg-type]


def load_network(file: Path) -> ReaderNetwork:
    """The network with the weights of ``file``, in the form that this processor multiplies fastest.

    Raises:
        OSError, ValueError, KeyError, RuntimeError: the file cannot be read or holds something else.
    """
    config = MPNetConfig(
        vocab_size=VOCABULARY, num_hidden_layers=LAYERS, max_position_embeddings=514, layer_norm_eps=1e-5
    )
    config._attn_implementation = "eager"  # MPNet has no other
    with torch.device("meta"):
        network = ReaderNetwork(MPNetModel(config, add_pooling_layer=False))
    stored = packed.read(file)
    weights = {name: torch.from_numpy(tensor) for name, tensor in packed.unpacked(stored).items()}
    network.load_state_dict(weights, assign=True)
    if multiplies_whole_numbers():
        _use_whole_numbers(network, stored)
    return network.eval()


def multiplies_whole_numbers() -> bool:
    """Whether the processor multiplies 8-bit numbers (AVX-512 VNNI), which takes half the time of 16-bit ones."""
    has = getattr(torch.cpu, "_is_vnni_supported", lambda: False)
    return bool(has()) and hasattr(torch, "_int_mm")


def _use_whole_numbers(network: ReaderNetwork, stored: packed.Stored) -> None:
    for name, layer in list(network.named_modules()):
        key = f"{name}.weight{packed.EIGHT}"
        if isinstance(layer, nn.Linear) and key in stored and layer.out_features > 1:
            weight, scale = stored[key], stored[f"{name}.weight{packed.SCALE}"]
            parent, _, last = name.rpartition(".")
            whole = WholeNumbers(torch.from_numpy(weight), torch.from_numpy(scale), layer.bias.detach())
            setattr(network.get_submodule(parent), last, whole)
