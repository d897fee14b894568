/// The tokens of one layer of one step, as a dispatch rule gets them, for its loop.
struct DispatchVisits {
  let experts: UnsafeBufferPointer<UInt16>
  let topK: Int
  let sources: UnsafeBufferPointer<UInt32>
  let ranksPerNode: Int
  let slots: UnsafeMutableBufferPointer<UInt16>
}
