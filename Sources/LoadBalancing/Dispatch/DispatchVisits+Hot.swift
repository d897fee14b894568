/// The tokens of one layer of one step, as a dispatch rule gets them, for its loop.
struct DispatchVisits {
  let experts: UnsafeBufferPointer<UInt16>
  let topK: Int
  let sources: UnsafeBufferPointer<UInt32>
  let ranksPerNode: Int
  let slots: UnsafeMutableBufferPointer<UInt16>
  /// As `DispatchContext.starts`.
  let starts: [Int]?

  /// A token's places among the visits; one branch a token.
  @inline(__always)
  func places(ofToken token: Int) -> Range<Int> {
    guard let starts else { return token &* topK..<(token &+ 1) &* topK }
    return starts[token]..<starts[token + 1]
  }
}
