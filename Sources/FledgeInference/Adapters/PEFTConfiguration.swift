import FledgeIO
import Foundation

/// What Fledge reads of `adapter_config.json`, the description of an adapter that Hugging Face's
/// PEFT writes.
struct PEFTConfiguration {
  static let fileName = "adapter_config.json"

  let rank: Int
  /// What low-rank changes are multiplied by: α / r, or α / √r for rsLoRA (Kalajdzievski 2023).
  let scale: Double
  /// The matrices that are adapted, by the ends of their names; nil where a regular expression says it.
  let targetModules: [String]?
  /// The blocks that are adapted; nil for all.
  let layers: [Int]?

  /// Settings that this reads, or that change nothing in what a saved adapter computes, whatever their
  /// value: where it is from, how it was started and trained.
  private static let harmlessSettings: Set<String> = [
    "r", "lora_alpha", "use_rslora", "target_modules", "layers_to_transform", "peft_type",
    "auto_mapping", "base_model_name_or_path", "inference_mode", "lora_dropout", "megatron_config",
    "megatron_core", "peft_version", "qalora_group_size", "revision", "task_type",
    // Read by PEFT only where `init_lora_weights` says their name.
    "corda_config", "eva_config", "loftq_config",
  ]

  /// Values, besides null, false and empty ones, that leave an adapter a plain LoRA. All else is
  /// refused by its name, so that no setting of a newer PEFT is passed over.
  private static let harmlessValues: [String: [String]] = [
    "bias": ["none"],
    // Others, such as PiSSA, start from a changed base, of which the files say nothing.
    "init_lora_weights": ["true", "gaussian", "orthogonal", "eva"],
    // The list of a Llama's blocks, which is meant without it as well.
    "layers_pattern": ["layers", "[\"layers\"]"],
  ]

  init(directory: String) throws(ModelError) {
    let name = Self.fileName
    let path = "\(directory)/\(name)"
    guard FileKind(path) != .missing else {
      throw ModelError(.missingFile(name), path: directory)
    }
    func invalid(_ reason: String) -> ModelError {
      ModelError(.invalidConfiguration(reason: "\(name) \(reason)"), path: directory)
    }
    guard let data = FileManager.default.contents(atPath: path),
      let settings = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { throw invalid("is no JSON object") }

    let kind = settings["peft_type"] as? String ?? "none"
    guard kind == "LORA" else {
      throw ModelError(.unsupportedAdapter("peft_type", value: kind), path: directory)
    }
    for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
      guard !Self.harmlessSettings.contains(key), let value = Self.text(value),
        Self.harmlessValues[key]?.contains(value) != true
      else { continue }
      throw ModelError(.unsupportedAdapter(key, value: value), path: directory)
    }
    guard let rank = settings["r"] as? Int, (1...1 << 20).contains(rank) else {
      throw invalid("has no rank 'r' from 1 on")
    }
    guard let alpha = settings["lora_alpha"] as? Double, alpha.isFinite else {
      throw invalid("has no number 'lora_alpha'")
    }
    let stabilized = Self.text(settings["use_rslora"])
    guard stabilized == nil || stabilized == "true" else {
      throw invalid("has a 'use_rslora' that is neither true nor false")
    }
    self.rank = rank
    scale = alpha / (stabilized == nil ? Double(rank) : Double(rank).squareRoot())
    targetModules = settings["target_modules"] as? [String]
    if targetModules == nil && !(settings["target_modules"] is String) {
      throw invalid("has no 'target_modules'")
    }
    let chosen = settings["layers_to_transform"]
    layers = chosen as? [Int] ?? (chosen as? Int).map { [$0] }
    if layers == nil && Self.text(chosen) != nil {
      throw invalid("has a 'layers_to_transform' that is no list of blocks")
    }
  }

  /// A setting as a text; nil where it is absent, null, false or empty.
  private static func text(_ value: Any?) -> String? {
    switch value {
    case nil, is NSNull: nil
    case let text as String: text.isEmpty ? nil : text
    case let list as [Any]: list.isEmpty ? nil : "\(list)"
    case let object as [String: Any]: object.isEmpty ? nil : "\(object.keys.sorted())"
    case let flag as Bool: flag ? "true" : nil
    case let other?: "\(other)"
    }
  }

  /// Whether a module of a block is adapted, by PEFT's rule: a target is a whole name or its end. Nil
  /// where a regular expression says it, and only the file's tensors tell.
  func adapts(_ module: String, of layer: Int) -> Bool? {
    guard let targetModules else { return nil }
    let isTarget = targetModules.contains { module.isNamed($0) }
    return isTarget && layers?.contains(layer) ?? true
  }
}

extension String {
  /// Whether the name of a module is this one or ends with it.
  func isNamed(_ target: String) -> Bool { self == target || hasSuffix("." + target) }
}
