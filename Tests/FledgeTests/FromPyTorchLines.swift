import Fledge

// The right column of docs/from-pytorch.md, section by section; the test beside it compares the two.
enum FromPyTorch {
  static func creating() {
    let x = Tensor.ones([2, 3])
    let y = Tensor([1, 0] as [Int])
    let p = Tensor([0.1, 0.9])
    let n = 3
    // ## Creating tensors
    _ = Tensor([[1, 2], [3, 4]])
    _ = Tensor([1, 2, 3] as [Int])
    _ = Tensor(3)
    _ = Tensor(n)
    _ = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    _ = Tensor.zeros([2, 3])
    _ = Tensor.ones([2, 3], dtype: .float64)
    _ = Tensor.full([2, 3], 7)
    _ = Tensor.zeros(like: x)
    _ = Tensor.arange(10)
    _ = Tensor.arange(0, 1, step: 0.1)
    _ = Tensor.linspace(0, 1, count: 11)
    _ = Tensor.eye(3)
    _ = Tensor.normal([2, 3])
    _ = Tensor.uniform([2, 3])
    _ = Tensor.randomIntegers([2, 3], in: 0..<10)
    _ = Tensor.uniform([2, 3], in: -1...1)
    _ = Tensor.multinomial(p, count: 5)
    _ = Tensor.oneHot(y, classes: 10)
    seed(1)
    // end
  }

  static func shapes() {
    let x = Tensor.ones([2, 3, 4])
    let y = Tensor.zeros([2, 3, 4])
    // ## Shapes
    _ = x.shape
    _ = x.shape[1]
    _ = x.rank
    _ = x.count
    _ = x.reshaped([6, 4])
    _ = x.flattened(from: 1)
    _ = x.expandedDims(axis: 0)
    _ = x[0..<1].squeezed(axis: 0)
    _ = x.transposed(0, 1)
    _ = x.transposed()
    _ = x.permuted([2, 0, 1])
    _ = x.movingAxis(0, to: 2)
    _ = x.broadcast(to: [5, 2, 3, 4])
    _ = x.tiled([1, 2, 1])
    _ = x.repeated(2, axis: 0)
    _ = Tensor.concatenate([x, y], axis: 1)
    _ = Tensor.stack([x, y])
    _ = x.split(every: 2, axis: 2)
    _ = x.split(sizes: [1, 3], axis: 2)
    _ = x.chunked(3, axis: 1)
    _ = x.flipped(axis: 0)
    _ = x.rolled(by: 1, axis: 0)
    _ = x.padded([(0, 0), (0, 0), (1, 1)])
    _ = x.contiguous()
    // end
  }

  static func indexing() {
    var x = Tensor.normal([4, 6])
    let y = Tensor.zeros([4, 6])
    let mask = x .> 0
    let rows = Tensor([2, 0] as [Int])
    let index = Tensor([0, 5, 1, 1], shape: [4, 1])
    // ## Indexing
    _ = x[0]
    _ = x[0, -1]
    _ = x[.all, 1]
    _ = x[.ellipsis, -1]
    _ = x[1..<3]
    _ = x[2...]
    _ = x[.all, .step(nil, nil, 2)]
    _ = x[.newAxis]
    _ = x[rows]
    _ = x[rows, rows]
    _ = x[mask]
    x[.all, 1] = Tensor(0)
    x[mask] = Tensor(0)
    _ = x.take(rows, axis: 1)
    _ = x.gather(index, axis: 1)
    _ = Tensor.where(mask, x, y)
    _ = x.masked(where: mask, with: 0)
    _ = x.sorted()
    _ = x.argsorted(descending: true)
    _ = x.topK(2)
    _ = x.nonzero()
    _ = x.lowerTriangle()
    _ = x.upperTriangle()
    _ = rows.unique()
    // end
  }

  static func mathematics() {
    var x = Tensor.uniform([3, 3])
    let y = Tensor.uniform([3, 3])
    let mask = x .> y
    let n = 2
    // ## Mathematics
    _ = x + 1
    _ = n * x
    x += 1
    _ = x.matmul(y)
    _ = x.pow(2)
    _ = x.pow(n)
    _ = x.remainder(by: 2)
    _ = x.floorDivided(by: 2)
    _ = x.exp()
    _ = sqrt(x)
    _ = x.abs()
    _ = x.clamped(min: 0, max: 1)
    _ = maximum(x, y)
    _ = lerp(x, y, weight: 0.3)
    _ = x.sum()
    _ = x.sum(axis: 1, keepDims: true)
    _ = x.sum(axes: [0, 1])
    _ = x.mean(axis: -1)
    _ = x.variance(axis: 0, correction: 0)
    _ = x.standardDeviation(axis: 0)
    _ = x.max(axis: 1)
    _ = x.argmax(axis: 1)
    _ = x.cumulativeSum(axis: 0)
    _ = x.cumulativeProduct(axis: 0)
    _ = x.median()
    _ = x.quantile(0.9)
    _ = x.norm()
    _ = x.inverse()
    _ = x.solve(y)
    _ = x.determinant()
    _ = x.logSumExp(axis: 1)
    _ = einsum("...ij,jk->...ik", x, y)
    _ = x .> 0.5
    _ = x .== y
    _ = (x .> 0).and(x .< 1)
    _ = mask.not()
    _ = mask.any()
    _ = x.isNaN()
    _ = x.isClose(to: y)
    _ = x.isIdentical(to: y)
    _ = softmax(x)
    _ = logSoftmax(x, axis: 0)
    _ = relu(x)
    _ = gelu(x, form: .exact)
    // end
  }

  static func gradientLines() {
    func f(_ x: Tensor) -> Tensor { x.square().sum() }
    // ## Gradients
    let x = Tensor.normal([3]).requiringGradients()
    let loss = f(x)
    _ = gradients(of: loss, withRespectTo: [x], createGraph: true)
    loss.backward()
    _ = x.grad
    x.zeroGrad()
    _ = x.requiresGradients
    _ = x.detached()
    _ = withoutGradients { f(x) }
    (x * 2).backward(gradient: Tensor.ones([3]))
    _ = valueAndGradient(at: x, f).gradient
    _ = x.withGradientHook { dx in dx * 2 }
    _ = checkpoint(x, f)
    _ = autocast(.bfloat16) { f(x) }
    // end
  }

  static func layers() {
    let x = Tensor.ones([2, 4])
    // ## Layers and models
    _ = Linear(4, 8)
    let model = Sequential([Linear(4, 8), ReLU()])
    _ = Conv2d(3, 16, kernel: 3, padding: 1)
    _ = MaxPool2d(2)
    _ = BatchNorm2d(16)
    _ = LayerNorm(64)
    _ = GroupNorm(groups: 4, 64)
    _ = Embedding(100, 64, paddingIndex: 0)
    _ = Dropout(0.1)
    _ = Flatten()
    _ = Identity()
    _ = PReLU()
    _ = InstanceNorm2d(16)
    _ = LSTM(8, 16, isBatchFirst: true)
    _ = LSTMCell(8, 16)
    _ = MultiHeadAttention(64, heads: 4)
    _ = model(x)
    model.train()
    model.eval()
    _ = model.evaluating { model(x) }
    model.zeroGrad()
    _ = model.parameters()
    _ = model.namedParameters()
    _ = model.parameterCount
    model.freeze()
    _ = model.summary()
    // end
  }

  static func losses() {
    let (p, t) = (Tensor.normal([2, 3]), Tensor.uniform([2, 3]))
    let logits = Tensor.normal([2, 3])
    let y = Tensor([2, 0] as [Int])
    let soft = softmax(Tensor.normal([2, 3]))
    // ## Losses
    _ = meanSquaredError(p, t)
    _ = meanAbsoluteError(p, t)
    _ = huber(p, t)
    _ = crossEntropy(logits, y)
    _ = crossEntropy(logits, y, labelSmoothing: 0.1)
    _ = crossEntropy(logits, probabilities: soft)
    _ = negativeLogLikelihood(logSoftmax(logits), y)
    _ = binaryCrossEntropyWithLogits(p, t)
    _ = klDivergence(p, soft)
    _ = meanSquaredError(p, t, reduction: .none)
    // end
  }

  static func optimizers() {
    let model = Linear(2, 2)
    let step = 3
    // ## Optimizers and schedules
    _ = SGD(model.parameters(), learningRate: 0.1, momentum: 0.9)
    let optimizer = AdamW(model.parameters(), learningRate: 3e-4)
    _ = RAdam(model.parameters(), learningRate: 1e-3)
    optimizer.zeroGrad()
    optimizer.step()
    _ = optimizer.learningRate
    optimizer.learningRate = 1e-4
    let schedule = CosineSchedule(total: 1000)
    optimizer.learningRateFactor = schedule.factor(at: step)
    _ = clipGradientNorm(model.parameters(), maximum: 1)
    _ = optimizer.state
    // end
  }

  static func data() {
    let (x, y) = (Tensor.ones([6, 2]), Tensor.arange(6))
    func train(_ x: Tensor, _ y: Tensor) {}
    // ## Data
    let dataset = TensorDataset(x, y)
    _ = dataset.subset([0, 1, 4])
    let loader = DataLoader(dataset, batchSize: 2, seed: 1)
    for batch in loader { train(batch[0], batch[1]) }
    // end
  }

  static func saving(at path: String) throws {
    let (model, other) = (Linear(2, 2), Linear(2, 2))
    // ## Saving
    try model.save(to: path)
    try model.load(from: path)
    _ = model.stateDict()
    try other.load(model.stateDict())
    try other.load(model.stateDict(), strict: false)
    try Safetensors.write(model.stateDict(), to: path)
    _ = try Safetensors.read(path).tensors
    // end
  }

  static func types() {
    let x = Tensor([1, 2])
    let y = Tensor([1, 2] as [Int])
    let loss = Tensor(3)
    // ## Types and devices
    _ = x.dtype
    _ = x.cast(to: .float64)
    _ = x.cast(to: .float32)
    _ = loss.item()
    _ = x.array()
    _ = y.array(of: Int.self)
    let copy = x
    // end
    _ = copy
  }
}
