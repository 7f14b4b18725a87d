import Fledge
import FledgeCourse
import Synchronization

let checks3_5: [Check] = [
  Check("a dot product of any length, and not a float further") { c in
    let a = mixedNumbers([64]).array()
    let b = mixedNumbers([128]).array()[64...]
    for count in [0, 1, 7, 8, 9, 15, 16, 17, 31, 40] {
      for start in [0, 3] {
        // After the end are NaNs, which would spoil any sum.
        let (x, y) = (ended(a[start..<start + count]), ended(b[64 + start..<64 + start + count]))
        let exact = (0..<count).reduce(0.0) { $0 + Double(x[$1]) * Double(y[$1]) }
        c.trying("\(count) products") {
          c.expect(
            Double(VectorKernels.dot(x, y, count: count)), near: exact, "Σ a b; NaN if it read on")
        }
      }
    }
  },
  Check("eight sums run side by side") { c in
    // From 2²⁴ on floats are 2 apart: adding 1 to such a sum changes nothing.
    let a = [0x1p24] + [Float](repeating: 1, count: 63)
    let ones = [Float](repeating: 1, count: 64)
    let sum = VectorKernels.dot(a, ones, count: 64)
    c.trying("2²⁴ and 63 ones: one sum stays at 16777216") {
      c.expect(
        Double(sum), near: 16_777_216 + 56, tolerance: 1e-9,
        "one of eight sums loses its 7 ones, seven others have 8 each")
    }
  },
  Check("a row is added to another, and nothing behind it changes") { c in
    for count in [0, 1, 7, 8, 9, 16, 23] {
      let x = ended((0..<count).map { Float($0) }[...])
      var y = [Float](repeating: 1, count: count) + [7, 7, 7, 7, 7, 7, 7, 7]
      VectorKernels.add(x, times: 3, to: &y, count: count)
      c.trying("\(count) elements") {
        c.expect(
          y.map(Double.init),
          near: (0..<count).map { 1 + 3 * Double($0) } + [7, 7, 7, 7, 7, 7, 7, 7],
          "1 + 3x, then the eight sevens behind")
      }
    }
  },
  Check("what BLAS can read where it lies") { c in
    let known: [(String, rows: Int, columns: Int, strides: (Int, Int), BLASOperand?)] = [
      ("row by row", 3, 4, (4, 1), .init(isTransposed: false, leadingDimension: 4)),
      ("columns of a wider matrix", 3, 4, (9, 1), .init(isTransposed: false, leadingDimension: 9)),
      ("transposed", 3, 4, (1, 3), .init(isTransposed: true, leadingDimension: 3)),
      ("rows of a transpose", 3, 4, (1, 8), .init(isTransposed: true, leadingDimension: 8)),
      ("every second column", 3, 4, (8, 2), nil), ("flipped", 3, 4, (4, -1), nil),
      ("one row seen three times", 3, 4, (0, 1), nil), ("one column seen again", 3, 4, (1, 0), nil),
      ("overlapping rows", 3, 4, (2, 1), nil),
      ("a single row", 1, 4, (0, 1), .init(isTransposed: false, leadingDimension: 4)),
      ("a single column", 3, 1, (5, 7), .init(isTransposed: false, leadingDimension: 5)),
      ("a row out of a transpose", 1, 4, (1, 3), .init(isTransposed: true, leadingDimension: 3)),
      ("no columns", 3, 0, (0, 1), .init(isTransposed: false, leadingDimension: 1)),
    ]
    for (name, rows, columns, strides, operand) in known {
      c.trying("\(name): [\(rows), \(columns)], strides \(strides)") {
        c.expect(
          BLASOperand(rows: rows, columns: columns, rowStride: strides.0, columnStride: strides.1),
          equals: operand, "how BLAS reads it")
      }
    }
  },
  Check("products of all layouts, without a copy where none is needed") { c in
    let x = mixedNumbers([6, 5])
    let cases: [(String, Tensor, Tensor, copies: Int)] = [
      ("A B", x, mixedNumbers([5, 3]), 0), ("Aᵀ B", x.transposed(), mixedNumbers([6, 3]), 0),
      ("A Bᵀ", x, mixedNumbers([4, 5]).transposed(), 0),
      ("Aᵀ Bᵀ", x.transposed(), mixedNumbers([7, 6]).transposed(), 0),
      ("a part of A", x[1..<4, 1..<4], mixedNumbers([3, 2]), 0),
      ("A backward", x.flipped(axis: 1), mixedNumbers([5, 2]), 1),
      ("a row seen four times", x[0..<1].broadcast(to: [4, 5]), mixedNumbers([5, 2]), 1),
      ("a batch", mixedNumbers([3, 2, 4]), mixedNumbers([3, 4, 5]), 0),
      ("a batch, transposed", mixedNumbers([3, 4, 2]).transposed(), mixedNumbers([3, 4, 5]), 0),
      (
        "the same B for all", mixedNumbers([3, 2, 4]),
        mixedNumbers([4, 5]).broadcast(to: [3, 4, 5]), 0
      ),
      (
        "a batch of parts", mixedNumbers([2, 4, 6])[.all, 1..<3, 1..<5], mixedNumbers([2, 4, 3]), 0
      ),
      ("no depth", mixedNumbers([2, 0]), mixedNumbers([0, 3]), 0),
    ]
    for (name, a, b, copies) in cases {
      let copying = CopyCounter()
      let got = withBackend(copying) { BLASProduct.product(a, b) }
      c.trying("\(name): strides \(Array(a.layout.strides)) and \(Array(b.layout.strides))") {
        c.expect(got, near: a.matmul(b), "the product")
        c.expect(copying.count, equals: copies, "copies of operands")
      }
    }
  },
  Check("it is BLAS that computes") { c in
    let (a, b) = (mixedNumbers([3, 257]) * 1.1, mixedNumbers([257, 5]) * 0.7)
    let direct = Tensor(shape: [3, 5], writing: Float.self) { y in
      sgemm(
        rows: 3, columns: 5, depth: 257, a.array(), leadingDimension: 257, b.array(),
        leadingDimension: 5, into: y.baseAddress!, leadingDimension: 5)
    }
    c.expect(BLASProduct.product(a, b).isIdentical(to: direct), "bits as of sgemm itself")
  },
  Check("a network trains on your backend as on Fledge's") { c in
    let generator = Generator(seed: 1)
    let x = Tensor.uniform([64, 2], in: -1...1, using: generator)
    let y = (x[.all, 0] * x[.all, 1] .> 0).cast(to: .float32)
    func losses() -> [Double] {
      let model = withGenerator(Generator(seed: 2)) { MLP(sizes: [2, 8, 1]) }
      let optimizer = SGD(model.parameters(), learningRate: 0.5)
      return (0..<5).map { _ in
        let loss = binaryCrossEntropyWithLogits(model(x).squeezed(axis: 1), y)
        loss.backward()
        optimizer.step()
        optimizer.zeroGrad()
        return loss.item()
      }
    }
    let mine = withBackend(LearnerBackend()) { losses() }
    for (step, loss) in mine.enumerated() { c.step("loss \(step)", loss) }
    c.expect(mine, near: losses(), tolerance: 1e-5, "the losses of five steps")
  },
]

/// The numbers, and behind them NaN.
private func ended(_ numbers: ArraySlice<Float>) -> [Float] {
  Array(numbers) + [Float](repeating: .nan, count: 8)
}

/// The reference, counting the tensors that are copied into order.
private final class CopyCounter: Backend {
  private let copies = Mutex(0)
  var count: Int { copies.withLock { $0 } }

  func copy(_ x: Tensor) -> Tensor {
    copies.withLock { $0 += 1 }
    return fallback.copy(x)
  }
}
