import Foundation

/// A regular file that is written beside its name and takes it when it is complete.
final class ReplacedFile {
  let descriptor: OpenDescriptor
  private let path: String
  let temporaryPath: String
  private var isCommitted = false

  /// - Parameter status: of the file that will be replaced, if there is one.
  init(path: String, status: stat?) throws(SystemError) {
    self.path = path
    // A rename asks for the folder's leave only; the file's own is asked for here.
    if status != nil, access(path, W_OK) != 0 { throw .last }
    let number = UInt64.random(in: 0 ... .max)
    let temporaryPath = "\(OutputTarget.folder(of: path)).expert-replay-\(String(number, radix: 16)).partial"
    self.temporaryPath = temporaryPath
    descriptor = try UnfinishedFiles.add(temporaryPath) { () throws(SystemError) in
      try OpenDescriptor(
        opening: temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: status == nil ? 0o666 : 0o600)
    }
    if let status { try descriptor.adopt(status) }
  }

  deinit { if !isCommitted { UnfinishedFiles.remove(temporaryPath) } }

  func commit() throws(SystemError) {
    try descriptor.close()
    try UnfinishedFiles.rename(temporaryPath, to: path)
    isCommitted = true
  }
}
