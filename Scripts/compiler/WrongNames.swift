import Fledge

// What users of PyTorch write first, and what the compiler must answer: see ../check-compiler.sh.

func shapes(_ x: Tensor, _ y: Tensor) {
  _ = x.view(2, 3)  // expected-error {{use reshaped([2, 3]), the sizes in one list}}
  _ = x.view([2, 3])  // expected-error {{renamed to 'reshaped(_:)'}}
  _ = x.view(-1)  // expected-error {{use reshaped([2, 3]), the sizes in one list}}
  _ = x.reshape(2, 3)  // expected-error {{use reshaped([2, 3]), the sizes in one list}}
  _ = x.reshape([2, 3])  // expected-error {{renamed to 'reshaped(_:)'}}
  _ = x.flatten()  // expected-error {{renamed to 'flattened()'}}
  _ = x.unsqueeze(0)  // expected-error {{renamed to 'expandedDims(axis:)'}}
  _ = x.unsqueeze(dim: 0)  // expected-error {{renamed to 'expandedDims(axis:)'}}
  _ = x.squeeze()  // expected-error {{renamed to 'squeezed()'}}
  _ = x.squeeze(1)  // expected-error {{renamed to 'squeezed(axis:)'}}
  _ = x.t()  // expected-error {{renamed to 'transposed()'}}
  _ = x.T  // expected-error {{use transposed()}}
  _ = x.transpose(0, 1)  // expected-error {{renamed to 'transposed(_:_:)'}}
  _ = x.permute(1, 0)  // expected-error {{use permuted([2, 0, 1]), the order in one list}}
  _ = x.expand(2, 3)  // expected-error {{use broadcast(to: [2, 3]), the sizes in one list}}
  _ = x.flip(0)  // expected-error {{renamed to 'flipped(axis:)'}}
  _ = x.chunk(2, dim: 1)  // expected-error {{renamed to 'chunked(_:axis:)'}}
  _ = x.split(2, dim: 1)  // expected-error {{renamed to 'split(every:axis:)'}}
  _ = x.size()  // expected-error {{use shape}}
  _ = x.size(0)  // expected-error {{use shape[axis]}}
  _ = x.numel()  // expected-error {{use count}}
  _ = x.dim()  // expected-error {{use rank}}
  _ = x.ndim  // expected-error {{renamed to 'rank'}}
  _ = x.masked_fill(y .> 0, 0)  // expected-error {{use masked(where: mask, with: 0)}}
  _ = x.index_select(0, y)  // expected-error {{use take(indices, axis: 0)}}
  _ = x.gather(1, y)  // expected-error {{use gather(indices, axis: 1)}}
}

func elements(_ x: Tensor) {
  _ = x.numpy()  // expected-error {{use array(), or array(of: Int.self): the elements as a Swift array}}
  _ = x.tolist()  // expected-error {{use array(), or array(of: Int.self): the elements as a Swift array}}
  _ = x.to(.float64)  // expected-error {{renamed to 'cast(to:)'}}
  _ = x.float()  // expected-error {{use cast(to: .float32)}}
  _ = x.long()  // expected-error {{use cast(to: .int64)}}
  _ = x.cuda()  // expected-error {{tensors are in memory of the CPU; a backend is chosen by withBackend}}
  _ = x.clone()  // expected-error {{a tensor is a value, so assign it: a change of one never shows in another}}
}

func mathematics(_ x: Tensor, _ y: Tensor) {
  _ = x.sum(dim: 0)  // expected-error {{renamed to 'sum(axis:)'}}
  _ = x.sum(dim: 0, keepdim: true)  // expected-error {{renamed to 'sum(axis:keepDims:)'}}
  _ = x.mean(dim: -1)  // expected-error {{renamed to 'mean(axis:)'}}
  _ = x.max(dim: 1)  // expected-error {{renamed to 'max(axis:)'}}
  _ = x.argmax(dim: 1)  // expected-error {{renamed to 'argmax(axis:)'}}
  _ = x.std(dim: 0)  // expected-error {{use standardDeviation(axes: [0])}}
  _ = x.cumsum(0)  // expected-error {{renamed to 'cumulativeSum(axis:)'}}
  _ = x.softmax(dim: 1)  // expected-error {{use softmax(x, axis: -1)}}
  _ = softmax(x, dim: 1)  // expected-error {{renamed to 'softmax(_:axis:)'}}
  _ = x.relu()  // expected-error {{use relu(x)}}
  _ = x.mm(y)  // expected-error {{renamed to 'matmul(_:)'}}
  _ = x.clamp(min: 0)  // expected-error {{renamed to 'clamped(min:)'}}
  _ = x.clamp(min: 0, max: 1)  // expected-error {{renamed to 'clamped(min:max:)'}}
  _ = x.isnan()  // expected-error {{renamed to 'isNaN()'}}
  _ = x.allclose(y)  // expected-error {{renamed to 'isClose(to:)'}}
}

func operators(_ x: Tensor, _ y: Tensor, _ n: Int, _ mask: Tensor) {
  _ = x > 0  // expected-error {{use .>, which compares element by element}}
  _ = x > y  // expected-error {{use .>, which compares element by element}}
  _ = x >= 0.5  // expected-error {{use .>=, which compares element by element}}
  _ = x < y  // expected-error {{use .<, which compares element by element}}
  _ = x <= 1  // expected-error {{use .<=, which compares element by element}}
  _ = x == y  // expected-error {{use .==, which compares element by element}}
  _ = x != 3  // expected-error {{use .!=, which compares element by element}}
  _ = x.masked(where: x > 0, with: 0)  // expected-error {{use .>, which compares element by element}}
  _ = mask & (y .< 1)  // expected-error {{use a.and(b)}}
  _ = mask | mask  // expected-error {{use a.or(b)}}
  _ = !mask  // expected-error {{use mask.not()}}
  _ = ~mask  // expected-error {{use mask.not()}}
  _ = x.eq(y)  // expected-error {{use x .== y}}
}

func graphs(_ x: Tensor, _ y: Tensor) {
  _ = x.detach()  // expected-error {{renamed to 'detached()'}}
  _ = x.requires_grad  // expected-error {{renamed to 'requiresGradients'}}
  _ = x.requires_grad_()  // expected-error {{renamed to 'requiringGradients()'}}
  x.zero_grad()  // expected-error {{renamed to 'zeroGrad()'}}
  x.backward(y)  // expected-error {{renamed to 'backward(gradient:)'}}
  x.backward(retain_graph: true)  // expected-error {{renamed to 'backward(retainGraph:)'}}
  no_grad { print(x) }  // expected-error {{renamed to 'withoutGradients(_:)'}}
}

func creation(_ x: Tensor, _ y: Tensor) {
  _ = Tensor.randn(2, 3)  // expected-error {{use Tensor.normal([2, 3]), the sizes in one list}}
  _ = Tensor.randn([2, 3])  // expected-error {{renamed to 'normal(_:)'}}
  _ = Tensor.rand(2, 3)  // expected-error {{use Tensor.uniform([2, 3]), the sizes in one list}}
  _ = Tensor.cat([x, y])  // expected-error {{renamed to 'concatenate(_:)'}}
  _ = Tensor.cat([x, y], dim: 1)  // expected-error {{renamed to 'concatenate(_:axis:)'}}
  _ = cat([x, y], dim: 0)  // expected-error {{replaced by 'Tensor.concatenate(_:axis:)'}}
  _ = Tensor.stack([x, y], dim: 0)  // expected-error {{renamed to 'stack(_:axis:)'}}
  _ = Tensor.zeros_like(x)  // expected-error {{renamed to 'zeros(like:)'}}
}

func models(_ model: Linear, _ optimizer: SGD, _ x: Tensor, _ y: Tensor) {
  model.zero_grad()  // expected-error {{renamed to 'zeroGrad()'}}
  optimizer.zero_grad()  // expected-error {{renamed to 'zeroGrad()'}}
  model.load_state_dict(model.stateDict())  // expected-error {{renamed to 'load(_:)'}}
  _ = model.state_dict()  // expected-error {{renamed to 'stateDict()'}}
  _ = model.named_parameters()  // expected-error {{renamed to 'namedParameters()'}}
  model.requires_grad_(false)  // expected-error {{use freeze() and unfreeze()}}
  _ = cross_entropy(x, y)  // expected-error {{renamed to 'crossEntropy(_:_:)'}}
  _ = mse_loss(x, y)  // expected-error {{renamed to 'meanSquaredError(_:_:)'}}
}
