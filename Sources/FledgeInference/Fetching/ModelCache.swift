import FledgeIO
import Foundation

/// Published models that `Scripts/fetch-model.sh` puts on this machine. They are never a part of the
/// repository.
public enum FetchedModel: String, Sendable, CaseIterable {
  /// SmolLM2-135M-Instruct in 4 bits, a GGUF file of 98 MB (Allal et al. 2025).
  case smollm2
  /// all-MiniLM-L6-v2, a directory with `model.safetensors` and `tokenizer.json` (Reimers &
  /// Gurevych 2019).
  case minilm

  /// Its file or directory within the cache, as `Scripts/models.json` has it.
  private var place: String {
    switch self {
    case .smollm2: "smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    case .minilm: "all-MiniLM-L6-v2"
    }
  }

  /// The file or directory of the model.
  /// - Parameter environment: what says where the cache is
  /// - Throws: ``ModelNotFetched`` where it is not there.
  public func path(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ModelNotFetched) -> String {
    let path = "\(Self.cache(environment: environment))/\(place)"
    guard FileKind(path) != .missing else { throw ModelNotFetched(model: self, path: path) }
    return path
  }

  /// The directory of all fetched models: `FLEDGE_CACHE`, else `~/.cache/fledge`.
  public static func cache(environment: [String: String]) -> String {
    if let given = environment["FLEDGE_CACHE"], !given.isEmpty { return given }
    return (environment["HOME"] ?? NSHomeDirectory()) + "/.cache/fledge"
  }
}

/// A model that has not been fetched yet.
public struct ModelNotFetched: Error, Equatable, Sendable, CustomStringConvertible {
  /// The model.
  public var model: FetchedModel
  /// Where it would be.
  public var path: String

  public var description: String {
    "'\(path)' is not there; fetch it with Scripts/fetch-model.sh \(model.rawValue)"
  }
}

extension ModelNotFetched: LocalizedError {
  public var errorDescription: String? { description }
}
