import Containers
import Diagnostics

/// The binary layout of one step in a native trace; `docs/trace-format.md` describes it byte by byte.
///
/// All numbers are little-endian.
package enum NativeFrame {
  enum Kind: UInt8 { case tokens = 1, counts = 2, end = 3 }

  /// Which optional arrays a tokens frame holds.
  struct Parts: OptionSet {
    var rawValue: UInt8
    static let sources = Parts(rawValue: 1)
    static let sequences = Parts(rawValue: 2)
    static let tokenIDs = Parts(rawValue: 4)
    static let weights = Parts(rawValue: 8)
    /// A mask of the visits that were dropped.
    static let dropped = Parts(rawValue: 16)
    static let all: Parts = [.sources, .sequences, .tokenIDs, .weights, .dropped]
  }

  /// Length, kind, phase, parts, a zero byte, number, tokens.
  static let headLength = 24
  static let endLength = 24

  static func phaseCode(_ phase: Phase?) -> UInt8 {
    guard let phase, let index = Phase.allCases.firstIndex(of: phase) else { return 0 }
    return UInt8(index + 1)
  }

  package static func append(_ step: RoutingStep, header: TraceHeader, to bytes: inout [UInt8]) throws(InputError) {
    let start = bytes.count
    var parts: Parts = []
    if step.sources != nil { parts.insert(.sources) }
    if step.sequences != nil { parts.insert(.sequences) }
    if step.tokenIDs != nil { parts.insert(.tokenIDs) }
    if step.weights != nil { parts.insert(.weights) }
    if step.hasDropped { parts.insert(.dropped) }
    let kind: Kind = header.content == .tokens ? .tokens : .counts
    bytes += littleEndian(UInt32(0)) + [kind.rawValue, phaseCode(step.phase), parts.rawValue, 0]
    bytes += littleEndian(UInt64(step.number)) + littleEndian(UInt64(step.tokens))
    for array in [step.sources, step.sequences, step.tokenIDs] { if let array { append(array, to: &bytes) } }
    switch header.content {
    case .tokens where step.hasDropped: appendKept(step, header: header, to: &bytes)
    case .tokens where header.experts <= 256: bytes += step.experts.lazy.map { UInt8(truncatingIfNeeded: $0) }
    case .tokens: append(step.experts, to: &bytes)
    case .counts: append(step.counts, to: &bytes)
    }
    if let weights = step.weights { append(weights.map(\.bitPattern), to: &bytes) }
    guard let length = UInt32(exactly: bytes.count - start), length < 1 << 31 else {
      throw InputError(
        "a step of \(bytes.count - start) bytes, the format holds at most 2 GiB", at: .init(step: step.number))
    }
    bytes.replaceSubrange(start..<start + 4, with: littleEndian(length))
  }

  /// Ids with 0 in place of those that were dropped, and after them the mask: a bit for each id, the lowest first.
  private static func appendKept(_ step: RoutingStep, header: TraceHeader, to bytes: inout [UInt8]) {
    let ids = step.experts.map { $0 == RoutingStep.dropped ? 0 : $0 }
    if header.experts <= 256 {
      bytes += ids.lazy.map { UInt8(truncatingIfNeeded: $0) }
    } else {
      append(ids, to: &bytes)
    }
    var mask = [UInt8](repeating: 0, count: (ids.count + 7) / 8)
    for (index, id) in step.experts.enumerated() where id == RoutingStep.dropped { mask[index / 8] |= 1 << (index % 8) }
    bytes += mask
  }

  static func end(steps: Int, tokens: Int) -> [UInt8] {
    littleEndian(UInt32(endLength)) + [Kind.end.rawValue, 0, 0, 0] + littleEndian(UInt64(steps))
      + littleEndian(UInt64(tokens))
  }
}

/// Takes the frames of one inflated member apart.
package struct NativeFrameReader {
  let bytes: [UInt8]
  /// How many of them are frames.
  private let count: Int
  /// Of the file.
  private let header: TraceHeader
  var experts: Int { header.experts }
  /// The layers that are taken of each step, and the header that such steps have.
  private let layers: Range<Int>
  private let given: TraceHeader
  var position = 0
  /// Where the memory of ids comes from, if not from the system.
  private let spare: SpareIDs?
  /// Whether the ids of the step read last were seen to be such as a trace may have, as they were read.
  private var hasValidIDs = false

  /// What a frame says of itself before its arrays.
  struct Head {
    /// Where the frame begins, and its bytes.
    var start: Int
    var length: Int
    var parts: NativeFrame.Parts
    var phase: Phase?
    var number: Int
    var tokens: Int
  }

  package init(_ bytes: [UInt8], header: TraceHeader) { self.init(bytes, header: header, spare: nil) }

  /// - Parameters:
  ///   - count: bytes of the frames; all when nil.
  ///   - layers: those to take of each step; all when nil.
  ///   - spare: memory for ids.
  /// - Precondition: the header has the layers.
  init(_ bytes: [UInt8], count: Int? = nil, header: TraceHeader, layers: Range<Int>? = nil, spare: SpareIDs?) {
    self.bytes = bytes
    self.spare = spare
    self.count = count ?? bytes.count
    self.header = header
    self.layers = layers ?? 0..<header.layers
    var given = header
    given.layerNumbers = Array(header.layerNumbers[self.layers])
    self.given = given
  }

  var isAtEnd: Bool { position == count }

  /// The next step, or nil if what follows is the closing frame.
  ///
  /// - Throws: `InputError`: a frame that does not fit its length, or a step that does not fit the header.
  package mutating func next() throws(InputError) -> RoutingStep? {
    guard let head = try head() else { return nil }
    return try step(head)
  }

  /// What the next frame says of itself, or nil if it is the closing one.
  ///
  /// - Throws: `InputError`: a frame that does not fit its length.
  mutating func head() throws(InputError) -> Head? {
    guard count - position >= NativeFrame.headLength else { throw InputError("a step cut short") }
    let start = position
    let length = Int(integer(UInt32.self))
    guard let kind = NativeFrame.Kind(rawValue: bytes[start + 4]) else {
      throw InputError("unknown kind of step \(bytes[start + 4])")
    }
    if kind == .end {
      position = start
      return nil
    }
    guard length >= NativeFrame.headLength, length <= count - start else {
      throw InputError("a step of \(length) bytes where \(count - start) are left")
    }
    let parts = NativeFrame.Parts(rawValue: bytes[start + 6])
    guard (kind == .tokens) == (header.content == .tokens), bytes[start + 5] <= Phase.allCases.count,
      bytes[start + 7] == 0, parts.isSubset(of: kind == .tokens ? .all : [])
    else { throw InputError("a step that the header does not allow") }
    position = start + 8
    let (number, tokens) = (integer(UInt64.self), integer(UInt64.self))
    guard number <= Int.max, tokens <= Int.max else { throw InputError("step number or tokens beyond 2^63") }
    guard Double(length) == expectedLength(tokens: Double(tokens), parts: parts) else {
      throw InputError("\(length) bytes do not hold its \(tokens) tokens", at: .init(step: Int(number)))
    }
    let phase = bytes[start + 5] > 0 ? Phase.allCases[Int(bytes[start + 5]) - 1] : nil
    return Head(start: start, length: length, parts: parts, phase: phase, number: Int(number), tokens: Int(tokens))
  }

  /// The step of a frame whose head was read last.
  ///
  /// - Throws: `InputError`: a step that does not fit the header.
  mutating func step(_ head: Head) throws(InputError) -> RoutingStep {
    var step = RoutingStep(number: head.number, tokens: head.tokens)
    step.phase = head.phase
    do throws(InputError) {
      try readArrays(of: &step, parts: head.parts)
      try step.validate(against: given, hasValidIDs: hasValidIDs)
    } catch {
      var located = error
      located.place.layer = error.place.layer.map { $0 + layers.lowerBound }
      throw located
    }
    position = head.start + head.length
    return step
  }

  /// Passes over the arrays of a frame whose head was read last.
  mutating func pass(_ head: Head) { position = head.start + head.length }

  /// What the closing frame says.
  mutating func end() throws(InputError) -> (steps: UInt64, tokens: UInt64) {
    guard count - position == NativeFrame.endLength, integer(UInt32.self) == UInt32(NativeFrame.endLength),
      integer(UInt32.self) == UInt32(NativeFrame.Kind.end.rawValue)
    else { throw InputError("a malformed closing frame") }
    return (integer(UInt64.self), integer(UInt64.self))
  }

  /// As a `Double`, which no declared number of tokens can overflow.
  private func expectedLength(tokens: Double, parts: NativeFrame.Parts) -> Double {
    let layers = Double(header.layers)
    let head = Double(NativeFrame.headLength)
    guard header.content == .tokens else { return head + layers * Double(header.experts) * 8 }
    let perToken = parts.subtracting([.weights, .dropped]).rawValue.nonzeroBitCount * 4
    let perVisit = (header.experts <= 256 ? 1 : 2) + (parts.contains(.weights) ? 4 : 0)
    let visits = layers * tokens * Double(header.topK ?? 0)
    let mask = parts.contains(.dropped) ? ((visits + 7) / 8).rounded(.down) : 0
    return head + tokens * Double(perToken) + visits * Double(perVisit) + mask
  }

  private mutating func readArrays(of step: inout RoutingStep, parts: NativeFrame.Parts) throws(InputError) {
    guard header.content == .tokens else {
      step.counts = ofLayers(header.experts, bytes: 8) { $0.array($1) }
      return
    }
    let visits = step.tokens * (header.topK ?? 0)
    hasValidIDs = false
    if parts.contains(.sources) { step.sources = array(step.tokens) }
    if parts.contains(.sequences) { step.sequences = array(step.tokens) }
    if parts.contains(.tokenIDs) { step.tokenIDs = array(step.tokens) }
    step.experts = ofLayers(visits, bytes: header.experts <= 256 ? 1 : 2) { reader, count in
      var ids = reader.spare?.take(count) ?? Self.room(count)
      if reader.experts > 256 {
        reader.read(into: &ids)
      } else if reader.header.topK == 8, !parts.contains(.dropped) {
        reader.hasValidIDs = reader.widenEights(into: &ids)
      } else {
        reader.widen(into: &ids)
      }
      return ids
    }
    if parts.contains(.dropped) { try readMask(of: &step, visits: visits) }
    if parts.contains(.weights) {
      let patterns: [UInt32] = ofLayers(visits, bytes: 4) { $0.array($1) }
      step.weights = patterns.map(Float.init(bitPattern:))
    }
  }

  /// What `read` takes of the layers that are wanted; those before and after them are passed over.
  ///
  /// - Parameters:
  ///   - count: values of one layer.
  ///   - size: bytes of a value.
  private mutating func ofLayers<Value>(
    _ count: Int, bytes size: Int, _ read: (inout NativeFrameReader, Int) -> [Value]
  ) -> [Value] {
    position += layers.lowerBound * count * size
    defer { position += (header.layers - layers.upperBound) * count * size }
    return read(&self, layers.count * count)
  }

  /// - Parameter visits: of one layer.
  /// - Throws: `InputError` for a mask of nothing, one with bits beyond the visits, or an id under it that is not 0.
  private mutating func readMask(of step: inout RoutingStep, visits: Int) throws(InputError) {
    let all = visits * header.layers
    let mask: [UInt8] = array((all + 7) / 8)
    let spare = mask.count * 8 - all
    let first = visits * layers.lowerBound
    guard mask.contains(where: { $0 != 0 }), (mask.last ?? 0).leadingZeroBitCount >= spare else {
      throw InputError("a mask of dropped visits that no writer makes", at: .init(step: step.number))
    }
    for index in step.experts.indices where mask[(first + index) / 8] >> ((first + index) % 8) & 1 == 1 {
      guard step.experts[index] == 0 else {
        throw InputError("a dropped visit with expert \(step.experts[index]), expected 0", at: .init(step: step.number))
      }
      step.experts[index] = RoutingStep.dropped
      step.hasDropped = true
    }
  }
}
