import FledgeCore
import FledgeIO
import FledgeNN
import FledgeTestSupport
import Foundation
import Testing

private final class Layer: Module {
  @Parameter var weight: Tensor
  @Parameter var bias: Tensor
  init(_ size: Int, dtype: DType = .float32) {
    weight = Tensor.zeros([size, 16])
    bias = Tensor.zeros([size], dtype: dtype)
  }
}

@Suite struct SafetensorsMapTests {
  @Test func `a mapped file has the tensors that reading it gives, and holds no copies`() throws {
    let golden = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Golden/safetensors_reference.safetensors").path
    let read = try Safetensors.read(golden)
    let ledger = Ledger()
    try withLedger(ledger) {
      let mapped = try Safetensors.map(golden)
      #expect(mapped.names == read.names && mapped.metadata == read.metadata)
      for (name, tensor) in read.tensors {
        let isIdentical = mapped.tensors[name]?.isIdentical(to: tensor)
        #expect(isIdentical == true, "\(name)")
      }
      // Only the three bools.
      #expect(ledger.statistics.liveBytes == 3 && ledger.statistics.liveBuffers == 1)
      let bytes = try FileManager.default.attributesOfItem(atPath: golden)[.size] as? Int
      #expect(ledger.statistics.foreignBytes == bytes)
      let two = try Safetensors.map(golden) { $0 == "float32" || $0 == "empty" }
      #expect(two.names.sorted() == ["empty", "float32"])
    }
    #expect(ledger.statistics.foreignBytes == 0, "the mapping ends with its tensors")
  }

  @Test func `loaded values stay in the file until they are written, and the file stays as it was`()
    throws
  {
    try withTemporaryDirectory { directory in
      let path = directory + "/model.safetensors"
      let source = Generator(seed: 1)
      let weights = ["weight": Tensor.normal([64, 16], using: source), "bias": Tensor.ones([64])]
      try Safetensors.write(weights, to: path)
      let bytes = try Data(contentsOf: URL(filePath: path))
      let (model, ledger) = (Layer(64), Ledger())
      try withLedger(ledger) {
        try model.load(Safetensors.map(path).tensors)
        #expect(ledger.statistics.liveBytesByTag[.parameter] == 0, "nothing was copied")
        #expect(ledger.statistics.foreignBytes == bytes.count)
        #expect(model.weight.isReadOnly && model.weight.requiresGradients)
        // Trained: each is copied at its first update, and lives in its own memory from then on.
        (model.weight.sum(axis: 1) * model.bias).sum().backward()
        #expect(model.$bias.grad!.isClose(to: weights["weight"]!.sum(axis: 1)))
        model.$weight.update { $0 += 1 }
        #expect(ledger.statistics.liveBytesByTag[.parameter] == 64 * 16 * 4)
        model.$weight.update { $0 += 1 }
        #expect(model.weight.isIdentical(to: weights["weight"]! + 1 + 1))
        #expect(model.bias.isReadOnly && !model.weight.isReadOnly)
        #expect(ledger.statistics.foreignBytes == bytes.count, "the bias is still there")
        model.$bias.update { $0 -= 1 }
        #expect(ledger.statistics.foreignBytes == 0)
      }
      #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
      // Another dtype is a copy.
      let other = Layer(64, dtype: .float64)
      try other.load(Safetensors.map(path).tensors)
      #expect(other.weight.isReadOnly && !other.bias.isReadOnly && other.bias.dtype == .float64)
    }
  }

  @Test func `tensors that begin between multiples of their size are copied`() throws {
    // A uint8 before a float32, which our writer and the reference never do.
    let header =
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}"#
    let json = Array(header.utf8) + [UInt8](repeating: 32, count: (8 - header.utf8.count % 8) % 8)
    var bytes = withUnsafeBytes(of: UInt64(json.count).littleEndian, Array.init) + json + [5]
    for value in [1.5, -2] as [Float] {
      bytes += withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
    }
    try withTemporaryDirectory { directory in
      let path = directory + "/askew.safetensors"
      try Data(bytes).write(to: URL(filePath: path))
      let tensors = try Safetensors.map(path).tensors
      #expect(tensors["a"]!.isReadOnly && tensors["a"]!.array(of: UInt8.self) == [5])
      #expect(!tensors["b"]!.isReadOnly && tensors["b"]!.array() == [1.5, -2])
    }
  }

  @Test func `what reading refuses, mapping refuses with the same error`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/broken"
      let files: [[UInt8]] = [
        [], [1, 2, 3], [9, 0, 0, 0, 0, 0, 0, 0], Array(repeating: 255, count: 9),
      ]
      func fault(_ body: () throws -> Void) -> SafetensorsError? {
        do { try body() } catch { return error as? SafetensorsError }
        return nil
      }
      for bytes in files {
        try Data(bytes).write(to: URL(filePath: path))
        let (read, mapped) = (
          fault { _ = try Safetensors.read(path) }, fault { _ = try Safetensors.map(path) }
        )
        #expect(read != nil && read == mapped, "\(bytes)")
      }
      let missing = directory + "/missing"
      for path in [missing, directory] {
        #expect(fault { _ = try Safetensors.map(path) } == fault { _ = try Safetensors.read(path) })
      }
    }
  }

  @Test func `a model over a mapped file takes pages of the file and none of its own`() async throws
  {
    await #expect(processExitsWith: .success) {
      try withTemporaryDirectory { directory in
        let path = directory + "/large.safetensors"
        let size = 1 << 20  // 64 MiB of weights
        do {
          let weights = ["weight": Tensor.ones([size, 16]), "bias": Tensor.ones([size])]
          try Safetensors.write(weights, to: path)
        }
        let model = Layer(1)
        MemoryStatistics.emptyCache()
        guard let own = ResidentMemory.anonymous, let files = ResidentMemory.files else { return }
        let tensors = try Safetensors.map(path).tensors
        model.weight = tensors["weight"]!
        model.bias = tensors["bias"]!
        #expect(withoutGradients { model.weight.sum().item() } == Double(size * 16))
        let (ownGrowth, fileGrowth) = (
          ResidentMemory.anonymous! - own, ResidentMemory.files! - files
        )
        #expect(fileGrowth >= size * 64, "\(fileGrowth)")
        #expect(ownGrowth < 8 << 20, "\(ownGrowth)")
      }
    }
  }
}
