import Synchronization
import Testing

@testable import FledgeCore

/// Sixteen floats 0 … 15 that belong to the test, and how often they were given back.
private final class Lender: Sendable {
  let address: UInt
  let releases = Atomic<Int>(0)

  init() {
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    for i in 0..<16 { pointer.storeBytes(of: Float(i), toByteOffset: 4 * i, as: Float.self) }
    address = UInt(bitPattern: pointer)
  }

  deinit { UnsafeMutableRawPointer(bitPattern: address)!.deallocate() }

  var pointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: address)! }
  var values: [Float] { (0..<16).map { pointer.load(fromByteOffset: 4 * $0, as: Float.self) } }

  func memory(isWritable: Bool) -> ForeignMemory {
    ForeignMemory(pointer, byteCount: 64, isWritable: isWritable) {
      self.releases.wrappingAdd(1, ordering: .relaxed)
    }
  }
}

@Suite struct BorrowedMemoryTests {
  @Test func `foreign memory is kept alive by the last tensor over it, and counted apart`() {
    let (lender, ledger) = (Lender(), Ledger())
    withLedger(ledger) {
      var x: Tensor? = Tensor(
        over: lender.memory(isWritable: true), byteOffset: 16, shape: [3, 4], dtype: .float32)
      var row: Tensor? = x![1]
      #expect(ledger.statistics.foreignBytes == 64 && ledger.statistics.allocations == 0)
      #expect(row!.array() == [8, 9, 10, 11])
      x = nil
      #expect(lender.releases.load(ordering: .relaxed) == 0)
      row = nil
      #expect(lender.releases.load(ordering: .relaxed) == 1)
      #expect(ledger.statistics.foreignBytes == 0)
      withExtendedLifetime((x, row)) {}
    }
  }

  @Test func `an update over writable memory stays in place where there is one holder`() {
    let lender = Lender()
    var x = Tensor(over: lender.memory(isWritable: true), shape: [16], dtype: .float32)
    x += 1
    #expect(lender.values == (1...16).map(Float.init))
    // A copy of the value is a second holder: whoever writes now goes elsewhere.
    var y = x
    y += 100
    #expect(lender.values == (1...16).map(Float.init))
    #expect(x.array() == lender.values && y[0].item() == 101)
  }

  @Test func `memory that may only be read is copied before an update, even of the only holder`() {
    let lender = Lender()
    var x = Tensor(over: lender.memory(isWritable: false), shape: [16], dtype: .float32)
    #expect(x.isReadOnly && !x.isSafeToOverwrite)
    x += 1
    var leaf = Tensor(over: lender.memory(isWritable: false), shape: [16], dtype: .float32)
      .requiringGradients()
    leaf.updateLeaf { $0 -= 1 }
    #expect(lender.values == (0...15).map(Float.init))
    #expect(x[15].item() == 16 && leaf.detached()[15].item() == 14)
    #expect(lender.releases.load(ordering: .relaxed) == 2, "nobody reads it any more")
  }

  @Test(arguments: [
    (4, 16, "bytes 4 ..< 68 do not lie within 64 bytes of foreign memory"),
    (-4, 1, "bytes -4 ..< 0 do not lie within 64 bytes of foreign memory"),
    (6, 2, "byte 6 of the foreign memory is not aligned for float32"),
  ])
  func `elements outside of foreign memory, or askew in it, end the program`(
    offset: Int, count: Int, message: String
  ) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [offset = offset as Int, count = count as Int] in
      let memory = Lender().memory(isWritable: true)
      _ = Tensor(over: memory, byteOffset: offset, shape: [count], dtype: .float32)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasPrefix("Fledge: Tensor: \(message)\n"), "\(text)")
  }

  // MARK: Flat buffers

  @Test func `parts of a flat buffer lie one after another, each on a cache line of its own`() {
    let buffer = FlatBuffer(shapes: [[2, 3], [], [0, 5], [17]], divisibleBy: 5)
    #expect(buffer.ranges == [0..<6, 16..<17, 32..<32, 32..<49])
    #expect(buffer.count == 65 && buffer.count % 5 == 0 && buffer.byteCount == 260)
    #expect(buffer.copy().array() == [Float](repeating: 0, count: 65))
    for i in 0..<4 {
      #expect(buffer.part(i).shape == buffer.shapes[i])
      #expect(UInt(bitPattern: buffer.part(i).storage.pointer) % 64 == 0)
    }
    #expect(FlatBuffer(shapes: [[9]], dtype: .float64).ranges == [0..<9])
    #expect(FlatBuffer(shapes: []).count == 0)
  }

  @Test func `a part and the whole see each other's updates, and a ledger counts them once`() {
    let ledger = Ledger()
    withLedger(ledger) {
      var part: Tensor
      do {
        let buffer = FlatBuffer(shapes: [[3], [2]])
        part = buffer.part(1)
        part += 1
        #expect(buffer.copy(16..<18).array() == [1, 1])
        buffer.update { $0 *= 3 }
        buffer.update(0..<17) { $0 = $0 + 1 }
        #expect(part.array() == [4, 3])
        #expect(buffer.part(0).array() == [1, 1, 1])
        #expect(ledger.statistics.liveBytes == buffer.byteCount)
      }
      #expect(part.array() == [4, 3], "a part keeps the buffer alive")
      var copy = part
      copy += 1
      #expect(part.array() == [4, 3] && copy.array() == [5, 4], "a part is a value, too")
    }
  }

  @Test func `a leaf in a flat buffer keeps its place, whatever the update does`() {
    let buffer = FlatBuffer(shapes: [[2], [2, 2]])
    var leaf = buffer.part(1).requiringGradients()
    let address = leaf.storage.pointer
    leaf.updateLeaf { $0 += 1 }
    leaf.updateLeaf { $0 = $0 * 2 }
    leaf.updateLeaf { $0 = Tensor([[1, 2], [3, 4]]).transposed() }
    #expect(leaf.storage.pointer == address)
    #expect(buffer.copy(16..<20).array() == [1, 3, 2, 4])
    #expect(leaf.requiresGradients)
  }

  @Test func `snapshots and graphs keep the values they know while a leaf is written in place`() {
    let buffer = FlatBuffer(shapes: [[2]])
    buffer.update { $0 += 3 }
    var leaf = buffer.part(0).requiringGradients()
    let address = leaf.storage.pointer
    let snapshot = leaf.detached()
    let row = snapshot[1]
    let loss = leaf.square().sum()
    leaf.updateLeaf { $0 += 1 }
    leaf.updateLeaf { $0 += 1 }
    #expect(snapshot.array() == [3, 3] && row.item() == 3)
    #expect(buffer.copy(0..<2).array() == [5, 5] && leaf.storage.pointer == address)
    loss.backward()
    #expect(leaf.grad!.array() == [6, 6], "2 x at the x of the forward pass")
    // What moved out is memory of its own.
    var mine = snapshot
    mine += 1
    #expect(snapshot.array() == [3, 3] && leaf.detached().array() == [5, 5])
  }

  @Test func `gradients add up in a flat buffer, too`() {
    let buffer = FlatBuffer(shapes: [[3]])
    let leaf = Tensor.ones([3]).requiringGradients()
    leaf.replaceGrad(buffer.part(0))
    (leaf * 2).sum().backward()
    (leaf * 3).sum().backward()
    #expect(buffer.copy(0..<3).array() == [5, 5, 5])
  }

  @Test func `a part of a part keeps the whole alive and no more`() {
    let base = Storage(byteCount: 64)
    base.pointer.initializeMemory(as: UInt8.self, repeating: 7, count: 64)
    let half = Storage(partOf: base, at: 32, byteCount: 32)
    let quarter = Storage(partOf: half, at: 16, byteCount: 16)
    #expect(quarter.pointer == base.pointer + 48)
    half.moveToOwnMemory()
    #expect(quarter.pointer == base.pointer + 48 && half.pointer != base.pointer + 32)
    #expect(half.pointer.load(as: UInt8.self) == 7)
  }
}
