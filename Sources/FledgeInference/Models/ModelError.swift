import FledgeIO
import FledgeNN
import Foundation

/// Why a published model could not be loaded or saved. Its description is one sentence that names the
/// file, the fault and the remedy.
public struct ModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The faults.
  public enum Fault: Error, Equatable, Sendable {
    /// A directory without weights or without a configuration.
    case missingFile(String)
    /// A configuration that is not the JSON it should be.
    case invalidConfiguration(reason: String)
    /// A kind of model that is not here.
    case unsupportedArchitecture(String, known: [String])
    /// A setting of a known kind that is not here.
    case unsupportedSetting(String, value: String)
    /// Sizes of no model.
    case impossibleSize(String, value: Int)
    /// A tensor that the model needs and the files lack.
    case missingTensor(String)
    /// A tensor of a shape that the model does not have.
    case wrongShape(tensor: String, expected: [Int], found: [Int])
    /// A tensor that the model has no place for.
    case unexpectedTensor(String)
    /// An adapter of a kind or with a setting that is not here.
    case unsupportedAdapter(String, value: String)
    /// Adapters that PEFT's layout has no words for.
    case unsavableAdapters(reason: String)
    /// A layer whose form cannot be written.
    case unsavableForm(layer: String)
    /// A GGUF file's own fault.
    case gguf(GGUFError)
    /// A safetensors file's own fault.
    case safetensors(SafetensorsError)
    /// A file that could not be read or written.
    case file(FileSystemError)
  }

  /// What is wrong.
  public var fault: Fault
  /// The file or directory.
  public var path: String

  /// A fault of what lies at a path.
  public init(_ fault: Fault, path: String) {
    self.fault = fault
    self.path = path
  }

  public var description: String {
    switch fault {
    case .missingFile(let name) where name.hasPrefix("adapter_"):
      "'\(path)' has no \(name); it must be a directory with adapter_config.json and "
        + "adapter_model.safetensors, as PEFT saves it"
    case .missingFile(let name):
      "'\(path)' has no \(name); it must be a GGUF file, or a directory with config.json and "
        + "model.safetensors"
    case .invalidConfiguration(let reason):
      "the configuration of '\(path)' cannot be used: \(reason); download it again"
    case .unsupportedArchitecture(let name, let known):
      "'\(path)' is a model of the kind '\(name)'; here are \(known.joined(separator: ", "))"
    case .unsupportedSetting(let key, let value):
      "'\(path)' has \(key) = \(value), which is not here; choose another model"
    case .impossibleSize(let key, let value):
      "'\(path)' has \(key) = \(value), a size that no model has; download it again"
    case .missingTensor(let name):
      "'\(path)' lacks the tensor '\(name)'; check that it is a whole model"
    case .wrongShape(let tensor, let expected, let found):
      "'\(path)': tensor '\(tensor)' has the shape \(found), and the model needs \(expected); "
        + "check that weights and configuration belong together"
    case .unexpectedTensor(let name):
      "'\(path)' has the tensor '\(name)', which the model has no place for; check that adapter and "
        + "model belong together"
    case .unsupportedAdapter(let key, let value):
      "'\(path)' is an adapter with \(key) = \(value), which is not here; here is plain LoRA on the "
        + "projections of a Llama's blocks"
    case .unsavableAdapters(let reason):
      "cannot save adapters to '\(path)': \(reason)"
    case .unsavableForm(let layer):
      "cannot save to '\(path)': layer '\(layer)' has a form that files do not have; merge its "
        + "adapters first"
    case .gguf(let error): error.description
    case .safetensors(let error): error.description
    case .file(let error): error.description
    }
  }
}

extension ModelError: LocalizedError {
  public var errorDescription: String? { description }
}
