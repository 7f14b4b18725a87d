import FledgeCore
import FledgeTestSupport
import Testing

/// Several tensors of indices in one subscript.
@Suite struct IndexTensorTests {
  private static let x = Tensor.arange(0, 24).reshaped([2, 3, 4])
  private static let rows = Tensor([1, 0, -1] as [Int])
  private static let columns = Tensor([0, -4, 3] as [Int])

  @Test func `an index of another integer type does as well`() {
    let (rows, columns) = (Tensor([1, 0] as [Int32]), Tensor([2, 200] as [UInt8]))
    #expect(Tensor.zeros([2, 201])[rows, columns].shape == [2])
    #expect(Self.x[rows, .all, Tensor([3, 0] as [Int8])].array() == [15, 19, 23, 0, 4, 8])
  }

  @Test func `the elements of any view are found`() {
    let turned = Self.x.permuted([2, 0, 1]).flipped(axis: 0)
    for x in [turned, turned[.all, 0..<2, .step(2, nil, -1)]] {
      let compact = x.contiguous()
      let places = Tensor([0, 1, 1] as [Int])
      expectIdentical(x[places, places], compact[places, places])
      expectIdentical(x[places, .all, places], compact[places, .all, places])
      let added = x.adding(Tensor(1), at: [places, .all, places])
      expectIdentical(added, compact.adding(Tensor(1), at: [places, .all, places]))
      var (a, b) = (x, compact)
      a[places, .newAxis, places] = Tensor.arange(0, 9).reshaped([3, 1, 3])
      b[places, .newAxis, places] = Tensor.arange(0, 9).reshaped([3, 1, 3])
      expectIdentical(a, b)
    }
  }

  @Test func `of several values for one place the last stays, with its gradient`() {
    let values = Tensor([1, 2, 3]).requiringGradients()
    let x = Tensor.zeros([2, 2]).requiringGradients()
    var y = x * 1
    y[Tensor([0, 1, -2] as [Int]), Tensor([1, 0, 1] as [Int])] = values
    #expect(y.array() == [0, 3, 2, 0])
    (y * Tensor([[1, 10], [100, 1000]])).sum().backward()
    #expect(values.grad?.array() == [0, 100, 10])
    #expect(x.grad?.array() == [1, 0, 0, 1000])
  }

  @Test func `writing is in place where nobody else holds the storage`() {
    var x = Tensor.zeros([4, 5]) + 0
    let before = x.storage.pointer
    x[Self.rows, Self.columns] = Tensor([7, 8, 9])
    #expect(x.storage.pointer == before)
    let kept = x
    x[Self.rows, Self.columns] = Tensor(0)
    #expect(kept.sum().item() == 24 && x.sum().item() == 0)
  }

  @Test func `masks and tensors meet as indices`() {
    let mask = Tensor([true, false, true])
    #expect(Self.x[Tensor([1] as [Int]), mask, .all].array() == [12, 13, 14, 15, 20, 21, 22, 23])
    let pairs = Tensor([[true, false, false], [false, true, true]])
    #expect(Self.x[pairs, Tensor([3, 1, 0] as [Int])].array() == [3, 17, 20])
    var y = Self.x
    y[pairs, Tensor([3, 1, 0] as [Int])] = Tensor(-1)
    #expect(y.array().filter { $0 < 0 }.count == 3 && y[1, 2, 0].item() == -1)
    let nobody = Tensor([false, false, false])
    #expect(Self.x[Tensor([Int](), shape: [0]), nobody].shape == [0, 4])
  }

  @Test func `nothing is read and written at no indices`() {
    let none = Tensor([Int](), shape: [0])
    #expect(Self.x[none, none].shape == [0, 4])
    var y = Self.x
    y[none, .all, none] = Tensor(5)
    expectIdentical(y, Self.x)
    expectIdentical(Self.x.adding(Tensor(5), at: [none, none]), Self.x)
    #expect(Tensor.zeros([2, 0])[none, none].shape == [0])
  }

  @Test(arguments: [DType.float64, .float16, .bfloat16, .int64, .int8, .bool])
  func `every dtype can be read, written and added to`(dtype: DType) {
    for backend: any Backend in [.reference, .cpu] {
      withBackend(backend) {
        var x = Tensor.zeros([3, 4], dtype: dtype)
        x[Self.rows, Self.columns] = Tensor(1)
        #expect(x[Self.rows, Self.columns].array() == [1, 1, 1])
        #expect(x.cast(to: .float32).sum().item() == 3)
        let twice = Tensor([0, 0] as [Int])
        let sum = Tensor.zeros([2, 2], dtype: dtype).adding(Tensor(1), at: [twice, twice])
        #expect(sum.dtype == dtype && sum[0, 0].item() == (dtype == .bool ? 1 : 2))
      }
    }
  }

  @Test func `sums of many halves are rounded once`() {
    let places = Tensor.zeros([4096], dtype: .int64)
    let sum = Tensor.zeros([1], dtype: .float16).adding(Tensor(1), at: [places])
    #expect(sum.item() == 4096)
  }

  @Test func `second derivatives pass through indices`() {
    let x = Tensor([1, 2, 3, 4], shape: [2, 2], dtype: .float64).requiringGradients()
    let places = Tensor([0, 1, 1] as [Int])
    let y = x[places, places].pow(3).sum()
    let first = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    let second = gradients(of: first.sum(), withRespectTo: [x])[0]
    #expect(first.array() == [3, 0, 0, 96] && second.array() == [6, 0, 0, 48])
  }

  @Test func `up to eight axes take part`() {
    let x = Tensor.arange(0, 256).reshaped([2, 2, 2, 2, 2, 2, 2, 2])
    let places = Tensor([1, 0] as [Int])
    #expect(x[places, .all, .all, .all, .all, .all, .all, places].shape == [2, 2, 2, 2, 2, 2, 2])
    let all = x[places, places, places, places, places, places, places, places]
    #expect(all.array() == [255, 0])
    var y = x
    y[places, .ellipsis, places] = Tensor(0)
    #expect(y.array().count { $0 == 0 } == 128)
  }
}
