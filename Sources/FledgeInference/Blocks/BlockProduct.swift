import CKernels
import FledgeCore

/// y = x Wᵀ for weights that stay in blocks of 4 or 8 bits, several matrices one below the other.
///
/// x is rounded to 8 bits in blocks of 32 as well, so that the products are those of integers:
///
///     y[n, o] = Σ over blocks of d_w d_x Σ q_w q_x + m_w Σ d_x q_x
///
/// Shape: x [N, inputs], each W uint8 [rows, bytes of a row] → [N, all rows]
///
/// An element of y has the same bits for any N and any number of threads, so a token's result does not
/// depend on its neighbours in a batch. The gradient is that of the weights' values, without the rounding
/// of x.
///
/// Cost: 2·N·inputs·outputs operations; reads W once for each 128 rows of x.
struct BlockProduct: Primitive {
  static let name = "blockProduct"
  static let formula = "y = x Wᵀ, W in blocks of 4 or 8 bits, x rounded to 8 bits in blocks of 32"
  let formats: [BlockFormat]

  var saves: SavedValues { .inputs }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let x = inputs[0]
    require(
      x.dtype == .float32 && x.shape.rank == 2 && x.shape[1].isMultiple(of: BlockFormat.width)
        && inputs.count == formats.count + 1, Self.name,
      "needs x float32[N, a multiple of 32] and \(formats.count) weights, got \(x) and "
        + "\(inputs.count - 1)")
    var outputs = 0
    for (format, weight) in zip(formats, inputs.dropFirst()) {
      require(
        weight.dtype == .uint8 && weight.shape.rank == 2
          && weight.shape[1] == format.rowByteCount(x.shape[1]), Self.name,
        "rows of \(x.shape[1]) weights in \(format.type) are no \(weight)")
      outputs += weight.shape[0]
    }
    return [TensorType(shape: [x.shape[0], outputs], dtype: .float32)]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    2 * inputs[0].shape[1] * outputs[0].shape.count
  }

  func multiplyAddCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    operationCount(inputs, outputs) / 2
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let x = inputs[0].contiguous()
    let y = Tensor(uninitialized: outputTypes(of: inputs.types)[0].shape, .float32)
    if y.count == 0 { return [y] }
    let activations = Activations(x)
    var column = 0
    let parts = zip(formats, inputs.dropFirst()).map { format, weight in
      defer { column += weight.shape[0] }
      return WeightPart(format: format, bytes: weight.contiguous(), column: column)
    }
    // All parts in one call of the threads, each in stretches of whole panels.
    let pieces = parts.flatMap { $0.pieces(tokens: x.shape[0], columns: x.shape[1]) }
    let (target, stride) = (y.pointer(Float.self), y.shape[1])
    ThreadPool.run(parts: pieces.count) { i in
      let (part, rows) = pieces[i]
      activations.multiply(part, rows, into: target, stride: stride)
    }
    return withExtendedLifetime((parts, activations)) { [y] }
  }

  func gradients(_ g: GradientContext) -> Gradients {
    var start = 0
    var dx: Tensor?
    for (i, format) in formats.enumerated() {
      let weight = apply(DequantizeBlocks(format: format), g.input(i + 1))
      let part = g.dy.sliced(axis: 1, from: start, count: weight.shape[0]).matmul(weight)
      dx = dx.map { $0 + part } ?? part
      start += weight.shape[0]
    }
    return [dx] + [Tensor?](repeating: nil, count: formats.count)
  }
}

/// One of the matrices, and the column of y where its results begin.
private struct WeightPart: Sendable {
  let format: BlockFormat
  let bytes: Tensor
  let column: Int

  /// The rows in stretches that are worth a thread: about a sixteenth of them.
  func pieces(tokens: Int, columns: Int) -> [(WeightPart, Range<Int>)] {
    let rows = bytes.shape[0]
    let least = max(1, (1 << 17) / (columns * tokens))
    let grain = (max(least, rows / 16) + 7) / 8 * 8
    return stride(from: 0, to: rows, by: grain).map { (self, $0..<min(rows, $0 + grain)) }
  }
}

/// x in 8 bits.
private struct Activations {
  private let tokens: Int
  private let blocks: Int
  /// int8 [N, inputs]
  private let numbers: Tensor
  /// [2, N, blocks]: the scales, then the sums.
  private let factors: Tensor

  init(_ x: Tensor) {
    tokens = x.shape[0]
    blocks = x.shape[1] / BlockFormat.width
    numbers = Tensor(uninitialized: x.shape, .int8)
    factors = Tensor(uninitialized: [2, tokens, blocks], .float32)
    let (source, q) = (x.pointer(Float.self), numbers.pointer(Int8.self))
    let (scale, count) = (factors.pointer(Float.self), tokens * blocks)
    ThreadPool.forRanges(count, grain: 1024) { range in
      let first = range.lowerBound
      fledge_quantize_activations(
        source + first * BlockFormat.width, q + first * BlockFormat.width, scale + first,
        scale + count + first, range.count)
    }
  }

  func multiply(
    _ part: WeightPart, _ rows: Range<Int>, into y: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let scratch = Tensor(uninitialized: [fledge_block_product_scratch(blocks)], .float32)
    let scale = factors.pointer(Float.self)
    fledge_block_product(
      part.format.kernel,
      part.bytes.pointer(UInt8.self) + rows.lowerBound * part.bytes.shape[1], rows.count, blocks,
      numbers.pointer(Int8.self), scale, scale + tokens * blocks, tokens,
      y + part.column + rows.lowerBound, stride, scratch.pointer(Float.self))
    withExtendedLifetime(scratch) {}
  }
}
