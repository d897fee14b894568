import Diagnostics
import Files
import Foundation
import Reporting

/// A line at the foot of a terminal that says how far work is. A thread of its own draws it, and whatever else is printed
/// wipes it first.
final class ProgressLine: Sendable {
  /// Nil unless standard error is a terminal that can rewrite a line.
  static let shared: ProgressLine? = Terminal.ofErrors.map { _ in ProgressLine() }

  /// What is over before is never shown.
  private static let delay = 0.5
  private static let interval = 0.1

  private struct State {
    var progress: WorkProgress?
    var isShown = false
  }

  private let state = Guarded(State())

  /// Begins to show what the result counts.
  func begin() -> WorkProgress {
    let progress = WorkProgress(whenIdle: { [weak self] in self?.wipe() })
    state.withLock { $0.progress = progress }
    Thread.detachNewThread { [self] in
      Thread.sleep(forTimeInterval: Self.delay)
      while draw() { Thread.sleep(forTimeInterval: Self.interval) }
    }
    return progress
  }

  /// From now on nothing is drawn.
  func end() {
    state.withLock { $0.progress = nil }
    wipe()
  }

  func wipe() {
    state.withLock { state in
      if state.isShown { StandardStreams.complain("\r\u{1B}[K") }
      state.isShown = false
    }
  }

  /// - Returns: false when there is no more to draw.
  private func draw() -> Bool {
    state.withLock { state in
      guard let progress = state.progress else { return false }
      if let standing = progress.standing {
        // One short of the edge, where some terminals begin the next line.
        let text = ProgressText.line(standing, width: (Terminal.ofErrors?.width ?? 80) - 1)
        StandardStreams.complain("\r\(text)\u{1B}[K")
        state.isShown = true
      }
      return true
    }
  }
}
