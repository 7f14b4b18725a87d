/// Calls `body` with `count` uninitialized floats.
///
/// The memory is held until `body` returns. A tensor is not held if only its pointer is used: the
/// optimizer frees it after its last use, which is taking the pointer, and the pool gives its
/// memory to the next thread that asks.
func withScratch<Result>(
  _ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result
) -> Result {
  let scratch = Tensor(uninitialized: [max(count, 1)], .float32)
  return withExtendedLifetime(scratch) { body(scratch.pointer(Float.self)) }
}
