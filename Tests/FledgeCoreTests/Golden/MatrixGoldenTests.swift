import FledgeCore
import FledgeTestSupport
import Testing

/// Factorizations of matrices against PyTorch, with their gradients.
@Suite struct MatrixGoldenTests {
  typealias Function = @Sendable ([Tensor]) -> [Tensor]

  private static let inverse: Function = { [$0[0].inverse()] }
  private static let solve: Function = { [$0[0].solve($0[1])] }
  private static let determinant: Function = { [$0[0].determinant()] }
  private static let logDeterminant: Function = {
    let (sign, logarithm) = $0[0].logDeterminant()
    return [sign, logarithm]
  }
  private static let qr: Function = {
    let (q, r) = $0[0].qr()
    return [q, r]
  }
  private static let svd: Function = {
    let (u, s, vT) = $0[0].svd()
    return [u, s, vT]
  }
  private static let eigen: Function = {
    let (values, vectors) = $0[0].symmetricEigen()
    return [values, vectors]
  }
  private static let cholesky: Function = { [$0[0].cholesky()] }

  static let functions: [String: Function] = [
    "inverse": inverse, "inverse.batch": inverse, "inverse.float32": inverse,
    "solve": solve, "solve.vector": solve, "solve.vectors": solve, "solve.broadcast": solve,
    "solve.float32": solve,
    "determinant": determinant, "determinant.batch": determinant, "determinant.one": determinant,
    "determinant.singular": determinant,
    "logDeterminant": logDeterminant, "logDeterminant.batch": logDeterminant,
    "qr.square": qr, "qr.tall": qr, "qr.wide": qr, "qr.batch": qr,
    "svd.square": svd, "svd.tall": svd, "svd.wide": svd, "svd.batch": svd, "svd.float32": svd,
    "eigen": eigen, "eigen.batch": eigen,
    "cholesky": cholesky, "cholesky.batch": cholesky,
  ]

  @Test("Factors equal PyTorch's, with their gradients", arguments: functions.keys)
  func factors(name: String) throws {
    try GoldenFile("linalg").check(name, Self.functions[name]!)
  }

  @Test("Every case of the golden file is checked")
  func coverage() throws {
    #expect(Set(try GoldenFile("linalg").cases) == Set(Self.functions.keys))
  }
}
