import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

/// Singular matrices, NaN, halves, shapes, and mistakes.
@Suite struct MatrixCornerTests {
  private static let singular = Tensor([[1, 2], [2, 4]])

  @Test("A singular matrix has determinant 0, sign 0, logarithm −∞, and its cofactors as gradient")
  func singularDeterminants() {
    func check() {
      for dtype in [DType.float32, .float64, .float16] {
        let x = Self.singular.cast(to: dtype).requiringGradients()
        let y = x.determinant()
        #expect(y.item() == 0 && y.dtype == dtype)
        y.backward()
        let found = x.grad!
        let expected = Tensor([[4, -2], [-2, 1]]).cast(to: dtype)
        #expect(found.isClose(to: expected, relativeTolerance: 1e-3, absoluteTolerance: 1e-3))
        let (sign, logarithm) = x.logDeterminant()
        #expect(sign.item() == 0 && logarithm.item() == -.infinity)
        #expect(!sign.requiresGradients && logarithm.requiresGradients)
      }
      let zeros = Tensor.zeros([3, 3]).requiringGradients()
      zeros.determinant().backward()
      #expect(zeros.grad!.array().allSatisfy { $0 == 0 })
    }
    withBackend(.cpu, check)
    withBackend(.reference, check)
  }

  @Test("Determinants know the sign of a permutation, and of no rows")
  func signs() {
    func check() {
      let exchanged = Tensor([[0, 1, 0], [1, 0, 0], [0, 0, -2]])
      #expect(exchanged.determinant().item() == 2)
      #expect(exchanged.logDeterminant().sign.item() == 1)
      #expect(exchanged[0..<2, 0..<2].determinant().item() == -1)
      #expect(Tensor.zeros([4, 0, 0]).determinant().array() == [1, 1, 1, 1])
      #expect(Tensor.zeros([0, 3, 3]).determinant().shape == [0])
      // 10³¹⁰ is no double; its logarithm is.
      let large = Tensor.eye(310, dtype: .float64) * 10
      #expect(large.determinant().item() == .infinity)
      #expect(abs(large.logDeterminant().logarithm.item() - 713.8013788) < 1e-6)
    }
    withBackend(.cpu, check)
    withBackend(.reference, check)
  }

  @Test("One matrix with NaN or ∞ gives NaN, and leaves the others of the batch alone")
  func notFinite() {
    func check() {
      for value in [Double.nan, .infinity] {
        let good = Tensor([[2, 1], [1, 3]])
        let bad = Tensor([value, 1, 1, 3], shape: [2, 2], dtype: .float32)
        let x = Tensor.stack([good, bad, good])
        let (q, r) = x.qr()
        let (u, s, vT) = x.svd()
        let (values, vectors) = x.symmetricEigen()
        let (sign, logarithm) = x.logDeterminant()
        let results = [
          x.inverse(), x.solve(Tensor.ones([2, 1])), x.determinant(), sign, logarithm, q, r, u, s,
          vT, values, vectors, x.cholesky(),
        ]
        for (i, y) in results.enumerated() {
          let upperTriangle = y[1].array().filter { !$0.isNaN }
          #expect(upperTriangle.isEmpty, "result \(i) of \(value): \(y)")
          #expect(y[0].array().allSatisfy { $0.isFinite } && y[2].isIdentical(to: y[0]))
        }
      }
    }
    withBackend(.cpu, check)
    withBackend(.reference, check)
  }

  @Test("Halves are computed in float64 and rounded once, with gradients in their dtype")
  func halves() {
    let x = Tensor.normal([3, 3], using: Generator(seed: 1)).cast(to: .float16)
    let wide = x.cast(to: .float64)
    #expect(x.inverse().isIdentical(to: wide.inverse().cast(to: .float16)))
    #expect(x.svd().s.isIdentical(to: wide.svd().s.cast(to: .float16)))
    #expect(x.qr().r.isIdentical(to: wide.qr().r.cast(to: .float16)))
    let leaf = x.requiringGradients()
    autocast(.float16) { leaf.inverse().sum().backward() }
    #expect(leaf.grad!.dtype == .float16)
    // float32 loses nothing on the way: 1/3 has an exact inverse to the last bit.
    #expect(Tensor([[3, 0], [0, 7]]).inverse().array() == [Float(1) / 3, 0, 0, Float(1) / 7])
  }

  @Test("Gradients through values alone are finite where values are equal or 0")
  func equalValues() {
    func check() {
      for x in [Tensor.eye(3, dtype: .float64), .zeros([3, 2], dtype: .float64)] {
        let leaf = x.requiringGradients()
        leaf.svd().s.sum().backward()
        #expect(leaf.grad!.array().allSatisfy { $0.isFinite })
      }
      let leaf = Tensor.eye(3, dtype: .float64).requiringGradients()
      (leaf.symmetricEigen().values * Tensor([1, 1, 1], dtype: .float64)).sum().backward()
      // The sum of the eigenvalues is the trace.
      let isTrace = leaf.grad!.isClose(to: .eye(3, dtype: .float64))
      #expect(isTrace)
    }
    withBackend(.cpu, check)
    withBackend(.reference, check)
  }

  @Test("Only the symmetric part of a matrix counts where a factorization is of symmetric ones")
  func symmetricParts() {
    let x = Tensor([[4, 3], [1, 5]])
    let symmetric = Tensor([[4, 2], [2, 5]])
    #expect(x.cholesky().isIdentical(to: symmetric.cholesky()))
    #expect(x.symmetricEigen().values.isIdentical(to: symmetric.symmetricEigen().values))
    #expect(symmetric.cholesky().array() == [2, 0, 1, 2])
  }

  @Test("Batch axes of up to eight axes, and shapes without elements")
  func shapes() {
    let x = Tensor.eye(2).broadcast(to: [1, 2, 1, 3, 1, 1, 2, 2])
    #expect(x.inverse().shape == x.shape)
    #expect(x.solve(Tensor.ones([2])).shape == [1, 2, 1, 3, 1, 1, 2])
    #expect(x.determinant().shape == [1, 2, 1, 3, 1, 1])
    #expect(x.svd().s.shape == [1, 2, 1, 3, 1, 1, 2])
    let leaf = x.requiringGradients()
    let (u, s, vT) = leaf.svd()
    (u.sum() + s.sum() + vT.sum() + leaf.symmetricEigen().vectors.sum() + leaf.qr().q.sum())
      .backward()
    #expect(leaf.grad!.shape == x.shape)
    let empty = Tensor.zeros([0, 3])
    #expect(empty.svd().vT.shape == [0, 3] && empty.qr().r.shape == [0, 3])
    #expect(Tensor.zeros([2, 0, 0]).cholesky().shape == [2, 0, 0])
    #expect(Tensor.eye(3).solve(Tensor.zeros([3, 0])).shape == [3, 0])
    #expect(Tensor.eye(2).solve(Tensor([2, 4], dtype: .float64)).dtype == .float64)
  }

  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    (
      "inverse: the matrix is singular and has no inverse (logDeterminant().sign is 0 where a "
        + "matrix is)",
      { _ = singular.inverse() }
    ),
    (
      "solve: matrix 1 of 2 is singular and has no inverse (logDeterminant().sign is 0 where a "
        + "matrix is)",
      { _ = Tensor.stack([Tensor.eye(2), singular]).solve(Tensor.ones([2])) }
    ),
    (
      "cholesky: the matrix is not positive definite: its first 2 rows and columns are not "
        + "(symmetricEigen().values are all positive where a matrix is)",
      { _ = Tensor([[1, 2], [2, 1]]).cholesky() }
    ),
    (
      "determinant: needs square matrices [*, N, N], the shape is [2, 3]",
      { _ = Tensor.zeros([2, 3]).determinant() }
    ),
    (
      "svd: needs matrices [*, M, N], the shape is [3]", { _ = Tensor.zeros([3]).svd() }
    ),
    (
      "qr: needs matrices [*, M, N], the shape is []", { _ = Tensor.zeros([]).qr() }
    ),
    (
      "solve: A must be [*, N, N] and B [*, N, K], the shapes are [3, 3] and [2, 1]",
      { _ = Tensor.eye(3).solve(Tensor.ones([2])) }
    ),
    (
      "inverse: needs floating-point numbers, got int64[1, 1]; cast first",
      { _ = Tensor([1] as [Int], shape: [1, 1]).inverse() }
    ),
  ]

  @Test("A mistake ends with its message, on either backend")
  func messages() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      for (message, make) in MatrixCornerTests.mistakes {
        for backend in ["cpu", "reference"] {
          let found = TrapCatching.message {
            if backend == "cpu" {
              withBackend(.cpu, make)
            } else {
              withBackend(.reference, make)
            }
          }
          if found == message { continue }
          FileHandle.standardError.write(Data("\(backend): \(found ?? "nothing")\n".utf8))
        }
      }
      FileHandle.standardError.write(Data("end\n".utf8))
      exit(0)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text == "end\n", "\(text)")
  }
}
