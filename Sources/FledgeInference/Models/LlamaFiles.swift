import FledgeCore
import FledgeIO
import FledgeNN
import Foundation

/// The names of a Llama's tensors in files.
private enum LlamaNames {
  case huggingFace, gguf

  var table: String { self == .gguf ? "token_embd.weight" : "model.embed_tokens.weight" }
  var norm: String { self == .gguf ? "output_norm.weight" : "model.norm.weight" }
  var head: String { self == .gguf ? "output.weight" : "lm_head.weight" }

  /// In a block: `attn_q` or `self_attn.q_proj`.
  private static let parts = [
    "norm1": ("attn_norm", "input_layernorm"), "norm2": ("ffn_norm", "post_attention_layernorm"),
    "q": ("attn_q", "self_attn.q_proj"), "k": ("attn_k", "self_attn.k_proj"),
    "v": ("attn_v", "self_attn.v_proj"), "o": ("attn_output", "self_attn.o_proj"),
    "gate": ("ffn_gate", "mlp.gate_proj"), "up": ("ffn_up", "mlp.up_proj"),
    "down": ("ffn_down", "mlp.down_proj"),
  ]

  func part(_ name: String, of layer: Int) -> String {
    let (gguf, huggingFace) = Self.parts[name]!
    return self == .gguf
      ? "blk.\(layer).\(gguf).weight" : "model.layers.\(layer).\(huggingFace).weight"
  }
}

extension LlamaConfiguration {
  /// Rows of queries or keys from a GGUF file's order to ours: rotary positions turn neighbours
  /// (2i, 2i + 1) there, and halves (i, i + D/2) here and in Hugging Face's files.
  func rowsFromNeighbours(heads: Int) -> [Int] {
    (0..<heads * headSize).map { row in
      let (head, place) = (row / headSize, row % headSize)
      let (half, i) = (place / (headSize / 2), place % (headSize / 2))
      return head * headSize + 2 * i + half
    }
  }

  /// The way back.
  func rowsFromHalves(heads: Int) -> [Int] {
    (0..<heads * headSize).map { row in
      let (head, place) = (row / headSize, row % headSize)
      return head * headSize + place % 2 * (headSize / 2) + place / 2
    }
  }
}

// MARK: Loading

extension Llama {
  /// Loads a published model: a GGUF file, or a directory with `config.json` and
  /// `model.safetensors` (or its shards) as Hugging Face's `save_pretrained` writes it.
  ///
  /// Weights are mapped and not copied where they are float32 or in blocks that products read;
  /// only the rows of queries and keys of a GGUF file are put into another order.
  ///
  /// - Throws: ``ModelError``
  public static func fromPretrained(
    _ path: String, storage: WeightStorage = .asStored
  ) throws(ModelError) -> Llama {
    let files = try PretrainedFiles(path, storage: storage)
    return try make(files)
  }

  static func make(_ files: PretrainedFiles) throws(ModelError) -> Llama {
    try files.check(architecture: "llama")
    var configuration = try files.llamaConfiguration()
    let (weights, names) = (files.weights, files.isGGUF ? LlamaNames.gguf : .huggingFace)
    if files.isGGUF { configuration.tiedHead = !weights.contains(names.head) }
    if let fault = configuration.impossibleSize {
      throw ModelError(.impossibleSize(fault.name, value: fault.value), path: files.path)
    }
    // Without elements: random numbers for weights that are replaced would take seconds.
    let model = withAbstractTensors { Llama(configuration) }
    try model.load(weights, names, isGGUF: files.isGGUF)
    return model
  }

  private func load(
    _ weights: WeightFiles, _ names: LlamaNames, isGGUF: Bool
  ) throws(ModelError) {
    let c = configuration
    tokenEmbedding.table.form = linearForm([
      try weights.stored(names.table, [c.vocabulary, c.channels])
    ])
    norm.weight = try weights.dense(names.norm, [c.channels])
    if let head {
      head.form = linearForm([try weights.stored(names.head, [c.vocabulary, c.channels])])
    }
    let (inner, shared) = (c.heads * c.headSize, c.keyValueHeads * c.headSize)
    for (layer, block) in blocks.enumerated() {
      func matrix(_ name: String, _ rows: Int, _ columns: Int) throws(ModelError) -> StoredTensor {
        try weights.stored(names.part(name, of: layer), [rows, columns])
      }
      func vector(_ name: String) throws(ModelError) -> Tensor {
        try weights.dense(names.part(name, of: layer), [c.channels])
      }
      block.norm1.weight = try vector("norm1")
      block.norm2.weight = try vector("norm2")
      var query = try matrix("q", inner, c.channels)
      var key = try matrix("k", shared, c.channels)
      if isGGUF {
        query = query.rows(at: c.rowsFromNeighbours(heads: c.heads))
        key = key.rows(at: c.rowsFromNeighbours(heads: c.keyValueHeads))
      }
      block.attention.qkv.form = linearForm([query, key, try matrix("v", shared, c.channels)])
      block.attention.projection.form = linearForm([try matrix("o", c.channels, inner)])
      block.gateUp.form = linearForm([
        try matrix("gate", c.width, c.channels), try matrix("up", c.width, c.channels),
      ])
      block.down.form = linearForm([try matrix("down", c.channels, c.width)])
    }
  }
}

// MARK: Saving

extension Llama {
  /// Saves in the format that ``fromPretrained(_:storage:)`` reads: a GGUF file where the path ends
  /// with `.gguf`, else a directory with `config.json` and `model.safetensors`, in float32.
  ///
  /// - Parameter metadata: For a GGUF file, what else it is to say, such as its tokenizer; the keys
  ///   of the architecture are set.
  /// - Throws: ``ModelError``
  public func save(to path: String, metadata: GGUFMetadata = .init()) throws(ModelError) {
    if path.hasSuffix(".gguf") {
      let tensors = try storedTensors(.gguf, path)
      do throws(GGUFError) {
        try GGUFFile.write(tensors, metadata: configuration.metadata(adding: metadata), to: path)
      } catch {
        throw ModelError(.gguf(error), path: path)
      }
    } else {
      let tensors = try storedTensors(.huggingFace, path).map { ($0.name, $0.value.dense) }
      try PretrainedFiles.write(
        Dictionary(uniqueKeysWithValues: tensors), configuration: configuration.huggingFace,
        to: path)
    }
  }

  private func storedTensors(
    _ names: LlamaNames, _ path: String
  ) throws(ModelError) -> [(name: String, value: StoredTensor)] {
    let c = configuration
    func parts(_ layer: Linear, _ name: String, _ rows: [Int]) throws(ModelError) -> [StoredTensor]
    {
      guard let parts = storedParts(of: layer.form, rows: rows) else {
        throw ModelError(.unsavableForm(layer: name), path: path)
      }
      return parts
    }
    var result: [(name: String, value: StoredTensor)] = []
    result += try parts(tokenEmbedding.table, names.table, [c.vocabulary]).map { (names.table, $0) }
    for (layer, block) in blocks.enumerated() {
      func name(_ part: String) -> String { names.part(part, of: layer) }
      let (inner, shared) = (c.heads * c.headSize, c.keyValueHeads * c.headSize)
      var qkv = try parts(block.attention.qkv, name("q"), [inner, shared, shared])
      if names == .gguf {
        qkv[0] = qkv[0].rows(at: c.rowsFromHalves(heads: c.heads))
        qkv[1] = qkv[1].rows(at: c.rowsFromHalves(heads: c.keyValueHeads))
      }
      let gateUp = try parts(block.gateUp, name("gate"), [c.width, c.width])
      result += [
        (name("norm1"), .dense(block.norm1.weight)), (name("norm2"), .dense(block.norm2.weight)),
        (name("q"), qkv[0]), (name("k"), qkv[1]), (name("v"), qkv[2]),
        (name("o"), try parts(block.attention.projection, name("o"), [c.channels])[0]),
        (name("gate"), gateUp[0]), (name("up"), gateUp[1]),
        (name("down"), try parts(block.down, name("down"), [c.channels])[0]),
      ]
    }
    result.append((names.norm, .dense(norm.weight)))
    if let head { result += try parts(head, names.head, [c.vocabulary]).map { (names.head, $0) } }
    return result
  }
}
