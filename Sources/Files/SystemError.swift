import Foundation

/// What a system call said went wrong.
struct SystemError: Error, CustomStringConvertible {
  let code: Int32

  init(_ code: Int32) { self.code = code }

  /// Of the call that has just failed on this thread.
  static var last: SystemError { SystemError(errno) }

  var description: String { String(cString: strerror(code)) }
}
