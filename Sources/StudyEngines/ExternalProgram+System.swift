import Diagnostics
import Foundation

extension ExternalProgram {
  /// Becomes the program: the same process, terminal and parent, with signals as they were before this program saw to them.
  ///
  /// - Throws: `InputError` (missing) if the system does not run it.
  func replaceThisProcess(_ arguments: [String], environment: [String: String]) throws(InputError) -> Never {
    for (key, value) in environment { setenv(key, value, 1) }
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_DFL) }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    execv(path, &words)
    throw InputError("cannot be run: \(String(cString: strerror(errno)))", in: path, status: .missing)
  }
}
