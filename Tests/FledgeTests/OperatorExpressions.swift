import Fledge

// Long expressions of operators, as models have them. They are here to be compiled:
// Scripts/check-compiler.sh counts how far the type checker searches for their types, since an
// overload too many makes such lines take seconds.

struct OperatorExpressions {
  let x: Tensor
  let y: Tensor
  let z: Tensor
  let rate: Double
  let n: Int
  let m: Int
  let f: Float

  // MARK: Tensors, literals and Doubles

  var polynomial: Tensor { 1 - x * 2 + y / 3 - (x - 1) * (y + 2) * 0.5 }
  var logistic: Tensor { x * x * 0.5 + y * 2 - 3 * z + 1 / (1 + (-x).exp()) }
  var gelu: Tensor { 0.5 * x * (1 + (0.7978845608 * (x + 0.044715 * x * x * x)).tanh()) }
  var normalized: Tensor {
    (x - x.mean(axis: -1, keepDims: true)) / (x.variance(axis: -1, keepDims: true) + 1e-5).sqrt()
      * y + z
  }
  var adam: Tensor {
    x - rate * (y / (1 - 0.9)) / ((z / (1 - 0.999)).sqrt() + 1e-8) - rate * 0.01 * x
  }
  var loss: Tensor {
    ((x - y) * (x - y)).sum(axis: -1).mean() + 0.5 * (z * z).sum() * rate + 1
  }
  var divergence: Tensor { 0.5 * (1 + z - x.square() - z.exp()) * -1 + (y - 1) * 2 * rate }
  var literals: Tensor { x * (1.0 / 3) + y * (2 * 3 + 1) - (4 - 1 / 2.0) * z }
  var mask: Tensor { (x .> 0).and(y .< 1).or((z + 1) * 2 .== 3) }
  var products: Tensor {
    2 * x - 1 + (3 * y - 2) * (4 * z - 3) / 5 + 6 * (x + 7) * (y + 8) - 9
  }
  var folded: Tensor { [1, 2, 3].reduce(x) { $0 * $1 + y * 2 } }

  // MARK: Integers and floats

  var integers: Tensor { n * x + y * n - n / (x + n) * 2 + 1 - x / n }
  var integerMask: Tensor { (x .< n).and(y .== n).or(x .>= n + 1).and(x * 2 .> n) }
  var floats: Tensor { x * f + f / x - (n * x - f) * (1 - f) * 2.5 }
  var several: Tensor {
    (x * n - y * m) / (n * m - 1) + (2 * n + 1) * (x - 3 * y) * 0.5 - m / (y + n) + n * m * x
  }
  var variance: Tensor {
    x.sum(axis: 0) / n - (y * y).sum() / (n * (n - 1)) + (x - y / n) * (x - y / n) / (n - 1)
  }
  var mixed: Tensor {
    (1 - rate) * x + rate * y * n - x * rate / Double(n) + (n - 1) * x * rate / 2
  }

  // MARK: Numbers alone, which must not become slower because of tensors

  var numbers: Double { rate * Double(n) / 2 + 1 - 3 * (rate + 4) / (rate - 5) + 6 * rate * rate }
  var wholeNumbers: Int { n * 2 + 1 - 3 * (n + 4) / (n - 5) + 6 * n * n - (n % 7 + 1) * 2 }
  var listed: [Double] { (0..<n).map { Double($0) * 2 / 3 - 1 + rate * rate } }
}
