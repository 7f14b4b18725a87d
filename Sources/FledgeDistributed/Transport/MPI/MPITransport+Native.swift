#if MPI
  import CMPI
  import FledgeCore

  // MPI's own collectives. They wait inside MPI, and so hold this process's other thread; that is
  // why only the rank's own thread calls them.
  extension MPITransport: NativeCollectives {
    func canReduce(_ dtype: DType) -> Bool { Self.type(dtype) != nil }

    private static func type(_ dtype: DType) -> Int32? {
      switch dtype {
      case .float32: Int32(fledge_f32)
      case .float64: Int32(fledge_f64)
      case .int8: Int32(fledge_i8)
      case .uint8: Int32(fledge_u8)
      case .int32: Int32(fledge_i32)
      case .int64: Int32(fledge_i64)
      // MPI has no halves; truth values are reduced as such, not as numbers.
      case .float16, .bfloat16, .bool: nil
      }
    }

    func allReduce(_ x: Elements, _ reduction: Reduction) {
      let operation =
        switch reduction {
        case .sum, .mean: fledge_sum
        case .max: fledge_max
        case .min: fledge_min
        }
      process.inside {
        fledge_mpi_all_reduce(
          process.world.contents, x.pointer, Int32(x.count), Self.type(x.dtype)!,
          Int32(operation))
      }
    }

    func broadcast(_ x: Elements, from root: Int) {
      process.inside {
        fledge_mpi_broadcast(process.world.contents, x.pointer, Int32(x.byteCount), Int32(root))
      }
    }

    func allGather(_ x: Elements, _ parts: [Range<Int>]) {
      let size = x.dtype.byteCount
      let (counts, starts) = (
        parts.map { Int32($0.count * size) }, parts.map { Int32($0.lowerBound * size) }
      )
      process.inside {
        fledge_mpi_all_gather(process.world.contents, x.pointer, counts, starts)
      }
    }
  }
#endif
