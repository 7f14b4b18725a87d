import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeCore

/// Elementwise operations as source text.
@Suite struct SourceTests {
  /// A loop around the function of each operation, in both precisions.
  private static func program(_ operations: [any Elementwise]) -> String {
    var text = "#include <math.h>\n\n"
    for (i, operation) in operations.enumerated() {
      for (type, dtype) in [("float", DType.float32), ("double", .float64)] {
        let name = "operation\(i)_\(dtype)"
        let count = argumentCount(operation)
        let arguments = ["a[i]", "b[i]", "c[i]"].prefix(count).joined(separator: ", ")
        text += operation.source(.c, dtype, named: name)
        text += """
          void loop_\(name)(const \(type) *a, const \(type) *b, const \(type) *c, \(type) *y, long n) {
            for (long i = 0; i < n; i++) y[i] = \(name)(\(arguments));
          }


          """
      }
    }
    return text
  }

  private typealias Loop =
    @convention(c) (
      UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer, Int
    ) -> Void

  /// How many arguments the function of an operation has.
  private static func argumentCount(_ operation: any Elementwise) -> Int {
    let head = operation.source(.c).prefix { $0 != "\n" }
    return head.count { $0 == "," } + 1
  }

  /// The operations as C on three columns of numbers, as they come from the machine.
  private func run<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ function: Loop, _ columns: [[Double]], _ type: T.Type
  ) -> [Double] {
    let inputs = columns.map { $0.map { T($0) } }
    var y = [T](repeating: 0, count: inputs[0].count)
    function(inputs[0], inputs[1 % inputs.count], inputs[2 % inputs.count], &y, y.count)
    return y.map { Double($0) }
  }

  private func columns(_ operation: any Elementwise, _ dtype: DType) -> [[Double]] {
    let name = type(of: operation).name
    if name == "where" {
      let (a, b) = Corners.pairs(Corners.cubable)
      return [a.indices.map { Double($0 % 2) }, a, b]
    }
    let values = dtype == .float32 ? Corners.float32 : Corners.float64
    if Self.argumentCount(operation) == 1 { return [values] }
    let (a, b) = Corners.pairs(name == "activationGradient" ? Corners.cubable : values)
    return [a, b]
  }

  @Test(.enabled(if: CCompiler.path != nil, "NO C COMPILER: printed source is not tested"))
  func `printed as C, compiled and run, every operation agrees with the reference`() throws {
    let operations = ElementwiseSamples.all
    #expect(operations.count > 50)
    try withTemporaryDirectory { folder in
      let library = try CCompiler.load(Self.program(operations), in: folder)
      for (i, operation) in operations.enumerated() {
        // In float32 a difference of nearly equal terms keeps few digits.
        let cancels = ["exactGELU", "activationGradient"].contains(type(of: operation).name)
        for dtype in [DType.float32, .float64] {
          let columns = columns(operation, dtype)
          let name = "loop_operation\(i)_\(dtype)"
          let actual =
            dtype == .float32
            ? run(try library.function(name, Loop.self), columns, Float.self)
            : run(try library.function(name, Loop.self), columns, Double.self)
          var inputs = columns.map { Tensor($0).cast(to: dtype) }
          if inputs.count == 3 { inputs[0] = inputs[0].cast(to: .bool) }
          let expected = withBackend(.reference) { applied(operation, inputs)[0] }
            .array(of: Double.self)
          for j in actual.indices {
            // The factor of an infinite dy may be too small for a float, and 0 · ∞ is NaN.
            if cancels && dtype == .float32 && columns[0][j].isInfinite { continue }
            let isClose =
              dtype == .float32
              ? actual[j].agrees(
                with: expected[j], relative: 1e-4,
                absolute: cancels ? 1e-6 * max(1, columns[0][j].magnitude) : 1e-37)
              : actual[j].agrees(with: expected[j], relative: 1e-14)
            #expect(
              isClose,
              "\(operation) in \(dtype) at \(columns.map { $0[j] }): \(actual[j]), not \(expected[j])"
            )
          }
        }
      }
    }
  }

  @Test(.enabled(if: CCompiler.path != nil, "NO C COMPILER: printed source is not tested"))
  func `a derivative can be printed, too`() throws {
    func f<T: ScalarNumber>(_ x: T) -> T { T.select(x > 0, T.log(x) * T.sin(x), T.exp(x)) }
    let x = ScalarExpression(argument: "x")
    let slope = f(Dual(x, derivative: 1)).derivative
    let source = slope.source(named: "slope", arguments: ["x"], .c, .float64)
    try withTemporaryDirectory { folder in
      let library = try CCompiler.load(
        "#include <math.h>\n\(source)double call(double x) { return slope(x); }\n", in: folder)
      let function = try library.function("call", (@convention(c) (Double) -> Double).self)
      for x in [-2, 0, 0.5, 3] {
        #expect(function(x).agrees(with: f(Dual(x, derivative: 1)).derivative, relative: 1e-14))
      }
    }
  }

  private func operation(_ name: String) -> any Elementwise {
    ElementwiseSamples.all.first { type(of: $0).name == name }!
  }

  @Test func `text in three languages`() {
    #expect(
      operation("exp").source(.c) == """
        static inline float fledge_exp(float x) {
          return expf(x);
        }

        """)
    #expect(
      operation("maximum").source(.cuda, .float64) == """
        static __device__ double fledge_maximum(double a, double b) {
          return (a != a) ? a : ((a > b) ? a : b);
        }

        """)
    let sigmoid = """
      {
        const float t0 = exp(-fabs(x));
        return ((x < 0.0f) ? t0 : 1.0f) / (1.0f + t0);
      }

      """
    #expect(
      operation("sigmoid").source(.openCL, named: "sigma") == "float sigma(float x) " + sigmoid)
    #expect(
      operation("sigmoid").source(.cuda, named: "sigma")
        == "static __device__ float sigma(float x) "
        + sigmoid.replacing("exp", with: "expf").replacing("fabs", with: "fabsf"))
  }

  @Test func `constants that are no plain numbers have a name in each language`() {
    let x = ScalarExpression(argument: "x")
    func text(_ value: Double, _ dialect: SourceDialect, _ dtype: DType) -> String {
      let line = (x + ScalarExpression(value)).source(named: "f", arguments: ["x"], dialect, dtype)
        .split(separator: "\n")[1]
      return String(line.dropFirst("  return x + ".count).dropLast())
    }
    #expect(text(.infinity, .c, .float32) == "INFINITY")
    #expect(text(-.infinity, .c, .float64) == "(-(double)INFINITY)")
    #expect(text(.nan, .openCL, .float32) == "NAN")
    #expect(text(1e300, .openCL, .float32) == "INFINITY", "too large for a float")
    #expect(text(1e300, .openCL, .float64) == "1e+300")
    #expect(text(.infinity, .cuda, .float32) == "__int_as_float(0x7f800000)")
    #expect(text(.nan, .cuda, .float64) == "__longlong_as_double(0x7fffffffffffffffLL)")
    #expect(text(-0.1, .c, .float32) == "(-0.1f)")
    #expect(text(-0.0, .c, .float64) == "(-0.0)")
  }

  @Test func `what is used twice is computed once`() {
    let x = ScalarExpression(argument: "x")
    let e = ScalarExpression.exp(x)
    var y = e
    for _ in 0..<20 { y = y * y }
    let text = y.source(named: "f", arguments: ["x"], .c, .float64)
    #expect(text.split(separator: "\n").count == 23)
    #expect(text.hasPrefix("static inline double f(double x) {\n  const double t0 = exp(x);\n"))
  }
}
