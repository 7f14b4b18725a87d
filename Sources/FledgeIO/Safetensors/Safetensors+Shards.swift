import FledgeCore

extension Safetensors {
  /// Maps the tensors of a model whose weights are in several files, as `model.safetensors.index.json`
  /// lists them: `{"weight_map": {"tensor": "model-00001-of-00002.safetensors", …}}`. The files
  /// stand beside the index. See ``map(_:where:)``.
  ///
  /// - Throws: ``SafetensorsError``, also where a file lacks a tensor that the index promises.
  public static func mapShards(
    _ index: String, where wanted: (String) -> Bool = { _ in true }
  ) throws(SafetensorsError) -> [String: Tensor] {
    let shards: [String: String]
    do throws(SafetensorsError.Fault) {
      shards = try weightMap(index)
    } catch {
      throw SafetensorsError(error, path: index)
    }
    var result: [String: Tensor] = [:]
    for (name, tensors) in Dictionary(grouping: shards.keys.filter(wanted), by: { shards[$0]! }) {
      let path = "\(directory(of: index))/\(name)"
      let names = Set(tensors)
      let file = try map(path) { names.contains($0) }
      for tensor in tensors {
        guard let value = file.tensors[tensor] else {
          throw SafetensorsError(.missingFromShard(tensor: tensor), path: path)
        }
        result[tensor] = value
      }
    }
    return result
  }

  /// The file of each tensor.
  private static func weightMap(_ path: String) throws(SafetensorsError.Fault) -> [String: String] {
    let memory: ForeignMemory
    do throws(FileSystemError) {
      memory = try MappedFile.map(path)
    } catch {
      throw .file(error)
    }
    let bytes = Array(UnsafeRawBufferPointer(start: memory.pointer, count: memory.byteCount))
    guard String(validating: bytes, as: UTF8.self) != nil else { throw .invalidHeader }
    var result: [String: String]?
    do throws(JSONScanner.Failure) {
      var scanner = JSONScanner(bytes)
      try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
        guard name == "weight_map" else { return try scanner.skip() }
        var map: [String: String] = [:]
        try scanner.object { (scanner, tensor) throws(JSONScanner.Failure) in
          let file = try scanner.string()
          // A path would lead out of the model's directory.
          guard !file.isEmpty, !file.contains("/"), !file.contains("\0") else {
            throw scanner.failure("'\(file)' is no name of a file")
          }
          map[tensor] = file
        }
        result = map
      }
      try scanner.end()
      guard result != nil else { throw scanner.failure("there is no 'weight_map'") }
    } catch {
      throw .invalidHeaderDeserialization(reason: "\(error.reason) at byte \(error.position)")
    }
    return result ?? [:]
  }
}
