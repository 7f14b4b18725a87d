import FledgeIO
import FledgeNN

extension Module {
  /// Writes parameters and buffers to a safetensors file, whole or not at all.
  public func save(to path: String) throws {
    try Safetensors.write(stateDict(), to: path)
  }

  /// Takes over what ``save(to:)`` wrote; on an error nothing has changed.
  public func load(from path: String) throws {
    let tensors = try Safetensors.read(path).tensors
    do {
      try load(tensors)
    } catch {
      throw CheckpointError(path: path, reason: "does not fit this model: \(error)")
    }
  }
}
