import Containers
import Diagnostics
import RoutingTrace

/// What is looked for in one answer of a serving system, whichever names it has there.
struct Response {
  /// `id` or `request_id`: a stream has one in all its chunks.
  private(set) var identifier: String?
  /// A sequence for each choice.
  private(set) var arrays: [RoutedArray] = []

  /// In one list; far more than requests of one batch.
  private static let maximumCount = 1 << 16

  /// Reads one JSON text: a response, or a list of responses as `/generate` gives for several prompts.
  static func read(
    _ text: [UInt8], options: ImportOptions, countsLines: Bool, _ take: (Response) -> Void
  ) throws(InputError) {
    var scanner = JSONScanner(text, countsLines: countsLines)
    if scanner.peek() == UInt8(ascii: "[") {
      var count = 0
      try scanner.array { scanner throws(InputError) in
        guard count < maximumCount else { throw scanner.failure("more than \(maximumCount) responses in a list") }
        count += 1
        take(try Response(&scanner, options))
      }
    } else {
      take(try Response(&scanner, options))
    }
    try scanner.end()
  }

  private init(_ scanner: inout JSONScanner, _ options: ImportOptions) throws(InputError) {
    let part = try ResponsePart(&scanner, depth: 0)
    identifier = part.identifier
    let prompt = try part.prompt?.array(type: part.type, options: options)
    for choice in part.choices {
      let own = try choice.prompt?.array(type: choice.type, options: options) ?? prompt
      guard let payload = choice.payload else { continue }
      arrays.append(try Self.joined(own, try payload.array(type: choice.type ?? part.type, options: options)))
    }
    guard arrays.isEmpty else { return }
    if let payload = part.payload {
      arrays = [try Self.joined(prompt, try payload.array(type: part.type, options: options))]
    } else if let prompt {
      arrays = [prompt]
    }
  }

  private static func joined(_ prompt: RoutedArray?, _ completion: RoutedArray) throws(InputError) -> RoutedArray {
    guard var whole = prompt else { return completion }
    try whole.append(completion)
    return whole
  }
}

/// A response, or one of the objects in it that may hold its routes.
private struct ResponsePart {
  var identifier: String?
  /// `routed_experts`: of the whole sequence, or of the completion where there is `prompt_routed_experts`.
  var payload: RoutedPayload?
  var prompt: RoutedPayload?
  var type: String?
  var choices: [ResponsePart] = []

  /// Objects beside or within the choices that hold `routed_experts`: SGLang's `/generate` and its OpenAI endpoints
  /// (`sglext`, `sgl_ext`: sgl-project/sglang, `python/sglang/srt/entrypoints/openai/protocol.py`), Dynamo's
  /// (`nvext`, which may repeat it in `engine_data`).
  private static let holders: Set = ["meta_info", "sglext", "sgl_ext", "nvext", "engine_data"]

  init(_ scanner: inout JSONScanner, depth: Int) throws(InputError) {
    var part = ResponsePart()
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "id", "request_id":
        if scanner.peek() == UInt8(ascii: "\"") {
          part.identifier = try scanner.string()
        } else {
          try scanner.skipValue()
        }
      case "routed_experts": part.payload = try RoutedPayload.read(&scanner) ?? part.payload
      case "prompt_routed_experts": part.prompt = try RoutedPayload.read(&scanner) ?? part.prompt
      case "routed_experts_dtype": part.type = try scanner.skipNull() ? nil : try scanner.string()
      case "choices" where scanner.peek() == UInt8(ascii: "["):
        try scanner.array { scanner throws(InputError) in
          part.choices.append(try ResponsePart(&scanner, depth: depth + 1))
        }
      case _ where Self.holders.contains(key) && depth < 4 && scanner.peek() == UInt8(ascii: "{"):
        part.take(from: try ResponsePart(&scanner, depth: depth + 1))
      default: try scanner.skipValue()
      }
    }
    self = part
  }

  private init() {}

  /// What an object within this one says, where this one says nothing.
  private mutating func take(from inner: ResponsePart) {
    identifier = identifier ?? inner.identifier
    prompt = prompt ?? inner.prompt
    guard payload == nil, inner.payload != nil else { return }
    payload = inner.payload
    type = inner.type ?? type
  }
}
