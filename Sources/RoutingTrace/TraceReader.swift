import Containers
import Diagnostics
import Files
import Foundation

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
  /// Compares the totals that the file closes with, if it does.
  func checkTotals(tokens: Int) throws(InputError)
}

extension StepDecoder {
  var stepsAhead: Int { 0 }
  var stepsPassed: Int? { nil }
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
  private let range: Range<Int>?
  private let fileDigest: FileDigest?
  private var isOver = false
  private var ordinal = 0
  private var lastNumber = -1
  private var tokens = 0
  /// Of a counts trace.
  private var visits: UInt64 = 0

  /// - Parameters:
  ///   - path: a file, or `-` for standard input.
  ///   - steps: ordinals of the steps to return, counted from 0; all when nil; `n..<Int.max` for all from n. The rest
  ///     of the file is still read for the digest, but not decoded where the format can pass over it.
  ///   - threads: threads that decode.
  ///   - digesting: whether to compute `digest`, which takes a thread about as long as inflating the file does.
  /// - Throws: `InputError`: missing, of no known format, or with a header that no trace can have.
  public init(
    path: String, steps: Range<Int>? = nil, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    digesting: Bool = true
  ) throws {
    self.path = path
    range = steps
    let fileDigest = digesting ? FileDigest() : nil
    self.fileDigest = fileDigest
    let observer: (@Sendable ([UInt8]) -> Void)? = if let fileDigest { { fileDigest.append($0) } } else { nil }
    do throws(InputError) {
      input = try FileInput(path: path, observer: observer)
      decoder = try Self.decoder(for: input, range: steps, threads: threads)
      ordinal = decoder is NativeReader ? (steps?.lowerBound ?? 0) : 0
      header = decoder.header
    } catch {
      throw error.attributed(to: path)
    }
  }

  private static func decoder(
    for input: FileInput, range: Range<Int>?, threads: Int
  ) throws(InputError) -> any StepDecoder {
    let start = try input.peek(NativeMember.headLength)
    if NativeMember(start) != nil { return try NativeReader(input, range: range, threads: threads) }
    let text: any ByteInput = start.starts(with: [0x1F, 0x8B]) ? try GzipReader(input) : input
    let limit = inflateLimit(compressed: input.size ?? 0)
    return try TextTrace.decoder(for: LineReader(text, limit: limit))
  }

  /// Of the range where it is known how long that is, else of the stored file.
  public var fraction: Double? {
    if let range, range.upperBound < .max {
      return min(1, max(0, Double(ordinal - range.lowerBound) / Double(range.count)))
    }
    guard let size = input.size, size > 0 else { return nil }
    let read = Double(input.offset) / Double(size)
    return read * (Double(ordinal) / Double(max(1, ordinal + decoder.stepsAhead)))
  }

  /// The next step of the range, validated, or nil after the last.
  public func next() throws -> RoutingStep? {
    do throws(InputError) {
      if let step = try nextInRange() { return step }
      if !isOver {
        isOver = true
        if range == nil { try decoder.checkTotals(tokens: tokens) }
        try input.drain()
        digest = fileDigest?.finish()
        tellEnd()
      }
      return nil
    } catch {
      throw error.attributed(to: path)
    }
  }

  private func tellEnd() {
    Log.tell(
      "\(path): \(decoder.format), \(ordinal) steps, \(tokens) tokens, \(header.layers) layers, \(header.experts) experts",
      ["trace": path, "format": decoder.format, "steps": "\(ordinal)", "tokens": "\(tokens)"])
  }

  private func nextInRange() throws(InputError) -> RoutingStep? {
    if isOver { return nil }
    while range.map({ ordinal < $0.upperBound }) ?? true {
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
      ordinal += 1
      if range.map({ $0.contains(ordinal - 1) }) ?? true { return step }
    }
    // Of an open range, one step is enough.
    if let range, ordinal < (range.upperBound == .max ? range.lowerBound + 1 : range.upperBound) {
      let upper = range.upperBound == .max ? "" : "\(range.upperBound)"
      throw InputError(
        "no steps \(range.lowerBound):\(upper), the trace has \(decoder.stepsPassed ?? ordinal)", in: path,
        status: .usage)
    }
    if range == nil, ordinal == 0 { throw InputError("a trace without steps") }
    return nil
  }
}
