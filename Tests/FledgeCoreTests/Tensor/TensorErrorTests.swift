import FledgeCore
import Testing

/// Checks of what comes from outside: a typed error each, and no trap.
@Suite struct TensorErrorTests {
  @Test func `an index out of range is named with its value and its place`() {
    let tokens = Tensor([[0, 4, 2], [1, 5, -1]].flatMap { $0 } as [Int], shape: [2, 3])
    #expect(throws: TensorError.index(name: "token", value: 5, index: [1, 1], count: 5)) {
      try tokens.checkIndices(below: 5, "token")
    }
    #expect(throws: TensorError.index(name: "index", value: -1, index: [1, 2], count: 6)) {
      try tokens.checkIndices(below: 6)
    }
    #expect(
      TensorError.index(name: "token", value: 5, index: [1, 1], count: 5).description
        == "token 5 at [1, 1] is out of range: there are 5, from 0 on")
  }

  @Test func `indices in range pass, in any integer type and layout`() throws {
    try Tensor([0, 4] as [Int32]).checkIndices(below: 5)
    try Tensor([0, 255] as [UInt8]).checkIndices(below: 256)
    try Tensor([] as [Int]).checkIndices(below: 0)
    try Tensor.arange(6).reshaped([2, 3]).transposed().checkIndices(below: 6)
    let view = Tensor([0, 1, 2, 9, 4, 5] as [Int], shape: [2, 3]).transposed()
    #expect(throws: TensorError.index(name: "index", value: 9, index: [0, 1], count: 6)) {
      try view.checkIndices(below: 6)
    }
  }

  @Test func `numbers that are no integers are no indices`() {
    let expected: [DType] = [.int64, .int32, .int8, .uint8]
    for x in [Tensor([1.0]), Tensor([true])] {
      #expect(throws: TensorError.dtype(name: "token", found: x.dtype, expected: expected)) {
        try x.checkIndices(below: 5, "token")
      }
    }
  }

  @Test func `a shape is checked where a size is given`() throws {
    let x = Tensor.zeros([7, 784])
    try x.check(shape: [nil, 784], dtype: .float32)
    try x.check(shape: [7, 784])
    try Tensor(1).check(shape: [])
    try Tensor.zeros([0, 784]).check(shape: [nil, 784])
    for expected in [[nil, 783], [nil], [nil, nil, nil], []] as [[Int?]] {
      #expect(throws: TensorError.shape(name: "pixels", found: [7, 784], expected: expected)) {
        try x.check(shape: expected, "pixels")
      }
    }
    #expect(throws: TensorError.dtype(name: "the tensor", found: .float32, expected: [.int64])) {
      try x.check(shape: [nil, nil], dtype: .int64)
    }
    #expect(
      TensorError.shape(name: "pixels", found: [7, 784], expected: [nil, 783]).description
        == "pixels has the shape [7, 784], not [any, 783]")
  }

  @Test func `what is not finite is named with its place`() throws {
    try Tensor([1, -2, .greatestFiniteMagnitude] as [Float]).checkFinite()
    try Tensor([1, 2] as [Int]).checkFinite()
    try Tensor.zeros([0]).checkFinite()
    let values: [(Double, String)] = [(.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf")]
    for (value, text) in values {
      let x = Tensor([0, 0, 0, value], shape: [2, 2])
      #expect(throws: TensorError.notFinite(name: "pixels", value: text, index: [1, 1])) {
        try x.checkFinite("pixels")
      }
    }
    #expect(throws: TensorError.notFinite(name: "the tensor", value: "inf", index: [0])) {
      try Tensor([1e6]).cast(to: .float16).checkFinite()
    }
  }

  @Test func `elements that do not fill a shape throw and do not trap`() throws {
    let x = try Tensor(validating: [1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(x.shape == [2, 3] && x.dtype == .float32 && x.array() == [1, 2, 3, 4, 5, 6])
    #expect(try Tensor(validating: [] as [Int], shape: [3, 0]).shape == [3, 0])
    #expect(try Tensor(validating: [true], shape: []).dtype == .bool)
    #expect(throws: TensorError.elementCount(found: 3, shape: [2, 2])) {
      try Tensor(validating: [1, 2, 3] as [Int], shape: [2, 2])
    }
    #expect(throws: TensorError.elementCount(found: 0, shape: [])) {
      try Tensor(validating: [] as [Int], shape: [])
    }
  }

  @Test func `sizes that are no shape throw and do not trap`() throws {
    #expect(throws: TensorError.negativeSize([2, -1])) { try Shape(validating: [2, -1]) }
    #expect(throws: TensorError.negativeSize([-1, -2])) {
      try Tensor(validating: [1, 2] as [Int], shape: [-1, -2])
    }
    let nine = [Int](repeating: 1, count: 9)
    #expect(throws: TensorError.tooManyAxes(nine)) { try Shape(validating: nine) }
    #expect(throws: TensorError.overflow([1 << 40, 1 << 40])) {
      try Shape(validating: [1 << 40, 1 << 40])
    }
    #expect(throws: TensorError.overflow([.max])) { try Shape(validating: [.max]) }
    // Strides multiply the other sizes, though there are no elements.
    #expect(throws: TensorError.overflow([1 << 40, 0, 1 << 40])) {
      try Shape(validating: [1 << 40, 0, 1 << 40])
    }
    #expect(throws: TensorError.overflow([1 << 46])) { try Shape(validating: [1 << 46]) }
    #expect(try Shape(validating: [1 << 45]).count == 1 << 45)
    #expect(try Shape(validating: Array(nine.dropFirst())).rank == 8)
    #expect(try Shape(validating: []) == [])
  }
}
