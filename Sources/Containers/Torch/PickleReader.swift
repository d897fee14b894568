import Diagnostics

/// What a pickle of tensors and plain values holds. Lists, dictionaries and tuples are numbered, so that nothing is
/// nested in memory however deep the pickle nests it.
package enum Pickled {
  case none
  case boolean(Bool)
  case integer(Int)
  case double(Double)
  case string(String)
  case list(Int)
  case dictionary(Int)
  case tuple(Int)
  case global(String)
  case storage(Int)
  case tensor(Int)
}

/// A storage that a pickle refers to.
struct PickledStorage {
  /// Such as `IntStorage`.
  var type: String
  var key: String
  var count: Int
}

/// A view of a storage, in elements.
struct PickledTensor {
  var storage: PickledStorage
  var offset: Int
  var size: [Int]
  var stride: [Int]
}

/// Interprets the opcodes that `torch.save` writes for dictionaries of tensors, and refuses every other one.
///
/// It builds no objects and calls nothing: a global outside the list is an error that names it.
struct PickleReader {
  private(set) var lists: [[Pickled]] = []
  private(set) var dictionaries: [[(key: Pickled, value: Pickled)]] = []
  private(set) var tuples: [[Pickled]] = []
  private(set) var tensors: [PickledTensor] = []
  private var storages: [PickledStorage] = []
  private var stack: [Pickled] = []
  private var marks: [Int] = []
  private var memo: [Int: Pickled] = [:]
  private let bytes: [UInt8]
  private var position = 0
  /// Items that containers were given, and the containers.
  private var held = 0
  /// Values in memory at a time, so that a few bytes do not become many.
  private let maximumValues: Int

  private static let storageTypes = [
    "Int", "Long", "Short", "Byte", "Char", "Bool", "Half", "BFloat16", "Float", "Double",
  ].map { "torch \($0)Storage" }
  private static let globals = storageTypes + ["torch._utils _rebuild_tensor_v2", "collections OrderedDict"]

  /// Values of one APPENDS or SETITEMS; Python's pickle puts a thousand into each.
  private static let maximumBatch = 1 << 16

  /// - Parameter stored: bytes that the pickle takes in its file, of which a large one may have more values.
  init(_ bytes: [UInt8], stored: Int) {
    self.bytes = bytes
    maximumValues = (1 << 20) + stored / 16
  }

  private func failure(_ message: String) -> InputError {
    InputError("pickle: \(message)", at: .init(byte: position))
  }

  /// Runs to STOP and returns the object on top.
  mutating func read() throws(InputError) -> Pickled {
    while true {
      let opcode = try byte()
      if opcode == UInt8(ascii: ".") { return try pop() }
      try execute(opcode)
      // An entry of the memo takes as much as four values.
      guard stack.count + marks.count + held + 4 * memo.count < maximumValues else {
        throw failure("more than \(maximumValues) values; dump more often")
      }
    }
  }

  private mutating func execute(_ opcode: UInt8) throws(InputError) {
    switch opcode {
    case 0x80:
      let version = try byte()
      guard version == 2 else { throw failure("protocol \(version), expected 2") }
    case UInt8(ascii: "}"): push(dictionary: [])
    case UInt8(ascii: "]"): push(list: [])
    case UInt8(ascii: ")"): push(tuple: [])
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "X"): stack.append(.string(try text(try unsigned(4))))
    case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
    case UInt8(ascii: "K"): stack.append(.integer(try unsigned(1)))
    case UInt8(ascii: "M"): stack.append(.integer(try unsigned(2)))
    case UInt8(ascii: "G"): stack.append(.double(try bigEndianDouble()))
    case 0x8A: stack.append(.integer(try longInteger()))
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.boolean(true))
    case 0x89: stack.append(.boolean(false))
    case UInt8(ascii: "c"): stack.append(.global(try global()))
    case UInt8(ascii: "Q"): try persistentIdentifier()
    case UInt8(ascii: "t"): push(tuple: try popToMark())
    case 0x85: push(tuple: [try pop()])
    case 0x86:
      let last = try pop()
      push(tuple: [try pop(), last])
    case 0x87:
      let last = try pop()
      let middle = try pop()
      push(tuple: [try pop(), middle, last])
    case UInt8(ascii: "R"): try reduce()
    case UInt8(ascii: "q"): memo[try unsigned(1)] = try top()
    case UInt8(ascii: "r"): memo[try unsigned(4)] = try top()
    case UInt8(ascii: "h"): stack.append(try remembered(try unsigned(1)))
    case UInt8(ascii: "j"): stack.append(try remembered(try unsigned(4)))
    case UInt8(ascii: "a"):
      let item = try pop()
      try append([item])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try set([try pop(), value])
    case UInt8(ascii: "u"): try set(try popToMark())
    default: throw failure("opcode \(Self.name(opcode)) is not allowed")
    }
  }

  private static func name(_ opcode: UInt8) -> String {
    let known: [UInt8: String] = [
      UInt8(ascii: "b"): "BUILD", UInt8(ascii: "i"): "INST", UInt8(ascii: "o"): "OBJ", 0x81: "NEWOBJ",
      0x92: "NEWOBJ_EX", 0x93: "STACK_GLOBAL", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4",
      UInt8(ascii: "P"): "PERSID", UInt8(ascii: "0"): "POP", 0x94: "MEMOIZE", 0x95: "FRAME",
    ]
    return known[opcode] ?? "0x\(String(opcode, radix: 16))"
  }

  private mutating func push(list: [Pickled]) {
    held += 1
    stack.append(.list(lists.count))
    lists.append(list)
  }

  private mutating func push(tuple: [Pickled]) {
    held += 1 + tuple.count
    stack.append(.tuple(tuples.count))
    tuples.append(tuple)
  }

  private mutating func push(dictionary: [(key: Pickled, value: Pickled)]) {
    held += 1
    stack.append(.dictionary(dictionaries.count))
    dictionaries.append(dictionary)
  }

  private func top() throws(InputError) -> Pickled {
    guard let top = stack.last, stack.count > marks.last ?? 0 else { throw failure("nothing on the stack") }
    return top
  }

  private mutating func pop() throws(InputError) -> Pickled {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws(InputError) -> [Pickled] {
    guard let mark = marks.popLast() else { throw failure("no mark on the stack") }
    guard stack.count - mark <= Self.maximumBatch else {
      throw failure("\(stack.count - mark) values at once, expected at most \(Self.maximumBatch)")
    }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func remembered(_ index: Int) throws(InputError) -> Pickled {
    guard let value = memo[index] else { throw failure("nothing remembered as \(index)") }
    return value
  }

  private mutating func append(_ items: [Pickled]) throws(InputError) {
    guard case .list(let index) = try top() else { throw failure("appends to what is no list") }
    held += items.count
    lists[index] += items
  }

  private mutating func set(_ items: [Pickled]) throws(InputError) {
    guard case .dictionary(let index) = try top(), items.count % 2 == 0 else {
      throw failure("sets an item of what is no dictionary")
    }
    held += items.count
    for start in stride(from: 0, to: items.count, by: 2) {
      dictionaries[index].append((items[start], items[start + 1]))
    }
  }

  private mutating func global() throws(InputError) -> String {
    let name = "\(try line()) \(try line())"
    guard Self.globals.contains(name) else { throw failure("global '\(name)' is not allowed") }
    return name
  }

  /// `('storage', type, key, location, count)`.
  private mutating func persistentIdentifier() throws(InputError) {
    guard case .tuple(let index) = try pop(), tuples[index].count == 5, case .string("storage") = tuples[index][0],
      case .global(let type) = tuples[index][1], Self.storageTypes.contains(type),
      case .string(let key) = tuples[index][2], case .integer(let count) = tuples[index][4], count >= 0
    else { throw failure("a persistent id that is no storage") }
    held += 4
    stack.append(.storage(storages.count))
    storages.append(PickledStorage(type: String(type.dropFirst("torch ".count)), key: key, count: count))
  }

  private mutating func reduce() throws(InputError) {
    guard case .tuple(let index) = try pop(), case .global(let name) = try pop() else {
      throw failure("REDUCE of what is no global and tuple")
    }
    let arguments = tuples[index]
    if name == "collections OrderedDict", arguments.isEmpty { return push(dictionary: []) }
    guard name == "torch._utils _rebuild_tensor_v2", arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let size = integers(arguments[2]), let stride = integers(arguments[3]),
      size.count == stride.count, size.count <= 16
    else { throw failure("REDUCE of '\(name)' with other arguments than a tensor's") }
    held += 8
    stack.append(.tensor(tensors.count))
    tensors.append(PickledTensor(storage: storages[storage], offset: offset, size: size, stride: stride))
  }

  /// The numbers of a tuple, nil for anything else.
  private func integers(_ value: Pickled) -> [Int]? {
    guard case .tuple(let index) = value else { return nil }
    var numbers = [Int]()
    for item in tuples[index] {
      guard case .integer(let number) = item else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  private mutating func byte() throws(InputError) -> UInt8 {
    guard position < bytes.count else { throw failure("truncated") }
    position += 1
    return bytes[position - 1]
  }

  private mutating func take(_ count: Int) throws(InputError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else { throw failure("truncated") }
    position += count
    return bytes[position - count..<position]
  }

  private mutating func unsigned(_ size: Int) throws(InputError) -> Int {
    try take(size).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func text(_ length: Int) throws(InputError) -> String {
    String(decoding: try take(length), as: UTF8.self)
  }

  private mutating func bigEndianDouble() throws(InputError) -> Double {
    Double(bitPattern: try take(8).reduce(0) { $0 << 8 | UInt64($1) })
  }

  private mutating func longInteger() throws(InputError) -> Int {
    let length = try unsigned(1)
    guard length <= 8 else { throw failure("an integer of \(length) bytes") }
    let digits = try take(length)
    let isNegative = (digits.last ?? 0) & 0x80 != 0
    return digits.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
  }

  private mutating func line() throws(InputError) -> String {
    let rest = bytes[position...]
    guard let end = rest.prefix(256).firstIndex(of: 0x0A) else { throw failure("a name without an end") }
    defer { position = end + 1 }
    return String(decoding: rest[..<end], as: UTF8.self)
  }
}
