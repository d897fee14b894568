/// An array of 64-bit integers as `numpy.save` stores it (NEP 1, version 1.0): the data begin at a multiple of 64
/// bytes.
///
/// - Parameters:
///   - values: in C order.
///   - shape: its product is the number of values.
package func npy(_ values: [Int], shape: [Int]) -> [UInt8] {
  precondition(shape.reduce(1, *) == values.count)
  // A Python tuple of one needs its comma.
  let extents = shape.map(\.description).joined(separator: ", ") + (shape.count == 1 ? "," : "")
  var header = Array("{'descr': '<i8', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
  header += [UInt8](repeating: 0x20, count: 63 - (10 + header.count) % 64) + [0x0A]
  return [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt16(header.count)) + header
    + values.flatMap { littleEndian(Int64($0)) }
}
