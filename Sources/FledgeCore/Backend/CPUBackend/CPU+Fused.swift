import CKernels
import Foundation

extension CPUBackend {
  /// Rows a part has: enough elements to be worth a thread.
  private func rowGrain(_ width: Int) -> Int { max(1, 8 * 1024 / max(width, 1)) }

  private func isFast(_ tensors: Tensor...) -> Bool {
    tensors.allSatisfy { $0.dtype == .float32 && $0.count > 0 }
  }

  private typealias RowMap = (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int, Int) ->
    Void
  private typealias RowZip = (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
  ) -> Void

  private func mapRows(_ x: Tensor, _ kernel: RowMap) -> Tensor {
    let x = compact(x)
    let y = Tensor(uninitialized: x.shape, .float32)
    let width = x.shape[-1]
    let (source, target) = (x.pointer(Float.self), y.pointer(Float.self))
    ThreadPool.forRanges(x.count / width, grain: rowGrain(width)) { rows in
      let start = rows.lowerBound * width
      kernel(source + start, target + start, rows.count, width, width)
    }
    withExtendedLifetime(x) {}
    return y
  }

  private func zipRows(_ a: Tensor, _ b: Tensor, _ kernel: RowZip) -> Tensor {
    let (a, b) = (compact(a), compact(b))
    let y = Tensor(uninitialized: a.shape, .float32)
    let width = a.shape[-1]
    let (pa, pb, py) = (a.pointer(Float.self), b.pointer(Float.self), y.pointer(Float.self))
    ThreadPool.forRanges(a.count / width, grain: rowGrain(width)) { rows in
      let start = rows.lowerBound * width
      kernel(pa + start, pb + start, py + start, rows.count, width)
    }
    withExtendedLifetime((a, b)) {}
    return y
  }

  public func softmax(_ x: Tensor) -> Tensor {
    isFast(x) ? mapRows(x, fledge_softmax_rows_f32) : fallback.softmax(x)
  }

  public func softmaxGradient(_ dy: Tensor, y: Tensor) -> Tensor {
    isFast(dy, y)
      ? zipRows(dy, y, fledge_softmax_grad_rows_f32) : fallback.softmaxGradient(dy, y: y)
  }

  public func logSoftmax(_ x: Tensor) -> Tensor {
    isFast(x) ? mapRows(x, fledge_log_softmax_rows_f32) : fallback.logSoftmax(x)
  }

  public func logSoftmaxGradient(_ dy: Tensor, y: Tensor) -> Tensor {
    isFast(dy, y)
      ? zipRows(dy, y, fledge_log_softmax_grad_rows_f32) : fallback.logSoftmaxGradient(dy, y: y)
  }

  public func layerNorm(_ x: Tensor, weight: Tensor?, bias: Tensor?, epsilon: Double)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  {
    guard isFast(x) else {
      return fallback.layerNorm(x, weight: weight, bias: bias, epsilon: epsilon)
    }
    let (x, weight, bias) = (compact(x), weight.map(compact), bias.map(compact))
    let width = x.shape[-1]
    let y = Tensor(uninitialized: x.shape, .float32)
    let rowShape = Shape(Array(x.shape.dropLast()))
    let mean = Tensor(uninitialized: rowShape, .float32)
    let inverse = Tensor(uninitialized: rowShape, .float32)
    let (px, py) = (x.pointer(Float.self), y.pointer(Float.self))
    let (pm, pi) = (mean.pointer(Float.self), inverse.pointer(Float.self))
    let (pw, pb) = (weight?.pointer(Float.self), bias?.pointer(Float.self))
    ThreadPool.forRanges(x.count / width, grain: rowGrain(width)) { rows in
      let (row, start) = (rows.lowerBound, rows.lowerBound * width)
      fledge_layer_norm_f32(
        px + start, pw, pb, Float(epsilon), py + start, pm + row, pi + row, rows.count, width)
    }
    withExtendedLifetime((x, weight, bias)) {}
    return (y, mean, inverse)
  }

  public func layerNormGradient(
    _ dy: Tensor, x: Tensor, weight: Tensor?, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dweight: Tensor, dbias: Tensor) {
    guard isFast(dy, x) else {
      return fallback.layerNormGradient(
        dy, x: x, weight: weight, mean: mean, inverseDeviation: inverseDeviation)
    }
    let (dy, x, weight) = (compact(dy), compact(x), weight.map(compact))
    let width = x.shape[-1]
    let rowCount = x.count / width
    let grain = rowGrain(width)
    let parts = (rowCount + grain - 1) / grain
    let dx = Tensor(uninitialized: x.shape, .float32)
    // Each part adds up its own rows; the parts are added in order, so the bits are the same for
    // any number of threads.
    let partial = fill([2, parts, width], 0, .float32)
    let (pdy, px, pdx) = (dy.pointer(Float.self), x.pointer(Float.self), dx.pointer(Float.self))
    let (pm, pi) = (mean.pointer(Float.self), inverseDeviation.pointer(Float.self))
    let (pp, pw) = (partial.pointer(Float.self), weight?.pointer(Float.self))
    ThreadPool.forRanges(rowCount, grain: grain) { rows in
      let (row, start, part) = (rows.lowerBound, rows.lowerBound * width, rows.lowerBound / grain)
      fledge_layer_norm_grad_f32(
        pdy + start, px + start, pw, pm + row, pi + row, pdx + start, pp + part * width,
        pp + (parts + part) * width, rows.count, width)
    }
    withExtendedLifetime((dy, x, weight)) {}
    let sums = reduce(Sum.kernel, partial, axes: [1], dtype: .float32).view(Layout([2, width]))
    func half(_ i: Int) -> Tensor {
      copy(sums.view(Layout(shape: [width], strides: [1], offset: i * width)))
    }
    return (dx, half(0), half(1))
  }

  public func crossEntropy(_ logits: Tensor, _ targets: Tensor, options: CrossEntropyOptions)
    -> (losses: Tensor, logSumExp: Tensor)
  {
    guard isFast(logits) else { return fallback.crossEntropy(logits, targets, options: options) }
    let (logits, targets) = (compact(logits), compact(targets))
    let (rowCount, width) = (logits.shape[0], logits.shape[1])
    let losses = Tensor(uninitialized: [rowCount], .float32)
    let totals = Tensor(uninitialized: [rowCount], .float32)
    let (px, pt) = (logits.pointer(Float.self), targets.pointer(Int64.self))
    let (pl, ps) = (losses.pointer(Float.self), totals.pointer(Float.self))
    let ignored = Int64(options.ignoreIndex ?? Int(Int64.min))
    ThreadPool.forRanges(rowCount, grain: rowGrain(width)) { rows in
      let row = rows.lowerBound
      fledge_cross_entropy_rows_f32(
        px + row * width, pt + row, pl + row, ps + row, rows.count, width, width,
        Float(options.labelSmoothing), ignored)
    }
    withExtendedLifetime((logits, targets)) {}
    return (losses, totals)
  }

  public func crossEntropyGradient(
    _ dy: Tensor, logits: Tensor, targets: Tensor, logSumExp: Tensor, options: CrossEntropyOptions
  ) -> Tensor {
    guard isFast(logits, dy) else {
      return fallback.crossEntropyGradient(
        dy, logits: logits, targets: targets, logSumExp: logSumExp, options: options)
    }
    let (logits, targets) = (compact(logits), compact(targets))
    let (rowCount, width) = (logits.shape[0], logits.shape[1])
    let result = Tensor(uninitialized: logits.shape, .float32)
    let (px, pt) = (logits.pointer(Float.self), targets.pointer(Int64.self))
    let (ps, pd, py) = (
      logSumExp.pointer(Float.self), dy.pointer(Float.self), result.pointer(Float.self)
    )
    let stride = dy.layout.strides[0]
    let ignored = Int64(options.ignoreIndex ?? Int(Int64.min))
    ThreadPool.forRanges(rowCount, grain: rowGrain(width)) { rows in
      let row = rows.lowerBound
      fledge_cross_entropy_grad_rows_f32(
        px + row * width, pt + row, ps + row, pd + row * stride, stride, py + row * width,
        rows.count, width, width, Float(options.labelSmoothing), ignored)
    }
    withExtendedLifetime((logits, targets, dy)) {}
    return result
  }
}
