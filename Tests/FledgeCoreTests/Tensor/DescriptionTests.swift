import FledgeCore
import Testing

@Suite struct DescriptionTests {
  private func expect(
    _ x: Tensor, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(x.description == text, sourceLocation: sourceLocation)
  }

  @Test func `scalars`() {
    expect(Tensor(3), "3.")
    expect(Tensor(0.5), "0.5000")
    expect(Tensor(-2, dtype: .float64), "-2. (float64)")
  }

  @Test func `numbers stand under each other`() {
    expect(Tensor([1, 20, -3]), "[ 1., 20., -3.]")
    expect(Tensor([[1, -0.5], [10, 2]]), "[[ 1.0000, -0.5000],\n [10.0000,  2.0000]]")
  }

  @Test func `large and small numbers are written with exponents`() {
    expect(Tensor([1e-5, 1]), "[1.0000e-05, 1.0000e+00]")
    expect(Tensor([2.5e9, -1]), "[ 2.5000e+09, -1.0000e+00]")
    expect(Tensor([1e9, 1]), "[1.0000e+09, 1.0000e+00]")
  }

  @Test func `what is not finite`() {
    expect(Tensor([.nan, .infinity, -.infinity, 1] as [Float]), "[ nan,  inf, -inf,   1.]")
    expect(Tensor([Float.nan, 0.25]), "[   nan, 0.2500]")
  }

  @Test func `integers, truth values and half precision name their type`() {
    expect(Tensor([1, -20] as [Int]), "[  1, -20] (int64)")
    expect(Tensor([true, false]), "[ true, false] (bool)")
    expect(Tensor([0.5, 1]).cast(to: .bfloat16), "[0.5000, 1.0000] (bfloat16)")
  }

  @Test func `nothing`() {
    expect(Tensor.zeros([0]), "[] (float32[0])")
    expect(Tensor.zeros([2, 0], dtype: .int32), "[] (int32[2, 0])")
  }

  @Test func `three axes have an empty line between matrices`() {
    expect(
      Tensor.arange(8).reshaped([2, 2, 2]).cast(to: .float32),
      "[[[0., 1.],\n  [2., 3.]],\n\n [[4., 5.],\n  [6., 7.]]]")
  }

  @Test func `long axes are shortened to their ends`() {
    expect(
      Tensor.arange(2000),
      "[   0,    1,    2, ..., 1997, 1998, 1999] (int64)")
    let rows = Tensor.arange(3000).reshaped([1000, 3]).description.split(separator: "\n")
    #expect(rows.count == 7)
    #expect(rows[0] == "[[   0,    1,    2],")
    #expect(rows[3].trimmingPrefix(" ") == "...,")
    #expect(rows[6] == " [2997, 2998, 2999]] (int64)")
  }

  @Test func `only what is shown is read`() {
    // A trillion elements that lie once in memory: whoever formats them all does not come back.
    expect(Tensor([7]).broadcast(to: [1 << 40]), "[7., 7., 7., ..., 7., 7., 7.]")
    let rows = Tensor([1, 0.5]).broadcast(to: [1 << 20, 1 << 20, 2]).description
    #expect(rows.split(separator: "\n").count == 7 * 6 + 1)
  }

  @Test func `what is not shown does not decide how the rest is written`() {
    var x = Tensor.zeros([3000])
    x[1500] = Tensor(0.123)
    expect(x, "[0., 0., 0., ..., 0., 0., 0.]")
    x[2999] = Tensor(0.5)
    expect(x, "[0.0000, 0.0000, 0.0000, ..., 0.0000, 0.0000, 0.5000]")
  }

  @Test func `a shortened view shows its own ends`() {
    expect(
      Tensor.arange(4000).reshaped([2000, 2])[.step(nil, nil, -1), 1],
      "[3999, 3997, 3995, ...,    5,    3,    1] (int64)")
  }

  @Test func `a view prints what it shows`() {
    expect(Tensor([[1, 2], [3, 4]]).transposed()[1], "[2., 4.]")
    expect(Tensor([7]).broadcast(to: [2, 2]), "[[7., 7.],\n [7., 7.]]")
  }
}
