import FledgeCore
import FledgeIO
import FledgeModels
import FledgeNN
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeInference

/// Logits within this of transformers'.
private let tolerance = 1e-4

/// Compares what a model makes of the golden file's tokens.
private func check(
  _ name: String, output: String = "logits", sourceLocation: SourceLocation = #_sourceLocation,
  _ body: (Tensor, GoldenFile) throws -> Tensor
) throws {
  let golden = try GoldenFile("pretrained")
  let found = try body(golden["\(name)/tokens"], golden)
  let problem = difference(found, try golden["\(name)/\(output)"], tolerance, tolerance)
  #expect(problem == nil, "\(name): \(problem ?? "")", sourceLocation: sourceLocation)
}

@Suite struct PretrainedTests {
  @Test func `A Llama has the logits of transformers, from a directory and from a GGUF file`()
    throws
  {
    for path in ["pretrained/llama", "pretrained/llama.gguf"] {
      let model = try Llama.fromPretrained(goldenPath(path))
      #expect(model.configuration.keyValueHeads == 2 && model.head != nil)
      try check("llama") { tokens, _ in model.evaluating { model(tokens) } }
    }
  }

  @Test func `A Llama in shards, with wide heads and a tied head, has them too`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama-tied"))
    #expect(model.head == nil)
    #expect(model.configuration.headSize == 16 && model.configuration.rotaryBase == 500)
    try check("llama-tied") { tokens, _ in model.evaluating { model(tokens) } }
  }

  @Test func `GPT-2 has them too`() throws {
    let model = try GPT.fromPretrained(goldenPath("pretrained/gpt2"))
    try check("gpt2") { tokens, _ in model.evaluating { model(tokens) } }
  }

  @Test func `BERT has the vectors of transformers, and padding counts for nothing`() throws {
    let model = try Bert.fromPretrained(goldenPath("pretrained/bert"))
    try check("bert", output: "hidden") { tokens, golden in
      let mask = try golden["bert/attention_mask"].cast(to: .bool)
      return model.evaluating { model(tokens, keyMask: mask) }
    }
    let tokens = try GoldenFile("pretrained")["bert/tokens"].array(of: Int.self)
    let long = SentenceEncoder.pooled(model, [Array(tokens[0..<9]), Array(tokens[9..<14])])
    let short = SentenceEncoder.pooled(model, [Array(tokens[9..<14])])
    #expect(difference(long[1], short[0], 1e-5, 1e-6) == nil)
    #expect(abs(long[0].square().sum().item() - 1) < 1e-5)
  }

  @Test func `What is saved is loaded again, whichever format`() throws {
    let tokens = try GoldenFile("pretrained")["llama/tokens"]
    try withTemporaryDirectory { directory in
      for name in ["llama", "llama.gguf", "llama-tied"] {
        let model = try Llama.fromPretrained(goldenPath("pretrained/\(name)"))
        let expected = model.evaluating { model(tokens) }.array()
        for copy in ["\(directory)/\(name)-copy", "\(directory)/\(name).gguf"] {
          try model.save(to: copy)
          let again = try Llama.fromPretrained(copy)
          #expect(again.configuration == model.configuration)
          #expect(again.evaluating { again(tokens) }.array() == expected, "\(copy)")
        }
      }
      let gpt = try GPT.fromPretrained(goldenPath("pretrained/gpt2"))
      try gpt.savePretrained(to: directory + "/gpt2")
      let again = try GPT.fromPretrained(directory + "/gpt2")
      #expect(
        again.evaluating { again(tokens) }.array() == gpt.evaluating { gpt(tokens) }.array())
      let bert = try Bert.fromPretrained(goldenPath("pretrained/bert"))
      try bert.save(to: directory + "/bert")
      let second = try Bert.fromPretrained(directory + "/bert")
      #expect(
        second.evaluating { second(tokens) }.array() == bert.evaluating { bert(tokens) }.array())
    }
  }

  @Test func `Blocks stay blocks from file to file`() throws {
    let tokens = try GoldenFile("pretrained")["llama/tokens"]
    try withTemporaryDirectory { directory in
      let model = try quantizedLlama()
      let expected = model.evaluating { model(tokens) }
      try model.save(to: directory + "/q.gguf")
      let file = try GGUFFile(directory + "/q.gguf")
      #expect(file.entry("blk.1.attn_q.weight")?.type == .q4_1)
      #expect(file.entry("token_embd.weight")?.type == .q8_0)
      let again = try Llama.fromPretrained(directory + "/q.gguf")
      #expect(again.evaluating { again(tokens) }.array() == expected.array())
      #expect(again.attentionDetails.contains("Q4_1"))
      // In float32 the weights have the same values; only the rounding of activations is gone.
      let exact = try Llama.fromPretrained(directory + "/q.gguf", storage: .float32)
      let logits = exact.evaluating { exact(tokens) }
      #expect(difference(logits, expected, 0.05, 0.3) == nil)
      #expect(logits.array() != expected.array())
    }
  }

  @Test func `A Llama with adapters says that they are to be merged before it is saved`() throws {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    model.applyLoRA(rank: 2, alpha: 4)
    try withTemporaryDirectory { directory in
      let error = #expect(throws: ModelError.self) { try model.save(to: directory + "/a.gguf") }
      #expect(error?.fault == .unsavableForm(layer: "blk.0.attn_q.weight"))
      model.mergeLoRA()
      try model.save(to: directory + "/a.gguf")
    }
  }

  @Test func `A directory that is no model is an error that says what is wrong`() throws {
    try withTemporaryDirectory { directory in
      func fault(_ configuration: String?) throws -> ModelError.Fault? {
        let path = directory + "/\(UUID().uuidString)"
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: true)
        if let configuration { try AtomicFile.write(configuration, to: path + "/config.json") }
        let weights = goldenPath("pretrained/llama/model.safetensors")
        try FileManager.default.copyItem(atPath: weights, toPath: path + "/model.safetensors")
        do throws(ModelError) {
          _ = try Llama.fromPretrained(path)
          return nil
        } catch {
          #expect(error.description.contains(path))
          return error.fault
        }
      }
      let whole = try contents(of: goldenPath("pretrained/llama/config.json"))
      func changed(_ old: String, _ new: String) throws -> ModelError.Fault? {
        #expect(whole.contains(old))
        return try fault(whole.replacing(old, with: new))
      }
      #expect(try fault(whole) == nil)
      #expect(try fault(nil) == .missingFile("config.json"))
      #expect(
        try changed("\"llama\"", "\"mamba\"")
          == .unsupportedArchitecture("mamba", known: ["llama"]))
      #expect(
        try changed("\"silu\"", "\"relu\"") == .unsupportedSetting("hidden_act", value: "relu"))
      #expect(
        try changed("\"default\"", "\"yarn\"")
          == .unsupportedSetting("rope_scaling", value: "yarn"))
      #expect(
        try changed("\"num_attention_heads\": 4", "\"num_attention_heads\": 3")
          == .impossibleSize("keyValueHeads", value: 2))
      #expect(
        try changed("\"hidden_size\": 32", "\"hidden_size\": 0")
          == .impossibleSize("channels", value: 0))
      #expect(
        try changed("\"vocab_size\": 61", "\"vocab_size\": 62")
          == .wrongShape(
            tensor: "model.embed_tokens.weight", expected: [62, 32], found: [61, 32]))
      #expect(
        try changed("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")
          == .missingTensor("model.layers.2.input_layernorm.weight"))
      guard case .invalidConfiguration? = try fault("{") else {
        Issue.record("half a configuration is read")
        return
      }
      guard case .invalidConfiguration? = try changed("\"vocab_size\": 61", "\"vocab_size\": \"x\"")
      else {
        Issue.record("a text is read as a size")
        return
      }
    }
  }

  @Test func `An index of shards that leads elsewhere or promises too much is refused`() throws {
    try withTemporaryDirectory { directory in
      let index = directory + "/model.safetensors.index.json"
      func fault(_ text: String) throws -> SafetensorsError.Fault? {
        try AtomicFile.write(text, to: index)
        do throws(SafetensorsError) {
          _ = try Safetensors.mapShards(index)
          return nil
        } catch {
          return error.fault
        }
      }
      try Safetensors.write(["a": .ones([2])], to: directory + "/one.safetensors")
      #expect(try fault(#"{"weight_map": {"a": "one.safetensors"}}"#) == nil)
      #expect(
        try fault(#"{"weight_map": {"b": "one.safetensors"}}"#)
          == .missingFromShard(tensor: "b"))
      for text in [
        #"{"weight_map": {"a": "../one.safetensors"}}"#, #"{"weight_map": {"a": ""}}"#, "{}", "[",
        #"{"weight_map": {"a": 1}}"#, #"{"weight_map": {}} x"#,
      ] {
        guard case .invalidHeaderDeserialization? = try fault(text) else {
          Issue.record("\(text) is read")
          continue
        }
      }
      guard case .file? = try fault(#"{"weight_map": {"a": "none.safetensors"}}"#) else {
        Issue.record("a missing shard is read")
        return
      }
    }
  }
}

/// The golden Llama with weights in blocks.
func quantizedLlama() throws -> Llama {
  let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
  func blocks(_ weight: Tensor, _ rows: [Int], _ format: BlockFormat) -> BlockLinear {
    BlockLinear(
      weight.split(sizes: rows, axis: 0).map { BlockMatrix(quantizing: $0, to: format) })
  }
  model.tokenEmbedding.table.form = blocks(model.tokenEmbedding.table.weight, [61], .q8_0)
  for block in model.blocks {
    for (layer, rows) in [
      (block.attention.qkv, [32, 16, 16]), (block.attention.projection, [32]),
      (block.gateUp, [48, 48]),
    ] {
      layer.form = blocks(layer.form.denseWeight!, rows, .q4_1)
    }
  }
  return model
}

extension Llama {
  fileprivate var attentionDetails: String { blocks[0].attention.qkv.details }
}
