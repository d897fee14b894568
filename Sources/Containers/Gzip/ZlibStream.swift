import CZlib

/// A zeroed stream at an address of its own: zlib remembers where its stream is and refuses one that moved.
func makeStream() -> UnsafeMutablePointer<z_stream> {
  let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  stream.initialize(to: z_stream())
  return stream
}
