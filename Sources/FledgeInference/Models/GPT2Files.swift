import FledgeCore
import FledgeModels
import FledgeNN

// GPT-2 as Hugging Face's `save_pretrained` writes it. Its linear layers are Conv1D there, with
// weights [inputs, outputs]: each is transposed here, also the square ones, of which no shape tells.

extension GPT {
  /// Loads a directory with `config.json` and `model.safetensors` of GPT-2's kind.
  ///
  /// - Throws: ``ModelError``
  public static func fromPretrained(_ path: String) throws(ModelError) -> GPT {
    try make(PretrainedFiles(path, storage: .float32))
  }

  static func make(_ files: PretrainedFiles) throws(ModelError) -> GPT {
    try files.check(architecture: "gpt2")
    let c = try files.huggingFaceConfiguration(activation: ["gelu_new", "gelu_pytorch_tanh"])
    let needed = Needed(path: files.path)
    let channels = try needed("n_embd", c.nEmbd)
    let layers = try needed("n_layer", c.nLayer)
    let heads = try needed("n_head", c.nHead)
    let vocabulary = try needed("vocab_size", c.vocabSize)
    let context = try needed("n_positions", c.nPositions)
    for (name, size) in [
      ("n_embd", channels), ("n_layer", layers), ("n_head", heads), ("vocab_size", vocabulary),
      ("n_positions", context),
    ] where !(1...1 << 30).contains(size) {
      throw ModelError(.impossibleSize(name, value: size), path: files.path)
    }
    guard channels.isMultiple(of: heads) else {
      throw ModelError(.impossibleSize("n_head", value: heads), path: files.path)
    }
    if let width = c.nInner, width != 4 * channels {
      throw ModelError(.unsupportedSetting("n_inner", value: "\(width)"), path: files.path)
    }
    if let epsilon = c.layerNormEpsilon, epsilon != 1e-5 {
      throw ModelError(
        .unsupportedSetting("layer_norm_epsilon", value: "\(epsilon)"), path: files.path)
    }
    let weights = files.weights
    // The hub's file has bare names; `save_pretrained` of the language model adds a prefix.
    let prefix = weights.contains("transformer.wte.weight") ? "transformer." : ""
    let hasHead = !(c.tieWordEmbeddings ?? true)
    let model = withAbstractTensors {
      GPT(
        .init(
          vocabulary: vocabulary, context: context, layers: layers, heads: heads,
          channels: channels, tiedHead: !hasHead))
    }
    model.tokenEmbedding.weight = try weights.dense(prefix + "wte.weight", [vocabulary, channels])
    model.positionEmbedding.weight = try weights.dense(prefix + "wpe.weight", [context, channels])
    try model.norm.load(weights, prefix + "ln_f", channels)
    if hasHead { model.head?.weight = try weights.dense("lm_head.weight", [vocabulary, channels]) }
    for (i, block) in model.blocks.enumerated() {
      let name = "\(prefix)h.\(i)."
      func load(_ layer: Linear, _ part: String) throws(ModelError) {
        let weight = try weights.dense(name + part + ".weight", [layer.inputs, layer.outputs])
        layer.form = DenseLinear(
          weight: weight.transposed().contiguous(),
          bias: try weights.dense(name + part + ".bias", [layer.outputs]))
      }
      try block.norm1.load(weights, name + "ln_1", channels)
      try load(block.attention.qkv, "attn.c_attn")
      try load(block.attention.projection, "attn.c_proj")
      try block.norm2.load(weights, name + "ln_2", channels)
      try load(block.upProjection, "mlp.c_fc")
      try load(block.downProjection, "mlp.c_proj")
    }
    return model
  }

  /// Saves a directory that ``fromPretrained(_:)`` and Hugging Face's `from_pretrained` read.
  ///
  /// - Throws: ``ModelError``
  public func savePretrained(to path: String) throws(ModelError) {
    var state: [String: Tensor] = [
      "transformer.wte.weight": tokenEmbedding.weight,
      "transformer.wpe.weight": positionEmbedding.weight,
    ]
    func keep(_ norm: LayerNorm, _ name: String) {
      state[name + ".weight"] = norm.weight
      state[name + ".bias"] = norm.bias ?? .zeros([configuration.channels])
    }
    func keep(_ layer: Linear, _ name: String) throws(ModelError) {
      guard let dense = layer.form as? DenseLinear else {
        throw ModelError(.unsavableForm(layer: name), path: path)
      }
      state[name + ".weight"] = dense.weight.transposed().contiguous()
      state[name + ".bias"] = dense.bias ?? .zeros([dense.outputs])
    }
    keep(norm, "transformer.ln_f")
    if let head { state["lm_head.weight"] = head.weight }
    for (i, block) in blocks.enumerated() {
      let name = "transformer.h.\(i)."
      keep(block.norm1, name + "ln_1")
      keep(block.norm2, name + "ln_2")
      try keep(block.attention.qkv, name + "attn.c_attn")
      try keep(block.attention.projection, name + "attn.c_proj")
      try keep(block.upProjection, name + "mlp.c_fc")
      try keep(block.downProjection, name + "mlp.c_proj")
    }
    let c = configuration
    try PretrainedFiles.write(
      state.mapValues { $0.detached() },
      configuration: [
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": c.channels,
        "n_layer": c.layers, "n_head": c.heads, "n_positions": c.context, "n_ctx": c.context,
        "vocab_size": c.vocabulary, "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5, "tie_word_embeddings": c.tiedHead, "torch_dtype": "float32",
      ], to: path)
  }
}

extension LayerNorm {
  /// Weight and bias of a name.
  func load(_ weights: WeightFiles, _ name: String, _ channels: Int) throws(ModelError) {
    weight = try weights.dense(name + ".weight", [channels])
    bias = try weights.dense(name + ".bias", [channels])
  }
}
