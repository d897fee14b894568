/// A physical dimension that a setting can have, with the units it may be written in.
///
/// Decimal prefixes are powers of 1000 (`GB` = 1e9 bytes); `KiB`, `MiB`, `GiB` and `TiB` are powers of 1024. Bits are
/// written out (`400 Gbit/s`). Inside the program every quantity is in bytes, microseconds and their quotients.
public enum Dimension: String, CaseIterable, Sendable {
  /// Bytes.
  case size
  /// Microseconds.
  case time
  /// Bytes per microsecond; 1 GB/s is 1000 of them.
  case bandwidth
  /// Floating-point operations per microsecond; 1 TFLOP/s is 1e6 of them.
  case flopRate = "arithmetic rate"

  /// A spelling to show in an error.
  package var example: String {
    switch self {
    case .size: "14 KB"
    case .time: "13.2 us"
    case .bandwidth: "45 GB/s"
    case .flopRate: "989 TFLOP/s"
    }
  }

  package var name: String { rawValue }

  /// What values may be, in bytes, microseconds and their quotients: far beyond any machine, and such that no product of
  /// a few of them leaves what a number can hold. A time may also be 0.
  package var range: ClosedRange<Double> {
    switch self {
    case .size: 1e-3...1e18
    case .time: 1e-6...1e12
    case .bandwidth: 1e-6...1e12
    case .flopRate: 1e-6...1e18
    }
  }

  /// The range as a person writes it.
  package var limits: String {
    switch self {
    case .size: "0.001 B…1e6 TB"
    case .time: "0, 1e-6 us…1e6 s"
    case .bandwidth: "1 B/s…1e6 TB/s"
    case .flopRate: "1 FLOP/s…1e12 TFLOP/s"
    }
  }
}

/// A number with its dimension, in bytes, microseconds and their quotients.
public struct Quantity: Equatable, Sendable {
  public let value: Double
  public let dimension: Dimension

  public init(value: Double, dimension: Dimension) {
    self.value = value
    self.dimension = dimension
  }

  /// Parses a number and a unit such as `45 GB/s`, `13.2us`, `100 B/ms`, `3.35 TB/s` or `14 KiB`.
  ///
  /// - Throws: `InputError` without a place: no number, no unit, or a unit nobody knows.
  public init(_ text: String) throws(InputError) {
    let trimmed = text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    let unitStart = Self.unitStart(of: trimmed)
    let number = trimmed[..<unitStart].filter { $0 != "_" && $0 != " " }
    let unit = trimmed[unitStart...].trimmingPrefix(" ")
    guard let amount = Double(number), amount.isFinite else {
      throw InputError("'\(text)' is not a number with a unit")
    }
    guard !unit.isEmpty else { throw InputError("'\(text)' has no unit") }
    guard let scale = Self.unit(named: String(unit)) else {
      let known = Array(Self.sizes.keys) + Array(Self.times.keys) + ["GB/s", "TFLOP/s", "B/ms"]
      let guess = closestName(to: String(unit), in: known).map { "; did you mean '\($0)'?" } ?? ""
      throw InputError("'\(text)' has the unknown unit '\(unit)'\(guess)")
    }
    self.init(value: amount * scale.value, dimension: scale.dimension)
  }

  /// Where the digits end: an `e` belongs to the number only when digits follow it.
  private static func unitStart(of text: String) -> String.Index {
    var index = text.startIndex
    while index < text.endIndex {
      let character = text[index]
      let next = text.index(after: index)
      let isExponent =
        (character == "e" || character == "E") && next < text.endIndex
        && (text[next].isASCII && text[next].isNumber || text[next] == "-" || text[next] == "+")
      guard isExponent || "0123456789.+-_".contains(character) else { break }
      index = next
    }
    return index
  }

  /// One unit's value in base units.
  private static func unit(named name: String) -> Quantity? {
    if let bytes = sizes[name] { return Quantity(value: bytes, dimension: .size) }
    if let microseconds = times[name] { return Quantity(value: microseconds, dimension: .time) }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let divisor = times[parts[1]] else { return nil }
    if let bytes = sizes[parts[0]] { return Quantity(value: bytes / divisor, dimension: .bandwidth) }
    if let operations = operations[parts[0]] { return Quantity(value: operations / divisor, dimension: .flopRate) }
    return nil
  }

  private static let sizes: [String: Double] = [
    "B": 1, "KB": 1e3, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30, "TiB": 0x1p40,
    "Gbit": 1e9 / 8, "Mbit": 1e6 / 8,
  ]

  private static let times: [String: Double] = ["ns": 1e-3, "us": 1, "µs": 1, "μs": 1, "ms": 1e3, "s": 1e6]

  private static let operations: [String: Double] = ["FLOP": 1, "GFLOP": 1e9, "TFLOP": 1e12, "PFLOP": 1e15]
}

extension Settings {
  /// Bytes per microsecond, above 0.
  public func bandwidth(_ key: String) throws(InputError) -> Double { try positive(key, .bandwidth) }

  /// Bytes per microsecond, above 0.
  public func optionalBandwidth(_ key: String) throws(InputError) -> Double? {
    contains(key) ? try bandwidth(key) : nil
  }

  /// Bytes, above 0.
  public func size(_ key: String) throws(InputError) -> Double { try positive(key, .size) }

  /// Bytes, above 0.
  public func optionalSize(_ key: String) throws(InputError) -> Double? { contains(key) ? try size(key) : nil }

  /// Floating-point operations per microsecond, above 0.
  public func flopRate(_ key: String) throws(InputError) -> Double { try positive(key, .flopRate) }

  /// Floating-point operations per microsecond, above 0.
  public func optionalFlopRate(_ key: String) throws(InputError) -> Double? {
    contains(key) ? try flopRate(key) : nil
  }

  /// Microseconds, 0 or more.
  public func duration(_ key: String) throws(InputError) -> Double {
    let value = try quantity(key, .time)
    guard value >= 0 else { throw error("'\(try string(key))' is negative", at: key) }
    return value == 0 ? value : try bounded(value, key, .time)
  }

  /// Microseconds, 0 or more.
  public func optionalDuration(_ key: String) throws(InputError) -> Double? {
    contains(key) ? try duration(key) : nil
  }

  private func positive(_ key: String, _ dimension: Dimension) throws(InputError) -> Double {
    let value = try quantity(key, dimension)
    guard value > 0 else { throw error("'\(try string(key))' is not above 0", at: key) }
    return try bounded(value, key, dimension)
  }

  private func bounded(_ value: Double, _ key: String, _ dimension: Dimension) throws(InputError) -> Double {
    guard dimension.range.contains(value) else {
      throw error("'\(try string(key))' is outside \(dimension.limits)", at: key)
    }
    return value
  }

  private func quantity(_ key: String, _ dimension: Dimension) throws(InputError) -> Double {
    let text = try string(key)
    let quantity: Quantity
    do {
      quantity = try Quantity(text)
    } catch {
      throw self.error("\(error.message), expected a \(dimension.name) such as \(dimension.example)", at: key)
    }
    guard quantity.dimension == dimension else {
      throw error(
        "'\(text)' is a \(quantity.dimension.name), expected a \(dimension.name) such as \(dimension.example)",
        at: key)
    }
    return quantity.value
  }
}
