// Updates that keep to a place: what leaves and flat buffers are made of.
extension Tensor {
  /// Whether it is in borrowed memory that may be written (``Storage``), which an update of a leaf
  /// never leaves.
  package var hasPlace: Bool { layout.isContiguous && storage.isBorrowed && !storage.isReadOnly }

  /// Whether it stands over memory that may only be read, such as a mapped file.
  package var isReadOnly: Bool { storage.isReadOnly }

  /// Changes the elements. `body` gets the only holder of their storage, changes it by operations
  /// in place (`+=`, ``applyInPlace(_:_:_:)``), and must keep shape and dtype.
  ///
  /// If the tensor has a place, the new elements are there afterwards, whatever `body` did, and
  /// other holders of its storage keep the old ones in memory of their own. Otherwise it is copied
  /// first if others hold it.
  mutating func updateInPlace<R>(_ body: (inout Tensor) -> R) -> R {
    let before = type
    let place = hasPlace ? storage.place(at: firstByte, byteCount: byteCount) : nil
    if let place, !isOnlyHolder {
      storage.moveToOwnMemory()
      stand(at: place)
    } else if ExecutionContext.current.isPlain && !isOnlyWriter {
      // While a transformation looks, `body` makes new tensors through the door and writes nothing.
      withMemoryTag(.parameter) { makeUnique() }
    }
    let result = body(&self)
    require(type == before, "update", "the value was \(before), the update made it \(type)")
    if let place, !layout.isContiguous || storage.pointer + firstByte != place.pointer {
      move(to: place)
    }
    return result
  }

  private var firstByte: Int { layout.offset * dtype.byteCount }

  /// Copies the elements to `place` and stands there.
  private mutating func move(to place: Storage.Place) {
    let compact = layout.isContiguous ? self : ExecutionContext.current.backend.copy(self)
    place.pointer.copyMemory(
      from: compact.storage.pointer + compact.firstByte, byteCount: byteCount)
    stand(at: place)
  }

  private mutating func stand(at place: Storage.Place) {
    self = Tensor(storage: Storage(at: place), layout: Layout(shape), dtype: dtype)
  }

  /// Moves the value of a leaf into the memory of `target`, a tensor of its type without other
  /// holders; identity and gradient stay.
  package mutating func moveLeaf(into target: consuming Tensor) {
    require(
      target.type == type && target.layout.isContiguous, "moveLeaf",
      "a value of \(type) cannot move into \(target.type)")
    let leaf = node
    let compact = layout.isContiguous ? self : ExecutionContext.current.backend.copy(self)
    (target.storage.pointer + target.firstByte).copyMemory(
      from: compact.storage.pointer + compact.firstByte, byteCount: byteCount)
    self = target
    node = leaf
  }
}
