import Containers
import Diagnostics
import Files
import Parallelism

/// Reads the native format: members inflate and are checked in parallel, steps come out in order.
final class NativeReader: StepDecoder {
  let header: TraceHeader
  private let input: FileInput
  private let range: Range<Int>?
  private let work: OrderedWork<[RoutingStep]>
  private var ready: ArraySlice<RoutingStep> = []
  let format = "moetrace"
  var stepsAhead: Int { steps - given }
  var stepsPassed: Int? { steps }
  /// Steps in the members passed so far, and those of them that were given or passed over.
  private var steps = 0
  private var given = 0
  /// Tokens that the closing member declares.
  private var declaredTokens: UInt64 = 0
  private var reachedEnd = false
  private var skippedSome = false

  /// - Parameter range: ordinals of the steps to decode; members without any of them are passed over.
  init(_ input: FileInput, range: Range<Int>?, threads: Int) throws(InputError) {
    self.input = input
    self.range = range
    work = OrderedWork(threads: threads)
    let (member, bytes, offset) = try Self.member(of: input)
    guard member.steps == 0, member.first == 0 else {
      throw InputError("the first gzip member is not a header", at: .init(byte: offset))
    }
    let line = try GzipMember.inflate(bytes, at: offset, limit: inflateLimit(compressed: bytes.count))
    guard line.last == 0x0A else { throw InputError("the header is not a line", at: .init(byte: offset)) }
    do throws(InputError) {
      header = try TraceHeader(json: line)
    } catch { throw InputError("header: \(error.message)", at: .init(byte: offset)) }
  }

  func next() throws(InputError) -> RoutingStep? {
    while ready.isEmpty {
      while !reachedEnd, !work.isFull { try submitMember() }
      guard let decoded = try work.next() else { return nil }
      ready = decoded[...]
    }
    given += 1
    return ready.removeFirst()
  }

  private static func member(of input: FileInput) throws(InputError) -> (NativeMember, [UInt8], Int) {
    let offset = input.offset
    let head = try input.peek(NativeMember.headLength)
    guard !head.isEmpty else { throw InputError("truncated: no closing member", at: .init(byte: offset)) }
    guard let member = NativeMember(head) else {
      let message = head.starts(with: [0x1F, 0x8B]) ? "a gzip member without an ER field" : "trailing garbage"
      throw InputError(
        head.count < NativeMember.headLength ? "truncated gzip member" : message, at: .init(byte: offset))
    }
    guard member.length >= NativeMember.headLength + 8 else {
      throw InputError("a gzip member of \(member.length) bytes", at: .init(byte: offset))
    }
    let bytes = try input.read(count: member.length)
    guard bytes.count == member.length else {
      throw InputError(
        "truncated: a gzip member of \(member.length) bytes ends after \(bytes.count)", at: .init(byte: input.offset))
    }
    return (member, bytes, offset)
  }

  private func submitMember() throws(InputError) {
    let (member, bytes, offset) = try Self.member(of: input)
    guard member.first == steps else {
      throw InputError(
        "a gzip member that begins with step \(member.first), expected \(steps)", at: .init(byte: offset))
    }
    let limit = inflateLimit(compressed: input.size ?? bytes.count)
    if member.steps == 0 { return try close(bytes, at: offset, limit: limit) }
    steps += member.steps
    let all = member.first..<steps
    let wanted = range.map { $0.clamped(to: all) } ?? all
    if wanted.isEmpty {
      skippedSome = true
      given += member.steps
      return
    }
    skippedSome = skippedSome || wanted != all
    let header = header
    work.submit { () throws(InputError) in
      let content = try GzipMember.inflate(bytes, at: offset, limit: limit)
      let steps = try Self.decode(content, count: member.steps, header: header, at: offset)
      return Array(steps[wanted.lowerBound - all.lowerBound..<wanted.upperBound - all.lowerBound])
    }
  }

  private static func decode(
    _ content: [UInt8], count: Int, header: TraceHeader, at offset: Int
  ) throws(InputError) -> [RoutingStep] {
    do throws(InputError) {
      var frames = NativeFrameReader(content, header: header)
      var steps = [RoutingStep]()
      while !frames.isAtEnd {
        guard let step = try frames.next() else { throw InputError("a closing frame among steps") }
        if let last = steps.last, last.number >= step.number {
          throw InputError("follows step \(last.number); steps must ascend", at: .init(step: step.number))
        }
        steps.append(step)
      }
      guard steps.count == count else { throw InputError("a gzip member holds \(steps.count) steps, says \(count)") }
      return steps
    } catch {
      var located = error
      located.place.byte = offset
      throw located
    }
  }

  /// Checks the closing member, and that nothing follows it.
  private func close(_ bytes: [UInt8], at offset: Int, limit: Int) throws(InputError) {
    reachedEnd = true
    let content = try GzipMember.inflate(bytes, at: offset, limit: limit)
    var frames = NativeFrameReader(content, header: header)
    let end: (steps: UInt64, tokens: UInt64)
    do throws(InputError) {
      end = try frames.end()
    } catch { throw InputError(error.message, at: .init(byte: offset)) }
    guard end.steps == UInt64(steps) else {
      throw InputError("the file closes with \(end.steps) steps after \(steps)", at: .init(byte: offset))
    }
    declaredTokens = end.tokens
    guard try input.peek(1).isEmpty else { throw InputError("trailing garbage", at: .init(byte: input.offset)) }
  }

  /// - Throws: `InputError` when the steps, all of which were read, hold other tokens than the file closes with.
  func checkTotals(tokens: Int) throws(InputError) {
    guard !skippedSome, UInt64(tokens) != declaredTokens else { return }
    throw InputError("the file closes with \(declaredTokens) tokens after \(tokens)", at: .init(byte: input.offset))
  }
}
