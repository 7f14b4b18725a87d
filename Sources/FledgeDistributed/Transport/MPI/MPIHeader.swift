#if MPI
  import FledgeCore

  /// What is sent ahead of each message between processes: its address, what its sender is doing, and
  /// its contents, where they are small. 48 bytes and the contents.
  struct MPIHeader {
    /// What it announces.
    enum Kind: UInt8 {
      /// A message whose contents follow the header.
      case short
      /// A message whose contents come apart, with the tag `detail`, once the receiver asks.
      case long
      /// The sender's part of the program is over.
      case ended
      /// The same because of an error, whose text follows the header; `detail` is the rank that failed
      /// first.
      case failed
    }

    var kind: Kind
    var envelope: Envelope
    /// The size of the contents in bytes.
    var byteCount: Int
    var detail: Int

    static let size = 48
    private static let none: UInt8 = .max

    /// An announcement that is no message.
    init(_ kind: Kind, byteCount: Int = 0, detail: Int = 0) {
      self.init(
        kind, Envelope(group: 0, sequence: 0, call: Call(.barrier)), byteCount: byteCount,
        detail: detail)
    }

    init(_ kind: Kind, _ envelope: Envelope, byteCount: Int, detail: Int) {
      (self.kind, self.envelope) = (kind, envelope)
      (self.byteCount, self.detail) = (byteCount, detail)
    }

    /// All processes run one program on one kind of machine, so numbers are sent as they lie.
    func write(to bytes: UnsafeMutableRawBufferPointer) {
      let call = envelope.call
      bytes.storeBytes(of: kind.rawValue, as: UInt8.self)
      bytes.storeBytes(of: call.collective.rawValue, toByteOffset: 1, as: UInt8.self)
      bytes.storeBytes(of: call.reduction?.rawValue ?? Self.none, toByteOffset: 2, as: UInt8.self)
      bytes.storeBytes(of: call.dtype?.rawValue ?? Self.none, toByteOffset: 3, as: UInt8.self)
      bytes.storeBytes(of: call.algorithm, toByteOffset: 4, as: UInt16.self)
      bytes.storeBytes(of: 0, toByteOffset: 6, as: UInt16.self)
      bytes.storeBytes(of: envelope.group, toByteOffset: 8, as: Int32.self)
      bytes.storeBytes(of: envelope.sequence, toByteOffset: 12, as: Int32.self)
      bytes.storeBytes(of: Int64(call.elements), toByteOffset: 16, as: Int64.self)
      bytes.storeBytes(of: Int64(call.root ?? -1), toByteOffset: 24, as: Int64.self)
      bytes.storeBytes(of: Int64(byteCount), toByteOffset: 32, as: Int64.self)
      bytes.storeBytes(of: Int64(detail), toByteOffset: 40, as: Int64.self)
    }

    init(_ bytes: UnsafeRawBufferPointer) {
      func byte(_ place: Int) -> UInt8? { bytes[place] == Self.none ? nil : bytes[place] }
      func number(_ place: Int) -> Int {
        Int(bytes.loadUnaligned(fromByteOffset: place, as: Int64.self))
      }
      kind = Kind(rawValue: bytes[0])!
      let call = Call(
        Collective(rawValue: bytes[1])!,
        algorithm: bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self),
        byte(2).map { Reduction(rawValue: $0)! }, dtype: byte(3).map { DType(rawValue: $0)! },
        elements: number(16), root: number(24) < 0 ? nil : number(24))
      envelope = Envelope(
        group: bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self),
        sequence: bytes.loadUnaligned(fromByteOffset: 12, as: Int32.self), call: call)
      (byteCount, detail) = (number(32), number(40))
    }
  }
#endif
