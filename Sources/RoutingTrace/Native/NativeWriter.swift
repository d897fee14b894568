import Containers
import Diagnostics
import Parallelism

/// Writes the native format; members are deflated in parallel.
final class NativeWriter: StepEncoder {
  private let header: TraceHeader
  private let sink: ([UInt8]) throws(InputError) -> Void
  private let work: OrderedWork<[UInt8]>
  private var pending: [UInt8] = []
  private var pendingSteps = 0
  private var steps = 0
  private var tokens = 0

  init(header: TraceHeader, threads: Int, sink: @escaping ([UInt8]) throws(InputError) -> Void) throws(InputError) {
    self.header = header
    self.sink = sink
    work = OrderedWork(threads: threads)
    try submit(Array("\(header.json)\n".utf8), first: 0, steps: 0)
  }

  func append(_ step: RoutingStep) throws(InputError) {
    try NativeFrame.append(step, header: header, to: &pending)
    pendingSteps += 1
    tokens &+= step.tokens
    if pending.count >= NativeMember.flushThreshold { try flush() }
  }

  func finish() throws(InputError) {
    try flush()
    try submit(NativeFrame.end(steps: steps, tokens: tokens), first: steps, steps: 0)
    while let member = try work.next() { try sink(member) }
  }

  private func flush() throws(InputError) {
    guard pendingSteps > 0 else { return }
    try submit(pending, first: steps, steps: pendingSteps)
    steps += pendingSteps
    pending = []
    pendingSteps = 0
  }

  private func submit(_ bytes: [UInt8], first: Int, steps: Int) throws(InputError) {
    while work.isFull, let member = try work.next() { try sink(member) }
    work.submit { () throws(InputError) in
      try GzipMember.deflate(
        bytes, identifier: NativeMember.identifier, extra: NativeMember.extra(first: first, steps: steps), level: 6)
    }
  }
}
