import FledgeTestSupport
import Testing

@testable import FledgeCore

/// Factors against what defines them, from LAPACK and from plain Swift.
@Suite struct FactorizationTests {
  private static let shapes: [(rows: Int, columns: Int)] = [
    (1, 1), (2, 2), (3, 3), (7, 7), (20, 20), (5, 3), (3, 5), (1, 6), (6, 1), (17, 4), (40, 40),
  ]

  /// Random matrices, and those that factorizations find hard: of low rank, of zeros, with equal
  /// values, very large and very small ones.
  private static func matrices(_ rows: Int, _ columns: Int) -> [String: Tensor] {
    let generator = Generator(seed: UInt64(100 * rows + columns))
    let x = Tensor.normal([rows, columns], dtype: .float64, using: generator)
    let flat = Tensor.normal([rows, 1], dtype: .float64, using: generator)
      .matmul(Tensor.normal([1, columns], dtype: .float64, using: generator))
    return [
      "random": x, "rank one": flat, "zeros": Tensor.zeros([rows, columns], dtype: .float64),
      "identity": Tensor.eye(rows, columns: columns, dtype: .float64), "large": x * 1e200,
      "small": x * 1e-200, "half zeros": x * Tensor.eye(rows, columns: columns, dtype: .float64),
    ]
  }

  private static func isOrthonormal(_ x: Tensor) -> Bool {
    x.transposed().matmul(x).isClose(
      to: .eye(x.shape[-1], dtype: .float64), relativeTolerance: 0, absoluteTolerance: 1e-12)
  }

  /// Whether all elements differ by less than 10⁻¹² of the largest.
  private static func isNear(_ a: Tensor, _ b: Tensor) -> Bool {
    let size = b.count == 0 ? 0 : b.abs().max().item()
    return a.isClose(to: b, relativeTolerance: 0, absoluteTolerance: 1e-12 * size)
  }

  @Test("Q has orthonormal columns, R is a triangle, and their product is the matrix")
  func qr() {
    for backend in ["cpu", "reference"] {
      func check() {
        for (rows, columns) in Self.shapes {
          for (name, x) in Self.matrices(rows, columns) {
            let (q, r) = x.qr()
            #expect(q.shape == [rows, min(rows, columns)], "\(name) [\(rows), \(columns)]")
            #expect(Self.isOrthonormal(q), "\(name) [\(rows), \(columns)] on \(backend)")
            #expect(Self.isNear(q.matmul(r), x), "\(name) [\(rows), \(columns)] on \(backend)")
            let isTriangle = r.lowerTriangle(diagonal: -1).array().allSatisfy { $0 == 0 }
            #expect(isTriangle, "\(name) [\(rows), \(columns)] on \(backend)")
          }
        }
      }
      if backend == "cpu" { withBackend(.cpu, check) } else { withBackend(.reference, check) }
    }
  }

  @Test("U and V have orthonormal columns, s descends, and their product is the matrix")
  func svd() {
    for backend in ["cpu", "reference"] {
      func check() {
        for (rows, columns) in Self.shapes {
          for (name, x) in Self.matrices(rows, columns) {
            let (u, s, vT) = x.svd()
            let label = "\(name) [\(rows), \(columns)] on \(backend)"
            let values = s.array(of: Double.self)
            #expect(values.allSatisfy { $0 >= 0 }, "\(label)")
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 }, "\(label)")
            #expect(Self.isOrthonormal(u) && Self.isOrthonormal(vT.transposed()), "\(label)")
            let product = (u * s.expandedDims(axis: -2)).matmul(vT)
            #expect(Self.isNear(product, x), "\(label)")
          }
        }
      }
      if backend == "cpu" { withBackend(.cpu, check) } else { withBackend(.reference, check) }
    }
  }

  @Test("Eigenvectors are orthonormal, eigenvalues ascend, and they make the symmetric part")
  func eigen() {
    for backend in ["cpu", "reference"] {
      func check() {
        for (rows, columns) in Self.shapes where rows == columns {
          for (name, x) in Self.matrices(rows, columns) {
            let (values, v) = x.symmetricEigen()
            let label = "\(name) of \(rows) on \(backend)"
            let found = values.array(of: Double.self)
            #expect(zip(found, found.dropFirst()).allSatisfy { $0 <= $1 }, "\(label)")
            #expect(Self.isOrthonormal(v), "\(label)")
            let product = (v * values.expandedDims(axis: -2)).matmul(v.transposed())
            #expect(Self.isNear(product, x * 0.5 + x.transposed() * 0.5), "\(label)")
          }
        }
      }
      if backend == "cpu" { withBackend(.cpu, check) } else { withBackend(.reference, check) }
    }
  }

  @Test("Inverse, solution, determinant and Cholesky factor belong to the matrix")
  func regular() {
    for backend in ["cpu", "reference"] {
      func check() {
        for size in [1, 2, 3, 7, 20, 40] {
          let generator = Generator(seed: UInt64(size))
          // Rows exchanged: elimination without pivots would fail.
          let x =
            (Tensor.normal([size, size], dtype: .float64, using: generator)
            + Tensor.eye(size, dtype: .float64) * 10).flipped(axis: 0)
          let one = Tensor.eye(size, dtype: .float64)
          #expect(Self.isNear(x.matmul(x.inverse()), one), "\(size) on \(backend)")
          let b = Tensor.normal([size, 3], dtype: .float64, using: generator)
          #expect(Self.isNear(x.matmul(x.solve(b)), b), "\(size) on \(backend)")
          let (sign, logarithm) = x.logDeterminant()
          let determinant = x.determinant().item()
          let product = sign.item() * logarithm.exp().item()
          #expect(abs(determinant / product - 1) < 1e-10, "\(size) on \(backend)")
          // |det A| is the product of the singular values.
          let volume = x.svd().s.log().sum().item()
          #expect(abs(volume - logarithm.item()) < 1e-10, "\(size) on \(backend)")
          let square = x.matmul(x.transposed())
          let l = square.cholesky()
          #expect(Self.isNear(l.matmul(l.transposed()), square), "\(size) on \(backend)")
          #expect(l.isIdentical(to: l.lowerTriangle()), "\(size) on \(backend)")
        }
      }
      if backend == "cpu" { withBackend(.cpu, check) } else { withBackend(.reference, check) }
    }
  }

  @Test("LAPACK is there where OpenBLAS comes from the system, and plain Swift finds the same")
  func implementations() {
    // Without LAPACK both are plain, and there is nothing to compare.
    guard LAPACKFactorizations.areThere else { return }
    for (rows, columns) in Self.shapes {
      let x = Self.matrices(rows, columns)["random"]!
      func factors() -> [Tensor] {
        let (q, r) = x.qr()
        let (u, s, vT) = x.svd()
        var result = [q, r, u, s, vT]
        if rows == columns {
          let (values, vectors) = x.symmetricEigen()
          let (sign, logarithm) = x.logDeterminant()
          result += [values, vectors, sign, logarithm, x.inverse(), x.determinant()]
        }
        return result
      }
      for (a, b) in zip(withBackend(.cpu, factors), withBackend(.reference, factors)) {
        let isClose = a.isClose(to: b, relativeTolerance: 1e-8, absoluteTolerance: 1e-10)
        #expect(isClose, "[\(rows), \(columns)]: \(a) is not \(b)")
      }
    }
  }
}
