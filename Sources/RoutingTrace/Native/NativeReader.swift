import Containers
import Diagnostics
import Files
import Parallelism

/// Reads the native format: members inflate and are checked in parallel, steps come out in order.
final class NativeReader: StepDecoder {
  let header: TraceHeader
  private let input: FileInput
  private let wanted: WantedSteps
  private let layers: Range<Int>?
  private let work: OrderedWork<[OrdinalStep]>
  private let scratch = ScratchPool<MemberContent>()
  private let spare = SpareIDs()
  /// Members of this file in `work`, which other files' may follow.
  private var underway = 0
  private var ready: ArraySlice<OrdinalStep> = []
  private(set) var ordinal: Int?
  let format = "moetrace"
  let givesWantedLayers = true
  var stepsAhead: Int { steps - given }
  var stepsPassed: Int? { steps }
  /// Steps in the members passed so far, and those of them that were given or passed over.
  private var steps = 0
  private var given = 0
  /// Tokens that the closing member declares.
  private var declaredTokens: UInt64 = 0
  private var reachedEnd = false
  private var skippedSome = false

  /// - Parameters:
  ///   - wanted: the steps to decode; members without any of them are passed over.
  ///   - layers: the layers to take of them, which the header has to have; all when nil.
  ///   - work: what decodes, empty of other files' members that come after this one's.
  init(
    _ input: FileInput, wanted: WantedSteps, layers: Range<Int>? = nil, work: OrderedWork<[OrdinalStep]>
  ) throws(InputError) {
    self.input = input
    self.wanted = wanted
    self.work = work
    let (member, offset) = try Self.head(of: input)
    guard member.steps == 0, member.first == 0 else {
      throw InputError("the first gzip member is not a header", at: .init(byte: offset))
    }
    let line = try Self.content(of: member, in: input, at: offset, limit: inflateLimit(compressed: member.length))
    guard line.last == 0x0A else { throw InputError("the header is not a line", at: .init(byte: offset)) }
    do throws(InputError) {
      header = try TraceHeader(json: line)
    } catch { throw InputError("header: \(error.message)", at: .init(byte: offset)) }
    self.layers = layers
  }

  func next() throws(InputError) -> RoutingStep? {
    while ready.isEmpty {
      try readAhead()
      guard underway > 0, let decoded = try work.next() else { return nil }
      underway -= 1
      ready = decoded[...]
    }
    given += 1
    let next = ready.removeFirst()
    ordinal = next.ordinal
    return next.step
  }

  func reuse(_ step: RoutingStep) { spare.give(step.experts) }

  var hasReadAll: Bool { reachedEnd || steps >= wanted.end }

  func readAhead() throws(InputError) { while !hasReadAll, !work.isFull { try submitMember() } }

  /// Passes over all steps and looks at the closing member.
  ///
  /// - Returns: how many there are.
  func passAll() throws(InputError) -> Int {
    while !reachedEnd { try submitMember() }
    return steps
  }

  private static func head(of input: FileInput) throws(InputError) -> (NativeMember, Int) {
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
    return (member, offset)
  }

  private static func stored(_ member: NativeMember, in input: FileInput) throws(InputError) -> [ArraySlice<UInt8>] {
    let pieces = try input.pieces(of: member.length)
    try requireWhole(member, pieces.reduce(0) { $0 + $1.count }, in: input)
    return pieces
  }

  /// Of a small member that is inflated at once.
  private static func content(
    of member: NativeMember, in input: FileInput, at offset: Int, limit: Int
  ) throws(InputError) -> [UInt8] {
    try GzipMember.inflate(Array(stored(member, in: input).joined()), at: offset, limit: limit)
  }

  private static func requireWhole(_ member: NativeMember, _ count: Int, in input: FileInput) throws(InputError) {
    guard count < member.length else { return }
    throw InputError(
      "truncated: a gzip member of \(member.length) bytes ends after \(count)", at: .init(byte: input.offset))
  }

  private func submitMember() throws(InputError) {
    let (member, offset) = try Self.head(of: input)
    guard member.first == steps else {
      throw InputError(
        "a gzip member that begins with step \(member.first), expected \(steps)", at: .init(byte: offset))
    }
    let limit = inflateLimit(compressed: input.size ?? member.length)
    if member.steps == 0 {
      return try close(Self.content(of: member, in: input, at: offset, limit: limit), at: offset)
    }
    steps += member.steps
    let wanted = wanted
    let count = wanted.count(in: member.first..<steps)
    skippedSome = skippedSome || count < member.steps
    given += member.steps - count
    if count == 0 { return try Self.requireWhole(member, input.skip(member.length), in: input) }
    let stored = try Self.stored(member, in: input)
    let (header, layers, scratch, spare) = (header, layers, scratch, spare)
    underway += 1
    work.submit { () throws(InputError) in
      try scratch.with(MemberContent.init) { content throws(InputError) in
        let count = try GzipMember.inflate(stored, at: offset, limit: limit, into: &content.bytes)
        let frames = NativeFrameReader(content.bytes, count: count, header: header, layers: layers, spare: spare)
        return try Self.decode(frames, of: member, wanted: wanted, at: offset)
      }
    }
  }

  /// The wanted steps of a member; of the others heads alone are looked at.
  private static func decode(
    _ frames: NativeFrameReader, of member: NativeMember, wanted: WantedSteps, at offset: Int
  ) throws(InputError) -> [OrdinalStep] {
    do throws(InputError) {
      var frames = frames
      var steps = [OrdinalStep]()
      var (count, last) = (0, -1)
      while !frames.isAtEnd {
        guard let head = try frames.head() else { throw InputError("a closing frame among steps") }
        guard head.number > last else {
          throw InputError("follows step \(last); steps must ascend", at: .init(step: head.number))
        }
        // What a member says of its steps is not taken on trust: it may say 2^32.
        let ordinal = member.first + count
        if wanted.contains(ordinal) {
          steps.append(OrdinalStep(ordinal: ordinal, step: try frames.step(head)))
        } else {
          frames.pass(head)
        }
        (count, last) = (count + 1, head.number)
      }
      guard count == member.steps else {
        throw InputError("a gzip member holds \(count) steps, says \(member.steps)")
      }
      return steps
    } catch {
      var located = error
      located.place.byte = offset
      throw located
    }
  }

  /// Checks the closing member, and that nothing follows it.
  private func close(_ content: [UInt8], at offset: Int) throws(InputError) {
    reachedEnd = true
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

/// What a member inflates to: members that are decoded one after the other use the same memory.
private final class MemberContent {
  var bytes: [UInt8] = []
}
