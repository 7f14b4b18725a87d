import FledgeCore
import FledgeIO
import FledgeNN
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeInference

/// Logits within this of PEFT's.
private let tolerance = 1e-4

private func base() throws -> Llama {
  try Llama.fromPretrained(goldenPath("pretrained/llama"))
}

private func logits(_ model: Llama) throws -> Tensor {
  let tokens = try GoldenFile("peft")["tokens"]
  return model.evaluating { model(tokens) }
}

@Suite struct PEFTTests {
  @Test(arguments: ["peft", "peft-part"])
  func `An adapter of PEFT's gives its logits, and merged those of its merged model`(
    name: String
  ) throws {
    let golden = try GoldenFile("peft")
    for path in ["pretrained/llama", "pretrained/llama.gguf"] {
      let model = try Llama.fromPretrained(goldenPath(path))
      let plain = try logits(model)
      let adapters = try model.loadAdapter(goldenPath("pretrained/\(name)"))
      #expect(adapters.count == (name == "peft" ? 14 : 2))
      let adapted = try logits(model)
      var problem = difference(adapted, try golden["\(name)/logits"], tolerance, tolerance)
      #expect(problem == nil, "\(problem ?? "")")
      #expect(difference(adapted, plain, 0.1, 0.1) != nil)
      model.mergeLoRA()
      problem = difference(try logits(model), try golden["\(name)/merged"], tolerance, tolerance)
      #expect(problem == nil, "\(problem ?? "")")
    }
  }

  @Test(arguments: ["peft", "peft-part"])
  func `What is saved has PEFT's names and bytes, and is loaded again`(name: String) throws {
    let model = try base()
    try model.loadAdapter(goldenPath("pretrained/\(name)"))
    try withTemporaryDirectory { directory in
      try model.saveAdapter(to: directory + "/adapter", base: "llama")
      let weights = "adapter_model.safetensors"
      let ours = try Safetensors.read("\(directory)/adapter/\(weights)").tensors
      let theirs = try Safetensors.read(goldenPath("pretrained/\(name)/\(weights)")).tensors
      #expect(ours.keys.sorted() == theirs.keys.sorted())
      for (name, tensor) in ours {
        #expect(tensor.shape == theirs[name]?.shape && tensor.array() == theirs[name]?.array())
      }
      let again = try base()
      #expect(try again.loadAdapter(directory + "/adapter").count == ours.count / 2)
      // α / r comes back from r and α: rounded once more at most.
      #expect(difference(try logits(again), try logits(model), 1e-6, 1e-6) == nil)
    }
  }

  @Test func `An adapter of all blocks says its modules by kind, one of some by their names`()
    throws
  {
    try withTemporaryDirectory { directory in
      func targets(_ name: String) throws -> [String]? {
        let model = try base()
        try model.loadAdapter(goldenPath("pretrained/\(name)"))
        try model.saveAdapter(to: directory + "/\(name)")
        let text = try contents(of: directory + "/\(name)/adapter_config.json")
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["peft_type"] as? String == "LORA")
        return object?["target_modules"] as? [String]
      }
      let (all, some) = (try targets("peft"), try targets("peft-part"))
      #expect(
        all == ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"])
      #expect(some == ["model.layers.1.self_attn.k_proj", "model.layers.1.mlp.up_proj"])
    }
  }

  @Test func `Over weights in blocks an adapter changes outputs and leaves the blocks`() throws {
    let model = try quantizedLlama()
    let plain = try logits(model)
    try model.loadAdapter(goldenPath("pretrained/peft"))
    let exact = try GoldenFile("peft")["peft/logits"]
    let adapted = try logits(model)
    // As near to the exact model as rounded weights are without an adapter.
    let (own, other) = (adapted - exact, plain - exact)
    #expect(own.square().sum().item() < 0.2 * other.square().sum().item())
    let form = model.blocks[0].attention.projection.form as? AdaptedLinear
    #expect(form?.base is BlockLinear)
    model.mergeLoRA()
    try withTemporaryDirectory { directory in
      try model.save(to: directory + "/merged.gguf")
      let merged = try Llama.fromPretrained(directory + "/merged.gguf")
      #expect(difference(try logits(merged), try logits(model), 1e-5, 1e-5) == nil)
    }
  }

  @Test func `Only the adapters of a loaded one are trainable and get gradients`() throws {
    let model = try base()
    let adapters = try model.loadAdapter(goldenPath("pretrained/peft"))
    let count = adapters.reduce(0) { $0 + $1.down.shape.count + $1.up.shape.count }
    #expect(model.trainableParameterCount == count)
    let tokens = try GoldenFile("peft")["tokens"]
    model(tokens).square().mean().backward()
    #expect(adapters.allSatisfy { $0.down.grad != nil && $0.up.grad != nil })
    #expect(model.norm.weight.grad == nil)
  }

  @Test func `An adapter on rows that a layer does not have is a trap`() async {
    await #expect(processExitsWith: .failure) {
      Sequential { Linear(2, 3) }
        .applyLoRA(rank: 1, alpha: 1, to: [.layer("layers.0", rows: 1..<4)])
    }
  }

  @Test func `Adapters that the layout has no words for are not saved`() throws {
    func reason(_ change: (Llama) -> Void) throws -> String? {
      let model = try base()
      change(model)
      return try withTemporaryDirectory { directory in
        let error = #expect(throws: ModelError.self) { try model.saveAdapter(to: directory + "/a") }
        #expect(!FileManager.default.fileExists(atPath: directory + "/a"))
        guard case .unsavableAdapters(let reason)? = error?.fault else { return nil }
        return reason
      }
    }
    #expect(try reason { _ in } == "the model has none")
    #expect(
      try reason { $0.applyLoRA(rank: 2, alpha: 2, to: [.query, .layer("gateUp")]) }
        == "2 are not on whole projections of a block; merge them")
    #expect(
      try reason { $0.applyLoRA(rank: 2, alpha: 2, to: [.query, .query]) }
        == "model.layers.0.self_attn.q_proj has 2 of them; merge some")
    #expect(
      try reason { model in
        model.applyLoRA(rank: 2, alpha: 2, to: [.query])
        let down = model.blocks[1].down
        down.form = AdaptedLinear(
          down.form,
          adapters: [LowRankAdapter(inputs: 48, rows: 0..<32, rank: 2, alpha: 3)])
      }
        == "rank and scale differ between model.layers.0.self_attn.q_proj and "
        + "model.layers.1.mlp.down_proj")
  }
}

@Suite struct MalformedPEFTTests {
  /// What a copy of an adapter, its configuration changed and added to and its tensors changed, is
  /// refused for; nil if it is read.
  private func fault(
    _ old: String = "", _ new: String = "", setting: (key: String, value: String)? = nil,
    tensors change: (inout [String: Tensor]) -> Void = { _ in }
  ) throws -> ModelError.Fault? {
    try withTemporaryDirectory { directory in
      let source = goldenPath("pretrained/peft")
      var text = try contents(of: source + "/adapter_config.json")
      #expect(old.isEmpty || text.contains(old))
      if !old.isEmpty { text.replace(old, with: new) }
      if let (key, value) = setting {
        // A line has one setting.
        let lines = text.split(separator: "\n").dropFirst().filter { !$0.contains("\"\(key)\":") }
        text = "{\n\"\(key)\": \(value),\n" + lines.joined(separator: "\n")
      }
      try AtomicFile.write(text, to: directory + "/adapter_config.json")
      let weights = "/adapter_model.safetensors"
      var tensors = try Safetensors.read(source + weights).tensors
      change(&tensors)
      try Safetensors.write(tensors, to: directory + weights)
      let model = try base()
      let plain = try logits(model)
      do throws(ModelError) {
        try model.loadAdapter(directory)
        return nil
      } catch {
        #expect(error.description.contains(directory))
        #expect(try logits(model).array() == plain.array(), "the model has changed")
        return error.fault
      }
    }
  }

  @Test func `Another kind of adapter is refused by its name`() throws {
    #expect(try fault() == nil)
    #expect(
      try fault("\"LORA\"", "\"IA3\"") == .unsupportedAdapter("peft_type", value: "IA3"))
    #expect(
      try fault("\"use_dora\": false", "\"use_dora\": true")
        == .unsupportedAdapter("use_dora", value: "true"))
    #expect(
      try fault("\"bias\": \"none\"", "\"bias\": \"all\"")
        == .unsupportedAdapter("bias", value: "all"))
    #expect(
      try fault("\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa\"")
        == .unsupportedAdapter("init_lora_weights", value: "pissa"))
    #expect(
      try fault("\"rank_pattern\": {}", "\"rank_pattern\": {\"q_proj\": 2}")
        == .unsupportedAdapter("rank_pattern", value: "[\"q_proj\"]"))
    #expect(
      try fault("\"down_proj\"", "\"lm_head\"")
        == .unsupportedAdapter("target_modules", value: "lm_head"))
  }

  @Test(arguments: [
    ("kasa_config", "{\"beta\": 1}", "[\"beta\"]"), ("velora_config", "{\"x\": 1}", "[\"x\"]"),
    ("lora_ga_config", "{\"x\": 1}", "[\"x\"]"), ("monteclora_config", "{\"x\": 1}", "[\"x\"]"),
    ("layers_pattern", "\"h\"", "h"),
    ("ensure_weight_tying", "true", "true"), ("lora_bias", "true", "true"),
    ("exclude_modules", "\"o_proj\"", "o_proj"),
    ("modules_to_save", "[\"lm_head\"]", "[\"lm_head\"]"),
    ("target_parameters", "[\"x\"]", "[\"x\"]"), ("use_bdlora", "{\"x\": 1}", "[\"x\"]"),
    ("of_a_newer_peft", "0.5", "0.5"),
  ])
  func `Settings that change an adapter, and unknown ones, are refused by their names`(
    key: String, value: String, told: String
  ) throws {
    #expect(
      try fault(setting: (key, value)) == .unsupportedAdapter(key, value: told))
    #expect(try fault(setting: (key, "null")) == nil)
    #expect(try fault(setting: (key, "false")) == nil)
  }

  @Test(arguments: [
    ("layers_pattern", "\"layers\""), ("layers_pattern", "[\"layers\"]"), ("lora_dropout", "0.1"),
    ("init_lora_weights", "\"gaussian\""), ("eva_config", "{\"rho\": 2}"),
    ("layers_to_transform", "[0, 1]"),
  ])
  func `Settings that change nothing are read over`(key: String, value: String) throws {
    #expect(try fault(setting: (key, value)) == nil)
  }

  @Test func `A configuration without rank or strength is refused`() throws {
    for (old, new) in [
      ("\"r\": 3", "\"r\": 0"), ("\"r\": 3", "\"r\": \"3\""),
      ("\"lora_alpha\": 5", "\"revision\": 5"),
      ("{", "["), ("\"target_modules\"", "\"base_model_name_or_path\""),
      ("\"use_rslora\": false", "\"use_rslora\": \"yes\""),
      ("\"layers_to_transform\": null", "\"layers_to_transform\": \"all\""),
    ] {
      guard case .invalidConfiguration? = try fault(old, new) else {
        Issue.record("\(new) is no invalid configuration")
        continue
      }
    }
  }

  @Test func `Tensors that do not fit the model are named`() throws {
    let query = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
    #expect(
      try fault("\"r\": 3", "\"r\": 4")
        == .wrongShape(tensor: query, expected: [4, 32], found: [3, 32]))
    #expect(
      try fault { $0[query] = .zeros([3, 31]) }
        == .wrongShape(tensor: query, expected: [3, 32], found: [3, 31]))
    #expect(try fault { $0[query] = nil } == .missingTensor(query))
    let other = "base_model.model.model.layers.2.self_attn.q_proj.lora_A.weight"
    #expect(try fault { $0[other] = .zeros([3, 32]) } == .unexpectedTensor(other))
    // Both matrices of a target are missing.
    #expect(
      try fault { tensors in
        for name in tensors.keys where name.contains("layers.1.mlp.up_proj") { tensors[name] = nil }
      } == .missingTensor("base_model.model.model.layers.1.mlp.up_proj.lora_A.weight"))
    // What the configuration does not name.
    #expect(
      try fault("\"q_proj\",", "")
        == .unexpectedTensor("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"))
  }

  @Test func `A directory without an adapter says what belongs into it`() throws {
    try withTemporaryDirectory { directory in
      let model = try base()
      let error = #expect(throws: ModelError.self) { try model.loadAdapter(directory) }
      #expect(error?.fault == .missingFile("adapter_config.json"))
      #expect(error?.description.contains("as PEFT saves it") == true)
      try FileManager.default.copyItem(
        atPath: goldenPath("pretrained/peft/adapter_config.json"),
        toPath: directory + "/adapter_config.json")
      let second = #expect(throws: ModelError.self) { try model.loadAdapter(directory) }
      #expect(second?.fault == .missingFile("adapter_model.safetensors"))
    }
  }
}
