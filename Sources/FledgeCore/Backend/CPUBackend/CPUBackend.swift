import CKernels

/// A backend of SIMD kernels in C, OpenBLAS for matrix products, and one thread pool. A dtype
/// without a fast kernel falls back to the reference.
public struct CPUBackend: Backend {
  /// Creates the CPU backend, like `.cpu`.
  public init() {}

  public func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? {
    primitive.fused(inputs, on: self)
  }

  public func update(
    _ primitive: some UpdatingPrimitive, _ targets: inout Tensors, _ others: Tensors
  ) -> Bool {
    primitive.fusedUpdate(&targets, others)
  }
}

extension CPUBackend {
  public func map(_ kernel: UnaryKernel, _ x: Tensor) -> Tensor {
    switch x.dtype {
    case .float32:
      guard let function = kernel.float32 else { return mapped(x, Float.self, kernel.loop) }
      return mapped(x, Float.self, function)
    case .float64:
      guard let function = kernel.float64 else { return mapped(x, Double.self, kernel.loop) }
      return mapped(x, Double.self, function)
    case .float16, .bfloat16:
      if kernel.float32 == nil { break }
      return cast(map(kernel, cast(x, to: .float32)), to: x.dtype)
    default: break
    }
    return fallback.map(kernel, x)
  }

  private func mapped<S>(
    _ x: Tensor, _ type: S.Type,
    _ function: (UnsafePointer<S>, UnsafeMutablePointer<S>, Int) -> Void
  ) -> Tensor {
    let x = x.layout.isContiguous ? x : copy(x)
    let y = Tensor(uninitializedLike: x, x.dtype)
    let (source, target) = (x.pointer(S.self), y.pointer(S.self))
    ThreadPool.forElements(x.count) { range in
      function(source + range.lowerBound, target + range.lowerBound, range.count)
    }
    withExtendedLifetime(x) {}
    return y
  }

  public func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    switch a.dtype {
    case .float32:
      let y = Tensor(uninitializedLike: a, a.dtype)
      if let function = kernel.float32 {
        zipped(a, b, into: y, Float.self, Float.self, function)
      } else {
        zipped(a, b, into: y, Float.self, Float.self, kernel.loop)
      }
      return y
    case .float64:
      let y = Tensor(uninitializedLike: a, a.dtype)
      if let function = kernel.float64 {
        zipped(a, b, into: y, Double.self, Double.self, function)
      } else {
        zipped(a, b, into: y, Double.self, Double.self, kernel.loop)
      }
      return y
    case .int64:
      guard let function = kernel.int64 else { break }
      let y = Tensor(uninitializedLike: a, a.dtype)
      zipped(a, b, into: y, Int64.self, Int64.self, function)
      return y
    case .uint8, .bool:
      guard let function = kernel.uint8 else { break }
      let y = Tensor(uninitializedLike: a, a.dtype)
      zipped(a, b, into: y, UInt8.self, UInt8.self, function)
      return y
    case .float16, .bfloat16:
      if kernel.float32 == nil { break }
      return cast(zip(kernel, cast(a, to: .float32), cast(b, to: .float32)), to: a.dtype)
    default: break
    }
    return fallback.zip(kernel, a, b)
  }

  public func zip(_ kernel: BinaryKernel, into a: inout Tensor, _ b: Tensor) {
    if a.dtype == .float32, let function = kernel.float32 {
      zipped(a, b, into: a, Float.self, Float.self, function)
    } else {
      a = zip(kernel, a, b)
    }
  }

  public func compare(_ kernel: ComparisonKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    switch a.dtype {
    case .float32: compared(a, b, kernel.float32) ?? fallback.compare(kernel, a, b)
    case .float64: compared(a, b, kernel.float64) ?? fallback.compare(kernel, a, b)
    case .int64: compared(a, b, kernel.int64) ?? fallback.compare(kernel, a, b)
    case .uint8, .bool: compared(a, b, kernel.uint8) ?? fallback.compare(kernel, a, b)
    default: fallback.compare(kernel, a, b)
    }
  }

  private func compared<S>(
    _ a: Tensor, _ b: Tensor, _ function: BinaryFunction<S, UInt8>?
  ) -> Tensor? {
    guard let function else { return nil }
    let y = Tensor(uninitialized: a.shape, .bool)
    zipped(a, b, into: y, S.self, UInt8.self, function)
    return y
  }

  /// Runs a binary kernel over two layouts of one shape into a contiguous result.
  private func zipped<S, R>(
    _ a: Tensor, _ b: Tensor, into y: Tensor, _ operand: S.Type, _ result: R.Type,
    _ function: (UnsafePointer<S>, Int, UnsafePointer<S>, Int, UnsafeMutablePointer<R>, Int) -> Void
  ) {
    let (pa, pb, py) = (a.pointer(S.self), b.pointer(S.self), y.pointer(R.self))
    if a.layout.isContiguous && b.layout.isContiguous {
      ThreadPool.forElements(a.count) { range in
        let start = range.lowerBound
        function(pa + start, 1, pb + start, 1, py + start, range.count)
      }
    } else {
      let walk = RowWalk(a.layout, b.layout)
      let grain = ThreadPool.evenGrain(walk.rows, for: a.count)
      ThreadPool.forRanges(walk.rows, grain: grain) { rows in
        walk.forEachRow(rows) { row, offsets in
          function(
            pa + offsets.0, walk.innerStrides.0, pb + offsets.1, walk.innerStrides.1,
            py + row * walk.inner, walk.inner)
        }
      }
    }
    withExtendedLifetime((a, b, y)) {}
  }

  public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    switch a.dtype {
    case .float32: selected(condition, a, b, Float.self, fledge_select_f32)
    case .float64: selected(condition, a, b, Double.self, fledge_select_f64)
    default: fallback.select(condition, a, b)
    }
  }

  private func selected<S>(
    _ condition: Tensor, _ a: Tensor, _ b: Tensor, _ type: S.Type,
    _ function: (
      UnsafePointer<UInt8>, Int, UnsafePointer<S>, Int, UnsafePointer<S>, Int,
      UnsafeMutablePointer<S>, Int
    ) -> Void
  ) -> Tensor {
    func flat(_ x: Tensor) -> (Tensor, Int) {
      if x.layout.strides.allSatisfy({ $0 == 0 }) { return (x, 0) }
      return (x.layout.isContiguous ? x : copy(x), 1)
    }
    let ((c, sc), (x, sx), (z, sz)) = (flat(condition), flat(a), flat(b))
    let y = Tensor(uninitialized: a.shape, a.dtype)
    let (pc, px, pz) = (c.pointer(UInt8.self), x.pointer(S.self), z.pointer(S.self))
    let py = y.pointer(S.self)
    ThreadPool.forElements(y.count) { range in
      let i = range.lowerBound
      function(pc + i * sc, sc, px + i * sx, sx, pz + i * sz, sz, py + i, range.count)
    }
    withExtendedLifetime((c, x, z)) {}
    return y
  }
}

/// Two strided layouts of one shape walked row by row, axes merged where both allow it.
struct RowWalk {
  // In place, and so without memory from the heap: a small tensor's walk is shorter than an allocation.
  private var outer = Dimensions()
  private var strides = (Dimensions(), Dimensions())
  private(set) var inner = 1
  private(set) var innerStrides = (0, 0)
  private(set) var rows: Int

  init(_ a: Layout, _ b: Layout) {
    rows = a.count == 0 ? 0 : 1
    var isFirst = true
    for axis in 0..<a.rank where a.shape[axis] != 1 {
      let (size, sa, sb) = (a.shape[axis], a.strides[axis], b.strides[axis])
      if !isFirst && innerStrides.0 == sa * size && innerStrides.1 == sb * size {
        inner *= size
      } else {
        if !isFirst {
          outer.append(inner)
          strides.0.append(innerStrides.0)
          strides.1.append(innerStrides.1)
          rows *= inner
        }
        inner = size
        isFirst = false
      }
      innerStrides = (sa, sb)
    }
  }

  func forEachRow(_ range: Range<Int>, _ body: (Int, (Int, Int)) -> Void) {
    var index = Dimensions(repeating: 0, count: outer.count)
    var rest = range.lowerBound
    var offsets = (0, 0)
    for axis in outer.indices.reversed() {
      index[axis] = rest % outer[axis]
      rest /= outer[axis]
      offsets.0 += index[axis] * strides.0[axis]
      offsets.1 += index[axis] * strides.1[axis]
    }
    // The last axis by itself: its numbers stay in registers, and the others move rarely.
    let last = outer.count - 1
    guard last >= 0 else {
      for row in range { body(row, offsets) }
      return
    }
    let size = outer[last]
    let step = (strides.0[last], strides.1[last])
    var position = index[last]
    for row in range {
      body(row, offsets)
      position += 1
      offsets.0 += step.0
      offsets.1 += step.1
      if position < size { continue }
      position = 0
      offsets.0 -= size * step.0
      offsets.1 -= size * step.1
      var axis = last - 1
      while axis >= 0 {
        index[axis] += 1
        offsets.0 += strides.0[axis]
        offsets.1 += strides.1[axis]
        if index[axis] < outer[axis] { break }
        offsets.0 -= index[axis] * strides.0[axis]
        offsets.1 -= index[axis] * strides.1[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }
}
