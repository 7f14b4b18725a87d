import FledgeTestSupport
import Testing

@testable import FledgeCore

/// How long freed buffers wait, and for whom. The pool belongs to the process, so each has its own.
@Suite struct PoolTests {
  /// Hands out `gigabytes` that nobody touches, in buffers of 1 GiB.
  private static func traffic(gigabytes: Int) {
    for _ in 0..<gigabytes { _ = Storage(byteCount: 1 << 30) }
  }

  @Test func `a training step with large buffers asks the system for nothing new`() async {
    await #expect(processExitsWith: .success) {
      let source = Generator(seed: 1)
      let x = Tensor.normal([512, 1024], using: source)
      var weights = (0..<3).map { _ in
        (Tensor.normal([1024, 1024], using: source) * 0.03).requiringGradients()
      }
      func step() {
        weights.reduce(x) { tanh($0.matmul($1)) }.square().mean().backward()
        for i in weights.indices {
          let gradient = weights[i].grad!
          weights[i].updateLeaf { $0 -= gradient * 0.1 }
          weights[i].zeroGrad()
        }
      }
      for _ in 0..<2 { step() }
      let before = MemoryStatistics.current.systemAllocations
      for _ in 0..<5 { step() }
      #expect(MemoryStatistics.current.systemAllocations == before)
    }
  }

  @Test func `large buffers that nobody asks for go back to the system`() async {
    await #expect(processExitsWith: .success) {
      let resident = ResidentMemory.anonymous
      do {
        // At once, so that there is room for both.
        let large = (Tensor.full([64 << 20], 1), Storage(byteCount: 1 << 30))
        withExtendedLifetime(large) {}
      }
      #expect(MemoryStatistics.current.cachedBytes >= 5 << 28)
      // More than two periods, in which the gigabyte is asked for and the quarter is not.
      PoolTests.traffic(gigabytes: 30)
      #expect(MemoryStatistics.current.cachedBytes < 9 << 27)
      if let resident, let now = ResidentMemory.anonymous {
        #expect(now - resident < 64 << 20, "\(now - resident) bytes are still resident")
      }
    }
  }

  @Test func `small buffers that nobody asks for go back, those in use stay`() async {
    await #expect(processExitsWith: .success) {
      MemoryStatistics.emptyCache()
      do {
        let many = (0..<1000).map { _ in Storage(byteCount: 40_960) }
        let large = Storage(byteCount: 1 << 30)
        withExtendedLifetime((many, large)) {}
      }
      #expect(MemoryStatistics.current.cachedBytes >= 40_000_000)
      let before = MemoryStatistics.current.systemAllocations
      for _ in 0..<9 {
        PoolTests.traffic(gigabytes: 8)
        // Ten of the thousand are in use in every period.
        let some = (0..<10).map { _ in Storage(byteCount: 40_960) }
        withExtendedLifetime(some) {}
      }
      let cached = MemoryStatistics.current.cachedBytes - (1 << 30)
      #expect(cached >= 409_600 && cached < 2_000_000, "\(cached) bytes of small buffers wait")
      #expect(MemoryStatistics.current.systemAllocations == before)
    }
  }

  @Test func `new sizes take the place of old ones, not room beside them`() async {
    await #expect(processExitsWith: .success) {
      let megabyte = 1 << 20
      for size in [300, 310, 320, 200, 330] {
        do {
          let large = Storage(byteCount: size * megabyte)
          withExtendedLifetime(large) {}
        }
        let now = MemoryStatistics.current
        #expect(now.liveBytes + now.cachedBytes <= 330 * megabyte + 44 * megabyte, "\(size)")
      }
      // Small ones, too, where nothing large is left to give back.
      MemoryStatistics.emptyCache()
      for size in [500_000, 600_000, 700_000, 800_000] {
        do {
          let many = (0..<800).map { _ in Storage(byteCount: size) }
          withExtendedLifetime(many) {}
        }
        #expect(MemoryStatistics.current.cachedBytes <= 780 * megabyte, "\(size)")
      }
    }
  }

  @Test func `a buffer's class holds it with little to spare`() {
    var last = SizeClass(holding: 0)
    for bytes in Array(1...100_000) + (0..<10_000).map({ 1_000_000 + $0 * 317 }) {
      let size = SizeClass(holding: bytes)
      let spare = size.capacity - bytes
      let isTight = spare >= 0 && spare < 64 + bytes / (size.isLarge ? 32 : 4)
      let isOrdered = size.index >= last.index && size.capacity >= last.capacity
      let isKnown = size.isLarge || SizeClass.capacity(ofSmall: size.index) == size.capacity
      if !isTight || !isOrdered || !isKnown || size.isLarge != (bytes > 1 << 20) {
        Issue.record("\(bytes) bytes: \(size), after \(last)")
        return
      }
      last = size
    }
    #expect(SizeClass(holding: 1 << 20).index == SizeClass.smallCount - 1)
    #expect(SizeClass(holding: 1 << 20).capacity == 1 << 20)
  }
}
