import Diagnostics

extension NumpyArray {
  /// `integers` of 16 bits, such as expert ids. Where elements are stored in C order as numbers of this machine, one
  /// loop without a branch copies them; what is wrong with one of them is looked for only if there is any.
  ///
  /// - Parameter minusOne: what −1 becomes.
  /// - Throws: `InputError` at one that is not −1, and negative, not whole, or above `limit`.
  package func ids(_ range: Range<Int>? = nil, upTo limit: UInt16, minusOne: UInt16) throws(InputError) -> [UInt16] {
    let range = range ?? 0..<count
    if let ids = stored(range, upTo: limit, minusOne: minusOne) { return ids }
    return try integers(range, upTo: limit, minusOne: minusOne)
  }

  private func stored(_ range: Range<Int>, upTo limit: UInt16, minusOne: UInt16) -> [UInt16]? {
    guard !isBigEndian || element.size == 1, !isFortranOrder else { return nil }
    switch element {
    case .uint8: return copied(range, of: UInt8.self, upTo: limit, minusOne: minusOne)
    case .int8: return copied(range, of: Int8.self, upTo: limit, minusOne: minusOne)
    case .uint16: return copied(range, of: UInt16.self, upTo: limit, minusOne: minusOne)
    case .int16: return copied(range, of: Int16.self, upTo: limit, minusOne: minusOne)
    case .uint32: return copied(range, of: UInt32.self, upTo: limit, minusOne: minusOne)
    case .int32: return copied(range, of: Int32.self, upTo: limit, minusOne: minusOne)
    case .uint64: return copied(range, of: UInt64.self, upTo: limit, minusOne: minusOne)
    case .int64: return copied(range, of: Int64.self, upTo: limit, minusOne: minusOne)
    case .float32, .float64: return nil
    }
  }

  /// Nil where one is out of range.
  @inline(__always)
  private func copied<Stored: FixedWidthInteger>(
    _ range: Range<Int>, of type: Stored.Type, upTo limit: UInt16, minusOne: UInt16
  ) -> [UInt16]? {
    let most = Stored(clamping: limit)
    let size = MemoryLayout<Stored>.size
    let first = start + range.lowerBound * size
    var bad: UInt16 = 0
    let ids = [UInt16](unsafeUninitializedCapacity: range.count) { target, initialized in
      bytes.withUnsafeBytes { source in
        for i in 0..<range.count {
          let value = Stored(littleEndian: source.loadUnaligned(fromByteOffset: first &+ i &* size, as: Stored.self))
          let isAbsent = Stored.isSigned && value == ~0
          bad |= isAbsent || value >= 0 && value <= most ? 0 : 1
          target[i] = isAbsent ? minusOne : UInt16(truncatingIfNeeded: value)
        }
      }
      initialized = range.count
    }
    return bad == 0 ? ids : nil
  }
}
