import CSHA256

extension SHA256 {
  /// Takes in whole blocks of 64 bytes.
  mutating func compress(_ bytes: [UInt8], from start: Int, blocks: Int) {
    precondition(start + blocks * 64 <= bytes.count)
    if usesInstructions {
      bytes.withUnsafeBufferPointer { bytes in
        guard let first = bytes.baseAddress else { return }
        sha256_compress(&state, first + start, blocks, Self.constants)
      }
    } else {
      compressWithoutInstructions(bytes, from: start, blocks: blocks)
    }
  }

  private mutating func compressWithoutInstructions(_ bytes: [UInt8], from start: Int, blocks: Int) {
    state.withUnsafeMutableBufferPointer { state in
      schedule.withUnsafeMutableBufferPointer { schedule in
        bytes.withUnsafeBytes { bytes in
          Self.constants.withUnsafeBufferPointer { constants in
            for block in 0..<blocks {
              Self.compress(
                UnsafeRawBufferPointer(rebasing: bytes[(start + block * 64)..<(start + block * 64 + 64)]),
                state: state, schedule: schedule, constants: constants)
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func rotated(_ word: UInt32, by count: UInt32) -> UInt32 {
    (word &>> count) | (word &<< (32 &- count))
  }

  /// One round: what becomes of `d` and `h`; `word` is the schedule's word plus the round's constant.
  @inline(__always)
  private static func round(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32,
    _ h: inout UInt32, _ word: UInt32
  ) {
    let sum1 = rotated(e, by: 6) ^ rotated(e, by: 11) ^ rotated(e, by: 25)
    let sum0 = rotated(a, by: 2) ^ rotated(a, by: 13) ^ rotated(a, by: 22)
    let first = h &+ sum1 &+ (g ^ (e & (f ^ g))) &+ word
    d = d &+ first
    h = first &+ sum0 &+ ((a & b) | (c & (a | b)))
  }

  /// One block of 64 bytes (FIPS 180-4, 6.2.2).
  private static func compress(
    _ block: UnsafeRawBufferPointer, state: UnsafeMutableBufferPointer<UInt32>,
    schedule w: UnsafeMutableBufferPointer<UInt32>, constants: UnsafeBufferPointer<UInt32>
  ) {
    for t in 0..<16 { w[t] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 &* t, as: UInt32.self)) }
    for t in 16..<64 {
      let early = w[t &- 15]
      let late = w[t &- 2]
      let sigma0 = rotated(early, by: 7) ^ rotated(early, by: 18) ^ (early &>> 3)
      let sigma1 = rotated(late, by: 17) ^ rotated(late, by: 19) ^ (late &>> 10)
      w[t] = w[t &- 16] &+ sigma0 &+ w[t &- 7] &+ sigma1
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    // Eight rounds move every word back to where it was, so that naming them in turn saves moving them.
    for t in stride(from: 0, to: 64, by: 8) {
      round(a, b, c, &d, e, f, g, &h, constants[t] &+ w[t])
      round(h, a, b, &c, d, e, f, &g, constants[t &+ 1] &+ w[t &+ 1])
      round(g, h, a, &b, c, d, e, &f, constants[t &+ 2] &+ w[t &+ 2])
      round(f, g, h, &a, b, c, d, &e, constants[t &+ 3] &+ w[t &+ 3])
      round(e, f, g, &h, a, b, c, &d, constants[t &+ 4] &+ w[t &+ 4])
      round(d, e, f, &g, h, a, b, &c, constants[t &+ 5] &+ w[t &+ 5])
      round(c, d, e, &f, g, h, a, &b, constants[t &+ 6] &+ w[t &+ 6])
      round(b, c, d, &e, f, g, h, &a, constants[t &+ 7] &+ w[t &+ 7])
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }
}
