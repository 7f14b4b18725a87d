import CKernels
import FledgeCore
import FledgeNN
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeInference

/// A weight of random blocks, with whole ranges of numbers: −128 and 255 as well.
private func randomBlocks(
  _ format: BlockFormat, _ rows: Int, _ columns: Int, _ generator: Generator
)
  -> BlockMatrix
{
  let (size, blocks) = (format.type.blockByteCount, rows * columns / 32)
  var bytes = (0..<blocks * size).map { _ in UInt8(generator.integer(below: 256)) }
  for block in 0..<blocks {
    for place in format == .q4_1 ? [0, 2] : [0] {
      let half = Float16(Float(generator.uniform(in: -1..<1))).bitPattern
      bytes[block * size + place] = UInt8(half & 0xff)
      bytes[block * size + place + 1] = UInt8(half >> 8)
    }
  }
  return BlockMatrix(
    format: format, columns: columns,
    bytes: Tensor(bytes, shape: [rows, format.rowByteCount(columns)]))
}

/// x in 8 bits, block by block, as the definition says.
private func rounded(_ x: [Float]) -> (numbers: [Int], scales: [Float]) {
  var (numbers, scales): ([Int], [Float]) = ([], [])
  for start in stride(from: 0, to: x.count, by: 32) {
    let block = x[start..<start + 32]
    let largest = block.map(abs).max()!
    let factor = largest < 1e-36 ? 0 : 127 / largest
    numbers += block.map { Int(($0 * factor).rounded(.toNearestOrEven)) }
    scales.append(largest / 127)
  }
  return (numbers, scales)
}

/// The definition in integers: each block's sum is exact, and blocks are added from left to right.
private func reference(_ x: [Float], _ weight: BlockMatrix) -> [Float] {
  let (columns, format) = (weight.columns, weight.format)
  let bytes = weight.bytes.array(of: UInt8.self)
  let size = format.type.blockByteCount
  let (q, scales) = rounded(x)
  var y: [Float] = []
  for token in 0..<x.count / columns {
    for row in 0..<weight.rows {
      var total: Float = 0
      for block in 0..<columns / 32 {
        let b = Array(bytes[((row * columns / 32 + block) * size)...].prefix(size))
        func half(_ place: Int) -> Float {
          Float(Float16(bitPattern: UInt16(b[place]) | UInt16(b[place + 1]) << 8))
        }
        let header = format == .q4_1 ? 4 : 2
        let weights = (0..<32).map { j -> Int in
          if format == .q8_0 { return Int(Int8(bitPattern: b[header + j])) }
          return Int(j < 16 ? b[header + j] & 15 : b[header + j - 16] >> 4)
        }
        let place = token * columns / 32 + block
        let numbers = Array(q[place * 32..<place * 32 + 32])
        let sum = zip(weights, numbers).reduce(0) { $0 + $1.0 * $1.1 }
        total.addProduct(half(0) * scales[place], Float(sum))
        if format != .q8_0 {
          let minimum = format == .q4_1 ? half(2) : -8 * half(0)
          total.addProduct(minimum, scales[place] * Float(numbers.reduce(0, +)))
        }
      }
      y.append(total)
    }
  }
  return y
}

private func product(_ x: Tensor, _ weights: [BlockMatrix]) -> Tensor {
  apply(
    BlockProduct(formats: weights.map(\.format)), Tensors([x] + weights.map(\.bytes)))[0]
}

@Suite(.serialized) struct BlockProductTests {
  /// Odd numbers of rows, blocks and tokens around the tiles of 8 rows and 4 and 128 tokens.
  private static let sizes = [
    (1, 32, 1), (3, 32, 2), (7, 96, 5), (8, 64, 4), (9, 160, 3), (17, 288, 13), (5, 32, 131),
  ]

  @Test func `The product is that of the integers, bit for bit, on any number of threads`() {
    let generator = Generator(seed: 7)
    let threads = ThreadPool.threadCount
    defer { ThreadPool.threadCount = threads }
    for format in BlockFormat.allCases {
      for (rows, columns, tokens) in Self.sizes {
        let weight = randomBlocks(format, rows, columns, generator)
        let x = Tensor.uniform([tokens, columns], in: -3...3, using: generator)
        let expected = reference(x.array(of: Float.self), weight).map(\.bitPattern)
        for count in [1, 2, 3, 7] {
          ThreadPool.threadCount = count
          let found = product(x, [weight]).array(of: Float.self).map(\.bitPattern)
          #expect(found == expected, "\(format), \(rows) × \(columns), \(tokens) tokens, \(count)")
        }
      }
    }
  }

  @Test func `The portable kernel gives the same bits as the one that the processor has`() {
    let generator = Generator(seed: 8)
    for format in BlockFormat.allCases {
      for (rows, columns, tokens) in Self.sizes {
        let weight = randomBlocks(format, rows, columns, generator)
        let blocks = columns / 32
        let x = Tensor.normal([tokens, columns], using: generator)
        var q = [Int8](repeating: 0, count: tokens * columns)
        var scale = [Float](repeating: 0, count: tokens * blocks)
        var sum = scale
        fledge_quantize_activations(
          x.array(of: Float.self), &q, &scale, &sum, tokens * blocks)
        var y = [Float](repeating: 0, count: tokens * rows)
        fledge_block_product_portable(
          format.kernel, weight.bytes.array(of: UInt8.self), rows, blocks, q, scale, sum, tokens,
          &y,
          rows)
        let found = product(x, [weight]).array(of: Float.self)
        #expect(found.map(\.bitPattern) == y.map(\.bitPattern), "\(format), \(rows) × \(columns)")
      }
    }
  }

  @Test func `A token's result does not depend on its neighbours`() {
    let generator = Generator(seed: 9)
    let weight = randomBlocks(.q4_1, 40, 96, generator)
    let x = Tensor.normal([131, 96], using: generator)
    let all = product(x, [weight])
    for token in [0, 1, 6, 127, 128, 130] {
      #expect(product(x[token..<token + 1], [weight]).array() == all[token..<token + 1].array())
    }
  }

  @Test func `Several matrices give their results side by side`() {
    let generator = Generator(seed: 10)
    let weights = [(BlockFormat.q4_1, 9), (.q8_0, 3), (.q4_0, 20)].map {
      randomBlocks($0.0, $0.1, 64, generator)
    }
    let x = Tensor.normal([3, 64], using: generator)
    let apart = Tensor.concatenate(weights.map { product(x, [$0]) }, axis: 1)
    #expect(product(x, weights).array() == apart.array())
  }

  @Test func `The rounding of x is all that is lost`() {
    let generator = Generator(seed: 11)
    for format in BlockFormat.allCases {
      let weight = BlockMatrix(
        quantizing: .normal([50, 320], using: generator), to: format)
      let x = Tensor.normal([20, 320], using: generator)
      let exact = linear(x, weight: weight.dense)
      let error = (product(x, [weight]) - exact).square().mean().item().squareRoot()
      let size = exact.square().mean().item().squareRoot()
      // 8 bits: a step of max / 127, so an error of about 2 / 127 / √12 of a normal number.
      #expect(error / size < 0.01, "\(format)")
      #expect(error / size > 1e-4, "\(format)")
    }
  }

  @Test func `Zeros, tiny numbers and numbers that are not finite`() {
    let weight = BlockMatrix(quantizing: .ones([8, 64]), to: .q8_0)
    #expect(product(.zeros([2, 64]), [weight]).array() == [Float](repeating: 0, count: 16))
    let tiny = product(.full([1, 64], 1e-40), [weight]).array(of: Float.self)
    #expect(tiny.allSatisfy { $0.isFinite && abs($0) < 1e-37 })
    for bad in [Double.nan, .infinity, -.infinity] {
      var x = Tensor.ones([2, 64])
      x[1, 40] = Tensor(bad)
      let y = product(x, [weight])
      #expect(y[0].array(of: Float.self).allSatisfy { abs($0 - 64) < 0.05 })
      #expect(y[1].array(of: Float.self).allSatisfy { $0.isNaN })
    }
    #expect(product(.zeros([0, 64]), [weight]).shape == [0, 8])
  }

  @Test func `The gradient is that of the weights' values`() {
    let generator = Generator(seed: 12)
    let weights = [BlockFormat.q4_0, .q8_0].map {
      BlockMatrix(quantizing: .normal([6, 32], using: generator), to: $0)
    }
    let x = Tensor.normal([3, 32], using: generator).requiringGradients()
    let dy = Tensor.normal([3, 12], using: generator)
    product(x, weights).backward(gradient: dy)
    let dense = Tensor.concatenate(weights.map(\.dense), axis: 0)
    #expect(difference(x.grad!, dy.matmul(dense), 1e-5, 1e-5) == nil)
  }

  @Test func `Low-rank adapters train over weights in blocks`() {
    let generator = Generator(seed: 13)
    let layer = Linear(64, 12, bias: false)
    let matrix = BlockMatrix(quantizing: layer.weight, to: .q4_1)
    layer.form = BlockLinear([matrix])
    #expect(layer.parameters().isEmpty)
    let x = Tensor.normal([2, 5, 64], using: generator)
    let before = layer(x)
    #expect(before.shape == [2, 5, 12])
    layer.applyLoRA(rank: 2, alpha: 4, to: [.layer("")])
    #expect(layer(x).array() == before.array())
    (layer(x) * Tensor.normal([2, 5, 12], using: generator)).sum().backward()
    let gradients = layer.namedParameters().compactMap { $0.parameter.grad }
    #expect(gradients.count == 2 && gradients.contains { $0.abs().max().item() > 0 })
    for (_, parameter) in layer.namedParameters() where parameter.grad!.abs().max().item() > 0 {
      #expect(parameter.shape == [12, 2])
    }
  }

  @Test func `A weight that does not fit is refused with its shapes`() async {
    await #expect(processExitsWith: .failure) {
      let weight = BlockMatrix(quantizing: .ones([4, 64]), to: .q4_0)
      _ = product(.ones([1, 32]), [weight])
    }
    await #expect(processExitsWith: .failure) {
      _ = BlockMatrix(quantizing: .ones([4, 40]), to: .q4_0)
    }
  }
}
