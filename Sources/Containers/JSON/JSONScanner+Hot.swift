extension JSONScanner {
  /// Ids that a plain row may have.
  private static let widest = 64

  /// Reads a row of ids if it is plain: `[12,3,4]` or `[12, 3, 4]`, each below `limit`, which is at most 65,536.
  ///
  /// - Returns: false for any other, of which nothing was taken: who reads it value by value is told what is wrong.
  package mutating func plainRow(below limit: Int, into ids: inout [UInt16]) -> Bool {
    guard peek() == UInt8(ascii: "[") else { return false }
    let start = position &+ 1
    let end = withUnsafeTemporaryAllocation(of: UInt16.self, capacity: Self.widest) { row -> Int? in
      bytes.withUnsafeBufferPointer { bytes in
        var (at, count) = (start, 0)
        while count < row.count {
          let first = at
          var value = 0
          while at < bytes.count, case let digit = bytes[at] &- 0x30, digit < 10, at &- first < 5 {
            value = value &* 10 &+ Int(digit)
            at &+= 1
          }
          guard at > first, at < bytes.count, value < limit, at == first &+ 1 || bytes[first] != 0x30 else { break }
          row[count] = UInt16(truncatingIfNeeded: value)
          count &+= 1
          let next = bytes[at]
          at &+= 1
          if next == UInt8(ascii: "]") {
            ids.append(contentsOf: UnsafeMutableBufferPointer(rebasing: row[..<count]))
            return at
          }
          guard next == UInt8(ascii: ",") else { break }
          if at < bytes.count, bytes[at] == 0x20 { at &+= 1 }
        }
        return nil
      }
    }
    guard let end else { return false }
    position = end
    return true
  }
}
