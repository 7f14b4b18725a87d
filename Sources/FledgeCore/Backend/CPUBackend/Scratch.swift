/// Calls `body` with `count` uninitialized floats.
///
/// The memory is held until `body` returns. A tensor is not held if only its pointer is used: the
/// optimizer frees it after its last use, which is taking the pointer, and the pool gives its
/// memory to the next thread that asks.
func withScratch<Result>(
  _ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result
) -> Result {
  let scratch = Storage(scratch: max(count, 1) * MemoryLayout<Float>.stride)
  return withExtendedLifetime(scratch) {
    body(scratch.pointer.assumingMemoryBound(to: Float.self))
  }
}
