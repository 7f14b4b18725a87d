import FledgeCore
import FledgeCourse
import FledgeData
import Foundation

/// A matrix in memory with a fence of 7s before and behind it, to see who steps over it.
private final class Fenced {
  /// As wide as the largest matrix: code that mistakes a size lands in it.
  private static let fence = 100
  private let memory: UnsafeMutablePointer<Float>
  private let count: Int
  let matrix: RawMatrix

  init(_ rows: Int, _ columns: Int, _ value: (Int) -> Float) {
    count = rows * columns
    memory = .allocate(capacity: count + 2 * Self.fence)
    memory.initialize(repeating: 7, count: count + 2 * Self.fence)
    matrix = RawMatrix(start: memory + Self.fence, rows: rows, columns: columns)
    for i in 0..<count { matrix.start[i] = value(i) }
  }

  deinit { memory.deallocate() }

  var values: [Double] { (0..<count).map { Double(matrix.start[$0]) } }

  var isFenceWhole: Bool {
    (0..<Self.fence).allSatisfy { memory[$0] == 7 && memory[Self.fence + count + $0] == 7 }
  }
}

private func range(_ rows: Int, _ columns: Int) -> Fenced {
  Fenced(rows, columns) { Float($0 + 1) }
}

private func checks(
  ofProduct name: String, _ product: @escaping @Sendable (RawMatrix, RawMatrix, RawMatrix) -> Void
) -> [Check] {
  [
    Check("\(name) multiplies") { c in
      let (a, b, target) = (range(2, 3), range(3, 2), Fenced(2, 2) { _ in .nan })
      product(a.matrix, b.matrix, target.matrix)
      c.expect(
        target.values, near: [22, 28, 49, 64],
        "[1 2 3; 4 5 6] · [1 2; 3 4; 5 6], in memory that held no numbers")
    },
    Check("\(name) reads transposed matrices where they lie") { c in
      // A = [1 2 3; 4 5 6]: AᵀA is 3 × 3, AAᵀ is 2 × 2.
      let (a, square, small) = (range(2, 3), Fenced(3, 3) { _ in .nan }, Fenced(2, 2) { _ in .nan })
      product(a.matrix.transposed, a.matrix, square.matrix)
      c.expect(square.values, near: [17, 22, 27, 22, 29, 36, 27, 36, 45], "Aᵀ · A")
      product(a.matrix, a.matrix.transposed, small.matrix)
      c.expect(small.values, near: [14, 32, 32, 77], "A · Aᵀ")
    },
    Check("\(name) agrees with exercise 0.5 at odd sizes, and keeps to its memory") { c in
      c.forRandomCases(12) { generator in
        let (m, k, n) = (
          1 + generator.integer(below: 9), 1 + generator.integer(below: 9),
          1 + generator.integer(below: 9)
        )
        let (turnA, turnB) = (generator.bernoulli(0.5), generator.bernoulli(0.5))
        let a = Fenced(turnA ? k : m, turnA ? m : k) { _ in Float(generator.normal()) }
        let b = Fenced(turnB ? n : k, turnB ? k : n) { _ in Float(generator.normal()) }
        let target = Fenced(m, n) { _ in .nan }
        product(
          turnA ? a.matrix.transposed : a.matrix, turnB ? b.matrix.transposed : b.matrix,
          target.matrix)
        func plain(_ x: Fenced, _ isTurned: Bool) -> Matrix {
          let matrix = Matrix(x.matrix.rows, x.matrix.columns, values: x.values)
          return isTurned ? matrix.transposed : matrix
        }
        let names = (turnA ? "Aᵀ" : "A", turnB ? "Bᵀ" : "B")
        c.trying("\(names.0) [\(m), \(k)] · \(names.1) [\(k), \(n)]") {
          c.expect(
            target.values, near: plain(a, turnA).times(plain(b, turnB)).values, tolerance: 1e-5,
            "the product")
          c.expect(
            target.isFenceWhole && a.isFenceWhole && b.isFenceWhole,
            "nothing is written before or behind the matrices")
        }
      }
    },
  ]
}

/// The loss of a network on all images.
private func loss(_ network: TwoLayerNetwork, _ images: Matrix, _ labels: [Int]) -> Double {
  SoftmaxRegression.loss(logits: network.logits(images), labels: labels)
}

let checks0_7: [Check] =
  [
    Check("a transposed matrix has its numbers at other positions") { c in
      let matrix = range(2, 3).matrix
      c.expect((0..<3).map { matrix.position(1, $0) }, equals: [3, 4, 5], "row 1 of 2 × 3")
      let turned = matrix.transposed
      c.expect(
        (0..<3).map { turned.position($0, 1) }, equals: [3, 4, 5], "column 1 of its transpose")
      c.expect((0..<2).map { turned.position(2, $0) }, equals: [2, 5], "row 2 of its transpose")
    }
  ] + checks(ofProduct: "RawProducts.byHand", RawProducts.byHand)
  + checks(ofProduct: "RawProducts.byBLAS", RawProducts.byBLAS) + [
    Check("it is BLAS that computes") { c in
      let a = Fenced(3, 257) { sin(Float($0)) }
      let b = Fenced(257, 5) { cos(Float(3 * $0)) }
      let (target, direct) = (Fenced(3, 5) { _ in .nan }, Fenced(3, 5) { _ in .nan })
      RawProducts.byBLAS(a.matrix, b.matrix, target.matrix)
      sgemm(
        rows: 3, columns: 5, depth: 257, a.matrix.start, leadingDimension: 257, b.matrix.start,
        leadingDimension: 5, into: direct.matrix.start, leadingDimension: 5)
      c.expect(
        zip(target.values, direct.values).count { $0 != $1 }, equals: 0,
        "elements of RawProducts.byBLAS that have other bits than those of sgemm itself")
    },
    Check("logits become slopes where they lie") { c in
      let logits = Fenced(2, 3) { [0, log(2), log(5), 100, 100, 100][$0] }
      RawNetwork.replaceByGradient(logits.matrix, labels: [1, 0])
      c.expect(
        logits.values, near: [0.0625, -0.375, 0.3125, -1.0 / 3, 1.0 / 6, 1.0 / 6],
        "slopes for [ln 1, ln 2, ln 5] with label 1 and [100, 100, 100] with label 0")
      c.expect(logits.isFenceWhole, "nothing is written before or behind the logits")
      let low = Fenced(1, 2) { _ in -200 }
      RawNetwork.replaceByGradient(low.matrix, labels: [0])
      c.expect(low.values, near: [-0.5, 0.5], "slopes for [−200, −200] with label 0")
    },
    Check("one step moves the weights as exercise 0.6 does") { c in
      let start = TwoLayerNetwork(inputs: 5, hidden: 7, classes: 3, generator: Generator(seed: 4))
      let generator = Generator(seed: 5)
      var pixels = (0..<20).map { _ in Float(generator.uniform()) }
      let labels = [2, 0, 1, 1]
      var plain = start
      plain.step(
        images: Matrix(4, 5, values: pixels.map { Double($0) }), labels: labels, learningRate: 0.5)
      let raw = RawNetwork(start, batchSize: 6)
      pixels.withUnsafeMutableBufferPointer { pixels in
        raw.step(
          images: RawMatrix(start: pixels.baseAddress!, rows: 4, columns: 5), labels: labels,
          learningRate: 0.5, product: RawProducts.byHand)
      }
      c.step("W₁", Tensor(raw.network.first.values, shape: [5, 7]))
      c.step("W₂", Tensor(raw.network.second.values, shape: [7, 3]))
      c.expect(raw.network.first.values, near: plain.first.values, tolerance: 1e-5, "W₁")
      c.expect(raw.network.second.values, near: plain.second.values, tolerance: 1e-5, "W₂")
    },
    Check("the caller's product is used, five times in a step") { c in
      let start = TwoLayerNetwork(inputs: 5, hidden: 7, classes: 3, generator: Generator(seed: 4))
      let raw = RawNetwork(start, batchSize: 4)
      var pixels = (0..<20).map { Float($0) / 20 }
      var products = 0
      pixels.withUnsafeMutableBufferPointer { pixels in
        raw.step(
          images: RawMatrix(start: pixels.baseAddress!, rows: 4, columns: 5), labels: [2, 0, 1, 1],
          learningRate: 0.5
        ) { a, b, c in
          products += 1
          RawProducts.byHand(a, b, c)
        }
      }
      c.expect(products, equals: 5, "products in a step by the function that was given")
    },
    Check("three ways to the same table of losses") { c in
      let digits = DrawnDigits.images(count: 205, seed: 1)
      let pixels = digits.pixels.map { Float($0) / 255 }
      let images = Matrix(digits.count, 784, values: pixels.map { Double($0) })
      let labels = digits.labels.map { Int($0) }
      var arrays = TwoLayerNetwork(
        inputs: 784, hidden: 16, classes: 10, generator: Generator(seed: 6))
      let pointers = RawNetwork(arrays, batchSize: 20)
      let blas = RawNetwork(arrays, batchSize: 20)
      var table: [[Double]] = []
      c.picture {
        let lines = table.enumerated().map { epoch, losses in
          String(format: "    %5d  %9.4f  %9.4f  %9.4f", epoch + 1, losses[0], losses[1], losses[2])
        }
        return (["    epoch     arrays   pointers       BLAS"] + lines).joined(separator: "\n")
      }
      for epoch in 1...4 {
        arrays.epoch(images: images, labels: labels, learningRate: 0.2, batchSize: 20)
        pointers.epoch(
          images: pixels, labels: labels, learningRate: 0.2, batchSize: 20,
          product: RawProducts.byHand)
        blas.epoch(
          images: pixels, labels: labels, learningRate: 0.2, batchSize: 20,
          product: RawProducts.byBLAS)
        let losses = [arrays, pointers.network, blas.network].map { loss($0, images, labels) }
        table.append(losses)
        guard
          c.expect(losses[1], near: losses[0], tolerance: 1e-4, "epoch \(epoch), pointers"),
          c.expect(losses[2], near: losses[0], tolerance: 1e-4, "epoch \(epoch), BLAS")
        else { return }
      }
      c.expect(table[3][0] < table[0][0], "the loss falls from epoch to epoch")
    },
  ]
