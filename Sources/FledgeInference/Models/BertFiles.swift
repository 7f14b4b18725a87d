import FledgeCore
import FledgeNN

extension Bert {
  /// Loads a directory with `config.json` and `model.safetensors` of BERT's kind, such as
  /// all-MiniLM-L6-v2. The pooler and heads of pre-training are left out.
  ///
  /// - Throws: ``ModelError``
  public static func fromPretrained(_ path: String) throws(ModelError) -> Bert {
    let files = try PretrainedFiles(path, storage: .float32)
    try files.check(architecture: "bert")
    let c = try files.huggingFaceConfiguration(activation: ["gelu"])
    let needed = Needed(path: path)
    let configuration = BertConfiguration(
      vocabulary: try needed("vocab_size", c.vocabSize),
      context: try needed("max_position_embeddings", c.maxPositionEmbeddings),
      layers: try needed("num_hidden_layers", c.numHiddenLayers),
      heads: try needed("num_attention_heads", c.numAttentionHeads),
      channels: try needed("hidden_size", c.hiddenSize),
      width: try needed("intermediate_size", c.intermediateSize), segments: c.typeVocabSize ?? 2,
      epsilon: c.layerNormEps ?? 1e-12)
    if let fault = configuration.impossibleSize {
      throw ModelError(.impossibleSize(fault.name, value: fault.value), path: path)
    }
    let model = withAbstractTensors { Bert(configuration) }
    try model.load(files.weights)
    return model
  }

  private func load(_ weights: WeightFiles) throws(ModelError) {
    let c = configuration
    let prefix = weights.contains("bert.embeddings.word_embeddings.weight") ? "bert." : ""
    for (embedding, name, rows) in [
      (wordEmbedding, "word", c.vocabulary), (positionEmbedding, "position", c.context),
      (segmentEmbedding, "token_type", c.segments),
    ] {
      embedding.weight = try weights.dense(
        "\(prefix)embeddings.\(name)_embeddings.weight", [rows, c.channels])
    }
    try norm.load(weights, prefix + "embeddings.LayerNorm", c.channels)
    for (i, block) in blocks.enumerated() {
      let name = "\(prefix)encoder.layer.\(i)."
      func load(_ layer: Linear, _ parts: [String]) throws(ModelError) {
        let rows = layer.outputs / parts.count
        var (matrices, biases): ([StoredTensor], [Tensor]) = ([], [])
        for part in parts {
          matrices.append(try weights.stored("\(name)\(part).weight", [rows, layer.inputs]))
          biases.append(try weights.dense("\(name)\(part).bias", [rows]))
        }
        // One product is faster than three, and the matrices are small.
        layer.form = DenseLinear(
          weight: Tensor.concatenate(matrices.map(\.dense), axis: 0),
          bias: Tensor.concatenate(biases, axis: 0))
      }
      try load(block.attention.qkv, ["query", "key", "value"].map { "attention.self." + $0 })
      try load(block.attention.projection, ["attention.output.dense"])
      try block.norm1.load(weights, name + "attention.output.LayerNorm", c.channels)
      try load(block.upProjection, ["intermediate.dense"])
      try load(block.downProjection, ["output.dense"])
      try block.norm2.load(weights, name + "output.LayerNorm", c.channels)
    }
  }

  /// Saves a directory that ``fromPretrained(_:)`` and Hugging Face's `from_pretrained` read.
  ///
  /// - Throws: ``ModelError``
  public func save(to path: String) throws(ModelError) {
    var state: [String: Tensor] = [
      "embeddings.word_embeddings.weight": wordEmbedding.weight,
      "embeddings.position_embeddings.weight": positionEmbedding.weight,
      "embeddings.token_type_embeddings.weight": segmentEmbedding.weight,
    ]
    func keep(_ norm: LayerNorm, _ name: String) {
      state[name + ".weight"] = norm.weight
      state[name + ".bias"] = norm.bias
    }
    func keep(_ layer: Linear, _ names: [String]) throws(ModelError) {
      guard let dense = layer.form as? DenseLinear, let bias = dense.bias else {
        throw ModelError(.unsavableForm(layer: names[0]), path: path)
      }
      let parts = zip(
        dense.weight.chunked(names.count, axis: 0), bias.chunked(names.count, axis: 0))
      for (name, (weight, bias)) in zip(names, parts) {
        state[name + ".weight"] = weight
        state[name + ".bias"] = bias
      }
    }
    keep(norm, "embeddings.LayerNorm")
    for (i, block) in blocks.enumerated() {
      let name = "encoder.layer.\(i)."
      try keep(
        block.attention.qkv, ["query", "key", "value"].map { "\(name)attention.self.\($0)" })
      try keep(block.attention.projection, [name + "attention.output.dense"])
      keep(block.norm1, name + "attention.output.LayerNorm")
      try keep(block.upProjection, [name + "intermediate.dense"])
      try keep(block.downProjection, [name + "output.dense"])
      keep(block.norm2, name + "output.LayerNorm")
    }
    let c = configuration
    try PretrainedFiles.write(
      state.mapValues { $0.detached().contiguous() },
      configuration: [
        "architectures": ["BertModel"], "model_type": "bert", "vocab_size": c.vocabulary,
        "max_position_embeddings": c.context, "num_hidden_layers": c.layers,
        "num_attention_heads": c.heads, "hidden_size": c.channels,
        "intermediate_size": c.width, "type_vocab_size": c.segments,
        "layer_norm_eps": c.epsilon, "hidden_act": "gelu", "torch_dtype": "float32",
      ], to: path)
  }
}
