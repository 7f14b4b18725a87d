import FledgeCore
import FledgeIO
import Foundation

/// What lies at the path of a published model: a GGUF file, or a directory of Hugging Face's.
struct PretrainedFiles {
  let path: String
  let weights: WeightFiles
  private let description: Description

  private enum Description {
    case gguf(GGUFMetadata)
    case huggingFace(HuggingFaceConfiguration)
  }

  /// Opens the files; their weights are mapped.
  init(_ path: String, storage: WeightStorage) throws(ModelError) {
    self.path = path
    guard FileKind(path) == .directory else {
      do throws(GGUFError) {
        let file = try GGUFFile(path)
        description = .gguf(file.metadata)
        weights = WeightFiles(source: .gguf(file), storage: storage, path: path)
      } catch {
        throw ModelError(.gguf(error), path: path)
      }
      return
    }
    description = .huggingFace(try HuggingFaceConfiguration(directory: path))
    weights = WeightFiles(
      source: .safetensors(try Self.tensors(of: path)), storage: storage, path: path)
  }

  private static func tensors(of directory: String) throws(ModelError) -> [String: Tensor] {
    let (single, index) = (
      "\(directory)/model.safetensors", "\(directory)/model.safetensors.index.json"
    )
    do throws(SafetensorsError) {
      if FileKind(single) != .missing {
        // Positions as integers and masks are computed, not read.
        return try Safetensors.map(single) { !isComputed($0) }.tensors
      }
      if FileKind(index) != .missing {
        return try Safetensors.mapShards(index) { !isComputed($0) }
      }
    } catch {
      throw ModelError(.safetensors(error), path: directory)
    }
    throw ModelError(.missingFile("model.safetensors"), path: directory)
  }

  private static func isComputed(_ name: String) -> Bool {
    name.hasSuffix("position_ids") || name.hasSuffix(".attn.bias")
      || name.hasSuffix(".attn.masked_bias") || name.hasSuffix("rotary_emb.inv_freq")
  }

  var isGGUF: Bool { if case .gguf = description { true } else { false } }

  /// A GGUF file's metadata, with its tokenizer; empty for a directory.
  var metadata: GGUFMetadata {
    if case .gguf(let metadata) = description { metadata } else { .init() }
  }

  /// `llama`, `gpt2` or `bert`.
  func architecture() throws(ModelError) -> String {
    switch description {
    case .huggingFace(let configuration): return configuration.modelType ?? "unnamed"
    case .gguf(let metadata):
      return try reading { () throws(GGUFError) in
        try metadata.text("general.architecture")
      }
    }
  }

  func check(architecture: String) throws(ModelError) {
    let found = try self.architecture()
    guard found == architecture else {
      throw ModelError(.unsupportedArchitecture(found, known: [architecture]), path: path)
    }
  }

  /// Directories are written with their weights first: a directory with a configuration is whole.
  static func write(
    _ tensors: [String: Tensor], configuration: [String: any Sendable], to directory: String,
    weightsName: String = "model.safetensors", configurationName: String = "config.json"
  ) throws(ModelError) {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
    } catch {
      let code = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code ?? 0
      throw ModelError(
        .file(FileSystemError(.create, directory, code: Int32(code))), path: directory)
    }
    do throws(SafetensorsError) {
      try Safetensors.write(
        tensors, metadata: ["format": "pt"], to: "\(directory)/\(weightsName)")
    } catch {
      throw ModelError(.safetensors(error), path: directory)
    }
    let json = try! JSONSerialization.data(
      withJSONObject: configuration, options: [.prettyPrinted, .sortedKeys])
    do throws(FileSystemError) {
      try AtomicFile.write(Array(json), to: "\(directory)/\(configurationName)")
    } catch {
      throw ModelError(.file(error), path: directory)
    }
  }

  private func reading<Result>(
    _ body: () throws(GGUFError) -> Result
  ) throws(ModelError) -> Result {
    do throws(GGUFError) {
      return try body()
    } catch {
      throw ModelError(.gguf(GGUFError(error.fault, path: error.path ?? path)), path: path)
    }
  }
}

// MARK: Configurations

extension PretrainedFiles {
  /// Settings that a model of the kind may have and that are not here: each with what it must be.
  private func check(_ settings: [(key: String, value: String?, needed: [String])])
    throws(ModelError)
  {
    for (key, value, needed) in settings {
      guard let value, !needed.contains(value) else { continue }
      throw ModelError(.unsupportedSetting(key, value: value), path: path)
    }
  }

  func llamaConfiguration() throws(ModelError) -> LlamaConfiguration {
    switch description {
    case .huggingFace(let c):
      try check([
        ("hidden_act", c.hiddenAct, ["silu"]), ("attention_bias", c.attentionBias.text, ["false"]),
        ("mlp_bias", c.mlpBias.text, ["false"]),
        ("rope_scaling", c.scaling, []),
      ])
      let needed = Needed(path: path)
      return LlamaConfiguration(
        vocabulary: try needed("vocab_size", c.vocabSize),
        context: try needed("max_position_embeddings", c.maxPositionEmbeddings),
        layers: try needed("num_hidden_layers", c.numHiddenLayers),
        heads: try needed("num_attention_heads", c.numAttentionHeads),
        keyValueHeads: c.numKeyValueHeads, headSize: c.headDim,
        channels: try needed("hidden_size", c.hiddenSize),
        width: try needed("intermediate_size", c.intermediateSize),
        rotaryBase: c.ropeTheta ?? c.ropeParameters?.ropeTheta ?? 10_000,
        epsilon: c.rmsNormEps ?? 1e-6, tiedHead: c.tieWordEmbeddings ?? false)
    case .gguf(let metadata):
      return try reading { () throws(GGUFError) in
        let heads = try metadata.integer("llama.attention.head_count")
        let channels = try metadata.integer("llama.embedding_length")
        let headSize =
          metadata["llama.attention.key_length"]?.integer ?? channels / max(heads, 1)
        if metadata["llama.rope.dimension_count"]?.integer ?? headSize != headSize
          || metadata["llama.rope.scaling.type"]?.text ?? "none" != "none"
          || metadata["llama.expert_count"]?.integer ?? 0 != 0
          || weights.contains("rope_freqs.weight")
        {
          throw GGUFError(
            .unsuitableValue(
              "llama.rope or llama.expert_count",
              needed: "plain: no scaled "
                + "or partial rotary positions, no experts"))
        }
        // Files without a list of tokens say how many there are.
        let pieces = metadata["tokenizer.ggml.tokens"]?.elements?.count
        let vocabulary = if let pieces { pieces } else { try metadata.integer("llama.vocab_size") }
        return LlamaConfiguration(
          vocabulary: vocabulary, context: try metadata.integer("llama.context_length"),
          layers: try metadata.integer("llama.block_count"), heads: heads,
          keyValueHeads: metadata["llama.attention.head_count_kv"]?.integer, headSize: headSize,
          channels: channels, width: try metadata.integer("llama.feed_forward_length"),
          rotaryBase: metadata["llama.rope.freq_base"]?.number ?? 10_000,
          epsilon: try metadata.number("llama.attention.layer_norm_rms_epsilon"))
      }
    }
  }

  /// The sizes of GPT-2 and BERT, which go by the same names.
  func huggingFaceConfiguration(
    activation: [String]
  ) throws(ModelError) -> HuggingFaceConfiguration {
    guard case .huggingFace(let configuration) = description else {
      throw ModelError(.missingFile("config.json"), path: path)
    }
    try check([
      ("activation_function", configuration.activationFunction, activation),
      ("hidden_act", configuration.hiddenAct, activation),
      ("position_embedding_type", configuration.positionEmbeddingType, ["absolute"]),
      ("scale_attn_by_inverse_layer_idx", configuration.scaleAttnByInverseLayerIdx.text, ["false"]),
    ])
    return configuration
  }
}

extension Bool? {
  fileprivate var text: String? { map { "\($0)" } }
}

/// Reads settings that a model cannot do without.
struct Needed {
  let path: String

  func callAsFunction<Value>(_ key: String, _ value: Value?) throws(ModelError) -> Value {
    guard let value else {
      throw ModelError(.invalidConfiguration(reason: "it lacks '\(key)'"), path: path)
    }
    return value
  }
}

/// What Fledge reads of `config.json`.
struct HuggingFaceConfiguration: Decodable {
  var modelType: String?
  var vocabSize, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads: Int?
  var numKeyValueHeads, headDim, maxPositionEmbeddings, typeVocabSize: Int?
  var nEmbd, nLayer, nHead, nPositions, nInner: Int?
  var ropeTheta, rmsNormEps, layerNormEps, layerNormEpsilon: Double?
  var tieWordEmbeddings, attentionBias, mlpBias, scaleAttnByInverseLayerIdx: Bool?
  var hiddenAct, activationFunction, positionEmbeddingType: String?
  var ropeScaling, ropeParameters: RotarySettings?

  struct RotarySettings: Decodable {
    var type, ropeType: String?
    var ropeTheta: Double?
  }

  /// The kind of stretched rotary positions; nil for plain ones.
  var scaling: String? {
    let kinds = [ropeScaling, ropeParameters].compactMap { $0?.ropeType ?? $0?.type }
    return kinds.first { $0 != "default" }
  }

  init(directory: String) throws(ModelError) {
    let path = "\(directory)/config.json"
    guard FileKind(path) != .missing else {
      throw ModelError(.missingFile("config.json"), path: directory)
    }
    let memory: ForeignMemory
    do throws(FileSystemError) {
      memory = try MappedFile.map(path)
    } catch {
      throw ModelError(.file(error), path: path)
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      self = try decoder.decode(
        Self.self, from: Data(bytes: memory.pointer, count: memory.byteCount))
    } catch {
      throw ModelError(.invalidConfiguration(reason: "config.json: \(error)"), path: directory)
    }
  }
}

extension LlamaConfiguration {
  /// As `config.json` says it.
  var huggingFace: [String: any Sendable] {
    [
      "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
      "vocab_size": vocabulary, "max_position_embeddings": context, "num_hidden_layers": layers,
      "num_attention_heads": heads, "num_key_value_heads": keyValueHeads, "head_dim": headSize,
      "hidden_size": channels, "intermediate_size": width, "rope_theta": rotaryBase,
      "rms_norm_eps": epsilon, "tie_word_embeddings": tiedHead, "attention_bias": false,
      "mlp_bias": false, "torch_dtype": "float32",
    ]
  }

  /// As a GGUF file says it, after what else it is to say.
  func metadata(adding other: GGUFMetadata) -> GGUFMetadata {
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string("llama")
    for key in other.keys where key != "general.architecture" { metadata[key] = other[key] }
    let sizes = [
      ("block_count", layers), ("context_length", context), ("embedding_length", channels),
      ("feed_forward_length", width), ("attention.head_count", heads),
      ("attention.head_count_kv", keyValueHeads), ("attention.key_length", headSize),
      ("attention.value_length", headSize), ("rope.dimension_count", headSize),
      ("vocab_size", vocabulary),
    ]
    for (key, size) in sizes { metadata["llama." + key] = .uint32(UInt32(size)) }
    metadata["llama.rope.freq_base"] = .float32(Float(rotaryBase))
    metadata["llama.attention.layer_norm_rms_epsilon"] = .float32(Float(epsilon))
    return metadata
  }
}
