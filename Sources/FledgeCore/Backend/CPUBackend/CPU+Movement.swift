import CKernels
import Foundation

extension CPUBackend {
  public func copy(_ x: Tensor) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype)
    write(x, into: y, at: y.layout)
    return y
  }

  /// Copies the elements of x to a region of the new tensor y. Each thread takes ranges of the
  /// first axis longer than 1.
  private func write(_ x: Tensor, into y: Tensor, at region: Layout) {
    guard x.count > ThreadPool.grain, let axis = x.shape.dimensions.firstIndex(where: { $0 > 1 })
    else {
      return writePart(x, into: y, at: region)
    }
    let size = x.shape[axis]
    ThreadPool.forRanges(size, grain: ThreadPool.evenGrain(size, for: x.count)) { range in
      func part(_ layout: Layout) -> Layout {
        layout.sliced(axis: axis, start: range.lowerBound, step: 1, count: range.count)
      }
      writePart(x.view(part(x.layout)), into: y, at: part(region))
    }
  }

  private func writePart(_ x: Tensor, into y: Tensor, at region: Layout) {
    if x.count == 0 { return }
    let size = x.dtype.byteCount
    let source = x.storage.pointer + x.layout.offset * size
    let target = y.storage.pointer + region.offset * size
    if x.layout.isContiguous && region.isContiguous {
      memcpy(target, source, x.count * size)
    } else if x.rank <= 8 {
      fledge_copy_strided(
        source, Array(x.layout.strides), target, Array(region.strides), Array(x.shape.dimensions),
        x.rank, size)
    } else {
      var position = region.offset
      var positions: [Int] = []
      region.forEachPosition { positions.append($0) }
      var i = 0
      x.layout.forEachPosition { from in
        position = positions[i]
        memcpy(y.storage.pointer + position * size, x.storage.pointer + from * size, size)
        i += 1
      }
    }
    withExtendedLifetime((x, y)) {}
  }

  public func concatenate(_ x: [Tensor], axis: Int) -> Tensor {
    var shape = x[0].shape
    shape[axis] = x.reduce(0) { $0 + $1.shape[axis] }
    let y = Tensor(uninitialized: shape, x[0].dtype)
    var start = 0
    for part in x {
      let size = part.shape[axis]
      write(part, into: y, at: y.layout.sliced(axis: axis, start: start, step: 1, count: size))
      start += size
    }
    return y
  }

  public func placeInZeros(_ x: Tensor, of shape: Shape, at region: Layout) -> Tensor {
    let y = Tensor(uninitialized: shape, x.dtype)
    memset(y.storage.pointer, 0, y.byteCount)
    write(x, into: y, at: region)
    return y
  }

  public func write(_ x: Tensor, into y: inout Tensor, at region: Layout) {
    let target = y
    write(x, into: target, at: region)
  }

  public func write(
    _ x: Tensor, into y: inout Tensor, at region: Layout, indices: Tensor, axis: Int
  ) {
    guard region.trailing(from: axis + 1).isContiguous else {
      return writeSlices(of: x, into: &y, at: region, indices.integers, axis: axis)
    }
    // A value that all places share is read where it lies, with a stride of 0.
    let x = x.layout.trailing(from: axis + 1).isContiguous ? x : copy(x)
    let indices = indices.layout.isContiguous ? indices : copy(indices)
    let size = x.dtype.byteCount
    let rowBytes = region.trailing(from: axis + 1).count * size
    var starts: [Int] = []
    region.leading(axis).forEachPosition { starts.append($0 * size) }
    var part = 0
    x.layout.leading(axis).forEachPosition { position in
      fledge_scatter_rows(
        x.storage.pointer + position * size, x.layout.strides[axis] * size,
        indices.pointer(Int64.self), y.storage.pointer + starts[part],
        region.strides[axis] * size, indices.count, rowBytes)
      part += 1
    }
    withExtendedLifetime((x, y, indices)) {}
  }

  public func fill(_ shape: Shape, _ value: Double, _ dtype: DType) -> Tensor {
    let y = Tensor(uninitialized: shape, dtype)
    // Not `value == 0`: −0 has a bit that is set.
    if value.bitPattern == 0 {
      memset(y.storage.pointer, 0, y.byteCount)
    } else if dtype == .float32 {
      fledge_fill_f32(Float(value), y.pointer(Float.self), y.count)
    } else if dtype == .float64 {
      fledge_fill_f64(value, y.pointer(Double.self), y.count)
    } else {
      return fallback.fill(shape, value, dtype)
    }
    return y
  }

  public func cast(_ x: Tensor, to dtype: DType) -> Tensor {
    func converted<S, T>(
      _ from: S.Type, _ to: T.Type,
      _ function: (UnsafePointer<S>, UnsafeMutablePointer<T>, Int) -> Void
    ) -> Tensor {
      let x = x.layout.isContiguous ? x : copy(x)
      let y = Tensor(uninitialized: x.shape, dtype)
      function(x.pointer(S.self), y.pointer(T.self), x.count)
      withExtendedLifetime(x) {}
      return y
    }
    switch (x.dtype, dtype) {
    case (let a, let b) where a == b: return copy(x)
    case (.float16, .float32): return converted(UInt16.self, Float.self, fledge_convert_f16_to_f32)
    case (.bfloat16, .float32):
      return converted(UInt16.self, Float.self, fledge_convert_bf16_to_f32)
    case (.float32, .float16): return converted(Float.self, UInt16.self, fledge_convert_f32_to_f16)
    case (.float32, .bfloat16):
      return converted(Float.self, UInt16.self, fledge_convert_f32_to_bf16)
    case (.bool, .float32): return converted(UInt8.self, Float.self, fledge_convert_u8_to_f32)
    case (.uint8, .float32): return converted(UInt8.self, Float.self, fledge_convert_u8_to_f32)
    case (.bool, .float64), (.uint8, .float64):
      return converted(UInt8.self, Double.self, fledge_convert_u8_to_f64)
    case (.int32, .float32): return converted(Int32.self, Float.self, fledge_convert_i32_to_f32)
    case (.int64, .float32): return converted(Int64.self, Float.self, fledge_convert_i64_to_f32)
    case (.int64, .float64): return converted(Int64.self, Double.self, fledge_convert_i64_to_f64)
    case (.int64, .int32): return converted(Int64.self, Int32.self, fledge_convert_i64_to_i32)
    case (.int64, .bool): return converted(Int64.self, UInt8.self, fledge_convert_i64_to_bool)
    case (.float32, .int64): return converted(Float.self, Int64.self, fledge_convert_f32_to_i64)
    case (.float32, .bool): return converted(Float.self, UInt8.self, fledge_convert_f32_to_bool)
    case (.int32, .int64): return converted(Int32.self, Int64.self, fledge_convert_i32_to_i64)
    case (.uint8, .int64): return converted(UInt8.self, Int64.self, fledge_convert_u8_to_i64)
    case (.bool, .int64): return converted(UInt8.self, Int64.self, fledge_convert_u8_to_i64)
    case (.float32, .float64): return converted(Float.self, Double.self, fledge_convert_f32_to_f64)
    case (.float64, .float32): return converted(Double.self, Float.self, fledge_convert_f64_to_f32)
    default: return fallback.cast(x, to: dtype)
    }
  }

  public func take(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor {
    guard axis == 0, x.layout.isContiguous, indices.layout.isContiguous else {
      return fallback.take(x, indices, axis: axis)
    }
    let y = Tensor(
      uninitialized: Shape(indices.shape.dimensions + x.shape.dimensions.dropFirst()), x.dtype)
    let rowBytes = x.shape.dimensions.dropFirst().reduce(x.dtype.byteCount, *)
    let source = x.storage.pointer + x.layout.offset * x.dtype.byteCount
    fledge_gather_rows(
      source, indices.pointer(Int64.self), y.storage.pointer, indices.count, rowBytes)
    withExtendedLifetime((x, indices)) {}
    return y
  }

  public func takeAdjoint(_ x: Tensor, _ indices: Tensor, axis: Int, count: Int) -> Tensor {
    guard axis == 0, x.dtype == .float32, indices.layout.isContiguous else {
      return fallback.takeAdjoint(x, indices, axis: axis, count: count)
    }
    let x = x.layout.isContiguous ? x : copy(x)
    let rest = x.shape.dimensions.dropFirst(indices.rank)
    let y = fill(Shape([count] + rest), 0, .float32)
    let width = rest.reduce(1, *)
    fledge_scatter_add_rows_f32(
      x.pointer(Float.self), indices.pointer(Int64.self), y.pointer(Float.self), indices.count,
      width, width)
    withExtendedLifetime((x, indices)) {}
    return y
  }
}

extension Layout {
  /// The first axes, from the first element.
  fileprivate func leading(_ count: Int) -> Layout {
    Layout(
      shape: Shape(shape.dimensions[..<count]), strides: strides[..<count], offset: offset)
  }

  /// The axes from `axis` on, from the first element.
  fileprivate func trailing(from axis: Int) -> Layout {
    Layout(shape: Shape(shape.dimensions[axis...]), strides: strides[axis...], offset: offset)
  }
}
