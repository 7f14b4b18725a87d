import FledgeNN

/// A matrix of a Llama's block that an adapter may change, by its name in Hugging Face's files.
///
/// Queries, keys and values are rows of one layer here, and so are gate and up.
enum LlamaProjection: String, CaseIterable {
  case query = "q_proj"
  case key = "k_proj"
  case value = "v_proj"
  case output = "o_proj"
  case gate = "gate_proj"
  case up = "up_proj"
  case down = "down_proj"

  /// The part of a block that has it in Hugging Face's files.
  private var parent: String {
    switch self {
    case .query, .key, .value, .output: "self_attn"
    case .gate, .up, .down: "mlp"
    }
  }

  /// Its name there, `model.layers.3.self_attn.q_proj`.
  func module(of layer: Int) -> String { "model.layers.\(layer).\(parent).\(rawValue)" }

  /// The layer of a block that computes it.
  func linear(of block: LlamaBlock) -> Linear {
    switch self {
    case .query, .key, .value: block.attention.qkv
    case .output: block.attention.projection
    case .gate, .up: block.gateUp
    case .down: block.down
    }
  }

  /// The path of that layer in a ``Llama``.
  func path(of layer: Int) -> String {
    switch self {
    case .query, .key, .value: "blocks.\(layer).attention.qkv"
    case .output: "blocks.\(layer).attention.projection"
    case .gate, .up: "blocks.\(layer).gateUp"
    case .down: "blocks.\(layer).down"
    }
  }

  /// Which outputs of that layer are this matrix's.
  func rows(_ c: LlamaConfiguration) -> Range<Int> {
    let (inner, shared) = (c.heads * c.headSize, c.keyValueHeads * c.headSize)
    return switch self {
    case .query: 0..<inner
    case .key: inner..<inner + shared
    case .value: inner + shared..<inner + 2 * shared
    case .output, .down: 0..<c.channels
    case .gate: 0..<c.width
    case .up: c.width..<2 * c.width
    }
  }

  /// What ``Module/applyLoRA(rank:alpha:to:)`` takes for it.
  func target(of layer: Int, _ configuration: LlamaConfiguration) -> LoRATarget {
    .layer(path(of: layer), rows: rows(configuration))
  }
}
