import Containers
import Diagnostics
import Files
import Foundation
import Parallelism

/// What knows one of the project's formats; `TraceReader` adds what they share.
protocol StepDecoder: AnyObject {
  var header: TraceHeader { get }
  func next() throws(InputError) -> RoutingStep?
  /// Steps that were read from the file and are not given yet.
  var stepsAhead: Int { get }
  /// Steps in all parts of the file that were passed; nil where each was given.
  var stepsPassed: Int? { get }
  /// What the format is called.
  var format: String { get }
  /// Place in the file of the step given last, where steps that are not wanted are passed over; else nil.
  var ordinal: Int? { get }
  /// Whether steps come with the layers alone that are wanted.
  var givesWantedLayers: Bool { get }
  /// Whether nothing is left to be read of the file that is wanted of it, though it may not be given yet.
  var hasReadAll: Bool { get }
  /// Reads on as far as what decodes has room.
  func readAhead() throws(InputError)
  /// Takes the memory of a step that nobody looks at any more.
  func reuse(_ step: RoutingStep)
  /// Compares the totals that the file closes with, if it does.
  func checkTotals(tokens: Int) throws(InputError)
}

extension StepDecoder {
  var stepsAhead: Int { 0 }
  var stepsPassed: Int? { nil }
  var ordinal: Int? { nil }
  var givesWantedLayers: Bool { false }
  var hasReadAll: Bool { false }
  func readAhead() throws(InputError) {}
  func reuse(_ step: RoutingStep) {}
  func checkTotals(tokens: Int) throws(InputError) {}
}

/// Reads a trace step by step: native, JSON Lines (plain or gzip), or a recording of counts (`{"logical_count": …}`).
///
/// The format is told from the content. Memory is bounded by a few members of the file, not by its length.
public final class TraceReader: StepSource {
  public let header: TraceHeader
  /// SHA-256 of the stored file in lower-case hexadecimal; nil until `next()` has returned nil, or if it was not asked for.
  public private(set) var digest: String?
  private let path: String
  private let input: FileInput
  private let decoder: any StepDecoder
  private let wanted: WantedSteps
  private let layers: Range<Int>?
  private let fileDigest: FileDigest?
  private var isOver = false
  /// Of the step that comes next.
  private var ordinal = 0
  /// What went wrong in reading ahead, to be told in its turn.
  private var failure: InputError?
  private var lastNumber = -1
  private var tokens = 0
  /// Of a counts trace.
  private var visits: UInt64 = 0

  /// - Parameters:
  ///   - path: a file, or `-` for standard input.
  ///   - steps: ordinals of the steps to return, counted from 0; all when nil; `n..<Int.max` for all from n. The rest
  ///     of the file is still read for the digest, but not decoded where the format can pass over it; without the
  ///     digest a native file is sought.
  ///   - layers: indices of the MoE layers to return, from 0; all when nil. The others of a native file are not checked.
  ///   - threads: threads that decode.
  ///   - digesting: whether to compute `digest`, which takes a thread about as long as inflating the file does.
  /// - Throws: `InputError`: missing, of no known format, or with a header that no trace can have; (usage) for layers that
  ///   it does not have.
  public convenience init(
    path: String, steps: Range<Int>? = nil, layers: Range<Int>? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, digesting: Bool = true
  ) throws {
    try self.init(
      path: path, wanted: steps.map { .range($0) } ?? .all, layers: layers, work: OrderedWork(threads: threads),
      digesting: digesting)
  }

  /// - Parameter work: what decodes, shared with files that are read before and after this one.
  init(
    path: String, wanted: WantedSteps, layers: Range<Int>?, work: OrderedWork<[OrdinalStep]>, digesting: Bool
  ) throws {
    self.path = path
    self.wanted = wanted
    self.layers = layers
    let fileDigest = digesting ? FileDigest() : nil
    self.fileDigest = fileDigest
    let observer: (@Sendable ([UInt8]) -> Void)? = if let fileDigest { { fileDigest.append($0) } } else { nil }
    do throws(InputError) {
      input = try FileInput(path: path, observer: observer)
      decoder = try Self.decoder(for: input, wanted: wanted, layers: layers, work: work)
    } catch {
      throw error.attributed(to: path)
    }
    header = try decoder.header.reduced(to: layers)
  }

  /// The file's own header, of all its layers.
  var storedHeader: TraceHeader { decoder.header }

  static func decoder(
    for input: FileInput, wanted: WantedSteps, layers: Range<Int>? = nil, work: OrderedWork<[OrdinalStep]>
  ) throws(InputError) -> any StepDecoder {
    let start = try input.peek(NativeMember.headLength)
    if NativeMember(start) != nil { return try NativeReader(input, wanted: wanted, layers: layers, work: work) }
    let text: any ByteInput = start.starts(with: [0x1F, 0x8B]) ? try GzipReader(input) : input
    let limit = inflateLimit(compressed: input.size ?? 0)
    return try TextTrace.decoder(for: LineReader(text, limit: limit))
  }

  /// Of the range where it is known how long that is, else of the stored file.
  public var fraction: Double? {
    if case .range(let range) = wanted, range.upperBound < .max {
      return min(1, max(0, Double(ordinal - range.lowerBound) / Double(range.count)))
    }
    guard let size = input.size, size > 0 else { return nil }
    let read = Double(input.offset) / Double(size)
    return read * (Double(ordinal) / Double(max(1, ordinal + decoder.stepsAhead)))
  }

  /// The next step of the range, validated, or nil after the last.
  public func next() throws -> RoutingStep? {
    if let failure { throw failure }
    do throws(InputError) {
      if let step = try nextWanted() { return step }
      if !isOver {
        isOver = true
        if wanted == .all { try decoder.checkTotals(tokens: tokens) }
        try input.drain()
        digest = fileDigest?.finish()
        tellEnd()
      }
      return nil
    } catch {
      throw error.attributed(to: path)
    }
  }

  public func giveBack(_ step: RoutingStep) { decoder.reuse(step) }

  private func tellEnd() {
    Log.tell(
      "\(path): \(decoder.format), \(ordinal) steps, \(tokens) tokens, \(header.layers) layers, \(header.experts) experts",
      ["trace": path, "format": decoder.format, "steps": "\(ordinal)", "tokens": "\(tokens)"])
  }

  /// Of the step given last, from 0.
  var lastOrdinal: Int { ordinal - 1 }

  var hasReadAll: Bool { isOver || failure != nil || decoder.hasReadAll }

  /// Reads on as far as what decodes has room.
  func readAhead() {
    guard !hasReadAll else { return }
    do throws(InputError) { try decoder.readAhead() } catch { failure = error.attributed(to: path) }
  }

  private func nextWanted() throws(InputError) -> RoutingStep? {
    if isOver { return nil }
    while ordinal < wanted.end {
      guard let step = try decoder.next() else { break }
      guard step.number > lastNumber else {
        throw InputError("follows step \(lastNumber); steps must ascend", at: .init(step: step.number))
      }
      lastNumber = step.number
      tokens &+= step.tokens
      visits += step.counts.reduce(0, +)
      guard visits <= RoutingStep.maximumVisitsInAll else {
        throw InputError("more than \(RoutingStep.maximumVisitsInAll) visits so far", at: .init(step: step.number))
      }
      ordinal = (decoder.ordinal ?? ordinal) + 1
      guard wanted.contains(ordinal - 1) else { continue }
      guard let layers, !decoder.givesWantedLayers else { return step }
      return step.reduced(to: layers, of: storedHeader.layers)
    }
    try requireEnough()
    return nil
  }

  /// After the last step: whether those that were asked for were there.
  private func requireEnough() throws(InputError) {
    let passed = decoder.stepsPassed ?? ordinal
    switch wanted {
    case .all: if ordinal == 0 { throw InputError("a trace without steps") }
    case .range(let range):
      // Of an open range, one step is enough.
      guard ordinal < (range.upperBound == .max ? range.lowerBound + 1 : range.upperBound) else { return }
      let upper = range.upperBound == .max ? "" : "\(range.upperBound)"
      throw InputError("no steps \(range.lowerBound):\(upper), the trace has \(passed)", in: path, status: .usage)
    case .chosen: if ordinal < wanted.end { throw InputError("\(passed) steps, where there were more before") }
    }
  }
}
