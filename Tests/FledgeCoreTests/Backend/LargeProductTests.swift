import FledgeCore
import FledgeTestSupport
import Testing

/// What is cut into blocks and shared among threads: equal to the reference at odd sizes, and the
/// same bits whatever the number of threads.
@Suite(.serialized) struct LargeProductTests {
  /// [M, K] × [K, N] around the edges of the blocks: 6 rows, 16 columns, 120 rows, 256 of K; the
  /// last one's left side is packed in several parts.
  static let sizes = [
    (24, 16, 24), (25, 17, 31), (119, 255, 65), (121, 257, 65), (126, 512, 48), (7, 300, 100),
    (300, 33, 5), (250, 17, 260), (3, 200, 5), (2, 130, 9), (1, 500, 3),
    (250, 300, 510),
  ]

  @Test(arguments: sizes)
  func productsEqualTheReference(m: Int, k: Int, n: Int) {
    let generator = Generator(seed: 7)
    for (transposesLeft, transposesRight) in [
      (false, false), (true, false), (false, true), (true, true),
    ] {
      let a = Tensor.normal(transposesLeft ? [k, m] : [m, k], using: generator)
      let b = Tensor.normal(transposesRight ? [n, k] : [k, n], using: generator)
      let (left, right) = (
        transposesLeft ? a.transposed() : a, transposesRight ? b.transposed() : b
      )
      let expected = withBackend(.reference) { left.matmul(right) }
      let results = [1, 2, 3].map { threads in
        withThreads(threads) { left.matmul(right) }
      }
      // Each sum of k products of about 1 is rounded about √k times.
      let tolerance = 1e-5 * Double(k).squareRoot()
      #expect(
        results[0].isClose(to: expected, relativeTolerance: 1e-4, absoluteTolerance: tolerance),
        "[\(m), \(k)] × [\(k), \(n)], transposed: \(transposesLeft), \(transposesRight)")
      for result in results { #expect(result.array() == results[0].array()) }
    }
  }

  @Test("Operands inside of larger matrices, whose rows lie further apart than they are long")
  func productsOfSlices() {
    let generator = Generator(seed: 10)
    let (m, k, n) = (250, 300, 260)
    let (a, b) = (
      Tensor.normal([m + 3, k + 5], using: generator),
      Tensor.normal([k + 2, n + 7], using: generator)
    )
    let (left, right) = (a[3..., 5...], b[2..., 7...])
    let expected = withBackend(.reference) { left.matmul(right) }
    #expect(left.matmul(right).isClose(to: expected, absoluteTolerance: 1e-3))
    let (tall, wide) = (right.transposed(), left.transposed())
    #expect(tall.matmul(wide).isClose(to: expected.transposed(), absoluteTolerance: 1e-3))
  }

  @Test("A product too wide to be packed at once has the bits of its parts")
  func wideProduct() {
    let generator = Generator(seed: 9)
    let a = Tensor.normal([66, 1000], using: generator)
    let b = Tensor.normal([1000, 4500], using: generator)
    let whole = a.matmul(b)
    for columns in [0..<1500, 1500..<2100, 2100..<4500] {
      #expect(a.matmul(b[.all, columns]).isIdentical(to: whole[.all, columns].contiguous()))
    }
  }

  @Test(arguments: [
    (1, 300, 300, true), (1, 400, 400, true), (2, 129, 500, false), (3, 257, 400, true),
  ])
  func oneHeadSharedAmongThreadsEqualsTheReference(
    heads: Int, queries: Int, keys: Int, isCausal: Bool
  ) {
    let generator = Generator(seed: 8)
    func input(_ rows: Int) -> Tensor { .normal([heads, rows, 24], using: generator) }
    let (q, k, v, dy) = (input(queries), input(keys), input(keys), input(queries))
    func results() -> [Tensor] {
      let leaves = [q, k, v].map { $0.requiringGradients() }
      let y = attention(leaves[0], leaves[1], leaves[2], isCausal: isCausal)
      y.backward(gradient: dy)
      return [y.detached()] + leaves.map { $0.grad! }
    }
    let expected = withBackend(.reference) { results() }
    let byThreads = [1, 2, 3].map { threads in withThreads(threads) { results() } }
    for (i, name) in ["y", "dq", "dk", "dv"].enumerated() {
      #expect(
        byThreads[0][i].isClose(to: expected[i], relativeTolerance: 1e-3, absoluteTolerance: 1e-4),
        "\(name) of \(heads) heads, \(queries) queries, \(keys) keys, causal \(isCausal)")
      for result in byThreads { #expect(result[i].array() == byThreads[0][i].array(), "\(name)") }
    }
  }
}

/// Runs `body` with another number of threads.
func withThreads<R>(_ count: Int, _ body: () -> R) -> R {
  let before = ThreadPool.threadCount
  ThreadPool.threadCount = count
  defer { ThreadPool.threadCount = before }
  return body()
}
