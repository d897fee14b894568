import Containers
import Diagnostics
import Parallelism

/// Writes JSON Lines, plain or through gzip; lines are made, and deflated, in parallel.
final class JSONLinesWriter: StepEncoder {
  /// Numbers of a piece, which is a gzip member of its own: about a megabyte of text.
  private static let pieceNumbers = 1 << 18
  /// Longer searches of zlib take six times as long for 8 % on ids in digits.
  private static let level: Int32 = 4

  /// A step and the layers of it that a piece has.
  private typealias Part = (step: RoutingStep, layers: Range<Int>)

  private let header: TraceHeader
  private let isCompressed: Bool
  private let sink: ([UInt8]) throws(InputError) -> Void
  private let work: OrderedWork<[UInt8]>
  private var pending: [Part] = []
  private var pendingNumbers = 0

  init(
    header: TraceHeader, isCompressed: Bool, threads: Int, sink: @escaping ([UInt8]) throws(InputError) -> Void
  ) throws(InputError) {
    self.header = header
    self.isCompressed = isCompressed
    self.sink = sink
    work = OrderedWork(threads: threads)
    let line = Array("\(header.json)\n".utf8)
    try submit { () throws(InputError) in line }
  }

  func append(_ step: RoutingStep) throws(InputError) {
    let numbers = header.content == .counts ? header.experts : step.tokens * (header.topK ?? 1)
    var start = 0
    for layer in 0..<header.layers {
      pendingNumbers += numbers * (step.weights == nil ? 1 : 3)
      guard pendingNumbers >= Self.pieceNumbers else { continue }
      pending.append((step, start..<layer + 1))
      start = layer + 1
      try flush()
    }
    if start < header.layers { pending.append((step, start..<header.layers)) }
  }

  func finish() throws(InputError) {
    try flush()
    while let piece = try work.next() { try sink(piece) }
  }

  private func flush() throws(InputError) {
    guard !pending.isEmpty else { return }
    try submit { [header, pending] () throws(InputError) in
      var text = JSONLinesText(header)
      for (step, layers) in pending { layers.forEach { text.append(step, layer: $0) } }
      return text.bytes
    }
    pending = []
    pendingNumbers = 0
  }

  private func submit(_ text: @escaping @Sendable () throws(InputError) -> [UInt8]) throws(InputError) {
    while work.isFull, let piece = try work.next() { try sink(piece) }
    work.submit { [isCompressed] () throws(InputError) in
      isCompressed ? try GzipMember.deflate(try text(), level: Self.level) : try text()
    }
  }
}
