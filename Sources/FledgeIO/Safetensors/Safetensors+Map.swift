import FledgeCore

extension Safetensors {
  /// Maps a file into memory instead of reading it: the tensors use the file's own pages, which the
  /// system loads when they are first read, shares among processes, and may drop again.
  ///
  ///     try model.load(try Safetensors.map("model.safetensors").tensors)   // nothing is copied
  ///
  /// A parameter that is given such a tensor of its dtype keeps it, and copies at its first update. The
  /// file itself is never written. The mapping ends with its last tensor.
  ///
  /// Two kinds are still copied: `BOOL` tensors, whose bytes must be 0 or 1, and tensors whose
  /// address is not a multiple of their elements' size. The format allows the latter; writers that
  /// sort by dtype, as the reference implementation and `Safetensors.write` do, make none.
  ///
  /// While it is mapped, the file must not be changed in place or truncated: a read past its end
  /// would crash the program. Replacing it by a new file, as ``AtomicFile`` does, is safe.
  ///
  /// - Throws: ``SafetensorsError``
  public static func map(
    _ path: String, where wanted: (String) -> Bool = { _ in true }
  ) throws(SafetensorsError) -> SafetensorsFile {
    do throws(SafetensorsError.Fault) {
      let memory: ForeignMemory
      do throws(FileSystemError) {
        memory = try MappedFile.map(path)
      } catch {
        throw .file(error)
      }
      let address = UInt(bitPattern: memory.pointer)
      return try read(byteCount: memory.byteCount, where: wanted) { shape, dtype, offset in
        let isAligned = (address + UInt(offset)) % UInt(dtype.byteCount) == 0
        guard isAligned, dtype != .bool else { return nil }
        return Tensor(over: memory, byteOffset: offset, shape: shape, dtype: dtype)
      } fetch: { (buffer, offset) throws(FileSystemError) in
        buffer.copyMemory(
          from: UnsafeRawBufferPointer(start: memory.pointer + offset, count: buffer.count))
      }
    } catch {
      throw SafetensorsError(error, path: path)
    }
  }
}
