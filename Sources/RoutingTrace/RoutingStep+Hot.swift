/// Checks that touch every id of a trace.
extension RoutingStep {
  /// Whether all ids are below `experts` and no token has the same one twice.
  package static func isValidRouting(_ ids: [UInt16], experts: Int, topK: Int) -> Bool {
    ids.withUnsafeBufferPointer { ids in
      var largest: UInt16 = 0
      for id in ids { largest = max(largest, id) }
      guard ids.isEmpty || Int(largest) < experts else { return false }
      switch topK {
      case 1: return true
      case 8: return isDistinctInEights(ids)
      case ...16: return isDistinct(ids, topK: topK)
      default: return isDistinctByMarks(ids, experts: experts, topK: topK)
      }
    }
  }

  static func isFinite(_ values: [Float]) -> Bool {
    // Infinities and NaN have all exponent bits set; the loop has no branch, so it vectorises.
    values.withUnsafeBufferPointer { values in
      var bad: UInt32 = 0
      for value in values { bad |= (value.bitPattern & 0x7F80_0000) == 0x7F80_0000 ? 1 : 0 }
      return bad == 0
    }
  }

  /// Compares each token's eight ids with themselves rotated by 1…4, which meets every pair.
  private static func isDistinctInEights(_ ids: UnsafeBufferPointer<UInt16>) -> Bool {
    let raw = UnsafeRawBufferPointer(ids)
    var equal = SIMD8<UInt16>()
    var offset = 0
    while offset < raw.count {
      let id = raw.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt16>.self)
      let by1 = SIMD8(id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[0])
      let by2 = SIMD8(id[2], id[3], id[4], id[5], id[6], id[7], id[0], id[1])
      let by3 = SIMD8(id[3], id[4], id[5], id[6], id[7], id[0], id[1], id[2])
      let by4 = SIMD8(lowHalf: id.highHalf, highHalf: id.lowHalf)
      let same = (id .== by1) .| (id .== by2) .| (id .== by3) .| (id .== by4)
      equal.replace(with: 1, where: same)
      offset &+= 16
    }
    return equal == SIMD8<UInt16>()
  }

  private static func isDistinct(_ ids: UnsafeBufferPointer<UInt16>, topK: Int) -> Bool {
    var token = 0
    while token < ids.count {
      var same = false
      for i in 1..<topK {
        let id = ids[token &+ i]
        for j in 0..<i { same = same || ids[token &+ j] == id }
      }
      if same { return false }
      token &+= topK
    }
    return true
  }

  private static func isDistinctByMarks(_ ids: UnsafeBufferPointer<UInt16>, experts: Int, topK: Int) -> Bool {
    var lastSeen = [Int](repeating: -1, count: experts)
    return lastSeen.withUnsafeMutableBufferPointer { lastSeen in
      var token = 0
      while token < ids.count {
        for i in token..<token &+ topK {
          let id = Int(ids[i])
          if lastSeen[id] == token { return false }
          lastSeen[id] = token
        }
        token &+= topK
      }
      return true
    }
  }
}
