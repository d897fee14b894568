/// What is wrong with something the user gave, where it is, and the exit status it deserves.
///
/// It prints as one line: `trace.moetrace: step 3, layer 5, byte 1234: expert 300, expected an id below 256`.
public struct InputError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The `sysexits.h` status that a process ends with for this error.
  public enum Status: Int32, Sendable {
    /// `EX_USAGE`: options that contradict each other or do not fit the trace.
    case usage = 64
    /// `EX_DATAERR`: a file whose content is wrong.
    case data = 65
    /// `EX_NOINPUT`: a file that is missing or cannot be read.
    case missing = 66
    /// `EX_CANTCREAT`: an output that cannot be written.
    case output = 73
  }

  /// A position in the input; parts that do not apply are nil.
  public struct Place: Equatable, Sendable {
    public var step: Int?
    public var layer: Int?
    /// Offset in the file as stored, compressed if it is compressed.
    public var byte: Int?
    /// 1-based line of a text file.
    public var line: Int?

    public init(step: Int? = nil, layer: Int? = nil, byte: Int? = nil, line: Int? = nil) {
      self.step = step
      self.layer = layer
      self.byte = byte
      self.line = line
    }

    var description: String {
      [
        line.map { "line \($0)" }, step.map { "step \($0)" }, layer.map { "layer \($0)" }, byte.map { "byte \($0)" },
      ].compactMap(\.self).joined(separator: ", ")
    }
  }

  public var status: Status
  /// The file or option at fault, as the user named it.
  public var subject: String?
  public var place: Place
  /// What was found and what was expected.
  public var message: String

  public init(_ message: String, in subject: String? = nil, at place: Place = Place(), status: Status = .data) {
    self.status = status
    self.subject = subject
    self.place = place
    self.message = message
  }

  public var description: String {
    let place = place.description
    let named = subject.map { $0.isEmpty ? "''" : $0 }
    return [named, place.isEmpty ? nil : place, message].compactMap(\.self).joined(separator: ": ")
  }

  /// The same error, attributed to `subject` if it names none yet.
  public func attributed(to subject: String) -> InputError {
    var copy = self
    copy.subject = copy.subject ?? subject
    return copy
  }
}

/// Runs `body`; an error that names no file is attributed to `place`.
package func attributing<Value>(
  _ place: String, _ body: () throws(InputError) -> Value
) throws(InputError) -> Value {
  do throws(InputError) { return try body() } catch { throw error.attributed(to: place) }
}
