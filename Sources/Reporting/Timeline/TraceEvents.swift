/// Events as ui.perfetto.dev and chrome://tracing read them, one after another.
///
/// The format: "Trace Event Format", docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU. Viewers
/// keep whole nanoseconds and drop what overlaps in a thread, so beginnings and ends are rounded, not durations: where
/// one event ends, the next begins. `docs/schema/timeline.json` lists the keys that are used.
struct TraceEvents {
  /// Names, and what is ready to print of them.
  typealias Arguments = [(name: String, value: String)]

  /// Where an event is shown.
  struct Track {
    var process: Int
    var thread: Int
  }

  private(set) var text = ""
  private var isFirst = true

  /// Text of the events added since the last call.
  mutating func take() -> String {
    defer { text = "" }
    return text
  }

  /// Names a process, and says what it is.
  mutating func name(process: Int, _ name: String, label: String) throws {
    for (key, argument, value) in [("process_name", "name", name), ("process_labels", "labels", label)] {
      add(
        "\"ph\":\"M\",\"name\":\"\(key)\",\"pid\":\(process),\"args\":{\"\(argument)\":\(try StepTable.quoted(value))}")
    }
    add("\"ph\":\"M\",\"name\":\"process_sort_index\",\"pid\":\(process),\"args\":{\"sort_index\":\(process)}")
  }

  /// Names a thread; threads are shown in the order of their numbers.
  mutating func name(_ track: Track, _ name: String) {
    let place = "\"pid\":\(track.process),\"tid\":\(track.thread)"
    add("\"ph\":\"M\",\"name\":\"thread_name\",\(place),\"args\":{\"name\":\"\(name)\"}")
    add("\"ph\":\"M\",\"name\":\"thread_sort_index\",\(place),\"args\":{\"sort_index\":\(track.thread)}")
  }

  /// What lasts.
  ///
  /// - Parameter span: nanoseconds.
  mutating func slice(
    _ name: String, _ category: String, on track: Track, _ span: Range<Int>,
    _ arguments: Arguments
  ) {
    add(
      """
      "ph":"X","name":"\(name)","cat":"\(category)","pid":\(track.process),"tid":\(track.thread),\
      "ts":\(Self.microseconds(span.lowerBound)),"dur":\(Self.microseconds(span.count)),\
      "args":{\(Self.text(arguments))}
      """)
  }

  /// What happens at once.
  mutating func instant(
    _ name: String, _ category: String, on track: Track, _ time: Int, _ arguments: Arguments
  ) {
    add(
      """
      "ph":"i","s":"t","name":"\(name)","cat":"\(category)","pid":\(track.process),"tid":\(track.thread),\
      "ts":\(Self.microseconds(time)),"args":{\(Self.text(arguments))}
      """)
  }

  /// Numbers of a process from now on.
  mutating func counter(_ name: String, _ category: String, process: Int, _ time: Int, _ values: Arguments) {
    add(
      """
      "ph":"C","name":"\(name)","cat":"\(category)","pid":\(process),"ts":\(Self.microseconds(time)),\
      "args":{\(Self.text(values))}
      """)
  }

  private mutating func add(_ event: String) {
    text += isFirst ? "\n{" : ",\n{"
    text += event
    text += "}"
    isFirst = false
  }

  private static func text(_ arguments: Arguments) -> String {
    arguments.map { "\"\($0)\":\($1)" }.joined(separator: ",")
  }

  /// Nanoseconds as the format has them, without an exponent.
  private static func microseconds(_ nanoseconds: Int) -> String {
    let rest = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}
