import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeCore

/// New tensors of integers have only elements that their type has, and tensors have only shapes that
/// memory can hold.
@Suite struct CreationRoomTests {
  @Test(arguments: [DType.float16, .bfloat16, .float32, .float64])
  func `a constant is the number that was given, also −0 and what is not finite`(dtype: DType) {
    for value in [0, -0.0, 1, -1.5, .infinity, -.infinity, .nan] {
      for count in [1, 5, 1000] {
        let fast = Tensor.full([count], value, dtype: dtype)
        let plain = withBackend(.reference) { Tensor.full([count], value, dtype: dtype) }
        for x in (fast.array(of: Double.self) + plain.array(of: Double.self)) {
          #expect(value.isNaN ? x.isNaN : x == value && x.sign == value.sign)
        }
        #expect(fast.dtype == dtype && fast.count == count)
      }
    }
  }

  private static let refused: [(message: String, make: @Sendable () -> Void)] = [
    ("full: 300.0 is no int8, cast first", { _ = Tensor.full([2], 300, dtype: .int8) }),
    ("full: -1.0 is no uint8", { _ = Tensor.full([], -1, dtype: .uint8) }),
    ("full: 2.5 is no int64", { _ = Tensor.full([2], 2.5, dtype: .int64) }),
    ("full: nan is no int32", { _ = Tensor.full([2], .nan, dtype: .int32) }),
    ("full: 2.0 is no bool", { _ = Tensor.full([2], 2, dtype: .bool) }),
    ("full: 128.0 is no int8", { _ = Tensor(128, dtype: .int8) }),
    ("arange: 299.0 is no int8", { _ = Tensor.arange(0, 300, dtype: .int8) }),
    ("arange: 1.5 is no int64", { _ = Tensor.arange(0, 2, step: 0.5, dtype: .int64) }),
    ("arange: 256.0 is no uint8", { _ = Tensor.linspace(0, 256, count: 2, dtype: .uint8) }),
    (
      "uniform: the range 0.0...300.0 reaches beyond int8",
      { _ = Tensor.uniform([2], in: 0...300, dtype: .int8) }
    ),
    ("arange: from 0.0 to nan by 1.0: all three must be finite", { _ = Tensor.arange(0, .nan) }),
    ("arange: from 0.0 to 1e+300 by 1.0 are", { _ = Tensor.arange(0, 1e300) }),
    ("linspace: of -1 numbers", { _ = Tensor.linspace(0, 1, count: -1) }),
    (
      "bernoulli: the probability 1.5 is not in 0…1",
      {
        _ = Tensor.bernoulli([2], probability: 1.5)
      }
    ),
    ("Shape: [-1] has a negative size", { _ = Tensor.zeros([-1]) }),
    ("Shape: [2, -1] has a negative size", { _ = Tensor.uniform([2, -1]) }),
    (
      "Shape: [1099511627776, 1099511627776] has more elements than any memory can hold",
      { _ = Tensor.zeros([1 << 40, 1 << 40]) }
    ),
    (
      "reshape: [6] does not fit into [-2, -3]: a size is negative",
      { _ = Tensor.ones([6]).reshaped([-2, -3]) }
    ),
    (
      "slice: -1 elements from 1 of axis 0 are out of range for shape [6]",
      { _ = Tensor.ones([6]).sliced(axis: 0, from: 1, count: -1) }
    ),
    (
      "slice: elements 1…6 of axis 0 are out of range for shape [6]",
      { _ = Tensor.ones([6]).sliced(axis: 0, from: 1, count: 6) }
    ),
    (
      "maxPool2d: a window of 2 × 2 with dilation 4 × 4 lies in the padding 1 × 1 alone",
      { _ = maxPool2d(Tensor.ones([1, 1, 3, 3]), kernel: 2, stride: 1, padding: 1, dilation: 4) }
    ),
    (
      "oneHot: -1 is none of the 3 classes",
      {
        _ = Tensor.oneHot(Tensor([-1] as [Int]), classes: 3)
      }
    ),
    (
      "lstm: a length of 4 among 3 steps",
      {
        _ = lstm(
          Tensor.ones([3, 1, 8]), weight: Tensor.ones([8, 2]), lengths: Tensor([4] as [Int]))
      }
    ),
    ("withRank: there is no rank 0 among -1", { withRank(0, of: -1) {} }),
  ]

  @Test func `what a type or memory cannot hold ends with its sentence`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      SignalWatch.begin(seconds: 100)
      var faults = 0
      for (message, make) in CreationRoomTests.refused {
        let found = TrapCatching.message(of: make)
        if found?.hasPrefix(message) == true { continue }
        faults += 1
        SignalWatch.say("\(found ?? "accepted") instead of \(message)")
      }
      SignalWatch.end(faults)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasSuffix("faults: 0\n"), "\(text)")
  }

  @Test func `the ends of a type are in it`() {
    for dtype in DType.allCases {
      guard let integers = dtype.integers, dtype != .int64 else { continue }
      for end in [integers.lowerBound, integers.upperBound] {
        #expect(Tensor.full([2], Double(end), dtype: dtype).array(of: Int64.self) == [end, end])
      }
    }
    #expect(Tensor.full([], -0x1p63, dtype: .int64).array(of: Int64.self) == [.min])
    #expect(Tensor.arange(250, 256, dtype: .uint8).array(of: Int.self) == Array(250..<256))
    #expect(Tensor.arange(5, 0, step: -2, dtype: .int32).array(of: Int.self) == [5, 3, 1])
    #expect(Tensor.linspace(0, 10, count: 3, dtype: .int8).array(of: Int.self) == [0, 5, 10])
  }

  @Test func `numbers at the ends of the doubles are spread evenly`() {
    let end = Double.greatestFiniteMagnitude
    let x = Tensor.linspace(-end, end, count: 3, dtype: .float64).array(of: Double.self)
    #expect(x == [-end, 0, end])
  }

  @Test func `steps and bounds may be as large as integers are`() {
    let x = Tensor.arange(5)
    #expect(x[.step(1, nil, .max)].array(of: Int.self) == [1])
    #expect(x[.step(nil, nil, .min)].array(of: Int.self) == [4])
    #expect(x[2...Int.max].array(of: Int.self) == [2, 3, 4])
    #expect(x[...Int.max].count == 5 && x[.step(.min, .max, 1)].count == 5)
  }

  @Test func `the product of no elements is 1 and has a gradient`() {
    let x = Tensor.zeros([2, 0, 3]).requiringGradients()
    let y = x.prod(axis: 1)
    #expect(y.array() == [Float](repeating: 1, count: 6))
    y.sum().backward()
    #expect(x.grad?.shape == [2, 0, 3])
  }

  @Test func `a layer of no inputs gives its bias`() {
    let bias = Tensor([1, 2, 3, 4, 5])
    let y = linear(Tensor.zeros([2, 3, 0]), weight: Tensor.zeros([5, 0]), bias: bias)
    expectIdentical(y, bias.broadcast(to: [2, 3, 5]))
  }

  @Test func `a recurrent layer of no units has empty states`() {
    func check(_ gates: Int, _ run: (_ z: Tensor, _ weight: Tensor) -> [Tensor]) {
      for backend: any Backend in [.cpu, .reference] {
        withBackend(backend) {
          let z = Tensor.ones([3, 2, 0]).requiringGradients()
          let weight = Tensor.ones([0, 0]).requiringGradients()
          let outputs = run(z, weight)
          #expect(outputs[0].shape == [3, 2, 0], "\(gates) gates")
          for state in outputs.dropFirst() { #expect(state.shape == [2, 0], "\(gates) gates") }
          outputs[0].sum().backward()
          #expect(z.grad?.shape == [3, 2, 0] && weight.grad?.shape == [0, 0], "\(gates) gates")
        }
      }
    }
    check(1) {
      let (y, h) = rnn($0, weight: $1)
      return [y, h]
    }
    check(3) {
      let (y, h) = gru($0, weight: $1)
      return [y, h]
    }
    check(4) {
      let (y, h, c) = lstm($0, weight: $1)
      return [y, h, c]
    }
  }

  @Test func `a convolution of no filters goes backward`() {
    let x = Tensor.ones([1, 2, 4, 4]).requiringGradients()
    let weight = Tensor.zeros([0, 2, 3, 3]).requiringGradients()
    conv2d(x, weight: weight).sum().backward()
    expectIdentical(x.grad, Tensor.zeros([1, 2, 4, 4]))
    #expect(weight.grad?.shape == [0, 2, 3, 3])
  }

  @Test func `a long step beside a single window needs no memory`() {
    let x = Tensor.normal([1, 1, 4, 4], using: Generator(seed: 1)).requiringGradients()
    let weight = Tensor.normal([1, 1, 3, 3], using: Generator(seed: 2)).requiringGradients()
    let ledger = Ledger("step")
    let y = withLedger(ledger) {
      let y = conv2d(x, weight: weight, stride: Size2d(1 << 30))
      y.sum().backward()
      return y.detached()
    }
    expectIdentical(y, conv2d(x, weight: weight, stride: 4).detached())
    #expect(ledger.statistics.peakBytes < 1 << 20)
  }

  /// What an update in place would write outside of its target, or as another type.
  @Test func `an update in place asks the shape rule`() async {
    await #expect(processExitsWith: .success) {
      let message = TrapCatching.message {
        var targets: Tensors = [Tensor.zeros([4])]
        let range = Slice.Range(start: 2, step: 1, count: 3)
        applyInPlace(SliceWrite(ranges: [range]), &targets, [Tensor.ones([3])])
      }
      let other = TrapCatching.message {
        var targets: Tensors = [Tensor.zeros([4])]
        let range = Slice.Range(start: 0, step: 1, count: 2)
        applyInPlace(SliceWrite(ranges: [range]), &targets, [Tensor.ones([2], dtype: .float64)])
      }
      try #require(message == "slice: elements 2…4 of axis 0 are out of range for shape [4]")
      try #require(other?.hasPrefix("sliceWrite: float64[2] cannot be written at") == true)
    }
  }
}
